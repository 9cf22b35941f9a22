"""`MotionCode`: the description of the class model, and how shares are counted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._progress import mention_compiling
from compressclf.compressors.base import check_int
from compressclf.images import ImageCorpus
from compressclf.models._images import image_stack
from compressclf.models._levels import Quantiser, learnt_thresholds, uniform_thresholds
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.motioncode.blocks import (
    N_CONTEXTS,
    as_planes,
    count_pairs,
    rows_of,
    with_margin,
)
from compressclf.models.motioncode.fitted import FittedMotionCode, Shares, restored
from compressclf.models.motioncode.references import nearest, views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["MotionCode", "compile_motion_code"]

PAIRS = 2000  # of training images that frequencies are counted on
ROUNDS = 4
ADD = 0.1


@dataclass(frozen=True)
class MotionCode(ClassModel):
    """A block codec that predicts an image from a training image of the class.

    The bits are those of the quantised image, as in `PixelTree`.

    Parameters
    ----------
    bits : int, default=3
        Bits of a quantised pixel, 1 to 8.
    levels : {"learnt", "uniform"}, default="uniform"
        As in `PixelTree`.
    block : int, default=4
        Width of a square block in pixels, 1 to 64.
    reach : int, default=2
        Pixels by which a block may be shifted in each direction, 0 to 8.
    candidates : int, default=10
        References of each class that are tried, the nearest ones.
    temperature : float, default=0
        0 for the best reference, which is what `FittedMotionCode.encode` writes; T from 1 to 1000
        for the soft minimum over all tried, −T log2 Σ 2^(−C/T) / N.

    Examples
    --------
    >>> image = np.zeros((1, 8, 8), np.uint8)
    >>> image[0, 2:5, 2:5] = 255
    >>> docs = ImageCorpus.from_images(np.concatenate([image, 255 - image]))
    >>> fitted = MotionCode(bits=1).fit(docs, np.array([0, 1]), 2)
    >>> shifted = ImageCorpus.from_images(np.roll(image, 1, axis=2))
    >>> fitted.codelengths(shifted).argmin(axis=1)
    array([0])
    """

    bits: int = 3
    levels: str = "uniform"
    block: int = 4
    reach: int = 2
    candidates: int = 10
    temperature: float = 0

    name: ClassVar[str] = "motion-code"
    temperature_centre: ClassVar[float] = 10.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_int(self.name, "bits", self.bits, 1, 8)
        check_int(self.name, "block", self.block, 1, 64)
        check_int(self.name, "reach", self.reach, 0, 8)
        check_int(self.name, "candidates", self.candidates, 1, 1_000_000)
        if self.levels not in ("learnt", "uniform"):
            raise ValueError(
                f"The 'levels' parameter of {self.name} must be 'learnt' or 'uniform'. "
                f"Got {self.levels!r} instead."
            )
        heat = self.temperature
        number = isinstance(heat, (int, float)) and not isinstance(heat, bool)
        if not (number and (heat == 0 or 1 <= heat <= 1000)):
            raise ValueError(
                f"The 'temperature' parameter of {self.name} must be 0 or a number in [1, 1000]. "
                f"Got {heat!r} instead."
            )

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedMotionCode:
        """Keep the training images, and count on pairs of them; see `ClassModel.fit`.

        Raises
        ------
        ValueError
            If the documents are no images, or differ in size, or there are none.
        """
        stack = image_stack(self.name, docs)
        if not len(stack):
            raise ValueError(f"The model {self.name!r} learns from images, and there are none.")
        compile_motion_code()
        return self._fit(stack, y, n_classes, n_jobs)

    def _fit(
        self, stack: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> FittedMotionCode:
        most = int(stack.max())
        if self.levels == "learnt":
            histogram = np.bincount(stack.ravel(), minlength=256)
            quantiser = Quantiser(*learnt_thresholds(histogram, self.bits))
        else:
            quantiser = Quantiser(uniform_thresholds(most, self.bits), most=most)
        levels = quantiser.levels(stack)
        shares = self._counted(stack, levels, y)
        return FittedMotionCode(self, quantiser, shares, stack, y, n_classes, n_jobs)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedMotionCode:
        """Return what `FittedMotionCode.arrays` was made from."""
        return restored(self, arrays, n_classes)

    def _counted(
        self, stack: NDArray[np.uint8], levels: NDArray[np.uint8], y: NDArray[np.int64]
    ) -> Shares:
        """Return shares after some rounds of shifting each block to its best and counting anew."""
        n_levels, n_channels = 1 << self.bits, levels.shape[3]
        apart = np.abs(np.subtract.outer(np.arange(n_levels), np.arange(n_levels)))
        counts = np.tile(0.5 ** apart.astype(float), (N_CONTEXTS, 1, 1))
        shares = Shares.of(counts, np.ones((2 * self.reach + 1) ** 2))
        images, partners = _pairs(stack, y)
        if not len(images):
            return shares
        planes = as_planes(levels[images])
        margins = with_margin(levels[partners], self.reach)
        pairs = np.arange(len(images))
        for _ in range(ROUNDS):
            rows, contexts = rows_of(planes, n_channels, n_levels)
            new = np.zeros(counts.shape, np.int64), np.zeros(len(shares.shift_costs), np.int64)
            count_pairs(
                rows, contexts, planes, margins, pairs, self.block, n_channels, self.reach,
                shares.costs, shares.shift_costs, *new,
            )  # fmt: skip
            shares = Shares.of(new[0].astype(np.float64) + ADD, new[1].astype(np.float64) + 1)
        return shares


def _pairs(
    stack: NDArray[np.uint8], y: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a sample of training images, and the nearest other one of the class of each."""
    images, partners = [], []
    sample = spread_sample(y, PAIRS)
    seen = views(stack)
    for label in np.unique(y):
        members = np.flatnonzero(y == label)
        chosen = sample[y[sample] == label]
        if len(members) < 2 or not len(chosen):
            continue
        two = members[nearest(seen[chosen], seen[members], 2)]
        images.append(chosen)
        partners.append(np.where(two[:, 0] == chosen, two[:, 1], two[:, 0]))
    if not images:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(images), np.concatenate(partners)


@functools.cache
def compile_motion_code() -> None:
    """Compile the kernels, once, and say so if they were not in the cache."""
    with mention_compiling("Compiling the motion code, once for this installation: ten seconds."):
        images = np.zeros((3, 4, 4, 1), np.uint8)
        images[1] = 1
        model = MotionCode(bits=1, block=2, reach=1)
        fitted = model._fit(images, np.array([0, 0, 1]), 2, None)
        fitted.codelengths(ImageCorpus.from_images(images))
