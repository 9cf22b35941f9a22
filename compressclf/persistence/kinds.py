"""Convert each kind of estimator to plain values and arrays, and back.

A new kind of estimator is a subclass of `Kind` and one row in `KINDS`.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from compressclf._lib.printable import printable
from compressclf._lib.registry import choose_from
from compressclf.calibration import MOST_GROWTH, Calibration
from compressclf.classifiers import (
    CodelengthClassifier,
    CodelengthFeatures,
    ImageCodelengthClassifier,
    NCDClassifier,
    ZeroShotClassifier,
)
from compressclf.classifiers.state import CodelengthState, FeaturesState, NeighboursState
from compressclf.compressors import Compressor
from compressclf.persistence.config import Config
from compressclf.persistence.learnt import (
    prefixed,
    read_documents,
    read_fitted,
    without_prefix,
    write_documents,
    write_fitted,
)
from compressclf.persistence.values import (
    Types,
    array_of,
    number_of,
    read_parameters,
    spec_of,
    write_parameters,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KINDS", "Kind", "State", "kind_named", "kind_of"]


@dataclass
class State:
    """The saved parts of an estimator, without the class names."""

    parameters: dict[str, Any]
    settings: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    versions: dict[str, str] = field(default_factory=dict)


class Kind(ABC):
    """How one kind of estimator is saved and loaded."""

    name: ClassVar[str]
    estimator: ClassVar[type]
    types: ClassVar[Types]
    """The types of each parameter in JSON (bytes: as hexadecimal digits)."""

    @abstractmethod
    def pack(self, classifier: Any) -> State:
        """Return the estimator as plain values; ValueError if that is impossible."""

    @abstractmethod
    def unpack(
        self, config: Config, classes: NDArray[Any], arrays: Mapping[str, NDArray[Any]]
    ) -> Any:
        """Return the estimator; ValueError if the parts do not fit together."""


class Neighbours(Kind):
    """`NCDClassifier`, with its training documents and the order that decides random ties."""

    name = "ncd-knn"
    estimator = NCDClassifier
    types: ClassVar[Types] = {
        "n_neighbors": (int,),
        "compressor": (str,),
        "metric": (str,),
        "weights": (str,),
        "ties": (str,),
        "order": (str,),
        "separator": (str, bytes),
        "symmetrize": (str,),
        "subtract_overhead": (bool,),
        "layout": (str, type(None)),
        "preprocess": (str, type(None)),
        "candidates": (str, type(None)),
        "n_jobs": (int, type(None)),
        "random_state": (int, type(None)),
    }

    def pack(self, classifier: NCDClassifier) -> State:
        """Return documents, classes and ranks."""
        state = classifier.state()
        return State(
            parameters=write_parameters(classifier, self.types),
            settings={"seed": state.seed, "layout": state.layout, "preprocess": state.preprocess},
            arrays={**write_documents(state.docs, state.y), "rank": state.rank},
            versions={"compressor": _named(classifier.compressor_)},
        )

    def unpack(
        self, config: Config, classes: NDArray[Any], arrays: Mapping[str, NDArray[Any]]
    ) -> NCDClassifier:
        """Return the classifier; its documents are coded again."""
        classifier = NCDClassifier(**read_parameters(config.parameters, self.types))
        classifier.check()
        docs, y = read_documents(arrays, len(classes))
        rank = array_of(arrays, "rank", np.int64, (len(docs),))
        if not np.array_equal(np.sort(rank), np.arange(len(docs))):
            raise ValueError("the array 'rank' is not an order of the documents.")
        state = NeighboursState(
            docs=docs,
            y=y,
            rank=rank,
            seed=number_of(config.settings, "seed", int, 0, 2**31 - 1),
            layout=spec_of(config.settings, "layout"),
            preprocess=spec_of(config.settings, "preprocess"),
        )
        classifier.restore(classes, state)
        saved, here = config.versions.get("compressor"), _named(classifier.compressor_)
        version = classifier.compressor_.version  # older models have the version only
        if saved not in (here, version):
            warnings.warn(
                f"The model was saved with {printable(saved):.60} and is used with {here}: "
                f"codelengths, and so predictions, may differ.",
                UserWarning,
                stacklevel=3,
            )
        return classifier


class ClassModels(Kind):
    """`CodelengthClassifier`, with the arrays of its model or the documents to refit it."""

    name = "codelength"
    estimator: ClassVar[type[Any]] = CodelengthClassifier
    types: ClassVar[Types] = {
        "model": (str, list),
        "prior": (str, list),
        "calibration": (str, int, float),
        "window": (int, type(None)),
        "class_weight": (str, dict, type(None)),
        "label_names": (dict, type(None)),
        "n_jobs": (int, type(None)),
    }

    def pack(self, classifier: CodelengthClassifier) -> State:
        """Return settings, counts, and arrays or documents."""
        parameters = write_parameters(classifier, self.types)
        state = classifier.state()
        settings, arrays = write_fitted(state.model)
        arrays |= {"class_count": state.class_count.astype(np.int64)}
        arrays |= {"codelengths": state.codelengths}
        if state.class_mass is not None:
            if state.documents is not None:
                raise ValueError(
                    f"The model {state.model.model.name!r} is saved as its documents, and their "
                    f"weights cannot be saved: fit without weights."
                )
            arrays["class_mass"] = state.class_mass
        if state.documents is not None:
            arrays |= write_documents(*state.documents)
        settings |= asdict(state.calibration)
        if "preprocess" in self.types:
            settings["preprocess"] = state.preprocess
        return State(parameters=parameters, settings=settings, arrays=arrays)

    def unpack(
        self, config: Config, classes: NDArray[Any], arrays: Mapping[str, NDArray[Any]]
    ) -> CodelengthClassifier:
        """Return the classifier, with its model restored or refitted."""
        settings, n_classes = config.settings, len(classes)
        parameters = read_parameters(config.parameters, self.types)
        classifier: CodelengthClassifier = self.estimator(**parameters)
        try:
            classifier.check()
        except TypeError:  # a list that holds other things than numbers or specs
            raise ValueError("config.json: a parameter has an invalid value.") from None
        class_count = array_of(arrays, "class_count", np.int64, (n_classes,))
        if (class_count < 0).any():
            raise ValueError("the array 'class_count' has negative numbers.")
        class_mass = None
        if "class_mass" in arrays:
            class_mass = array_of(arrays, "class_mass", np.float64, (n_classes,))
            if not ((class_mass >= 0).all() and 0 < class_mass.sum() < np.inf):
                raise ValueError("the array 'class_mass' has numbers that are not sums of weights.")
        documents = read_documents(arrays, n_classes) if "y" in arrays else None
        if documents is not None:
            if not np.array_equal(np.bincount(documents[1], minlength=n_classes), class_count):
                raise ValueError("the array 'class_count' does not count the documents.")
        state = CodelengthState(
            model=read_fitted(settings, arrays, n_classes, documents, classifier.n_jobs),
            calibration=_read_calibration(settings),
            class_count=class_count,
            class_mass=class_mass,
            codelengths=array_of(arrays, "codelengths", np.float64, (n_classes,)),
            documents=documents,
            preprocess=spec_of(settings, "preprocess"),
        )
        classifier.restore(classes, state)
        return classifier


class ImageModels(ClassModels):
    """`ImageCodelengthClassifier`: the same, with the preprocessing."""

    name = "image-codelength"
    estimator = ImageCodelengthClassifier
    types: ClassVar[Types] = {
        **{name: types for name, types in ClassModels.types.items() if name != "label_names"},
        "preprocess": (str, type(None)),
    }


class ZeroShotModels(ClassModels):
    """`ZeroShotClassifier`: names, and the calibration on unlabelled documents."""

    name = "zero-shot"
    estimator = ZeroShotClassifier
    types: ClassVar[Types] = {
        "labels": (list, dict),
        "model": (str,),
        "prior": (str, list),
        "n_jobs": (int, type(None)),
    }


class Features(Kind):
    """`CodelengthFeatures`, with the arrays of its models or the documents to refit them."""

    name = "features"
    estimator = CodelengthFeatures
    types: ClassVar[Types] = {
        "model": (str, list),
        "scale": (str,),
        "n_jobs": (int, type(None)),
    }

    def pack(self, classifier: CodelengthFeatures) -> State:
        """Return the models, and the documents if a model needs them."""
        state = classifier.state()
        settings: list[dict[str, Any]] = []
        arrays: dict[str, NDArray[Any]] = {}
        for number, fitted in enumerate(state.models):
            setting, learnt = write_fitted(fitted)
            settings.append(setting)
            arrays |= prefixed(f"{number}.", learnt)
        if state.documents is not None:
            arrays |= write_documents(*state.documents)
        parameters = write_parameters(classifier, self.types)
        return State(parameters=parameters, settings={"models": settings}, arrays=arrays)

    def unpack(
        self, config: Config, classes: NDArray[Any], arrays: Mapping[str, NDArray[Any]]
    ) -> CodelengthFeatures:
        """Return the transformer, with its models restored or refitted."""
        features = CodelengthFeatures(**read_parameters(config.parameters, self.types))
        features.check()
        n_classes = len(classes)
        documents = read_documents(arrays, n_classes) if "y" in arrays else None
        settings = config.settings.get("models")
        is_list = isinstance(settings, list) and all(isinstance(part, dict) for part in settings)
        if not is_list or not settings:
            raise ValueError("config.json does not list the models.")
        models = []
        for number, part in enumerate(settings):
            own = without_prefix(f"{number}.", arrays)
            models.append(read_fitted(part, own, n_classes, documents, features.n_jobs))
        features.restore(classes, FeaturesState(models, documents))
        return features


KINDS: tuple[Kind, ...] = (
    Neighbours(),
    ClassModels(),
    ImageModels(),
    ZeroShotModels(),
    Features(),
)


def kind_of(classifier: Any) -> Kind:
    """Return the kind of a fitted estimator; ValueError if it cannot be saved."""
    for kind in KINDS:
        if type(classifier) is kind.estimator:
            check_is_fitted(classifier)
            return kind
    known = ", ".join(kind.estimator.__name__ for kind in KINDS)
    raise ValueError(
        f"A {type(classifier).__name__} cannot be saved here, only {known}, or a Pipeline of image "
        f"preprocessing and one of these: for scikit-learn's estimators use skops, or pickle if "
        f"you trust whoever writes the file."
    )


def kind_named(name: str) -> Kind:
    """Return the kind called `name`; ValueError if it does not exist."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise ValueError(choose_from("kind of model", name, [kind.name for kind in KINDS]))


def _named(compressor: Compressor) -> str:
    """Return a compressor's name and the version of its library."""
    return f"{compressor.name} ({compressor.version})"


def _read_calibration(settings: Mapping[str, Any]) -> Calibration:
    """Return the calibration; older models have a temperature without growth and lapse."""
    known = {**asdict(Calibration(1.0)), **settings}
    return Calibration(
        temperature=number_of(settings, "temperature", float, 1e-300, 1e300),
        growth=number_of(known, "growth", float, 0.0, MOST_GROWTH),
        length=number_of(known, "length", float, 1.0, 1e15),
        lapse=number_of(known, "lapse", float, 0.0, 1.0),
    )
