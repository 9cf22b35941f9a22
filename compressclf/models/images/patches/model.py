"""`Patches`: the parameters of the code of photographs, and how it is fitted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, is_number
from compressclf._lib.progress import mention_compiling
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.images.choice import held_out_log_loss, held_out_parts
from compressclf.models.images.patches.dual import solve
from compressclf.models.images.patches.features import learn_features
from compressclf.models.images.patches.fitted import FittedPatches, restored
from compressclf.models.images.settings import asked_of, defaults, filled_in, options
from compressclf.models.images.stacks import image_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Patches"]

SMALLEST = 6
"""Least number of rows and columns of an image."""
ENOUGH = 20
"""With fewer training images, the defaults are taken."""
MOST_IMAGES = 8000
"""Images from which the shared covariance is computed; means are those of all."""
CHOICE_IMAGES = 2000
"""Images on which mirroring is chosen."""
SHARE = 0.05
"""Share of the mean deviation that is added to each deviation, for features that hardly vary."""
TRIED: dict[str, tuple[Any, ...]] = {
    "mirror": (True, False),
    "ridge": (1e-4, 3e-5, 3e-4, 1e-3, 1e-2, 0.1),
}
"""Values that `fit` tries; the first is the default."""


class Settings(NamedTuple):
    """The parameters of `Patches`, with chosen values in place of "auto"."""

    words: int
    mirror: bool
    ridge: float
    seed: int


@dataclass(frozen=True)
class Patches(ClassModel):
    """Bits of the patches of an image under a Gaussian code of the class.

    Parameters
    ----------
    words : int, default=400
        Words of the codebook of the first layer, an even number; the second has twice as many.
    mirror : bool or "auto", default="auto"
        Whether an image and its mirror image are the same, as in most photographs.
    ridge : float or "auto", default="auto"
        Variance that is added in every direction, as a share of the sum of all variances.
    seed : int, default=0
        Seed of the patches from which the codebooks are learnt.

    Notes
    -----
    "auto" is chosen by the log loss of held-out training images.
    """

    words: int = 400
    mirror: bool | str = "auto"
    ridge: float | str = "auto"
    seed: int = 0

    name: ClassVar[str] = "patches"
    reads: ClassVar[str] = "images"
    temperature_centre: ClassVar[float] = 1.0
    is_code: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_int(self.name, "words", self.words, 2, 4096)
        check_parameter(self, self.words % 2 == 0, "words", "an even number")
        ok = self.mirror == "auto" or isinstance(self.mirror, bool)
        check_parameter(self, ok, "mirror", "'auto', yes or no")
        ok = self.ridge == "auto" or is_number(self.ridge, 1e-9, 1e3)
        check_parameter(self, ok, "ridge", "'auto' or a number in [1e-09, 1000]")
        check_int(self.name, "seed", self.seed, 0, 2**32 - 1)

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedPatches:
        """Learn the codebooks, choose what is "auto", and fit the codes; see `ClassModel.fit`."""
        return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedPatches, NDArray[np.float64]]:
        """Fit, and also return the bits of held-out training images.

        The codebooks have seen the held-out images, without labels. Up to 5,000 images are all
        held out, in three folds; of more, a sample of 2,000 is, and the other rows are NaN.
        """
        images = image_stack(self.name, docs)
        compile_patches()
        asked, centre = asked_of(self), self.temperature_centre
        settings = Settings(**defaults(asked, TRIED))
        rng = np.random.default_rng(self.seed)
        learnt = learn_features(images, (self.words, 2 * self.words), rng)
        mirrored = learnt.mirrored()
        rows = spread_sample(y, MOST_IMAGES)
        features = learnt.of_many(images[rows], n_jobs=n_jobs).reshape(len(rows), -1)
        bits = np.full((len(y), n_classes), np.nan)
        if is_usable(y, n_classes):
            few = spread_sample(y[rows], CHOICE_IMAGES)
            losses = {}
            for mirror in options(asked, TRIED, "mirror"):
                products = _products(Scale.of(features[few], mirrored if mirror else None)[1])
                tried = _tried(products, y[rows[few]], n_classes, (settings.ridge,), centre)
                losses[mirror] = tried[settings.ridge][0]
            settings = settings._replace(mirror=min(losses, key=losses.__getitem__))
        scale, vectors = Scale.of(features, mirrored if settings.mirror else None)
        products = _products(vectors)
        if is_usable(y, n_classes):
            tried = _tried(products, y[rows], n_classes, options(asked, TRIED, "ridge"), centre)
            settings = settings._replace(ridge=min(tried, key=lambda ridge: tried[ridge][0]))
            bits[rows] = tried[settings.ridge][1]
        dual = solve(products, y[rows], n_classes, settings.ridge)
        codes = scale.undone(vectors.T @ dual.shares.astype(np.float32), dual.offsets)
        return FittedPatches(filled_in(self, settings), learnt, *codes, images.shape[1:]), bits

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPatches:
        """Return the fitted model that `FittedPatches.arrays` describes."""
        return restored(self, self.words, arrays, n_classes)


class Scale(NamedTuple):
    """Means and deviations of features; with a mirror, mirror images have equal vectors."""

    means: NDArray[np.float32]
    deviations: NDArray[np.float32]
    mirrored: NDArray[np.int64] | None

    @classmethod
    def of(
        cls, features: NDArray[np.float32], mirrored: NDArray[np.int64] | None
    ) -> tuple[Scale, NDArray[np.float32]]:
        """Return the scale of training features (n, n_features), and their vectors."""
        vectors = features if mirrored is None else (features + features[:, mirrored]) / 2
        means, deviations = vectors.mean(axis=0), vectors.std(axis=0)
        deviations += np.float32(SHARE * deviations.mean() + 1e-12)
        return cls(means, deviations, mirrored), (vectors - means) / deviations

    def undone(
        self, weights: NDArray[np.float32], offsets: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return weights (n_features, n_classes) and offsets for features instead of vectors."""
        weights = np.asarray(weights / self.deviations[:, np.newaxis], np.float32)
        offsets = offsets + self.means.astype(np.float64) @ weights
        if self.mirrored is not None:
            weights = (weights + weights[self.mirrored]) / 2
        return weights, offsets


