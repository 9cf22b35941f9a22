"""What a run will cost: time and memory, extrapolated from runs on samples of its documents.

A sample of the very documents is fitted and labelled, then one of twice the size, and so on until
about two seconds are spent. For nearest neighbours, a straight line through two of the sizes,
against the bytes of the training documents, gives the time to fit and the time per query. A class
model takes the time of the largest sample, per byte: its tables outgrow the processor's cache, so a
line would predict too little. Its time per query is that of the largest sample. The time of a
matrix is a line against the bytes of all pairs.

Processor time is measured on one thread, and divided by the threads where the work is divided among
them. Memory is what the process uses after the smallest sample, the documents included, and a line
through what larger samples allocate. It does not include what compiled kernels and libraries
allocate by themselves.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.executor import count_threads
from compressclf._lib.progress import listen
from compressclf.distances.tiles import PAIR_BYTES
from compressclf.matrices import write_matrix
from compressclf.matrices.planning import plan_memory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from compressclf.documents import Corpus

__all__ = ["Estimate", "Phase", "estimate_classifier", "estimate_matrix"]

SECONDS = 2.0  # spent on samples
FIRST, QUERIES = 8, 4  # documents of the first sample, at least
ONCE = 8  # times the sample of half the size: more than its work
FEWEST = 4  # samples; the smallest ones may leave out steps of a fit
STORED = ("dtype", "top_k", "threshold")  # settings of a matrix that decide its memory
SHORT = 60.0  # seconds; a quick estimate measures a shorter run no further


class Phase(NamedTuple):
    """A part of a run."""

    name: str
    cpu_seconds: float
    """Processor time of all threads."""
    seconds: float
    """Time, if each thread has a processor of its own."""
    memory: int
    """Most bytes that the process uses."""


@dataclass(frozen=True)
class Estimate:
    """The predicted cost of a run."""

    phases: tuple[Phase, ...]
    pairs: int
    """Pairs of documents to compare; 0 for class models."""

    @property
    def seconds(self) -> float:
        """Time of all phases."""
        return sum(phase.seconds for phase in self.phases)

    @property
    def memory(self) -> int:
        """Most bytes that the process uses."""
        return max(phase.memory for phase in self.phases)


class _Run(NamedTuple):
    """Seconds, or bytes, that a sample took."""

    size: int  # of the training documents, or of all pairs, in bytes
    fit: float
    queries: int = 1  # size of the queries
    predict: float = 0.0

    @property
    def sum(self) -> float:
        return self.fit + self.predict


def estimate_classifier(
    classifier: Any, X: Corpus, y: ArrayLike, queries: Corpus, *, quick: bool = False
) -> Estimate:
    """Predict what it costs to fit a classifier and to label documents.

    Parameters
    ----------
    classifier : estimator
        `NCDClassifier`, `CodelengthClassifier` or `ImageCodelengthClassifier`; it is not changed.
    X, y : Corpus, array-like of shape (n_docs,)
        The training documents and their labels.
    queries : Corpus
        The documents to label.
    quick : bool, default=False
        Measure no further once the run is predicted to take less than a minute, and leave out what
        the run allocates.

    Returns
    -------
    Estimate
        With the phases "fit" and "predict".

    Examples
    --------
    >>> from compressclf import Corpus, NCDClassifier
    >>> docs = Corpus.from_documents([f"{i} bottles of beer" for i in range(100)])
    >>> estimate = estimate_classifier(NCDClassifier(), docs, [0, 1] * 50, docs)
    >>> estimate.pairs, [phase.name for phase in estimate.phases]
    (10000, ['fit', 'predict'])
    """
    from sklearn.base import clone

    labels = np.asarray(y)
    rows, columns = _shuffled(labels), np.random.default_rng(1).permutation(len(queries))
    is_search = hasattr(classifier, "n_neighbors")
    small = clone(classifier).set_params(n_jobs=1)

    def run(n: int, m: int, read: Callable[[], float]) -> _Run:
        docs, some = X.take(rows[:n]), queries.take(columns[:m])
        if is_search:
            small.set_params(n_neighbors=min(classifier.n_neighbors, n))
        read()
        small.fit(docs, labels[rows[:n]])
        fit = read()
        small.predictions(some)
        return _Run(_size(docs), fit, _size(some), read())

    def timed(n: int) -> _Run:
        return run(n, max(QUERIES, n // 16), _stopwatch())

    def predicted(runs: list[_Run]) -> tuple[float, float]:
        per_query = [(one.size, one.predict / one.queries) for one in runs]
        each = _line(per_query, _size(X)) if is_search else per_query[-1][1]
        fit = runs[-1].fit * _size(X) / runs[-1].size
        if is_search:
            fit = _line([(one.size, one.fit) for one in runs], _size(X))
        return fit, each * _size(queries)

    first = max(FIRST, len(np.unique(labels)))
    with listen(_ignore):
        timed(min(first, len(X)))  # compiles kernels and loads what is needed
        resident = _resident()
        runs = _runs(timed, first, len(X), lambda runs: sum(predicted(runs)), quick=quick)
        largest = min(len(X), first << len(runs) - 1)
        memory = (0.0, 0.0) if quick else _memory(run, largest, _size(X), _size(queries))
    fit, predict = predicted(runs)
    fitted = resident + memory[0]
    n_threads = count_threads(classifier.n_jobs)
    return Estimate(
        (
            Phase("fit", fit, fit / (n_threads if is_search else 1), int(fitted)),
            Phase("predict", predict, predict / n_threads, int(fitted + memory[1])),
        ),
        pairs=len(X) * len(queries) if is_search else 0,
    )


def estimate_matrix(
    X: Corpus, *, memory: int, n_jobs: int | None = -1, quick: bool = False, **settings: Any
) -> Estimate:
    """Predict what `write_matrix` costs.

    Parameters
    ----------
    X : Corpus
        The documents.
    memory : int
        Bytes that the process may use.
    n_jobs : int or None, default=-1
        Number of threads.
    quick : bool, default=False
        Measure no further once the run is predicted to take less than a minute.
    **settings : object
        Other arguments of `write_matrix`.

    Returns
    -------
    Estimate
        With the phase "distances".

    Examples
    --------
    >>> from compressclf import Corpus
    >>> docs = Corpus.from_documents(["to be", "or not", "to be that", "is the question"])
    >>> estimate_matrix(docs, memory=10**9, top_k=1).pairs
    10
    """
    rows = np.random.default_rng(0).permutation(len(X))

    def timed(n: int) -> _Run:
        docs = X.take(rows[:n])
        with tempfile.TemporaryDirectory() as folder:
            begin = time.process_time()
            write_matrix(docs, Path(folder) / "matrix", memory=memory, n_jobs=1, **settings)
            return _Run(len(docs) * _size(docs), time.process_time() - begin)

    def predicted(runs: list[_Run]) -> float:
        return _line([(one.size, one.fit) for one in runs], len(X) * _size(X))

    stored = {name: settings[name] for name in STORED if name in settings}
    _, needed = plan_memory(X, memory, **stored)
    with listen(_ignore):
        timed(min(FIRST, len(X)))
        seconds = predicted(_runs(timed, FIRST, len(X), predicted, quick=quick))
    is_half = settings.get("symmetrize", "min") != "none"
    return Estimate(
        (Phase("distances", seconds, seconds / count_threads(n_jobs), needed),),
        pairs=len(X) * (len(X) + 1) // 2 if is_half else len(X) ** 2,
    )


def _runs(
    timed: Callable[[int], _Run],
    first: int,
    most: int,
    predicted: Callable[[list[_Run]], float],
    *,
    quick: bool,
) -> list[_Run]:
    """Time samples of twice the size each, until enough time is spent."""
    runs: list[_Run] = []
    begin, n = time.process_time(), first
    while True:
        run = timed(min(n, most))
        if runs and run.sum > ONCE * runs[-1].sum + 0.5:  # something was compiled or loaded
            begin += run.sum
            run = timed(min(n, most))
        runs.append(run)
        spent = time.process_time() - begin
        is_short = quick and len(runs) > 2 and predicted(runs) < SHORT
        is_enough = spent > SECONDS / 2 and len(runs) >= FEWEST  # the next takes as long as all
        if n >= most or is_short or is_enough or spent > 2 * SECONDS:
            return runs
        n *= 2


def _memory(
    run: Callable[[int, int, Callable[[], float]], _Run], n: int, size: int, queries: int
) -> tuple[float, float]:
    """Return the most bytes that a fit allocates, and those that labelling adds."""
    with _traced() as read:
        few, many = (run(max(1, k), QUERIES, read) for k in (n // 4, n))
        more = run(n, 4 * QUERIES, read)
    fitted = _line([(few.size, few.fit), (many.size, many.fit)], size)
    return fitted, _line([(one.queries, one.predict) for one in (many, more)], queries)


def _line(points: list[tuple[int, float]], size: float) -> float:
    """Continue the line through the last point and the last but two, or the first."""
    (low, before), (high, after) = points[max(0, len(points) - 3)], points[-1]
    slope = (after - before) / (high - low) if high > low else after / high
    return float(after + max(slope, 0.0) * (size - high))


def _size(docs: Corpus) -> int:
    return int(docs.lengths.sum()) + PAIR_BYTES * len(docs)


def _shuffled(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the positions of all documents in random order, after one of each class."""
    rows = np.random.default_rng(0).permutation(len(labels))
    _, firsts = np.unique(labels[rows], return_index=True)
    return np.concatenate([rows[firsts], np.delete(rows, firsts)])


def _stopwatch() -> Callable[[], float]:
    """Measure the processor time since the last call."""
    last = time.process_time()

    def read() -> float:
        nonlocal last
        seconds, last = time.process_time() - last, time.process_time()
        return seconds

    return read


@contextmanager
def _traced() -> Iterator[Callable[[], float]]:
    """Measure the most bytes that were allocated since the last call, above those held then."""
    held = 0

    def read() -> float:
        nonlocal held
        now, most = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        grown, held = most - held, now
        return float(grown)

    tracemalloc.start()
    try:
        yield read
    finally:
        tracemalloc.stop()


def _resident() -> int:
    """Return the bytes of memory that this process uses now, or the most so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        import resource  # not on Windows

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most * (1 if sys.platform == "darwin" else 1024)


def _ignore(done: int, total: int) -> None:
    """Show no progress."""
