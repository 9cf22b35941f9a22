"""The parameters of `PixelTree`, and the values that "auto" stands for."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BITS", "CELLS", "DEFAULT_BITS", "DEFAULT_CELL", "Settings"]

DEFAULT_BITS, DEFAULT_CELL = 1, 3
BITS = (2,)
"""Values that `fit` tries besides the default."""
CELLS = (2, 4, 6, 16, 64)


class Settings(NamedTuple):
    """The parameters of `PixelTree`, without "auto"."""

    bits: int
    levels: str
    cell: int
    trees: int
    depth: int
    least: int
    alpha: float
