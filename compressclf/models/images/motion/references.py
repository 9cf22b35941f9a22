"""Training images with their orientation maps and features, and comparisons with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf.models._samples import spread_sample
from compressclf.models.images.motion.candidates import QuantisedProjection, n_components, nearest
from compressclf.models.images.motion.cost import motion_costs, pixel_features
from compressclf.models.images.orientations import View, grey_levels
from compressclf.models.images.projection import BASIS_IMAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models.images.motion.settings import Settings

__all__ = ["Comparison", "References"]

ROWS = 64
"""Images compared at a time, whatever the number of threads."""


@dataclass
class Comparison:
    """Images compared with their candidates; all arrays of shape (n_images, n_candidates)."""

    candidates: NDArray[np.int32]
    """Positions of training images; -1 if there are too few."""
    motion: NDArray[np.float64]
    """Motion-compensated costs; infinite if the candidate is -1."""
    maps: NDArray[np.float64]
    """Squared distances of the orientation maps; infinite if the candidate is -1."""

    def bits(self, share: float, scales: tuple[float, float]) -> NDArray[np.float64]:
        """Return C(x|y) in bits, the maps weighted by `share` and the motion by 1 - `share`."""
        bits: NDArray[np.float64] = self.motion * ((1 - share) * scales[0])
        return bits + self.maps * (share * scales[1]) if share else bits


@dataclass(eq=False)
class References:
    """Training images ready for comparison."""

    view: View
    projection: QuantisedProjection
    codes: NDArray[np.int16]
    """Codes of the orientation maps, shape (n, n_components)."""
    features: NDArray[np.int8]
    """Greys and gradients, shape (n, channels + 2, height, width)."""
    evened: bool
    """Whether the contrast of gradients is normalised."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        images: NDArray[np.uint8],
        y: NDArray[np.int64],
        n_jobs: int | None,
    ) -> References:
        """Return the training images (n, height, width, channels) as the settings see them."""
        view = View(grey_levels(int(images.max(initial=0)), settings.gamma), settings.deskew)
        seen = view.seen(images, n_jobs)
        maps = view.maps(seen, n_jobs)
        sample = spread_sample(y, BASIS_IMAGES)
        projection = QuantisedProjection.of(maps, sample, n_components(*maps.shape))
        references = cls(
            view, projection, projection.codes(maps), np.empty((0, 1, 1, 1), np.int8), False
        )
        return references.with_features(seen, settings.contrast == "evened", n_jobs)

    def with_features(
        self, seen: NDArray[np.uint8], evened: bool, n_jobs: int | None
    ) -> References:
        """Return the same with other features; `seen` are the images after `View.seen`."""
        features = pixel_features(seen, self.view.levels, evened=evened, n_jobs=n_jobs)
        return References(self.view, self.projection, self.codes, features, evened)

    def codes_of(self, seen: NDArray[np.uint8], n_jobs: int | None = None) -> NDArray[np.int16]:
        """Return the codes of the orientation maps of other images, as `View.seen` returns them."""
        return self.projection.codes(self.view.maps(seen, n_jobs))

    def compare(
        self,
        images: NDArray[np.uint8],
        settings: Settings,
        *,
        n_candidates: int,
        skip: NDArray[np.int64] | None = None,
    ) -> Comparison:
        """Compare a few images with their nearest training images, in this thread."""
        seen = self.view.seen(images)
        found, distances = nearest(self.codes_of(seen), self.codes, n_candidates, skip)
        return self.compare_with(seen, found, distances, settings)

    def compare_with(
        self,
        seen: NDArray[np.uint8],
        found: NDArray[np.int32],
        distances: NDArray[np.int64],
        settings: Settings,
    ) -> Comparison:
        """Compare images after `View.seen` with the candidates `found` by `nearest`."""
        features = pixel_features(seen, self.view.levels, evened=self.evened)
        costs = motion_costs(
            features, self.features, found, reach=settings.reach, price=settings.price
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
        """Return the images after `View.seen`, their candidates and the distances of their maps."""
        seen = self.view.seen(images)
        codes = self.codes_of(seen, n_jobs)
        parts = _parts(len(images))
        found = in_threads(
            lambda part: nearest(codes[part], self.codes, n_candidates, skip[part]), parts, n_jobs
        )
        candidates, distances = map(np.concatenate, zip(*found, strict=True))
        return seen, candidates, distances

    def compare_all(
        self,
        seen: NDArray[np.uint8],
        found: NDArray[np.int32],
        distances: NDArray[np.int64],
        settings: Settings,
        n_jobs: int | None,
    ) -> Comparison:
        """Compare as `compare_with` does, in threads."""
        parts = in_threads(
            lambda part: self.compare_with(seen[part], found[part], distances[part], settings),
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
