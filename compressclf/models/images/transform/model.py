"""`Transform`: the parameters of the Gaussian transform code, and how it is fitted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, is_number
from compressclf._lib.progress import mention_compiling
from compressclf.documents.deskew import deskew
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.gauss import Scatter
from compressclf.models.images.choice import can_hold_out
from compressclf.models.images.orientations import grey_levels, orientation_maps
from compressclf.models.images.projection import BASIS_IMAGES, Projection
from compressclf.models.images.settings import asked_of, defaults, filled_in, settled
from compressclf.models.images.stacks import image_stack
from compressclf.models.images.transform.choice import choose_covariance, choose_view
from compressclf.models.images.transform.fitted import FittedTransform, restored
from compressclf.models.images.transform.settings import MOST_COMPONENTS, TRIED, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Transform"]

RANGES = {"gamma": (0.1, 4.0), "pooled": (1e-3, 1e9), "even": (1e-6, 1.0)}


@dataclass(frozen=True)
class Transform(ClassModel):
    """Bits of the orientation map of an image under a Gaussian code of the class.

    Parameters
    ----------
    cells : int, default=7
        Rows and columns of cells of the orientation map, 1 to 16.
    gamma : float or "auto", default="auto"
        Greys are (pixel / brightest pixel) ** gamma, in [0.1, 4].
    deskew : bool or "auto", default="auto"
        Whether images are deskewed and centred first.
    pooled : float or "auto", default="auto"
        Weight of the covariance that all classes share, as a number of images of the class.
    even : float or "auto", default="auto"
        Ridge: weight of the mean variance in the shared covariance, in [0.000001, 1].

    Notes
    -----
    "auto" is chosen by the log loss of held-out training images
    (`compressclf.models.images.transform.choice`). With fewer than 20 images, or one image per
    class, the defaults are taken.

    Examples
    --------
    >>> from compressclf.documents.images import ImageCorpus
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
    reads: ClassVar[str] = "images"
    temperature_centre: ClassVar[float] = 200.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_int(self.name, "cells", self.cells, 1, 16)
        ok = self.deskew == "auto" or isinstance(self.deskew, bool)
        check_parameter(self, ok, "deskew", "'auto', yes or no")
        for key, (least, most) in RANGES.items():
            value = getattr(self, key)
            ok = value == "auto" or is_number(value, least, most)
            check_parameter(self, ok, key, f"'auto' or a number in [{least:g}, {most:g}]")

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedTransform:
        """Choose what is "auto", and compute means and covariances; see `ClassModel.fit`."""
        return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedTransform, NDArray[np.float64]]:
        """Fit, and also return the bits of held-out training images.

        Up to 5,000 images are all held out, in three folds; of more, a sample of 2,000 is, and the
        other rows are NaN. All rows are NaN if there are too few images to choose from.
        """
        from threadpoolctl import threadpool_limits

        images = image_stack(self.name, docs)
        compile_transform()
        with threadpool_limits(1, "blas"):  # the matrices are too small for several threads
            return self._fit(images, y, n_classes, n_jobs)

    def _fit(
        self, images: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> tuple[FittedTransform, NDArray[np.float64]]:
        asked, centre = asked_of(self), self.temperature_centre
        usable = can_hold_out(y, n_classes)
        settings = Settings(**defaults(asked, TRIED))
        if usable:
            settings = choose_view(asked, images, y, n_classes, centre=centre, n_jobs=n_jobs)
        top = int(images.max(initial=0))
        view = settings.view(top)
        maps = view.maps(view.seen(images, n_jobs), n_jobs)
        projection = Projection.of(maps, spread_sample(y, BASIS_IMAGES), MOST_COMPONENTS)
        vectors = projection.projected(maps)
        bits = np.full((len(y), n_classes), np.nan)
        if usable:
            settings, bits = choose_covariance(
                settings, asked, vectors, y, n_classes, centre=centre
            )
        codes = Scatter.of(vectors, y, n_classes).codes(settings.pooled, settings.even)
        model = filled_in(self, settings)
        return FittedTransform(model, view, projection, codes, images.shape[1:], top), bits

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedTransform:
        """Return the fitted model that `FittedTransform.arrays` describes."""
        return restored(self, Settings(**settled(self)), arrays, n_classes)


@functools.cache
def compile_transform() -> None:
    """Compile the kernels once, with a notice if they were not in the cache."""
    with mention_compiling("Compiling the transform model, once for this installation."):
        deskew(np.zeros((1, 2, 2, 1), np.uint8))
        orientation_maps(np.zeros((1, 2, 2, 1), np.uint8), grey_levels(1, 1.0))
