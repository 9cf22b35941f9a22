"""The parameters of `Transform`, and the values that "auto" stands for."""

from __future__ import annotations

from typing import Any, NamedTuple

from compressclf.models.images.orientations import View, grey_levels

__all__ = ["MOST_COMPONENTS", "TRIED", "Settings"]

MOST_COMPONENTS = 200
"""The other principal components hold less than 1 % of the variance of orientation maps."""

TRIED: dict[str, tuple[Any, ...]] = {
    "gamma": (0.5, 1.0),
    "deskew": (False, True),
    "pooled": (1000.0, 100.0, 10_000.0, 100_000.0),
    "even": (0.03, 0.003, 0.3),
}
"""Values that `fit` tries; the first is the default."""


class Settings(NamedTuple):
    """The parameters of `Transform`, with chosen values in place of "auto"."""

    cells: int
    gamma: float
    deskew: bool
    pooled: float
    even: float

    def view(self, top: int) -> View:
        """Return the view of images, given the brightest pixel of the training images, `top`."""
        return View(grey_levels(top, self.gamma), self.deskew, self.cells)
