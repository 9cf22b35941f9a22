"""CPU time per pair of the engine and of other ways to compute such lengths.

    python -m benchmarks.deflate_speed --data DIR

All candidates run interleaved in one process, on the same pairs; the times are medians of thread
CPU time. The last lines compare the wall time on one and two threads, with zlib as a control of the
machine's parallel speed. Candidates whose lengths differ from zlib's are marked "inexact".
"""

from __future__ import annotations

import argparse
import csv
import functools
import gzip
import importlib
import statistics
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.deflate_cases import Cases
from compressclf.compressors import deflate
from compressclf.documents import Corpus

SEPARATOR = b" "
ZLIB_CONTAINER = 6
PEER_SECONDS = 0.1  # work of a peer in one round
MEAN_LENGTHS = (60, 238, 1000, 4000)


class Task(NamedTuple):
    """Prefixes, and documents that follow each of them."""

    name: str
    prefixes: list[bytes]
    documents: list[bytes]


class Candidate(NamedTuple):
    """Something to time."""

    run: Callable[[], np.ndarray]
    pairs: int
    remark: str


def main() -> None:
    """Print one table per task."""
    arguments = _arguments()
    print(f"zlib {zlib.ZLIB_RUNTIME_VERSION}, level {arguments.level}, µs per pair")
    for task in _tasks(arguments):
        measure(task, arguments.level, arguments.rounds)


def measure(task: Task, level: int, rounds: int) -> None:
    """Time all candidates on a task and print a table."""
    engine = _engine(task, level, deflate.joint_payload_bytes)
    lengths = engine()
    candidates = _candidates(task, level, lengths)
    candidates["deflate engine"] = Candidate(engine, lengths.size, "")
    entropy = _engine(task, level, deflate.joint_lz77_bits)
    candidates["lz77 engine"] = Candidate(entropy, lengths.size, "another measure")
    medians = _medians(candidates, rounds)
    equal = candidates["zlib.compress"].remark == ""
    print(f"\n{task.name}: {lengths.size:,} pairs, lengths equal: {equal}")
    for name, median in sorted(medians.items(), key=lambda item: item[1]):
        ratio = medians["zlib.compress"] / median
        print(f"  {name:20} {median:8.2f}  {ratio:5.2f}x  {candidates[name].remark}")
    for name, work in _thread_work(task, level).items():
        one, two = (_wall(work, len(task.prefixes), threads, rounds) for threads in (1, 2))
        print(f"  two threads of {name:15} {one / two:5.2f}x as fast as one (wall time)")


def _candidates(task: Task, level: int, lengths: np.ndarray) -> dict[str, Candidate]:
    """Give each peer as many documents as it can do in one round, and compare its lengths."""
    candidates = {}
    runs = {name: functools.partial(length_matrix, length=f) for name, f in _peers(level).items()}
    runs["compressobj.copy"] = functools.partial(copying_compressobj, level=level)
    for name, run in runs.items():
        few = _few(task, run)
        found = run(few)
        exact = np.array_equal(found, lengths[:, : len(few.documents)])
        remark = "" if exact else "inexact"
        candidates[name] = Candidate(functools.partial(run, few), found.size, remark)
    return candidates


