"""`Motion`: the description of the motion-compensated model."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._progress import mention_compiling
from compressclf.compressors.base import check_int
from compressclf.images import ImageCorpus
from compressclf.models._checks import check_parameter
from compressclf.models._images import image_stack
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.motion.choice import OPTIONS, SAMPLE, choose, finish
from compressclf.models.motion.cost import LARGEST
from compressclf.models.motion.fitted import FittedMotion, restored
from compressclf.models.motion.references import References

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Motion"]

HELD_OUT = 2000
"""Training images at most that are left out in turn for the temperature and `held_out`."""
RANGES = {"gamma": (0.1, 4.0), "maps": (0.0, 1.0), "temperature": (1e-6, 1e9)}


@dataclass(frozen=True)
class Motion(ClassModel):
    """An image costs what remains of it when the nearest images of a class, bent, are taken away.

    Parameters
    ----------
    candidates : int, default=100
        Training images that an image is compared with: those with the nearest orientation maps.
    reach : int or "auto", default="auto"
        How many pixels a pixel may have moved in each direction, 0 to 4.
    price : int, default=0
        What a vector costs for each pixel that it leads away, in units of the squared residuals.
    contrast : {"auto", "evened", "kept"}, default="auto"
        Whether gradients are divided by the energy around them.
    maps : float or "auto", default="auto"
        Share of the bits that is the distance of the orientation maps, in [0, 1].
    gamma : float or "auto", default="auto"
        Greys are (byte / highest byte) ** gamma, in [0.1, 4].
    deskew : bool or "auto", default="auto"
        Whether images are straightened and centred first.
    temperature : float or "auto", default="auto"
        T of the soft class code, in bits: small, and the nearest image decides alone.

    Notes
    -----
    What is "auto" is chosen by leave-one-out on training images, see
    `compressclf.models.motion.choice`; with fewer than 20 images that have another one of their
    class, the defaults there stand.

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
    temperature_centre: ClassVar[float] = 50.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_int(self.name, "candidates", self.candidates, 1, 100_000)
        check_int(self.name, "price", self.price, 0, LARGEST)
        if self.reach != "auto":
            ok = isinstance(self.reach, int) and not isinstance(self.reach, bool)
            check_parameter(
                self, ok and 0 <= int(self.reach) <= 4, "reach", "'auto' or an int in [0, 4]"
            )
        ok = self.contrast in ("auto", *OPTIONS["contrast"])
        check_parameter(self, ok, "contrast", "'auto', 'evened' or 'kept'")
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
        names = ("reach", "contrast", "maps", "gamma", "deskew", "temperature")
        return all(getattr(self, name) != "auto" for name in names)

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedMotion:
        """Choose what is "auto", and make the training images ready; see `ClassModel.fit`."""
        compile_motion()
        return self._fit(image_stack(self.name, docs), y, n_classes, n_jobs)

    def _fit(
        self, images: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> FittedMotion:
        alone = np.bincount(y, minlength=n_classes)[y] < 2
        sample = spread_sample(y, HELD_OUT)
        sample = sample[~alone[sample]]
        few = spread_sample(y, SAMPLE)
        chosen = choose(self, images, y, n_classes, few[~alone[few]], n_jobs)
        references = References.of(chosen, images, y, n_jobs)
        found = references.found_for(
            images[sample], sample, min(self.candidates, max(1, len(y) - 1)), n_jobs
        )
        compared = references.compare_all(*found, chosen, n_jobs)
        n_pixels = images.shape[1] * images.shape[2]
        final = finish(chosen, compared, y, n_classes, sample, n_pixels)
        fitted = FittedMotion(final.model, references, y, n_classes, final.scales)
        held = np.full((len(y), n_classes), np.nan)
        held[sample] = fitted.class_codes(compared)
        fitted.set_held_out(held)
        return fitted

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedMotion:
        """Return what `FittedMotion.arrays` was made from."""
        return restored(self, arrays, n_classes)


@functools.cache
def compile_motion() -> None:
    """Compile the kernels, once, and say so if they were not in the cache."""
    with mention_compiling("Compiling the motion model, once for this installation."):
        images, y = np.zeros((4, 3, 3, 1), np.uint8), np.array([0, 0, 1, 1])
        fitted = replace(Motion(), deskew=True)._fit(images, y, 2, None)
        fitted.codelengths(ImageCorpus.from_images(images))
