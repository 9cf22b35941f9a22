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
from functools import partial
from pathlib import Path

import click
import numpy as np

from compressclf.cli._output import render_table

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


def fit(train: Path, model: Path, memory: int, jobs: int) -> None:
    """Fit `blocks` to a file in batches, and save the model."""
    from compressclf import CodelengthClassifier, save_model
    from compressclf.datasets import open_batches

    classifier = CodelengthClassifier("blocks", n_jobs=jobs)
    classifier.fit_batches(open_batches(train), memory=memory)
    click.echo(f"{classifier.n_sampled_:,} documents in the sample; pruned: {classifier.pruned_}")
    save_model(classifier, model)


def label(model: Path, test: Path, memory: int, jobs: int) -> None:
    """Label a file in batches with the command line."""
    from compressclf.cli import cli

    out = model.with_name("labels.jsonl")
    options = ["--memory", f"{memory // 10**6}MB", "-j", str(jobs), "--format", "jsonl", "-o", out]
    cli(["predict", *map(str, (model, test, *options))], standalone_mode=False)
    out.unlink()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-n", "sizes", type=int, multiple=True, default=(200_000,), help="Documents.")
@click.option("--suffix", default="parquet", help="Format of the files: parquet, arrow or jsonl.")
@click.option("-j", "--jobs", type=int, default=2, show_default=True, help="Threads.")
@click.option("--memory", type=int, default=4000, show_default=True, help="Limit in MB.")
def main(folder: Path, sizes: tuple[int, ...], suffix: str, jobs: int, memory: int) -> None:
    """Fit `blocks` to generated documents, and label as many others."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for n in sizes:
        train, test = folder / f"train-{n}.{suffix}", folder / f"test-{n}.{suffix}"
        model = folder / f"model-{n}"
        for path, seed in ((train, 0), (test, 1)):
            in_child(partial(write, path, n, seed))
        for what, work in (
            ("fit", partial(fit, train, model, memory * 10**6, jobs)),
            ("label", partial(label, model, test, memory * 10**6, jobs)),
        ):
            used = in_child(work)
            row: dict[str, object] = {"documents": n, "step": what, **used}
            row["documents per CPU s"] = round(n / used["CPU s"])
            row["documents per s"] = round(n / used["wall s"])
            row["limit MB"] = memory
            rows.append(row)
            click.echo(render_table([row], "jsonl"), nl=False)
    click.echo(render_table(rows, "md"))


if __name__ == "__main__":
    main()
