"""Quantisers: grey values to a few levels, and levels back to a grey value each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.documents.pixels import uniform_thresholds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Quantiser", "learnt_thresholds", "quantiser_of"]

GREYS = 256
ROUNDS = 100


class Quantiser:
    """A map from grey values to levels, and back.

    Parameters
    ----------
    thresholds : array_like of int
        Sorted, in [1, 255]; the level of a pixel is the number of thresholds up to its value.
    greys : array_like of uint8, optional
        The grey value of each level; the middle of its range by default.
    top : int, default=255
        The end of the range of the last level.

    Examples
    --------
    >>> two = Quantiser([100])
    >>> two.levels(np.array([0, 99, 100, 255], np.uint8)).tolist(), two.greys.tolist()
    ([0, 0, 1, 1], [49, 177])
    """

    def __init__(
        self, thresholds: ArrayLike, greys: ArrayLike | None = None, *, top: int = GREYS - 1
    ) -> None:
        self.thresholds = np.asarray(thresholds, np.uint8)
        self._of = np.searchsorted(self.thresholds, np.arange(GREYS), side="right").astype(np.uint8)
        if greys is None:
            last = max(top, int(self.thresholds[-1]))
            ends = np.concatenate([[0], self.thresholds.astype(int), [last + 1]])
            greys = (ends[:-1] + ends[1:] - 1) // 2
        self.greys = np.asarray(greys).astype(np.uint8)

    def levels(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the level of each pixel."""
        levels: NDArray[np.uint8] = self._of[pixels]
        return levels

    def restored(self, levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the grey value of each level."""
        pixels: NDArray[np.uint8] = self.greys[levels]
        return pixels


def quantiser_of(stack: NDArray[np.uint8], bits: int, *, learnt: bool) -> Quantiser:
    """Return a quantiser to 2**bits levels for these training images.

    Parameters
    ----------
    stack : ndarray of uint8
        All pixels, of any shape.
    bits : int
        Bits of a level, 1 to 8.
    learnt : bool
        Whether `learnt_thresholds` are taken; else the ranges are of equal width.

    Examples
    --------
    >>> quantiser_of(np.array([0, 16], np.uint8), 2, learnt=False).thresholds.tolist()
    [5, 9, 13]
    """
    if learnt:
        return Quantiser(*learnt_thresholds(np.bincount(stack.ravel(), minlength=GREYS), bits))
    top = int(stack.max())
    own = 1 << bits > top  # every value has its own level
    return Quantiser(
        np.arange(1, 1 << bits) if own else uniform_thresholds(1 << bits, top), top=top
    )


def learnt_thresholds(
    histogram: NDArray[np.int64], bits: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return thresholds and greys with a small squared error, by the algorithm of Lloyd and Max.

    In turn, each value gets the level with the nearest grey, and each grey becomes the mean of the
    values of its level. The start is levels of about equal width. With at least as many levels as
    values, every value has its own level.

    Parameters
    ----------
    histogram : ndarray of int64, shape (256,)
        Number of pixels of each value.
    bits : int
        Bits of a level, 1 to 8.

    Returns
    -------
    thresholds : ndarray of uint8, shape (2**bits - 1,)
    greys : ndarray of uint8, shape (2**bits,)

    Examples
    --------
    >>> thresholds, greys = learnt_thresholds(np.bincount([0, 0, 10, 200, 255], minlength=256), 1)
    >>> thresholds.tolist(), greys.tolist()
    ([116], [3, 228])
    """
    used = np.flatnonzero(histogram)
    top, n_levels = int(used[-1]) if len(used) else 0, 1 << bits
    steps = np.arange(1, n_levels)
    if n_levels > top:
        return steps.astype(np.uint8), np.arange(n_levels).astype(np.uint8)
    thresholds = (steps * (top + 1) // n_levels).astype(np.uint8)
    values = np.arange(GREYS)
    greys = np.zeros(n_levels, np.int64)
    for _ in range(ROUNDS):
        level = np.searchsorted(thresholds, values, side="right")
        mass = np.bincount(level, histogram, len(greys))
        ends = np.concatenate([[0], thresholds.astype(int), [top + 1]])
        middle = (ends[:-1] + ends[1:]) // 2
        means = np.bincount(level, histogram * values, len(greys)) / np.maximum(mass, 1)
        greys = np.where(mass > 0, np.floor(means + 0.5), middle).astype(np.int64)
        moved = (greys[:-1] + greys[1:] + 1) // 2
        moved = np.maximum.accumulate(moved - np.arange(len(moved))) + np.arange(len(moved))
        moved = np.clip(moved, 1 + np.arange(len(moved)), 255 - np.arange(len(moved))[::-1])
        if np.array_equal(moved, thresholds):
            break
        thresholds = moved.astype(np.uint8)
    ends = np.concatenate([[0], thresholds.astype(int), [GREYS]])
    return thresholds, np.clip(greys, ends[:-1], ends[1:] - 1).astype(np.uint8)
