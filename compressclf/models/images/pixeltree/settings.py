"""The parameters of `PixelTree`, and the values that "auto" stands for."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["TRIED", "Settings"]

TRIED: dict[str, tuple[Any, ...]] = {"bits": (1, 2), "cell": (3, 2, 4, 6, 16, 64)}
"""Values that `fit` tries; the first is the default."""


class Settings(NamedTuple):
    """The parameters of `PixelTree`, without "auto"."""

    bits: int
    levels: str
    cell: int
    trees: int
    depth: int
    least: int
    alpha: float
