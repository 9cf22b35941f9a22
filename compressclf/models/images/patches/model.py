"""`Patches`: the parameters of the code of photographs, and how it is fitted."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, is_number
from compressclf._lib.executor import count_threads
from compressclf._lib.progress import mention_compiling
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.images.choice import can_hold_out
from compressclf.models.images.patches.choice import (
    RIDGES,
    HeldOut,
    choose_mirror,
    choose_ridge,
    products_of,
)
from compressclf.models.images.patches.dual import solve
from compressclf.models.images.patches.features import symmetric
from compressclf.models.images.patches.fitted import FittedPatches, restored
from compressclf.models.images.patches.learning import learn_features
from compressclf.models.images.patches.pooling import pooled
from compressclf.models.images.patches.scale import Scale
from compressclf.models.images.settings import settled
from compressclf.models.images.stacks import image_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.images.patches.features import PatchFeatures

__all__ = ["Patches"]

MOST_IMAGES = 8000
"""Training images from which the Gaussian codes are computed, at most (700 MB of features)."""


@dataclass(frozen=True)
class Patches(ClassModel):
    """Bits of the patches of an image under a Gaussian code of the class.

    Parameters
    ----------
    words : int, default=400
        Words of the first codebook, an even number in [2, 2048]; the second has twice as many.
    mirror : bool or "auto", default="auto"
        Whether an image and its mirror image are the same, as in most photographs.
    ridge : float or "auto", default="auto"
        Variance that is added in every direction, as a share of the sum of all variances, in
        [1e-9, 1000].
    seed : int, default=0
        Seed of the patches from which the codebooks are learnt.

    Notes
    -----
    "auto" is chosen by the log loss of held-out training images. With fewer than 20 images, or one
    image per class, images with colours count as equal to their mirror images, grey ones do not.
    Images with more than 48 rows or columns are reduced, and those with less than 16 are enlarged.
    Of more than 8,000 training images, the codes are computed from a sample of 8,000.

    Examples
    --------
    >>> from compressclf.documents.images import ImageCorpus
    >>> images = np.zeros((4, 16, 16), np.uint8)
    >>> images[:2, ::4] = 200  # level
    >>> images[2:, :, ::4] = 200  # upright
    >>> fitted = Patches(words=8).fit(ImageCorpus.from_images(images), np.array([0, 0, 1, 1]), 2)
    >>> level = np.roll(images[:1], 1, axis=1)
    >>> fitted.codelengths(ImageCorpus.from_images(level)).argmin(axis=1)
    array([0])
    >>> fitted.model.spec
    'patches:words=8,mirror=False,ridge=0.1,seed=0'
    """

    words: int = 400
    mirror: bool | str = "auto"
    ridge: float | str = "auto"
    seed: int = 0

    name: ClassVar[str] = "patches"
    reads: ClassVar[str] = "images"
    temperature_centre: ClassVar[float] = 2.0  # median of 16 small draws of photographs
    is_code: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_int(self.name, "words", self.words, 2, 2048)
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
        held out, in three folds; of more, a sample of 2,000 is, and the other rows are NaN. All
        rows are NaN if there are too few images to choose from.
        """
        from threadpoolctl import threadpool_limits

        images = image_stack(self.name, docs)
        compile_patches()
        n_threads = count_threads(n_jobs)
        rows = spread_sample(y, MOST_IMAGES)
        with threadpool_limits(n_threads, "blas"):
            rng = np.random.default_rng(self.seed)
            learnt = learn_features(images, (self.words, 2 * self.words), rng, n_jobs=n_jobs)
        with threadpool_limits(1, "blas"):  # the threads of this package are enough
            features = learnt.of(images[rows], n_jobs=n_jobs)
        bits = np.full((len(y), n_classes), np.nan)
        with threadpool_limits(n_threads, "blas"):
            mirror = self._is_mirrored(features, learnt, y[rows], n_classes)
            if mirror:
                features = symmetric(features, learnt.mirrored())
            ridge, codes, bits[rows] = self._codes(
                features, learnt.importance(), y[rows], n_classes
            )
        model = replace(self, mirror=mirror, ridge=ridge)
        return FittedPatches(model, learnt, *codes, images.shape[1:], mirror=mirror), bits

    def _is_mirrored(
        self,
        features: NDArray[np.float32],
        learnt: PatchFeatures,
        y: NDArray[np.int64],
        n_classes: int,
    ) -> bool:
        """Return whether mirror images count as equal."""
        if isinstance(self.mirror, bool):
            return self.mirror
        if not can_hold_out(y, n_classes):
            return learnt.has_colours
        ridges, centre = self._ridges(), self.temperature_centre
        return choose_mirror(features, learnt, y, n_classes, ridges, centre=centre)

    def _codes(
        self,
        features: NDArray[np.float32],
        importance: NDArray[np.float32],
        y: NDArray[np.int64],
        n_classes: int,
    ) -> tuple[float, tuple[NDArray[np.float32], NDArray[np.float64]], NDArray[np.float64]]:
        """Return the ridge, weights and offsets of the features, and held-out bits."""
        scale, vectors = Scale.of(features, importance)
        products = products_of(vectors)
        ridge, held = self._ridges()[0], HeldOut(np.full((len(y), n_classes), np.nan), 0.0)
        if can_hold_out(y, n_classes):
            centre = self.temperature_centre
            ridge, held = choose_ridge(products, y, n_classes, self._ridges(), centre=centre)
        dual = solve(products, y, n_classes, ridge).without(held.noise)
        weights = vectors.T @ dual.shares.astype(np.float32)
        return ridge, scale.undone(weights, dual.offsets), held.bits

    def _ridges(self) -> tuple[float, ...]:
        """Return the ridges to try."""
        return RIDGES if isinstance(self.ridge, str) else (self.ridge,)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPatches:
        """Return the fitted model that `FittedPatches.arrays` describes."""
        settled(self)
        return restored(self, self.words, arrays, n_classes, mirror=self.mirror is True)


@functools.cache
def compile_patches() -> None:
    """Compile the kernel once, with a notice if it was not in the cache."""
    with mention_compiling("Compiling the model of patches, once for this installation."):
        pooled(np.zeros((1, 2, 2, 2), np.float32), (1, 1), 0.5)
