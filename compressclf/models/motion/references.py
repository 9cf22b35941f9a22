"""The training images as they are compared: straightened or not, their maps and features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._threads import in_threads
from compressclf._upright import moved
from compressclf.models._orientations import grey_levels, orientation_maps
from compressclf.models._samples import spread_sample
from compressclf.models.motion.candidates import BASIS_IMAGES, MapCode, nearest
from compressclf.models.motion.cost import motion_costs, pixel_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models.motion.model import Motion

__all__ = ["Comparison", "Look", "References"]

ROWS = 64
"""Images that are compared at a time; the number of threads does not change it."""


@dataclass
class Comparison:
    """Images compared with their candidates; all arrays of shape (n_images, n_candidates).

    Attributes
    ----------
    candidates : ndarray of int32
        Positions of training images, -1 for none.
    motion, maps : ndarray of float64
        Motion-compensated costs, and squared distances of the orientation maps; infinite for none.
    """

    candidates: NDArray[np.int32]
    motion: NDArray[np.float64]
    maps: NDArray[np.float64]

    def bits(self, share: float, scales: tuple[float, float]) -> NDArray[np.float64]:
        """Return C(x|y): both costs in bits, `share` of them that of the maps."""
        bits: NDArray[np.float64] = self.motion * ((1 - share) * scales[0])
        return bits + self.maps * (share * scales[1]) if share else bits


@dataclass
class Look:
    """What images look like before features are made of them."""

    levels: NDArray[np.float32]
    straight: bool
    code: MapCode

    def seen(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the images, straightened if that is the way to look at them."""
        return moved(images, straighten=True) if self.straight else images

    def codes(self, seen: NDArray[np.uint8], n_jobs: int | None = None) -> NDArray[np.int16]:
        """Return the orientation maps in whole numbers."""
        return self.code.encoded(orientation_maps(seen, self.levels, n_jobs=n_jobs))


class References:
    """Training images ready for comparison.

    Parameters
    ----------
    look : Look
        How images are looked at.
    codes : ndarray of int16, shape (n, n_directions)
        The maps of the training images.
    features : ndarray of int8, shape (n, channels + 2, height, width)
        Their greys and gradients.
    evened : bool
        Whether gradients are evened.
    """

    def __init__(
        self,
        look: Look,
        codes: NDArray[np.int16],
        features: NDArray[np.int8],
        evened: bool,
    ) -> None:
        self.look, self.codes, self.features, self.evened = look, codes, features, evened

    @classmethod
    def of(
        cls, model: Motion, images: NDArray[np.uint8], y: NDArray[np.int64], n_jobs: int | None
    ) -> References:
        """Look at the training images as a model without open settings says."""
        highest = int(images.max(initial=0))
        sample = spread_sample(y, BASIS_IMAGES)
        levels = grey_levels(highest, float(model.gamma))
        straight = bool(model.deskew)
        seen = moved(images, straighten=True, n_jobs=n_jobs) if straight else images
        maps = orientation_maps(seen, levels, n_jobs=n_jobs)
        look = Look(levels, straight, MapCode.of(maps, sample))
        references = cls(look, look.code.encoded(maps), np.empty((0, 1, 1, 1), np.int8), False)
        return references.with_features(seen, model.contrast == "evened", n_jobs)

    def with_features(
        self, seen: NDArray[np.uint8], evened: bool, n_jobs: int | None
    ) -> References:
        """Return the same with other features; `seen` are the images after `Look.seen`."""
        features = pixel_features(seen, self.look.levels, evened=evened, n_jobs=n_jobs)
        return References(self.look, self.codes, features, evened)

    def compare(
        self,
        images: NDArray[np.uint8],
        model: Motion,
        *,
        n_candidates: int,
        skip: NDArray[np.int64] | None = None,
    ) -> Comparison:
        """Compare a few images with their nearest training images, in this thread."""
        seen = self.look.seen(images)
        found, distances = nearest(self.look.codes(seen), self.codes, n_candidates, skip)
        return self.compare_with(seen, found, distances, model)

    def compare_with(
        self,
        seen: NDArray[np.uint8],
        found: NDArray[np.int32],
        distances: NDArray[np.int64],
        model: Motion,
    ) -> Comparison:
        """Compare images with candidates that were found before."""
        features = pixel_features(seen, self.look.levels, evened=self.evened)
        costs = motion_costs(
            features, self.features, found, reach=int(model.reach), price=model.price
        )
        none = found < 0
        return Comparison(found, np.where(none, np.inf, costs), np.where(none, np.inf, distances))

    def found_for(
        self,
        images: NDArray[np.uint8],
        skip: NDArray[np.int64],
        n_candidates: int,
        n_jobs: int | None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int64]]:
        """Return the images as they are seen, their candidates and distances."""
        seen = self.look.seen(images)
        codes = self.look.codes(seen, n_jobs)
        parts = _parts(len(images))
        found = in_threads(
            lambda part: nearest(codes[part], self.codes, n_candidates, skip[part]), parts, n_jobs
        )
        return (
            seen,
            np.concatenate([one[0] for one in found]),
            np.concatenate([one[1] for one in found]),
        )

    def compare_all(
        self,
        seen: NDArray[np.uint8],
        found: NDArray[np.int32],
        distances: NDArray[np.int64],
        model: Motion,
        n_jobs: int | None,
    ) -> Comparison:
        """As `compare_with`, in threads."""
        parts = in_threads(
            lambda part: self.compare_with(seen[part], found[part], distances[part], model),
            _parts(len(seen)),
            n_jobs,
        )
        return Comparison(
            found,
            np.concatenate([part.motion for part in parts]),
            np.concatenate([part.maps for part in parts]),
        )


def _parts(n: int) -> list[slice]:
    return [slice(begin, begin + ROWS) for begin in range(0, n, ROWS)] or [slice(0, 0)]
