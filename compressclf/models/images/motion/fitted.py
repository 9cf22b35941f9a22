"""A fitted `Motion`: the training images, and how new images are compared with them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import expect_array, expect_arrays
from compressclf.models._explained import PixelBits, Reference
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.images.motion.candidates import LARGEST as LARGEST_CODE
from compressclf.models.images.motion.candidates import (
    MOST_COMPONENTS,
    QuantisedProjection,
    nearest,
)
from compressclf.models.images.motion.cost import largest_feature, pixel_features
from compressclf.models.images.motion.field import motion_field
from compressclf.models.images.motion.references import ROWS, Comparison, References
from compressclf.models.images.motion.soft import soft_class_code
from compressclf.models.images.orientations import N_BINS, View
from compressclf.models.images.stacks import check_shape, image_stack, in_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.documents.images import ImageCorpus
    from compressclf.models.images.motion.settings import Settings

__all__ = ["FittedMotion", "restored"]

_expect = functools.partial(expect_array, model="motion")


class FittedMotion(FittedModel):
    """Training images as `references` with their classes `y`, and the `scales` of `Choice`."""

    def __init__(
        self,
        model: ClassModel,
        settings: Settings,
        references: References,
        y: NDArray[np.int64],
        n_classes: int,
        scales: tuple[float, float],
    ) -> None:
        self.model, self.n_classes = model, n_classes
        self._settings, self._references = settings, references
        self._y, self._scales = y, scales

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the soft class codes of each image, shape (n_docs, n_classes)."""
        images = image_stack(self.model.name, docs)
        if not len(images) or not len(self._y):
            return np.zeros((len(images), self.n_classes))
        _, channels, height, width = self._references.features.shape
        check_shape(self.model.name, (height, width, channels - 2), images)
        return in_batches(self._bits, images, self.n_classes, size=ROWS, n_jobs=n_jobs)

    def _bits(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        n_candidates = min(self._settings.candidates, len(self._y))
        return self.class_codes(
            self._references.compare(images, self._settings, n_candidates=n_candidates)
        )

    def class_codes(self, compared: Comparison) -> NDArray[np.float64]:
        """Return the soft class codes of images that were compared, shape (n, n_classes)."""
        if not len(self._y):
            return np.zeros((len(compared.candidates), self.n_classes))
        bits = compared.bits(self._settings.maps, self._scales)
        labels = self._y[compared.candidates]
        return soft_class_code(bits, labels, self.n_classes, self._settings.temperature)

    def explain_image(
        self, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
    ) -> PixelBits:
        """Return the bits of each pixel given the nearest training image of a class.

        With the bits of the orientation maps, which belong to the whole image, they add up to
        C(x|y).
        """
        if training is None:
            raise ValueError("The training images, which the picture shows, were not kept.")
        stack = training.array()
        check_shape(self.model.name, stack.shape[1:], image[np.newaxis])
        position = self._nearest_of(label, image)
        view = self._references.view
        seen = view.seen(image[np.newaxis])
        features = pixel_features(seen, view.levels, evened=self._references.evened)
        costs, vectors = motion_field(
            features[0],
            self._references.features[position],
            reach=self._settings.reach,
            price=self._settings.price,
        )
        reference = Reference(position, view.seen(stack[position : position + 1])[0], vectors)
        scale = np.float64((1 - self._settings.maps) * self._scales[0])
        bits: NDArray[np.float64] = costs * scale
        return PixelBits(seen[0], bits, reference)

    def _nearest_of(self, label: int, image: NDArray[np.uint8]) -> int:
        """Return the position of the training image of a class with the fewest bits C(x|y)."""
        members = np.flatnonzero(self._y == label)
        if not len(members):
            raise ValueError(f"Class {label} has no training images to compare with.")
        images = image[np.newaxis]
        n_candidates = min(self._settings.candidates, len(self._y))
        compared = self._references.compare(images, self._settings, n_candidates=n_candidates)
        own = self._y[compared.candidates[0]] == label
        if not own.any():  # all candidates are of other classes
            codes = self._references.codes_of(self._references.view.seen(images))
            return int(members[nearest(codes, self._references.codes[members], 1)[0][0, 0]])
        bits = compared.bits(self._settings.maps, self._scales)[0]
        return int(compared.candidates[0, np.where(own, bits, np.inf).argmin()])

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Motion.fit` chose a parameter."""
        return "chosen by leave-one-out"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return maps, features and classes as plain arrays."""
        return {
            "levels": self._references.view.levels,
            "mean": self._references.projection.mean,
            "basis": self._references.projection.basis,
            "codes": self._references.codes,
            "features": self._references.features,
            "classes": self._y.astype(np.int32),
            "scales": np.array(self._scales),
        }


def restored(
    model: ClassModel, settings: Settings, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedMotion:
    """Return the fitted model that `FittedMotion.arrays` describes.

    Raises
    ------
    ValueError
        If an array cannot belong to such a model.
    """
    types: dict[str, tuple[Any, int]] = {
        "levels": (np.float32, 1), "mean": (np.float32, 1), "basis": (np.float32, 2),
        "codes": (np.int16, 2), "features": (np.int8, 4), "classes": (np.int32, 1),
        "scales": (np.float64, 1),
    }  # fmt: skip
    expect_arrays(arrays, types, model="motion")
    levels, features, codes = arrays["levels"], arrays["features"], arrays["codes"]
    mean, basis, classes = arrays["mean"], arrays["basis"], arrays["classes"]
    _expect(len(levels) == 256 and bool(((levels >= 0) & (levels <= 1)).all()), "levels")
    n, channels, height, width = features.shape
    _expect(channels in (3, 5) and min(height, width) >= 1, "features")
    largest = largest_feature(channels)
    _expect(bool((features >= -largest).all() and (features <= largest).all()), "features")
    n_features = min(7, height) * min(7, width) * (N_BINS + channels - 2)
    # Maps are at most 1, and so is their mean: with more, sums of squares could overflow.
    _expect(mean.shape == (n_features,) and bool((np.abs(mean) <= 1.001).all()), "mean")
    n_components = basis.shape[1]
    _expect(len(basis) == n_features and n_components in (0, MOST_COMPONENTS), "basis")
    _expect(bool((np.abs(basis) <= 1.001).all()), "basis")
    _expect(codes.shape == (n, n_components or n_features), "codes")
    _expect(bool((codes >= -LARGEST_CODE).all() and (codes <= LARGEST_CODE).all()), "codes")
    _expect(
        classes.shape == (n,) and bool(((classes >= 0) & (classes < n_classes)).all()), "classes"
    )
    scales = arrays["scales"]
    _expect(len(scales) == 2 and bool(((scales > 0) & (scales < 1e30)).all()), "scales")
    references = References(
        View(levels, settings.deskew),
        QuantisedProjection(mean, basis),
        codes,
        features,
        settings.contrast == "evened",
    )
    y = classes.astype(np.int64)
    pair = float(scales[0]), float(scales[1])
    return FittedMotion(model, settings, references, y, n_classes, pair)
