"""The parameters of `Motion`, and the values that "auto" stands for."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["DEFAULT_TEMPERATURE", "REACH_OF_FEW", "TEMPERATURES", "TRIED", "Settings"]

TRIED: dict[str, tuple[Any, ...]] = {
    "deskew": (False, True),
    "gamma": (0.5, 1.0),
    "contrast": ("evened", "kept"),
    "reach": (2, 1, 3),
    "maps": (0.4, 0.0, 0.2, 0.6),
}
"""Values that `fit` tries; the first is the default."""
REACH_OF_FEW = 3
"""The default reach with too few images to choose: with few images, far vectors help."""
TEMPERATURES = tuple(2 ** (k / 2) / 256 for k in range(14))
"""Temperatures that `fit` tries, in bits per pixel; the residuals of a pixel take 0.72 bits."""
DEFAULT_TEMPERATURE = TEMPERATURES[6]


class Settings(NamedTuple):
    """The parameters of `Motion`, without "auto"."""

    candidates: int
    reach: int
    price: int
    contrast: str
    maps: float
    gamma: float
    deskew: bool
    temperature: float
