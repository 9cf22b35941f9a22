"""A fitted `Patches`: codebooks, and the Gaussian codes as weights of the features."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import expect_array, expect_arrays
from compressclf.models._explained import PixelBits
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.images.patches.codebook import Codebook
from compressclf.models.images.patches.explain import pixel_shares
from compressclf.models.images.patches.features import (
    FIRST,
    GRID,
    ROWS,
    SECOND,
    PatchFeatures,
    symmetric,
)
from compressclf.models.images.patches.learning import SCALINGS, n_components_of
from compressclf.models.images.stacks import check_shape, image_stack, in_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.documents.images import ImageCorpus

__all__ = ["FittedPatches", "restored"]

_expect = functools.partial(expect_array, model="patches")

LARGE = 1e12
"""Upper bound of the absolute values in a saved model."""


class FittedPatches(FittedModel):
    """The codebooks, and weights and offsets of each class.

    Parameters
    ----------
    model : ClassModel
        The description.
    learnt : PatchFeatures
        The codebooks.
    weights : ndarray of float32, shape (n_features, n_classes)
        Nats that each unit of a feature saves under each class.
    offsets : ndarray of float64, shape (n_classes,)
        Nats of an image without features, minus a number that all classes share.
    shape : tuple of int
        Height, width and channels of the images.
    mirror : bool
        Whether the weights are those of symmetric features.
    """

    def __init__(
        self,
        model: ClassModel,
        learnt: PatchFeatures,
        weights: NDArray[np.float32],
        offsets: NDArray[np.float64],
        shape: tuple[int, ...],
        *,
        mirror: bool,
    ) -> None:
        self.model, self.n_classes = model, len(offsets)
        self._learnt, self._weights, self._offsets = learnt, weights, offsets
        self._mirrored = learnt.mirrored() if mirror else None
        self._shape = (shape[0], shape[1], shape[2])

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each image under each class, without a term that all classes share."""
        from threadpoolctl import threadpool_limits

        images = image_stack(self.model.name, docs)
        check_shape(self.model.name, self._shape, images)
        with threadpool_limits(1, "blas"):  # the threads of this package are enough
            return in_batches(self._bits, images, self.n_classes, size=ROWS, n_jobs=n_jobs)

    def _bits(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        nats = self._offsets - (self._features(images) @ self._weights).astype(np.float64)
        return np.asarray(nats / np.log(2))

    def _features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        features = self._learnt.of(images)
        return features if self._mirrored is None else symmetric(features, self._mirrored)

    def explain_image(
        self, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
    ) -> PixelBits:
        """Return the bits of each pixel under a class, and no reference.

        The bits of a word in a cell are shared among the patches with that word, and those of a
        patch evenly among its pixels. The offset of the class belongs to no pixel.
        """
        features = self._features(image[np.newaxis])[0]
        shares = pixel_shares(self._learnt, image, features, self._weights[:, label])
        return PixelBits(image, -shares / np.log(2), None)

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Patches.fit` chose a parameter."""
        return "chosen on held-out training images"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return codebooks and codes as plain arrays."""
        learnt = self._learnt
        return {
            "shape": np.array([*self._shape, learnt.top], np.int64),
            "weights": self._weights,
            "offsets": self._offsets,
            "first_mean": learnt.first.mean,
            "first_filters": learnt.first.filters,
            "maps_mean": learnt.means,
            "maps_basis": learnt.basis,
            "second_mean": learnt.second.mean,
            "second_filters": learnt.second.filters,
        }


def restored(
    model: ClassModel,
    words: int,
    arrays: Mapping[str, NDArray[Any]],
    n_classes: int,
    *,
    mirror: bool,
) -> FittedPatches:
    """Return the fitted model that `FittedPatches.arrays` describes.

    Raises
    ------
    ValueError
        If an array cannot belong to such a model with `words` words.
    """
    types: dict[str, tuple[Any, int]] = {
        "shape": (np.int64, 1), "weights": (np.float32, 2), "offsets": (np.float64, 1),
        "first_mean": (np.float32, 1), "first_filters": (np.float32, 2),
        "maps_mean": (np.float32, 1), "maps_basis": (np.float32, 2),
        "second_mean": (np.float32, 1), "second_filters": (np.float32, 2),
    }  # fmt: skip
    expect_arrays(arrays, types, model="patches")
    _expect(len(arrays["shape"]) == 4, "shape")
    height, width, channels, top = arrays["shape"].tolist()
    _expect(1 <= min(height, width) and max(height, width) <= 2**20, "shape")
    _expect(channels in (1, 3) and 0 <= top <= 255, "shape")
    n_pixels, n_maps = FIRST * FIRST * channels, 2 * words
    n_coordinates = SECOND * SECOND * n_components_of(n_maps)
    sizes: dict[str, tuple[int, ...]] = {
        "weights": (GRID * GRID * (n_maps + 2 * n_maps), n_classes),
        "offsets": (n_classes,),
        "first_mean": (n_pixels,),
        "first_filters": (n_pixels, words),
        "maps_mean": (n_maps,),
        "maps_basis": (n_maps, n_components_of(n_maps)),
        "second_mean": (n_coordinates,),
        "second_filters": (n_coordinates, 2 * words),
    }
    for name, size in sizes.items():
        array = arrays[name]
        _expect(array.shape == size and bool((np.abs(array) < LARGE).all()), name)
    learnt = PatchFeatures(
        top,
        Codebook(arrays["first_mean"], arrays["first_filters"], SCALINGS[0]),
        arrays["maps_mean"],
        arrays["maps_basis"],
        Codebook(arrays["second_mean"], arrays["second_filters"], SCALINGS[1]),
    )
    shape = height, width, channels
    weights, offsets = arrays["weights"], arrays["offsets"]
    return FittedPatches(model, learnt, weights, offsets, shape, mirror=mirror)
