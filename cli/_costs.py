"""What a run costs: recall of the candidates, estimates, and a warning before a long run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.reports.costs import Estimate, estimate_classifier, estimate_matrix

from ._output import render_table, say
from ._progress import duration

if TYPE_CHECKING:
    from compressclf.datasets import Split
    from compressclf.documents import Corpus

__all__ = [
    "measured_recall",
    "peak_memory_mb",
    "render_estimate",
    "timed",
    "warn_if_fit_is_long",
    "warn_if_matrix_is_long",
]

LONG = 600.0  # seconds; a run that takes longer says so before it begins
PAIRS, BYTES = 10_000, 2_000_000  # a smaller run is not estimated
RECALL_DOCS = 100  # documents to search exactly
RECALL_SECONDS = 10.0


def render_estimate(estimate: Estimate, style: str) -> str:
    """Render an estimate as a table with one row per phase."""
    rows = [
        {
            "phase": phase.name,
            "seconds": round(phase.seconds, 1),
            "time": duration(phase.seconds),
            "cpu_seconds": round(phase.cpu_seconds, 1),
            "memory_mb": round(phase.memory / 1e6),
        }
        for phase in estimate.phases
    ]
    return render_table(rows, style)


def warn_if_fit_is_long(classifier: Any, train: Split, test: Corpus) -> None:
    """Say so on standard error if fitting and labelling take more than ten minutes."""
    is_search = hasattr(classifier, "n_neighbors")
    if is_search and len(train.docs) * len(test) < PAIRS:
        return
    if not is_search and train.docs.nbytes + test.nbytes < BYTES:
        return
    assert train.labels is not None
    try:
        estimate = estimate_classifier(classifier, train.docs, train.labels, test, quick=True)
    except ValueError:  # the run itself will tell
        return
    ways = ["fewer documents (--limit-train, --limit-test)", "more threads (-j)"]
    if is_search:
        ways[1:1] = ["--method codelength with --model blocks"]
        if classifier.candidates is None and not hasattr(test, "shapes"):
            ways[1:1] = ["--candidates ngrams"]
    _warn(estimate, ways)


def warn_if_matrix_is_long(docs: Corpus, **settings: Any) -> None:
    """Say so on standard error if a matrix takes more than ten minutes."""
    if len(docs) ** 2 >= PAIRS:
        estimate = estimate_matrix(docs, quick=True, **settings)
        _warn(estimate, ["fewer documents", "more threads (-j)"])


def _warn(estimate: Estimate, ways: list[str]) -> None:
    if estimate.seconds > LONG:
        say(
            f"This run will take about {duration(estimate.seconds)}; shorter with "
            f"{', '.join(ways[:-1])} or {ways[-1]}."
        )


@contextmanager
def timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    """Write how long the block took into `seconds`."""
    begin = time.perf_counter()
    yield
    seconds[part] = round(time.perf_counter() - begin, 3)


def peak_memory_mb() -> float | None:
    """Return the peak memory of this process in MB; None if the system does not report it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def measured_recall(classifier: Any, docs: Corpus, seconds: float) -> tuple[int, int] | None:
    """Return how many of a sample of documents have their nearest among the candidates.

    The exact searches may take a quarter of the time of the prediction, and at least five seconds.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    docs : Corpus
        The documents that were labelled.
    seconds : float
        How long that took.

    Returns
    -------
    found, drawn : int
        None if the classifier has no candidates.
    """
    if getattr(classifier, "candidates", None) is None:
        return None
    per_pair = seconds / max(1, len(docs) * classifier.n_candidates_)
    each = max(per_pair * classifier.n_training_documents(), 1e-6)
    limit = max(RECALL_SECONDS, seconds / 4)
    rows = np.random.default_rng(0).permutation(len(docs))[:RECALL_DOCS]
    found = drawn = 0
    begin = time.perf_counter()
    while drawn < len(rows):
        spent = time.perf_counter() - begin
        n = int(min((limit - spent) / each, 10 if drawn == 0 else np.inf))
        if n < 1:
            break
        found += int(classifier.has_nearest(docs.take(rows[drawn : drawn + n])).sum())
        drawn = min(drawn + n, len(rows))
        each = (time.perf_counter() - begin) / drawn
    return found, drawn
