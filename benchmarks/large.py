"""A file larger than memory: ``python -m benchmarks.large FOLDER -n 200000 -n 600000 -n 2000000``.

Writes labelled documents of about 500 bytes that depend on the class, fits `blocks` to them and
labels as many others, each in a child process of its own, and prints its peak memory (resident, on
Linux), CPU seconds and documents per second. Without ``--memory``, everything is held in memory.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np

CLASSES = ("business", "science", "sports", "world")
N_WORDS = 60_000
"""Words of the language, which follow Zipf's law."""
TOPICAL = 0.1
"""Share of the words that are drawn by the class."""
MEAN_WORDS = 76
BATCH = 20_000


def vocabulary(rng: np.random.Generator) -> list[str]:
    """Return different words of one to four syllables; frequent ones are short."""
    starts = [a + b for a in "b c d f g h l m n p r s t v w st tr ch pl".split() for b in "aeiou"]
    ends = ["", "", "n", "r", "s", "t", "l", "nd", "ng", "rs"]
    words: dict[str, None] = {}
    while len(words) < N_WORDS:
        n = min(4, 1 + len(words) // 300 if len(words) < 900 else int(rng.integers(2, 5)))
        word = "".join(starts[i] for i in rng.integers(0, len(starts), n))
        words[word + ends[rng.integers(len(ends))]] = None
    return list(words)


def documents(n: int, seed: int) -> Iterator[tuple[list[str], list[str]]]:
    """Yield batches of texts and labels; another seed gives other documents of the same kind."""
    language = np.random.default_rng(0)
    words = np.array(vocabulary(language), dtype=object)
    common = 1.0 / (np.arange(N_WORDS) + 2.7)
    common = np.cumsum(common / common.sum())
    # A class prefers words of middle frequency, in an order of its own.
    topics = np.stack([100 + language.permutation(6000) for _ in CLASSES])
    rng = np.random.default_rng([1, seed])
    for first in range(0, n, BATCH):
        size = min(BATCH, n - first)
        y = rng.integers(0, len(CLASSES), size)
        lengths = np.maximum(5, rng.gamma(6.0, MEAN_WORDS / 6.0, size)).astype(np.int64)
        total = int(lengths.sum())
        drawn = np.searchsorted(common, rng.random(total))
        rank = (6000 ** rng.random(total)).astype(np.int64) - 1  # Zipf's law, roughly
        own = topics[np.repeat(y, lengths), rank]
        ids = np.where(rng.random(total) < TOPICAL, own, np.minimum(drawn, N_WORDS - 1))
        spoken, ends = words[ids].tolist(), np.cumsum(lengths).tolist()
        texts = [
            " ".join(spoken[end - length : end])
            for end, length in zip(ends, lengths.tolist(), strict=True)
        ]
        yield texts, [CLASSES[c] for c in y.tolist()]


def write(path: Path, n: int, seed: int) -> None:
    """Write a table of `n` documents, whose format is known by the suffix, if it is missing."""
    if path.exists():
        return
    import json

    import pyarrow
    import pyarrow.parquet

    partial = path.with_name(f"{path.name}.partial")
    schema = pyarrow.schema([("text", pyarrow.string()), ("label", pyarrow.string())])
    if path.suffix == ".jsonl":
        with partial.open("w") as file:
            for texts, labels in documents(n, seed):
                file.writelines(
                    json.dumps({"text": text, "label": label}) + "\n"
                    for text, label in zip(texts, labels, strict=True)
                )
    elif path.suffix == ".csv":
        with partial.open("w") as file:
            file.write("text,label\n")
            for texts, labels in documents(n, seed):
                file.writelines(f"{a},{b}\n" for a, b in zip(texts, labels, strict=True))
    elif path.suffix == ".parquet":
        with pyarrow.parquet.ParquetWriter(partial, schema) as writer:
            for texts, labels in documents(n, seed):
                writer.write_batch(pyarrow.record_batch([texts, labels], schema=schema))
    else:
        with pyarrow.ipc.new_file(partial, schema) as writer:
            for texts, labels in documents(n, seed):
                writer.write_batch(pyarrow.record_batch([texts, labels], schema=schema))
    partial.rename(path)


def in_child(work: Callable[[], None]) -> dict[str, float]:
    """Run `work` in a child process; return wall and CPU seconds and its peak memory in MB."""
    sys.stdout.flush()
    begin = time.perf_counter()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status, used = os.wait4(child, 0)
    if status != 0:
        raise click.ClickException("the child process failed.")
    return {
        "wall s": round(time.perf_counter() - begin, 1),
        "CPU s": round(used.ru_utime + used.ru_stime, 1),
        "peak MB": used.ru_maxrss // 1000,
    }
