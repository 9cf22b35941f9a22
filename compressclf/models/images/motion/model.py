"""`Motion`: the parameters of the motion-compensated model, and how it is fitted."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, is_number
from compressclf._lib.progress import mention_compiling
from compressclf.documents.images import ImageCorpus
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.images.motion.choice import SAMPLE, choose, finish
from compressclf.models.images.motion.cost import LARGEST
from compressclf.models.images.motion.fitted import FittedMotion, restored
from compressclf.models.images.motion.references import References
from compressclf.models.images.motion.settings import TRIED, Settings
from compressclf.models.images.settings import asked_of, filled_in, settled
from compressclf.models.images.stacks import image_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Motion"]

HELD_OUT = 2000
"""Largest number of training images to leave out in turn for temperature and held-out bits."""
RANGES = {"gamma": (0.1, 4.0), "maps": (0.0, 1.0), "temperature": (1e-6, 1e9)}


@dataclass(frozen=True)
class Motion(ClassModel):
    """Residual bits of an image after motion compensation from the training images of a class.

    Parameters
    ----------
    candidates : int, default=100
        Number of training images, those with the nearest orientation maps, that an image is
        compared with.
    reach : int or "auto", default="auto"
        Largest motion of a pixel in each direction, in pixels, 0 to 4.
    price : int, default=0
        Cost of a motion vector for each pixel of its length, in units of the squared residuals.
    contrast : {"auto", "evened", "kept"}, default="auto"
        "evened" divides gradients by the energy around them.
    maps : float or "auto", default="auto"
        Weight of the distance of the orientation maps, in [0, 1]; the rest is motion.
    gamma : float or "auto", default="auto"
        Greys are (pixel / brightest pixel) ** gamma, in [0.1, 4].
    deskew : bool or "auto", default="auto"
        Whether images are deskewed and centred first.
    temperature : float or "auto", default="auto"
        T of the soft class code, in bits; with a small T the nearest image decides alone.

    Notes
    -----
    "auto" is chosen by leave-one-out on training images (`models.images.motion.choice`).
    With fewer than 20 images whose class has other images, the defaults are taken.

    Examples
    --------
    >>> images = np.zeros((4, 6, 6), np.uint8)
    >>> images[[0, 1], :, [1, 2]] = 200  # upright
    >>> images[[2, 3], [1, 2], :] = 200  # level
    >>> y = np.array([0, 0, 1, 1])
    >>> fitted = Motion().fit(ImageCorpus.from_images(images), y, 2)
    >>> upright = np.zeros((1, 6, 6), np.uint8)
    >>> upright[0, :, 3] = 200
    >>> fitted.codelengths(ImageCorpus.from_images(upright)).argmin(axis=1)
    array([0])
    >>> fitted.model.spec
    'motion:candidates=100,reach=3,price=0,contrast=evened,maps=0.4,gamma=0.5,deskew=False,temperature=1.125'
    """

    candidates: int = 100
    reach: int | str = "auto"
    price: int = 0
    contrast: str = "auto"
    maps: float | str = "auto"
    gamma: float | str = "auto"
    deskew: bool | str = "auto"
    temperature: float | str = "auto"

    name: ClassVar[str] = "motion"
    reads: ClassVar[str] = "images"
    temperature_centre: ClassVar[float] = 50.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_int(self.name, "candidates", self.candidates, 1, 100_000)
        check_int(self.name, "price", self.price, 0, LARGEST)
        check_int(self.name, "reach", self.reach, 0, 4, auto=True)
        ok = self.contrast in ("auto", *TRIED["contrast"])
        check_parameter(self, ok, "contrast", "'auto', 'evened' or 'kept'")
        ok = self.deskew == "auto" or isinstance(self.deskew, bool)
        check_parameter(self, ok, "deskew", "'auto', yes or no")
        for key, (least, most) in RANGES.items():
            value = getattr(self, key)
            ok = value == "auto" or is_number(value, least, most)
            check_parameter(self, ok, key, f"'auto' or a number in [{least:g}, {most:g}]")

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedMotion:
        """Choose what is "auto", and compute features of the training images.

        See `ClassModel.fit`.
        """
        return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedMotion, NDArray[np.float64]]:
        """Fit, and also return the bits of at most 2,000 training images by leave-one-out.

        The other rows are NaN, and so are those of images that are alone in their class.
        """
        images = image_stack(self.name, docs)
        compile_motion()
        return self._fit(images, y, n_classes, n_jobs)

    def _fit(
        self, images: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> tuple[FittedMotion, NDArray[np.float64]]:
        asked = asked_of(self)
        alone = np.bincount(y, minlength=n_classes)[y] < 2
        sample = spread_sample(y, HELD_OUT)
        sample = sample[~alone[sample]]
        few = spread_sample(y, SAMPLE)
        settings = choose(asked, images, y, n_classes, few[~alone[few]], n_jobs)
        references = References.of(settings, images, y, n_jobs)
        found = references.found_for(
            images[sample], sample, min(self.candidates, max(1, len(y) - 1)), n_jobs
        )
        compared = references.compare_all(*found, settings, n_jobs)
        n_pixels = images.shape[1] * images.shape[2]
        final = finish(settings, asked, compared, y, n_classes, sample, n_pixels)
        model = filled_in(self, final.settings)
        fitted = FittedMotion(model, final.settings, references, y, n_classes, final.scales)
        held_out = np.full((len(y), n_classes), np.nan)
        held_out[sample] = fitted.class_codes(compared)
        return fitted, held_out

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedMotion:
        """Return the fitted model that `FittedMotion.arrays` describes."""
        return restored(self, Settings(**settled(self)), arrays, n_classes)


@functools.cache
def compile_motion() -> None:
    """Compile the kernels once, with a notice if they were not in the cache."""
    with mention_compiling("Compiling the motion model, once for this installation."):
        images, y = np.zeros((4, 3, 3, 1), np.uint8), np.array([0, 0, 1, 1])
        fitted, _ = replace(Motion(), deskew=True)._fit(images, y, 2, None)
        fitted.codelengths(ImageCorpus.from_images(images))