def is_usable(y: NDArray[np.int64], n_classes: int) -> bool:
    """Return whether there are enough training images to choose parameters."""
    return len(y) >= ENOUGH and bool((np.bincount(y, minlength=n_classes) > 1).any())


def _products(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the inner products of vectors, shape (n, n)."""
    return (vectors @ vectors.T).astype(np.float64)


def _tried(
    products: NDArray[np.float64],
    y: NDArray[np.int64],
    n_classes: int,
    ridges: tuple[float, ...],
    centre: float,
) -> dict[float, tuple[float, NDArray[np.float64]]]:
    """Return the log loss and the held-out bits for each ridge."""
    found = {ridge: np.full((len(y), n_classes), np.nan) for ridge in ridges}
    for held in held_out_parts(y):
        rest = np.setdiff1d(np.arange(len(y)), held)
        for ridge, bits in found.items():
            dual = solve(products[np.ix_(rest, rest)], y[rest], n_classes, ridge)
            bits[held] = dual.bits(products[np.ix_(held, rest)])
    return {ridge: (held_out_log_loss(bits, y, centre), bits) for ridge, bits in found.items()}


@functools.cache
def compile_patches() -> None:
    """Compile the kernels once, with a notice if they were not in the cache."""
    with mention_compiling("Compiling the model of patches, once for this installation."):
        rng = np.random.default_rng(0)
        images = rng.integers(0, 255, (2, 16, 16, 1)).astype(np.uint8)
        learn_features(images, (2, 2), rng).features(images)
