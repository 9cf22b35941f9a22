"""A fitted `Patches`: codebooks, and the Gaussian codes as weights of the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.images.patches.features import PatchFeatures
from compressclf.models.images.stacks import check_shape, image_stack, in_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["FittedPatches", "Scale", "restored"]

ROWS = 32
"""Images coded at a time."""


@dataclass
class Scale:
    """Means and factors that bring features to unit variance, and whether mirror images are equal."""

    mirror: bool
    cells: NDArray[np.int64]
    channels: NDArray[np.int64]
    means: NDArray[np.float32]
    factors: NDArray[np.float32]

    @classmethod
    def of(cls, features: NDArray[np.float32], mirror: bool, learnt: PatchFeatures) -> Scale:
        nothing = np.zeros(0, np.float32)
        scale = cls(mirror, *learnt.mirrored(), nothing, nothing)
        flat = scale.flat(features)
        deviations = flat.std(axis=0)
        deviations += 0.05 * deviations.mean() + np.float32(1e-12)
        scale.means, scale.factors = flat.mean(axis=0), 1 / deviations
        return scale

    def flat(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.mirror:
            half = np.flatnonzero(self.channels > np.arange(len(self.channels)))
            features = features[:, :, half] + features[:, self.cells][:, :, self.channels[half]]
        return features.reshape(len(features), -1)

    def applied(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        flat = self.flat(features) - self.means
        flat *= self.factors
        return flat


class FittedPatches(FittedModel):
    """Weights and offsets of each class."""

    def __init__(self, model: ClassModel, learnt: PatchFeatures, scale: Scale, weights: NDArray[np.float32], offsets: NDArray[np.float64], shape: tuple[int, ...]) -> None:
        self.model, self.n_classes = model, len(offsets)
        self._learnt, self._scale, self._weights, self._offsets, self._shape = learnt, scale, weights, offsets, tuple(shape)

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        images = image_stack(self.model.name, docs)
        check_shape(self.model.name, self._shape, images)
        return in_batches(self._bits, images, self.n_classes, size=ROWS, n_jobs=n_jobs)

    def _bits(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        vectors = self._scale.applied(self._learnt.features(images))
        return (self._offsets - vectors @ self._weights) / np.log(2)


def restored(model: ClassModel, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPatches:
    raise NotImplementedError
