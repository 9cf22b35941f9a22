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
from compressclf.classifiers import Predictions
from compressclf.datasets import Dataset, Split, hold_out, load_dataset, name_label
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import size_of
from compressclf.persistence import load_model, save_model
from compressclf.reports.evaluation import Evaluation, evaluate, evaluate_groups
from compressclf.reports.leaks import found_in
from compressclf.reports.model_card import Measured, Taught, write_card

from ._methods import build_classifier, method_of
from ._words import in_options

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
    trusted: bool = False


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
    facts: dict[str, str] = field(default_factory=dict)
    """How the sources were read, such as the delimiter."""
    remarks: list[str] = field(default_factory=list)
    """Sentences on what was skipped or may have been meant otherwise."""
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
        train, test, read = _read(asked)
    assert train.labels is not None
    if len(set(train.labels)) < 2:
        raise ValueError(
            f"{asked.source}: all {len(train.docs)} training documents have the label "
            f"{str(train.labels[0])!r}; classification needs two classes or more."
        )
    _check_kind(test, asked.test or asked.source, images=isinstance(train.docs, ImageCorpus))
    _remark_on_unknown(read, asked.test or asked.source, test, set(train.labels.tolist()))
    classifier = build_classifier(
        asked.method,
        asked.parameters,
        images=isinstance(train.docs, ImageCorpus),
        resize=asked.resize,
        n_jobs=asked.jobs,
        seed=asked.seed,
    )
    with _timed(seconds, "fit"):
        classifier.fit(train.docs, train.labels)
    places = {"source": asked.source, "test": asked.test}
    known = classifier.as_learnt(train.docs)
    with _saved(classifier, asked, train) as card:
        result = _label(places, asked.method, classifier, test, known, seconds)
        if result.evaluation is not None:
            source = asked.test or f"{asked.source}, the part for testing"
            card["measured"] = _measured(result, source)
    result.saved_to = asked.save_to
    result.facts, result.remarks = read.facts, read.remarks
    return result


@contextmanager
def _saved(classifier: Any, asked: Learning, train: Split) -> Iterator[dict[str, Any]]:
    """Save the model before labelling, which may take long or fail; write its card afterwards.

    What is put into the dict yielded goes into the card.
    """
    if asked.save_to is None:
        yield {}
        return
    assert train.labels is not None
    taught = Taught.from_documents(train.docs, train.labels, source=asked.source)
    save_model(classifier, asked.save_to)
    told: dict[str, Any] = {"taught": taught}
    try:
        yield told
    finally:
        write_card(classifier, asked.save_to, **told)


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
        classifier = load_model(asked.model_dir, trusted=asked.trusted)
        check_classifies(classifier, asked.model_dir)
        resize = own_size(classifier, asked.model_dir, asked.resize)
        data = load_dataset(asked.docs, **asked.columns, resize=resize, labelled=False)
        test = data.test or data.train
    read = _Read(asked.columns["strict"])
    read.add(data)
    _remark_on_unknown(read, asked.docs, test, {*map(name_label, classifier.classes_.tolist())})
    _check_kind(test, asked.docs, images=classifier.reads_images_)
    classifier.set_params(n_jobs=asked.jobs)
    places: dict[str, str | None] = {"model_dir": str(asked.model_dir), "test": asked.docs}
    known = classifier.training_documents()
    result = _label(places, method_of(classifier), classifier, test, known, seconds)
    result.facts, result.remarks = read.facts, read.remarks
    return result


def check_classifies(estimator: Any, place: object) -> None:
    """Refuse a saved model that can be used in Python alone.

    Raises
    ------
    ValueError
        If the saved estimator is a pipeline or a transformer instead of a classifier.
    """
    if not hasattr(estimator, "predictions"):
        raise ValueError(
            f"{place}: the model is a {type(estimator).__name__}, for Python: load it with "
            f"compressclf.persistence.load_model."
        )


def own_size(
    classifier: Any, place: object, resize: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Return the width and height to which a saved model has its images brought, or `resize`.

    Raises
    ------
    ValueError
        If both are known and differ.
    """
    own = size_of(getattr(classifier, "preprocess_", None))
    if own is None or resize in (None, own):
        return own or resize
    raise ValueError(
        f"{place}: the model resizes images to {own[0]}x{own[1]} itself: leave --resize out."
    )


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


@dataclass
class _Read:
    """How all sources of a run were read."""

    strict: bool
    facts: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, data: Dataset) -> None:
        """Add what a data set tells."""
        for name, value in data.facts.items():
            known = self.facts.setdefault(name, value)
            if value != known:
                self.facts[name] = f"{known}; {data.name}: {value}"
        said = map(in_options, data.remarks)
        self.remarks += [sentence for sentence in said if sentence not in self.remarks]

    def remark(self, sentence: str) -> None:
        """Add a sentence, or refuse it.

        Raises
        ------
        ValueError
            If remarks are refused.
        """
        if self.strict:
            raise ValueError(f"{sentence.rstrip('.')} (refused, since --strict is set).")
        self.remarks.append(sentence)


def _read(asked: Learning) -> tuple[Split, Split, _Read]:
    """Return the training documents, the test documents, and how both were read."""
    columns = {**asked.columns, "resize": asked.resize}
    own = dict(columns)
    if asked.test is not None:  # groups are those of the documents that are scored
        own.pop("group_column", None)
    data, read = load_dataset(asked.source, **own), _Read(columns["strict"])
    read.add(data)
    train, test = data.train, data.test
    if asked.test is not None:
        other = load_dataset(asked.test, **columns, labelled=False)
        read.add(other)
        test = other.test or other.train
    elif test is None:
        train, test = hold_out(train, asked.test_size, asked.seed)
    train, test = (
        part.sample(n, asked.seed)
        for part, n in ((train, asked.limit_train), (test, asked.limit_test))
    )
    return train, test, read


def _remark_on_unknown(read: _Read, place: str, test: Split, classes: set[str]) -> None:
    """Say which labels of test documents no training document has: no method can find them."""
    if test.labels is None:
        return
    labels, counts = np.unique(test.labels, return_counts=True)
    unknown = {str(a): int(n) for a, n in zip(labels, counts, strict=True) if a not in classes}
    if not unknown:
        return
    named = ", ".join(f"{label!r} ({n:,})" for label, n in list(unknown.items())[:5])
    more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
    read.remark(
        f"{place}: {sum(unknown.values()):,} of {len(test.docs):,} test documents have a label "
        f"that no training document has, so they count as errors: {named}{more}."
    )


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