def _medians(candidates: dict[str, Candidate], rounds: int) -> dict[str, float]:
    """Return the median thread CPU time per pair in µs."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, (run, pairs, _) in candidates.items():
            began = time.thread_time()
            run()
            times[name].append((time.thread_time() - began) / pairs * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def length_matrix(task: Task, length: Callable[[bytes, bytes], int]) -> np.ndarray:
    """Call `length` for every pair."""
    rows = []
    for prefix in task.prefixes:
        front = prefix + SEPARATOR
        rows.append([length(front, document) for document in task.documents])
    return np.array(rows)


def copying_compressobj(task: Task, level: int) -> np.ndarray:
    """Compress each prefix once and continue from copies of the compressor."""
    rows = []
    for prefix in task.prefixes:
        begun = zlib.compressobj(level)
        head = len(begun.compress(prefix + SEPARATOR))
        row = []
        for document in task.documents:
            copied = begun.copy()
            row.append(head + len(copied.compress(document)) + len(copied.flush()))
        rows.append(row)
    return np.array(rows) - ZLIB_CONTAINER


def _engine(task: Task, level: int, function: Callable[..., np.ndarray]) -> Callable[..., Any]:
    prefixes = Corpus.from_documents(task.prefixes)
    documents = deflate.prepare(Corpus.from_documents(task.documents), level)
    return lambda: function(prefixes, documents, separator=SEPARATOR, level=level)


def _peers(level: int) -> dict[str, Callable[[bytes, bytes], int]]:
    """Return other ways to get lengths of prefix + document, without their containers."""
    peers: dict[str, Callable[[bytes, bytes], int]] = {
        "zlib.compress": lambda x, y: len(zlib.compress(x + y, level)) - 6,
    }
    if level == 9:  # it joins str and always compresses at level 9
        peers["npc_gzip's call"] = lambda x, y: (
            len(gzip.compress((x.decode("latin-1") + y.decode("latin-1")).encode("latin-1"))) - 18
        )
    try:
        isal = importlib.import_module("isal.isal_zlib")
        peers["isal 3"] = lambda x, y: len(isal.compress(x + y, 3)) - 6
    except ModuleNotFoundError:
        pass
    try:
        libdeflate = importlib.import_module("deflate")
        peers["libdeflate"] = lambda x, y: len(libdeflate.zlib_compress(x + y, level)) - 6
    except ModuleNotFoundError:
        pass
    return peers


def _few(task: Task, run: Callable[[Task], np.ndarray]) -> Task:
    """Reduce the documents to as many as `run` can do in one round."""
    sample = task._replace(documents=task.documents[:5])
    began = time.perf_counter()
    run(sample)
    seconds = (time.perf_counter() - began) / len(sample.documents)
    return task._replace(documents=task.documents[: max(5, int(PEER_SECONDS / seconds))])


def _thread_work(task: Task, level: int) -> dict[str, Callable[[int], object]]:
    """Return functions of a prefix's index: the engine, and zlib as a control of parallel speed."""
    prefixes = Corpus.from_documents(task.prefixes)
    documents = deflate.prepare(Corpus.from_documents(task.documents), level)
    blob = b"".join(task.documents)[:300_000]
    return {
        "the engine": lambda i: deflate.joint_payload_bytes(
            prefixes[i : i + 1], documents, separator=SEPARATOR, level=level
        ),
        "zlib, long texts": lambda i: zlib.compress(blob, level),
    }


def _wall(work: Callable[[int], object], n: int, threads: int, rounds: int) -> float:
    """Return the shortest wall time of `n` pieces of work on `threads` threads."""
    times = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            began = time.perf_counter()
            list(pool.map(work, range(n)))
            times.append(time.perf_counter() - began)
    return min(times)


def _tasks(arguments: argparse.Namespace) -> list[Task]:
    texts = _read(arguments.data) if arguments.data else {}
    tasks = []
    for name, documents in texts.items():
        mean = round(statistics.mean(map(len, documents)))
        if name == "ag_news":
            chosen = Cases(0).rng.sample(documents, 2020)
            tasks.append(Task(f"{name}, mean {mean} bytes", chosen[:20], chosen[20:]))
    cases = Cases(arguments.seed, [text for documents in texts.values() for text in documents])
    for mean in MEAN_LENGTHS:
        n_prefixes = max(4, min(20, 8000 // mean))
        n_documents = max(100, min(4000, 480_000 // mean))
        cut = [_cut(cases, mean) for _ in range(n_prefixes + n_documents)]
        tasks.append(Task(f"cut texts, mean {mean} bytes", cut[:n_prefixes], cut[n_prefixes:]))
    return tasks


def _cut(cases: Cases, mean: int) -> bytes:
    return cases.text(max(1, round(cases.rng.gauss(mean, mean * 0.3))))


def _read(folder: Path) -> dict[str, Sequence[bytes]]:
    csv.field_size_limit(1 << 30)
    texts = {}
    for path in sorted(folder.glob("*/train.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            texts[path.parent.name] = [record["text"].encode() for record in csv.DictReader(file)]
    return texts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--level", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="folder with */train.csv.gz")
    return parser.parse_args()


if __name__ == "__main__":
    main()
