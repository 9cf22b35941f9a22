"""One run of ``classify`` or ``predict``: read, fit or load, predict, score."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import compressclf
from compressclf.classifiers import Predictions
from compressclf.datasets import Split, hold_out, load_dataset, name_label
from compressclf.documents.images import ImageCorpus
from compressclf.persistence import load_model, save_model
from compressclf.reports.evaluation import Evaluation, evaluate, evaluate_groups
from compressclf.reports.leaks import found_in
from compressclf.reports.model_card import Scores, TrainingFacts, model_card, write_card

from ._costs import measured_recall, peak_memory_mb, timed, warn_if_fit_is_long
from ._methods import build_classifier, method_of
from ._reading import Reading, remark_on_unknown
from ._resuming import Unfinished, fitted_to, saved_in
from ._sizes import framed, largest_read, own_sizes, sentence_on_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = [
    "ClassifyRequest",
    "PredictRequest",
    "Result",
    "check_classifies",
    "classify",
    "fit_to_source",
    "predict",
    "predicted",
    "read_to_fit",
    "saved",
    "scores_of",
]


@dataclass(frozen=True)
class ClassifyRequest:
    """The arguments of ``classify``."""

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
    html: Path | None = None
    labels: dict[str, list[str]] | None = None
    """The labels to choose from, with their names, if there are no training documents."""
    memory: int | None = None


@dataclass(frozen=True)
class PredictRequest:
    """The arguments of ``predict``."""

    model_dir: Path
    docs: str
    columns: dict[str, Any]
    jobs: int
    resize: tuple[int, int] | None = None
    trusted: bool = False
    memory: int | None = None


@dataclass
class Result:
    """The predictions and everything that the report states."""

    places: dict[str, str | None]
    """The sources of training and test documents, by their names in the report."""
    method: str
    n_train: int
    test: Split
    classifier: Any
    predictions: Predictions
    leaked: NDArray[np.bool_] | None
    """Which test documents also occur in the training data; None if unknown."""
    evaluation: Evaluation | None
    """None if the test documents have no labels."""
    accuracy_without_leaks: float | None
    groups: dict[str, Evaluation]
    """Scores of each group of test documents, if there are groups."""
    seconds: dict[str, float]
    facts: dict[str, str] = field(default_factory=dict)
    """How the sources were read, such as the delimiter."""
    remarks: list[str] = field(default_factory=list)
    """Sentences on skipped data and possible misunderstandings."""
    saved_to: Path | None = None
    recall: tuple[int, int] | None = None
    """Documents of a sample whose nearest is among the candidates, and the size of the sample."""
    card: str = ""
    """The model card; empty unless it was asked for."""
    versions: dict[str, str] = field(default_factory=dict)
    peak_memory_mb: float | None = None


class Fitted(NamedTuple):
    """A classifier, fitted to a source or about to be, and the documents that were read."""

    classifier: Any
    train: Split
    test: Split
    reading: Reading


def fit_to_source(
    request: ClassifyRequest, seconds: dict[str, float], *, warn: bool = False
) -> Fitted:
    """Read the documents and fit a classifier; with `warn`, say so first if the run takes long."""
    read = read_to_fit(request, seconds)
    if warn:
        warn_if_fit_is_long(read.classifier, read.train, read.test.docs)
    with timed(seconds, "fit"):
        read.classifier.fit(read.train.docs, read.train.labels)
    return read


def read_to_fit(request: ClassifyRequest, seconds: dict[str, float]) -> Fitted:
    """Read the documents and build a classifier, but do not fit it."""
    with timed(seconds, "load"):
        train, test, reading = _read(request)
    assert train.labels is not None
    if len(set(train.labels)) < 2:
        raise ValueError(
            f"{request.source}: all {len(train.docs)} training documents have the label "
            f"{str(train.labels[0])!r}; classification needs two classes or more."
        )
    _check_kind(test, request.test or request.source, images=isinstance(train.docs, ImageCorpus))
    remark_on_unknown(reading, request.test or request.source, test, set(train.labels.tolist()))
    parameters = request.parameters
    if reading.longest_side is not None:
        parameters, sentence = framed(parameters, train.docs, test.docs, reading.n_reduced)
        if sentence is not None:
            reading.remark(f"{request.source}: {sentence}")
    classifier = build_classifier(
        request.method,
        parameters,
        images=isinstance(train.docs, ImageCorpus),
        resize=request.resize,
        n_jobs=request.jobs,
        seed=request.seed,
    )
    return Fitted(classifier, train, test, reading)


def classify(request: ClassifyRequest, unfinished: Unfinished) -> Result:
    """Read the documents, fit a classifier, save it if requested, predict and score."""
    seconds: dict[str, float] = {}
    classifier, train, test, reading = fit_to_source(request, seconds, warn=True)
    places = {"source": request.source, "test": request.test}
    known = classifier.preprocessed(train.docs)
    ask = partial(unfinished.predictions, identity=partial(fitted_to, train, classifier))
    with saved(classifier, request, partial(_taught, request, train)) as card:
        result = predicted(places, request.method, classifier, test, known, seconds, ask)
        if result.evaluation is not None:
            source = request.test or f"{request.source}, the test part"
            card["measured"] = scores_of(result, source)
    result.saved_to = request.save_to
    if request.html is not None:
        result.card = _card(classifier, request, train, card.get("measured"))
    result.facts, result.remarks = reading.facts, reading.remarks
    return result


def _card(classifier: Any, request: ClassifyRequest, train: Split, measured: Scores | None) -> str:
    """Return the model card of a model that may not be saved."""
    name = "model" if request.save_to is None else request.save_to.resolve().name
    facts: dict[str, Any] = {"taught": _taught(request, train), "measured": measured}
    return model_card(classifier, name=name, versions=_versions(classifier), **facts)


def _taught(request: ClassifyRequest, train: Split) -> TrainingFacts:
    assert train.labels is not None
    return TrainingFacts.from_documents(train.docs, train.labels, source=request.source)


@contextmanager
def saved(
    classifier: Any, request: ClassifyRequest, taught: Callable[[], TrainingFacts]
) -> Iterator[dict[str, Any]]:
    """Save the model, and after the block its card with the facts that the block put into the dict.

    The model is saved first because prediction may take long or fail.
    """
    if request.save_to is None:
        yield {}
        return
    facts: dict[str, Any] = {"taught": taught()}
    save_model(classifier, request.save_to)
    try:
        yield facts
    finally:
        write_card(classifier, request.save_to, **facts)


def scores_of(result: Result, source: str) -> Scores:
    assert result.evaluation is not None
    return Scores(
        evaluation=result.evaluation,
        source=source,
        leaked=None if result.leaked is None else int(result.leaked.sum()),
        accuracy_without_leaks=result.accuracy_without_leaks,
        tied=int(result.predictions.tied.sum()),
        groups=result.groups,
    )


def predict(request: PredictRequest, unfinished: Unfinished) -> Result:
    """Load a model, read the documents, predict, and score if they have labels."""
    seconds: dict[str, float] = {}
    with timed(seconds, "load"):
        classifier = load_model(request.model_dir, trusted=request.trusted)
        check_classifies(classifier, request.model_dir)
        sizes = own_sizes(classifier, request.model_dir, request.resize)
        data = load_dataset(request.docs, **request.columns, **sizes, labelled=False)
        test = data.test or data.train
    reading = Reading(request.columns["strict"])
    reading.add(data)
    sentence = sentence_on_frame(classifier, test.docs, data.n_reduced)
    if sentence is not None:  # no choice of this run: --strict accepts it
        reading.remarks.append(f"{request.docs}: {sentence}")
    classes = set(map(name_label, classifier.classes_.tolist()))
    remark_on_unknown(reading, request.docs, test, classes)
    _check_kind(test, request.docs, images=classifier.reads_images_)
    classifier.set_params(n_jobs=request.jobs)
    places: dict[str, str | None] = {"model_dir": str(request.model_dir), "test": request.docs}
    known = classifier.training_documents()
    ask = partial(unfinished.predictions, identity=partial(saved_in, request.model_dir))
    result = predicted(places, method_of(classifier), classifier, test, known, seconds, ask)
    result.facts, result.remarks = reading.facts, reading.remarks
    return result


def check_classifies(estimator: Any, place: object) -> None:
    """Refuse a saved pipeline or transformer, which only Python can use."""
    if not hasattr(estimator, "predictions"):
        raise ValueError(
            f"{place}: the model is a {type(estimator).__name__}, for Python: load it with "
            f"compressclf.persistence.load_model."
        )


def _check_kind(test: Split, place: str, *, images: bool) -> None:
    """Refuse texts for a model of images, and images for a model of texts."""
    if isinstance(test.docs, ImageCorpus) != images:
        expected, given = ("images", "texts") if images else ("texts", "images")
        raise ValueError(
            f"{place}: these documents are {given}, and the training documents are {expected}: "
            f"give {expected}."
        )


def predicted(
    places: dict[str, str | None],
    method: str,
    classifier: Any,
    test: Split,
    known: Corpus | None,
    seconds: dict[str, float],
    ask: Callable[[Any, Corpus], Predictions],
) -> Result:
    """Predict the labels of the test documents, and score them if these have labels."""
    with timed(seconds, "predict"):
        predictions = ask(classifier, test.docs)
    recall = measured_recall(classifier, test.docs, seconds["predict"])
    names = np.array([name_label(value) for value in predictions.labels.tolist()], dtype=str)
    leaked = None if known is None else found_in(classifier.preprocessed(test.docs), known)
    evaluation, without_leaks, groups = None, None, {}
    if test.labels is not None:
        classes = [name_label(value) for value in classifier.classes_.tolist()]
        evaluation = evaluate(
            test.labels,
            names,
            probabilities=predictions.probabilities,
            classes=np.array(classes, dtype=str),
            majority=_majority(classifier, classes),
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
        recall=recall,
        versions=_versions(classifier),
        peak_memory_mb=peak_memory_mb(),
    )


def _majority(classifier: Any, classes: list[str]) -> str | None:
    """Return the label with the most training documents, None if there are none."""
    counts = classifier.training_counts()
    return classes[int(counts.argmax())] if counts.any() else None


def _read(request: ClassifyRequest) -> tuple[Split, Split, Reading]:
    """Return the training documents, the test documents, and how they were read."""
    columns = {**request.columns, "resize": request.resize}
    longest = largest_read(request.method, request.parameters) if request.resize is None else None
    columns["longest_side"] = longest
    own = dict(columns)
    if request.test is not None:  # only the test documents have groups
        own.pop("group_column", None)
    data, reading = (
        load_dataset(request.source, **own),
        Reading(columns["strict"], longest_side=longest),
    )
    reading.add(data)
    train, test = data.train, data.test
    if request.test is not None:
        other = load_dataset(request.test, **columns, labelled=False)
        reading.add(other)
        test = other.test or other.train
    elif test is None:
        train, test = hold_out(train, request.test_size, request.seed)
    train, test = (
        part.sample(n, request.seed)
        for part, n in ((train, request.limit_train), (test, request.limit_test))
    )
    return train, test, reading


def _versions(classifier: Any) -> dict[str, str]:
    versions = {
        "compressclf": compressclf.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "scikit-learn")},
    }
    compressor = getattr(classifier, "compressor_", None)
    return versions if compressor is None else {**versions, "compressor": compressor.version}
