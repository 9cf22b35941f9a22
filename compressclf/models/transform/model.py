"""`Transform`: the description of the Gaussian transform code, and what it has learnt."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._progress import mention_compiling
from compressclf._upright import moved
from compressclf.calibration import fit_temperature, label_bits
from compressclf.models._checks import check_parameter
from compressclf.models._images import image_stack
from compressclf.models._orientations import grey_levels, orientation_maps
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.transform.fitted import FittedTransform, restored
from compressclf.models.transform.gauss import BASIS_IMAGES, Scatter, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Transform"]

GAMMAS = (0.5, 1.0)
DESKEWS = (False, True)
POOLED = (1000.0, 100.0, 10_000.0, 100_000.0)
EVEN = (0.03, 0.003, 0.3)
"""What is tried; the default first."""
LOOK_SAMPLE = 5000
"""Images with which deskewing and gamma are chosen."""
HELD_OUT = 2000
"""Images that are held out if there are many."""
FEW = 5000
"""So few images are all held out, a fold at a time."""
N_FOLDS = 3
ENOUGH = 20
RANGES = {"gamma": (0.1, 4.0), "pooled": (1e-3, 1e9), "even": (1e-6, 1.0)}


@dataclass(frozen=True)
class Transform(ClassModel):
    """An image costs the bits of its orientation map under a Gaussian code of the class.

    Parameters
    ----------
    cells : int, default=7
        Rows of cells of the orientation map, and columns, 1 to 16.
    gamma : float or "auto", default="auto"
        Greys are (byte / highest byte) ** gamma, in [0.1, 4].
    deskew : bool or "auto", default="auto"
        Whether images are straightened and centred first.
    pooled : float or "auto", default="auto"
        How many images of its own are worth as much to a class as the covariance that all classes
        share.
    even : float or "auto", default="auto"
        Share of the mean variance in the shared covariance, in [0.000001, 1].

    Notes
    -----
    What is "auto" is chosen on training images held out: the labels of these take the fewest bits
    (`compressclf.calibration.label_bits`). With fewer than 20 images, or none but one of each
    class, the first of the lists in this module stands.

    Examples
    --------
    >>> from compressclf.images import ImageCorpus
    >>> images = np.zeros((4, 6, 6), np.uint8)
    >>> images[[0, 1], :, [1, 2]] = 200  # upright
    >>> images[[2, 3], [1, 2], :] = 200  # level
    >>> fitted = Transform().fit(ImageCorpus.from_images(images), np.array([0, 0, 1, 1]), 2)
    >>> upright = np.zeros((1, 6, 6), np.uint8)
    >>> upright[0, :, 3] = 200
    >>> fitted.codelengths(ImageCorpus.from_images(upright)).argmin(axis=1)
    array([0])
    >>> fitted.model.spec
    'transform:cells=7,gamma=0.5,deskew=False,pooled=1000.0,even=0.03'
    """

    cells: int = 7
    gamma: float | str = "auto"
    deskew: bool | str = "auto"
    pooled: float | str = "auto"
    even: float | str = "auto"

    name: ClassVar[str] = "transform"
    temperature_centre: ClassVar[float] = 200.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = False

    def __post_init__(self) -> None:
        ok = isinstance(self.cells, int) and not isinstance(self.cells, bool)
        check_parameter(self, ok and 1 <= self.cells <= 16, "cells", "an int in [1, 16]")
        ok = self.deskew == "auto" or isinstance(self.deskew, bool)
        check_parameter(self, ok, "deskew", "'auto', yes or no")
        for key, (least, most) in RANGES.items():
            value = getattr(self, key)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            ok = value == "auto" or (number and least <= value <= most)
            check_parameter(self, ok, key, f"'auto' or a number in [{least:g}, {most:g}]")

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to choose."""
        return "auto" not in (self.gamma, self.deskew, self.pooled, self.even)

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedTransform:
        """Choose what is "auto", and take means and covariances; see `ClassModel.fit`."""
        from threadpoolctl import threadpool_limits

        images = image_stack(self.name, docs)
        compile_transform()
        with threadpool_limits(1, "blas"):  # the matrices are small, and threads wait for threads
            return self._fit(images, y, n_classes, n_jobs)

    def _fit(
        self, images: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> FittedTransform:
        default = self._defaults()
        levels = int(images.max(initial=0))
        usable = len(y) >= ENOUGH and bool((np.bincount(y, minlength=n_classes) > 1).any())
        looked = self._look(images, y, n_classes, n_jobs) if usable else default
        maps = looked.maps(images, levels, n_jobs)
        turn = Turn.of(maps, spread_sample(y, BASIS_IMAGES))
        vectors = turn.turned(maps)
        bits = np.full((len(y), n_classes), np.nan)
        chosen = looked
        if usable:
            chosen, bits = looked.settled(self, vectors, y, n_classes)
        codes = Scatter.of(vectors, y, n_classes).codes(float(chosen.pooled), float(chosen.even))
        shape = images.shape[1:]
        return FittedTransform(chosen, turn, codes, (shape[0], shape[1], shape[2]), levels, bits)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedTransform:
        """Return what `FittedTransform.arrays` was made from."""
        return restored(self, arrays, n_classes)

    def maps(
        self, images: NDArray[np.uint8], highest: int, n_jobs: int | None = None
    ) -> NDArray[np.float32]:
        """Return the orientation maps of images under settled gamma and deskewing."""
        seen = moved(images, straighten=True, n_jobs=n_jobs) if self.deskew else images
        levels = grey_levels(highest, float(self.gamma))
        return orientation_maps(seen, levels, cells=self.cells, n_jobs=n_jobs)

    def settled(
        self, given: Transform, vectors: NDArray[np.float32], y: NDArray[np.int64], n_classes: int
    ) -> tuple[Transform, NDArray[np.float64]]:
        """Return the model with `pooled` and `even` chosen, and held-out codelengths.

        Parameters
        ----------
        given : Transform
            What the user gave; of `self` gamma and deskewing are taken.
        """
        grid = list(itertools.product(_options(given, "pooled"), _options(given, "even")))
        bits = [np.full((len(y), n_classes), np.nan) for _ in grid]
        for held in _held_out(y):
            rest = np.setdiff1d(np.arange(len(y)), held)
            scatter = Scatter.of(vectors[rest], y[rest], n_classes)
            for one, (pooled, even) in zip(bits, grid, strict=True):
                one[held] = scatter.codes(pooled, even).bits(vectors[held])
        costs = [self._label_cost(one, y) for one in bits]
        best = int(np.argmin(costs))
        pooled, even = grid[best]
        return replace(self, pooled=pooled, even=even), bits[best]

    def _look(
        self, images: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> Transform:
        """Return the model with gamma and deskewing chosen, on a sample."""
        default = self._defaults()
        looks = [
            replace(default, gamma=gamma, deskew=deskew)
            for gamma in _options(self, "gamma")
            for deskew in _options(self, "deskew")
        ]
        if len(looks) == 1:
            return looks[0]
        sample = spread_sample(y, LOOK_SAMPLE)
        costs = []
        for look in looks:
            maps = look.maps(images[sample], int(images.max(initial=0)), n_jobs)
            vectors = Turn.of(maps, np.arange(len(sample))).turned(maps)
            _, bits = look.settled(look, vectors, y[sample], n_classes)
            costs.append(self._label_cost(bits, y[sample]))
        return looks[int(np.argmin(costs))]

    def _label_cost(self, bits: NDArray[np.float64], y: NDArray[np.int64]) -> float:
        """Return the log loss in bits of what was held out, the temperature chosen."""
        kept = ~np.isnan(bits).any(axis=1)
        bits, y = bits[kept], y[kept]
        temperature = fit_temperature(bits, y, centre=self.temperature_centre)
        return label_bits(bits, y, temperature=temperature)

    def _defaults(self) -> Transform:
        return replace(
            self,
            **{key: _options(self, key)[0] for key in ("gamma", "deskew", "pooled", "even")},
        )


def _options(model: Transform, name: str) -> tuple[Any, ...]:
    options = {"gamma": GAMMAS, "deskew": DESKEWS, "pooled": POOLED, "even": EVEN}[name]
    value = getattr(model, name)
    return options if value == "auto" else (value,)


def _held_out(y: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the positions that are held out together: folds of few images, a sample of many."""
    if len(y) > FEW:
        yield spread_sample(y, HELD_OUT)
        return
    order = np.argsort(y, kind="stable")
    for fold in range(N_FOLDS):
        yield np.sort(order[fold::N_FOLDS])


@functools.cache
def compile_transform() -> None:
    """Compile the kernels, once, and say so if they were not in the cache."""
    with mention_compiling("Compiling the transform model, once for this installation."):
        moved(np.zeros((1, 2, 2, 1), np.uint8), straighten=True)
        orientation_maps(np.zeros((1, 2, 2, 1), np.uint8), grey_levels(1, 1.0))
