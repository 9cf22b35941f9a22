"""One run of ``classify`` or ``predict``: read, learn or load, label, score."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import compressclf
from compressclf.audit import found_in
from compressclf.cards import Measured, Taught
from compressclf.classifiers._base import Predictions
from compressclf.datasets import Split, hold_out, load_dataset, name_label
from compressclf.evaluation import Evaluation, evaluate, evaluate_groups
from compressclf.images import ImageCorpus
from compressclf.persistence import load_model, method_of, save_model, write_card

from ._methods import build_classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Labelling", "Learning", "Result", "label", "learn_and_label"]


@dataclass(frozen=True)
class Learning:
    """What ``classify`` was asked for."""

    source: str
    test: str | None
    method: str
    parameters: dict[str, Any]
    columns: dict[str, Any]
    test_size: float
    seed: int
    limit_train: int | None
    limit_test: int | None
    jobs: int
    save_to: Path | None
    resize: tuple[int, int] | None = None


@dataclass(frozen=True)
class Labelling:
    """What ``predict`` was asked for."""

    model_dir: Path
    docs: str
    columns: dict[str, Any]
    jobs: int
    resize: tuple[int, int] | None = None


@dataclass
class Result:
    """What came out."""

    places: dict[str, str | None]
    """Where training and test documents came from, as the report calls these places."""
    method: str
    n_train: int
    test: Split
    classifier: Any
    predictions: Predictions
    leaked: NDArray[np.bool_] | None
    """Which test documents the training data hold, byte for byte; None if nobody knows."""
    evaluation: Evaluation | None
    """None if the test documents have no labels."""
    accuracy_without_leaks: float | None
    groups: dict[str, Evaluation]
    """Of each group, if they are known."""
    seconds: dict[str, float]
    saved_to: Path | None = None
    versions: dict[str, str] = field(default_factory=dict)
    peak_memory_mb: float | None = None


def learn_and_label(asked: Learning) -> Result:
    """Do what ``classify`` was asked for.

    Raises
    ------
    ValueError, OSError
        If the data cannot be read or do not suffice.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "load"):
        train, test = _read(asked)
    assert train.labels is not None
    if len(set(train.labels)) < 2:
        raise ValueError(
            f"{asked.source}: all {len(train.docs)} training documents have the label "
            f"{str(train.labels[0])!r}; classification needs two classes or more."
        )
    _check_kind(test, asked.test or asked.source, images=isinstance(train.docs, ImageCorpus))
    classifier = build_classifier(
        asked.method,
        asked.parameters,
        images=isinstance(train.docs, ImageCorpus),
        n_jobs=asked.jobs,
        seed=asked.seed,
    )
    classifier._resize_in = asked.resize  # saved with the model
    with _timed(seconds, "fit"):
        classifier.fit(train.docs, train.labels)
    taught = None
    if asked.save_to is not None:  # before labelling, which may take long or fail
        taught = Taught.from_documents(train.docs, train.labels, source=asked.source)
        save_model(classifier, asked.save_to, taught=taught)
    places = {"source": asked.source, "test": asked.test}
    known = classifier.as_learnt(train.docs)
    result = _label(places, asked.method, classifier, test, known, seconds)
    result.saved_to = asked.save_to
    if asked.save_to is not None and result.evaluation is not None:
        measured = _measured(result, asked.test or f"{asked.source}, the part for testing")
        write_card(classifier, asked.save_to, taught=taught, measured=measured)
    return result


def _measured(result: Result, source: str) -> Measured:
    assert result.evaluation is not None
    return Measured(
        evaluation=result.evaluation,
        source=source,
        leaked=None if result.leaked is None else int(result.leaked.sum()),
        accuracy_without_leaks=result.accuracy_without_leaks,
        tied=int(result.predictions.tied.sum()),
        groups=result.groups,
    )


def label(asked: Labelling) -> Result:
    """Do what ``predict`` was asked for.

    Raises
    ------
    ValueError, OSError
        If model or documents cannot be read.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "load"):
        classifier = load_model(asked.model_dir)
        resize = asked.resize or getattr(classifier, "_resize_in", None)
        test = _read_test(asked.docs, {**asked.columns, "resize": resize})
    _check_kind(test, asked.docs, images=hasattr(classifier, "_channels_in"))
    classifier.set_params(n_jobs=asked.jobs)
    places: dict[str, str | None] = {"model_dir": str(asked.model_dir), "test": asked.docs}
    known = classifier.training_documents()
    return _label(places, method_of(classifier), classifier, test, known, seconds)


def _check_kind(test: Split, place: str, *, images: bool) -> None:
    """Refuse texts where images were learnt, and images where texts were."""
    if isinstance(test.docs, ImageCorpus) != images:
        learnt, given = ("images", "texts") if images else ("texts", "images")
        raise ValueError(
            f"{place}: these documents are {given}, and the training documents are {learnt}: give "
            f"{learnt}."
        )


def _label(
    places: dict[str, str | None],
    method: str,
    classifier: Any,
    test: Split,
    known: Corpus | None,
    seconds: dict[str, float],
) -> Result:
    """Label the test documents and score the labels if the true ones are there."""
    with _timed(seconds, "predict"):
        predictions = classifier.predictions(test.docs)
    names = np.array([name_label(value) for value in predictions.labels.tolist()], dtype=str)
    leaked = None if known is None else found_in(classifier.as_learnt(test.docs), known)
    evaluation, without_leaks, groups = None, None, {}
    if test.labels is not None:
        classes = [name_label(value) for value in classifier.classes_.tolist()]
        evaluation = evaluate(
            test.labels,
            names,
            probabilities=predictions.probabilities,
            classes=np.array(classes, dtype=str),
            majority=classes[int(classifier.training_counts().argmax())],
        )
        if leaked is not None and not leaked.all():
            without_leaks = float((names == test.labels)[~leaked].mean())
        if test.groups is not None:
            groups = evaluate_groups(test.labels, names, test.groups)
    return Result(
        places=places,
        method=method,
        n_train=classifier.n_training_documents(),
        test=test,
        classifier=classifier,
        predictions=predictions._replace(labels=names),
        leaked=leaked,
        evaluation=evaluation,
        accuracy_without_leaks=without_leaks,
        groups=groups,
        seconds=seconds,
        versions=_versions(classifier),
        peak_memory_mb=_peak_memory_mb(),
    )


def _read(asked: Learning) -> tuple[Split, Split]:
    columns = {**asked.columns, "resize": asked.resize}
    own = dict(columns)
    if asked.test is not None:  # groups are those of the documents that are scored
        own.pop("group_column", None)
    data = load_dataset(asked.source, **own)
    train, test = data.train, data.test
    if asked.test is not None:
        test = _read_test(asked.test, columns)
    elif test is None:
        train, test = hold_out(train, asked.test_size, asked.seed)
    return train.sample(asked.limit_train, asked.seed), test.sample(asked.limit_test, asked.seed)


def _read_test(source: str, columns: dict[str, Any]) -> Split:
    data = load_dataset(source, **columns, labelled=False)
    return data.test or data.train


def _versions(classifier: Any) -> dict[str, str]:
    versions = {
        "compressclf": compressclf.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "scikit-learn")},
    }
    compressor = getattr(classifier, "compressor_", None)
    return versions if compressor is None else {**versions, "compressor": compressor.version}


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
