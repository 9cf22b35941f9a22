"""One run of ``classify``: read, learn, label, score."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

import compressclf
from compressclf.audit import found_in
from compressclf.classifiers import NCDClassifier
from compressclf.classifiers._base import Predictions
from compressclf.datasets import Split, hold_out, load_dataset
from compressclf.evaluation import Evaluation, evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Result", "Run", "run"]


@dataclass(frozen=True)
class Run:
    """What was asked for."""

    source: str
    test: str | None
    method: str
    parameters: dict[str, Any]
    columns: dict[str, Any]
    test_size: float
    seed: int
    limit_train: int | None
    limit_test: int | None


@dataclass
class Result:
    """What came out."""

    asked: Run
    train: Split
    test: Split
    classifier: Any
    predictions: Predictions
    leaked: NDArray[np.bool_]
    """Which test documents the training data hold, byte for byte."""
    evaluation: Evaluation | None
    """None if the test documents have no labels."""
    accuracy_without_leaks: float | None
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    peak_memory_mb: float | None = None


def run(asked: Run) -> Result:
    """Do what was asked.

    Raises
    ------
    ValueError, OSError
        If the data cannot be read or do not suffice.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "load"):
        train, test = _read(asked)
        leaked = found_in(test.docs, train.docs)
    assert train.labels is not None
    if len(set(train.labels)) < 2:
        raise ValueError(
            f"{asked.source}: all {len(train.docs)} training documents have the label "
            f"{str(train.labels[0])!r}; classification needs two classes or more."
        )
    classifier = NCDClassifier(**asked.parameters)
    with _timed(seconds, "fit"):
        classifier.fit(train.docs, train.labels)
    with _timed(seconds, "predict"):
        predictions = classifier.predictions(test.docs)

    evaluation, without_leaks = None, None
    if test.labels is not None:
        evaluation = evaluate(test.labels, predictions.labels)
        if not leaked.all():
            right = predictions.labels == test.labels
            without_leaks = float(right[~leaked].mean())
    return Result(
        asked=asked,
        train=train,
        test=test,
        classifier=classifier,
        predictions=predictions,
        leaked=leaked,
        evaluation=evaluation,
        accuracy_without_leaks=without_leaks,
        seconds=seconds,
        versions=_versions(classifier),
        peak_memory_mb=_peak_memory_mb(),
    )


def _read(asked: Run) -> tuple[Split, Split]:
    data = load_dataset(asked.source, **asked.columns)
    train, test = data.train, data.test
    if asked.test is not None:
        other = load_dataset(asked.test, **asked.columns, labelled=False)
        test = other.test or other.train
    elif test is None:
        train, test = hold_out(train, asked.test_size, asked.seed)
    return train.sample(asked.limit_train, asked.seed), test.sample(asked.limit_test, asked.seed)


def _versions(classifier: Any) -> dict[str, str]:
    return {
        "compressclf": compressclf.__version__,
        "compressor": classifier.compressor_.version,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "scikit-learn")},
    }


def _peak_memory_mb() -> float | None:
    """Return the most memory this process has held, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[part] = round(time.perf_counter() - begin, 3)
