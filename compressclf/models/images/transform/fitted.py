"""A fitted `Transform`: one Gaussian code of orientation maps per class."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import expect_array, expect_arrays
from compressclf.models._explained import PixelBits
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.gauss import Codes
from compressclf.models.images.orientations import N_BINS, View, cell_weights
from compressclf.models.images.projection import Projection
from compressclf.models.images.stacks import check_shape, image_stack, in_batches
from compressclf.models.images.transform.settings import MOST_COMPONENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.documents.images import ImageCorpus
    from compressclf.models.images.transform.settings import Settings

__all__ = ["FittedTransform", "restored"]

_expect = functools.partial(expect_array, model="transform")

ROWS = 512
"""Images coded at a time."""
LARGE = 1e12
"""Upper bound of the absolute values in a saved model."""


class FittedTransform(FittedModel):
    """The Gaussian codes of the classes, and the view and projection that come before them.

    All images have the same `shape`; `top` is the brightest pixel of the training images.
    """

    def __init__(
        self,
        model: ClassModel,
        view: View,
        projection: Projection,
        codes: Codes,
        shape: tuple[int, ...],
        top: int,
    ) -> None:
        self.model, self.n_classes = model, len(codes.constants)
        self._view, self._projection, self._codes = view, projection, codes
        self._shape = (shape[0], shape[1], shape[2])
        self._top = top

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each image's orientation map under each class."""
        images = image_stack(self.model.name, docs)
        check_shape(self.model.name, self._shape, images)
        return in_batches(self._bits, images, self.n_classes, size=ROWS, n_jobs=n_jobs)

    def _bits(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        maps = self._view.maps(self._view.seen(images))
        return self._codes.bits(self._projection.projected(maps))

    def explain_image(
        self, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
    ) -> PixelBits:
        """Return the bits of each pixel under a class, and no reference.

        The squared distance of an orientation map from the mean of the class is a sum over the
        features of the map. The bits of a feature are shared among the pixels of its cell by their
        weight in the cell. The bits of a map at the mean belong to no pixel.
        """
        seen = self._view.seen(image[np.newaxis])
        away = self._view.maps(seen)[0] - self._projection.mean.astype(np.float64)
        basis, factor = self._projection.basis, self._codes.factors[label]
        away -= basis @ self._codes.means[label]
        parts = away * (basis @ (factor @ (factor.T @ (basis.T @ away)))) / (2 * np.log(2))
        down, across = cell_weights(self._shape[0], self._shape[1], self._view.cells)
        cells = parts.reshape(-1, len(down), len(across)).sum(axis=0)
        return PixelBits(seen[0], np.asarray(down.T @ cells @ across, np.float64), None)

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Transform.fit` chose a parameter."""
        return "chosen on held-out training images"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the codes as plain arrays."""
        return {
            "mean": self._projection.mean,
            "basis": self._projection.basis,
            "means": self._codes.means,
            "factors": self._codes.factors,
            "constants": self._codes.constants,
            "shape": np.array([*self._shape, self._top], dtype=np.int64),
        }


def restored(
    model: ClassModel, settings: Settings, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedTransform:
    """Return the fitted model that `FittedTransform.arrays` describes.

    Raises
    ------
    ValueError
        If an array cannot belong to such a model.
    """
    types: dict[str, tuple[Any, int]] = {
        "mean": (np.float32, 1), "basis": (np.float32, 2), "means": (np.float32, 2),
        "factors": (np.float32, 3), "constants": (np.float64, 1), "shape": (np.int64, 1),
    }  # fmt: skip
    expect_arrays(arrays, types, model="transform")
    _expect(len(arrays["shape"]) == 4, "shape")
    height, width, channels, top = arrays["shape"].tolist()
    _expect(1 <= min(height, width) and max(height, width) <= 2**20, "shape")
    _expect(channels in (1, 3) and 0 <= top <= 255, "shape")
    n_features = min(settings.cells, height) * min(settings.cells, width) * (N_BINS + channels)
    n_components = min(n_features, MOST_COMPONENTS)
    sizes: dict[str, tuple[int, ...]] = {
        "mean": (n_features,),
        "basis": (n_features, n_components),
        "means": (n_classes, n_components),
        "factors": (n_classes, n_components, n_components),
        "constants": (n_classes,),
    }
    for name, size in sizes.items():
        array = arrays[name]
        _expect(array.shape == size and bool((np.abs(array) < LARGE).all()), name)
    projection = Projection(arrays["mean"], arrays["basis"])
    codes = Codes(arrays["means"], arrays["factors"], arrays["constants"])
    shape = height, width, channels
    return FittedTransform(model, settings.view(top), projection, codes, shape, top)
