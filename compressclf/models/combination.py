"""A combination of class models: the weighted sum of their bits, each over its own temperature.

The bits of different models are not on one scale: a score that counts evidence five times would
outweigh a code. So the bits of each model are divided by the temperature at which its probabilities
are calibrated (`compressclf.calibration`), which grows with the length of the document as the bits
of this model do. The weighted sum averages log-odds, which is a geometric mean of the models'
probabilities (Genest & Zidek 1986). The temperature, its growth and the weight of each model are
fitted on held-out codelengths of the training documents.

A model that leaves out one document at a time (`ClassModel.leaves_one_out`) puts the class of this
document at a disadvantage: of five documents, one is a large part. So with at most `FEW` documents
per class such a model is fitted again without one document of every class at a time, or without a
tenth of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.calibration import (
    MOST_GROWTH,
    Calibration,
    fit_calibration,
    fit_temperature,
    mean_length,
)
from compressclf.documents import Corpus
from compressclf.models._explained import PixelBits
from compressclf.models._held_out import cross_codelengths
from compressclf.models._weights import fit_weights
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.names import with_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents.images import ImageCorpus

__all__ = ["Combination", "FittedCombination", "combined", "combined_held_out", "held_out_by"]

ENOUGH = 500
"""Documents held out by all models that are enough to fit temperatures and weights."""
FEW = 50
"""Documents per class on average, at most, for leaving out one of every class at a time."""
MOST_REFITTED = 2500
"""Number of documents with which models are fitted again for every fold, at most."""
MOST_FOLDS = 10
"""Folds for few documents, at most; otherwise each holds out one document per class."""


@dataclass(frozen=True)
class Combination(ClassModel):
    """The weighted sum of several models' bits, each divided by its own temperature.

    The result is a score and not a code: a temperature above 1 breaks Kraft's inequality.

    Parameters
    ----------
    models : tuple of ClassModel
        At least two. A spec joins theirs: ``blocks+zstd-dict:level=9``.

    Examples
    --------
    >>> from compressclf.models import get_model
    >>> combination = get_model("zstd-dict:shards=1+zstd-dict:shards=1,level=3")
    >>> cats, dogs = "the cat sat on the mat and ate", "a dog ran in the park and barked"
    >>> docs = Corpus.from_documents([cats, dogs] * 5)
    >>> fitted = combination.fit(docs, np.array([0, 1] * 5), 2)
    >>> fitted.codelengths(Corpus.from_documents(["some dog ran in the park"])).argmin(axis=1)
    array([1])
    """

    models: tuple[ClassModel, ...]

    name = "combination"
    is_code = False
    temperature_centre = 1.0  # the bits of each model are already divided by its temperature
    temperature_growth = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.models, tuple) or not all(
            isinstance(model, ClassModel) for model in self.models
        ):
            raise ValueError(
                f"The 'models' parameter of Combination must be a tuple of ClassModel. "
                f"Got {self.models!r} instead."
            )
        if any(model.name == "images" for model in self.models):
            raise ValueError(
                "The model 'images' chooses a combination itself and cannot be in another one: "
                "name the models to combine, such as 'transform+motion'."
            )
        if len(self.models) < 2:
            raise ValueError(
                f"The 'models' parameter of Combination must hold at least two models. "
                f"Got {len(self.models)} instead."
            )

    @property
    def incremental(self) -> bool:  # type: ignore[override]
        """Whether all models are incremental."""
        return all(model.incremental for model in self.models)

    @property
    def weighted(self) -> bool:  # type: ignore[override]
        """Whether all models take weights."""
        return all(model.weighted for model in self.models)

    @property
    def reads(self) -> str:  # type: ignore[override]
        """What the documents must be: images if one of the models reads images."""
        return "images" if any(model.reads == "images" for model in self.models) else "bytes"

    @property
    def discriminative(self) -> bool:  # type: ignore[override]
        """Whether one of the models is discriminative."""
        return any(model.discriminative for model in self.models)

    @property
    def reads_names(self) -> bool:  # type: ignore[override]
        """Whether one of the models reads the names of the classes."""
        return any(model.reads_names for model in self.models)

    def named(self, names: Sequence[Sequence[str]]) -> Combination:
        """Return the combination with the names of the classes for the models that read them."""
        return Combination(tuple(with_names(model, names) for model in self.models))

    @property
    def spec(self) -> str:
        """The models' specs, joined by ``+``."""
        return "+".join(model.spec for model in self.models)

    def fit(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> FittedCombination:
        """Fit every model, its temperature and its weight; see `ClassModel.fit`.

        `weights` says how much each document counts; it is only for models that all take weights.
        """
        return self.fit_held_out(docs, y, n_classes, weights=weights, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedCombination, NDArray[np.float64]]:
        """Fit, and also return the held-out bits of the training documents.

        A row is NaN if one of the models did not hold the document out. Temperatures and weights,
        a few numbers per model, are fitted to these documents.
        """
        given: dict[str, Any] = {"weights": weights, "n_jobs": n_jobs}
        both = [held_out_by(model, docs, y, n_classes, **given) for model in self.models]
        return combined_held_out(both, docs, y, n_classes, **given)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedCombination:
        """Return the fitted models that `FittedCombination.arrays` describes."""
        members = [
            model.restore(_with_prefix(arrays, f"{i}_"), n_classes)
            for i, model in enumerate(self.models)
        ]
        return combined(members, arrays)


class FittedCombination(FittedModel):
    """Fitted models, their temperatures and weights.

    Parameters
    ----------
    members : sequence of FittedModel
        The models.
    scales : sequence of Calibration
        The temperature of each model and its growth; lapses are not used.
    weights : ndarray of float64, shape (n_models,)
        Each at least 0; their sum is 1.
    """

    def __init__(
        self,
        members: Sequence[FittedModel],
        scales: Sequence[Calibration],
        weights: NDArray[np.float64],
    ) -> None:
        self.model = Combination(tuple(member.model for member in members))
        self.n_classes = members[0].n_classes
        self.members = list(members)
        self.scales = list(scales)
        self.weights = weights

    @property
    def temperatures(self) -> NDArray[np.float64]:
        """Temperature of each model at the mean length of the training documents, (n_models,)."""
        return np.array([scale.temperature for scale in self.scales])

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the weighted sum of the models' bits, shape (n_docs, n_classes)."""
        bits = [member.codelengths(docs, n_jobs=n_jobs) for member in self.members]
        return self.summed(bits, docs.lengths)

    def arrays(self) -> dict[str, NDArray[Any]] | None:
        """Return temperatures, weights and the models' arrays; None if a model has no arrays."""
        arrays = self.own_arrays()
        for i, member in enumerate(self.members):
            own = member.arrays()
            if own is None:
                return None
            arrays |= {f"{i}_{name}": array for name, array in own.items()}
        return arrays

    def own_arrays(self) -> dict[str, NDArray[Any]]:
        """Return temperatures and weights as arrays, without those of the models."""
        return {
            "temperatures": self.temperatures,
            "growths": np.array([scale.growth for scale in self.scales]),
            "lengths": np.array([scale.length for scale in self.scales]),
            "weights": self.weights,
        }

    def update(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Add training documents; temperatures and weights stay the same."""
        if not self.model.incremental:
            super().update(docs, y)
        for member in self.members:
            member.update(docs, y)

    def forget(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Remove training documents; temperatures and weights stay the same."""
        if not self.model.incremental:
            super().forget(docs, y)
        for member in self.members:
            member.forget(docs, y)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte under each class, shape (n_bytes, n_classes).

        Raises
        ------
        NotImplementedError
            If one of the models has no bits of single bytes.
        """
        return self.summed([member.explain_bits(doc) for member in self.members], len(doc))

    def explain_image(
        self, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
    ) -> PixelBits:
        """Return the weighted sum of the bits, and the first reference that a model has."""
        explained = [member.explain_image(image, label, training) for member in self.members]
        first = next((one for one in explained if one.reference is not None), explained[0])
        return first._replace(bits=self.summed([one.bits for one in explained], image.nbytes))

    def summed(
        self, bits: Sequence[NDArray[np.float64]], lengths: NDArray[np.int64] | int
    ) -> NDArray[np.float64]:
        """Return the weighted sum of the models' bits, each divided by its temperature.

        `lengths` are the lengths of the documents in bytes; of one document, if `bits` are of its
        parts.
        """
        total = np.zeros_like(bits[0])
        for one, scale, weight in zip(bits, self.scales, self.weights, strict=True):
            temperatures = scale.temperatures(lengths)
            total += weight * (one / (temperatures[:, None] if temperatures.ndim else temperatures))
        return total


def combined_held_out(
    both: Sequence[tuple[FittedModel, NDArray[np.float64]]],
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    **given: Any,
) -> tuple[FittedCombination, NDArray[np.float64]]:
    """Combine fitted models, and also return the held-out bits of the combination.

    Parameters
    ----------
    both : sequence of (FittedModel, ndarray of float64, shape (n_docs, n_classes))
        Models and held-out bits, as `held_out_by` returns them.
    docs, y, n_classes
        The documents to which they were fitted, as in `ClassModel.fit`.
    **given
        `weights` and `n_jobs` of `ClassModel.fit_held_out`.

    Returns
    -------
    fitted : FittedCombination
    bits : ndarray of float64, shape (n_docs, n_classes)
    """
    members, held = [member for member, _ in both], [bits for _, bits in both]
    usable = ~np.isnan(held).any(axis=2)
    n_shared, n_least = usable.all(axis=0).sum(), usable.sum(axis=1).min()
    if n_shared < min(ENOUGH, n_least / 2):  # the models' own samples hardly overlap
        held = [
            cross_codelengths(member.model, docs, y, n_classes, **given)
            if np.isnan(bits).any()
            else bits
            for member, bits in zip(members, held, strict=True)
        ]
    scales = [
        _calibration(member, bits, y, docs.lengths)
        for member, bits in zip(members, held, strict=True)
    ]
    scaled = [
        bits / scale.temperatures(docs.lengths)[:, None]
        for bits, scale in zip(held, scales, strict=True)
    ]
    fitted = FittedCombination(members, scales, fit_weights(np.stack(scaled), y))
    return fitted, fitted.summed(held, docs.lengths)


def combined(
    members: Sequence[FittedModel], arrays: Mapping[str, NDArray[Any]]
) -> FittedCombination:
    """Return fitted models with the temperatures and weights of `arrays`.

    Models that were saved by version 0.1.0 or before have no growths.

    Raises
    ------
    ValueError
        If these are not one temperature in [1e-30, 1e30] per model, one growth in [0, 2] at a
        length in [1, 1e18], and one weight >= 0 per model with a sum of 1.
    """
    n_models = len(members)
    arrays = {"growths": np.zeros(n_models), "lengths": np.ones(n_models), **arrays}
    for name in ("temperatures", "growths", "lengths", "weights"):
        array = arrays.get(name)
        if array is None or array.dtype != np.float64 or array.shape != (n_models,):
            raise ValueError(f"the array {name!r} must hold one float64 per model.")
    ranges = {
        "temperatures": ("[1e-30, 1e30]", 1e-30, 1e30),
        "growths": ("[0, 2]", 0.0, MOST_GROWTH),
        "lengths": ("[1, 1e18]", 1.0, 1e18),
    }
    for name, (told, least, most) in ranges.items():
        if not ((arrays[name] >= least) & (arrays[name] <= most)).all():
            raise ValueError(f"the array {name!r} must hold numbers in {told}.")
    weights = arrays["weights"]
    if not ((weights >= 0) & (weights <= 1.001)).all() or abs(weights.sum() - 1) > 1e-3:
        raise ValueError("the array 'weights' must hold numbers >= 0 with a sum of 1.")
    numbers = zip(arrays["temperatures"], arrays["growths"], arrays["lengths"], strict=True)
    scales = [Calibration(float(t), float(growth), float(at)) for t, growth, at in numbers]
    return FittedCombination(members, scales, weights)


def held_out_by(
    model: ClassModel, docs: Corpus, y: NDArray[np.int64], n_classes: int, **given: Any
) -> tuple[FittedModel, NDArray[np.float64]]:
    """Fit a model of a combination, and also return its held-out bits.

    They are those of `ClassModel.fit_held_out`, but of folds if the model leaves out one of few
    documents.
    """
    is_few = len(y) <= min(FEW * len(np.unique(y)), MOST_REFITTED)
    if not (is_few and model.leaves_one_out):
        return model.fit_held_out(docs, y, n_classes, **given)
    options = {key: value for key, value in given.items() if value is not None}
    fitted = model.fit(docs, y, n_classes, **options)
    n_folds = min(MOST_FOLDS, int(np.bincount(y, minlength=1).max()))
    if n_folds < 2:
        return fitted, np.full((len(y), n_classes), np.nan)
    return fitted, cross_codelengths(fitted.model, docs, y, n_classes, n_folds=n_folds, **given)


def _calibration(
    member: FittedModel, bits: NDArray[np.float64], y: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Calibration:
    """Return the temperature of held-out bits, which grows with the length if lengths differ."""
    length = mean_length(lengths)
    centre = member.expected_temperature(length)
    if len(lengths) == 0 or (lengths == lengths[0]).all():  # such as images
        return Calibration(fit_temperature(bits, y, centre=centre), length=length)
    growth = member.model.temperature_growth
    return replace(fit_calibration(bits, y, lengths, centre=centre, growth=growth), lapse=0.0)


def _with_prefix(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
