"""Grey levels to fewer, and back to the grey level that stands for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Quantiser", "learnt_thresholds", "uniform_thresholds"]

GREYS = 256
ROUNDS = 100


class Quantiser:
    """A level for every grey value, a grey value for every level.

    Parameters
    ----------
    thresholds : array_like of int
        Sorted, in [1, 255]; a pixel's level is how many of them it reaches.
    greys : array_like of uint8, optional
        What stands for each level; the middle of its range by default.
    most : int, default=255
        Where the range of the last level ends, for its middle.

    Examples
    --------
    >>> two = Quantiser([100])
    >>> two.levels(np.array([0, 99, 100, 255], np.uint8)).tolist(), two.greys.tolist()
    ([0, 0, 1, 1], [49, 177])
    """

    def __init__(
        self, thresholds: ArrayLike, greys: ArrayLike | None = None, *, most: int = GREYS - 1
    ) -> None:
        self.thresholds = np.asarray(thresholds, np.uint8)
        self._of = np.searchsorted(self.thresholds, np.arange(GREYS), side="right").astype(np.uint8)
        if greys is None:
            last = max(most, int(self.thresholds[-1]))
            ends = np.concatenate([[0], self.thresholds.astype(int), [last + 1]])
            greys = (ends[:-1] + ends[1:] - 1) // 2
        self.greys = np.asarray(greys).astype(np.uint8)

    def levels(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the level of each pixel."""
        levels: NDArray[np.uint8] = self._of[pixels]
        return levels

    def restored(self, levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the grey value that stands for each level."""
        pixels: NDArray[np.uint8] = self.greys[levels]
        return pixels


def uniform_thresholds(most: int, bits: int) -> NDArray[np.uint8]:
    """Return thresholds that cut [0, most] into 2**bits levels of equal width.

    If there are as many levels as values, each value is one, and nothing is lost.

    Examples
    --------
    >>> uniform_thresholds(255, 2).tolist(), uniform_thresholds(3, 2).tolist()
    ([64, 128, 192], [1, 2, 3])
    """
    n_levels = 1 << bits
    steps = np.arange(1, n_levels)
    if n_levels > most:
        return steps.astype(np.uint8)
    return (steps * (most + 1) // n_levels).astype(np.uint8)


def learnt_thresholds(
    histogram: NDArray[np.int64], bits: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return thresholds and greys with a small squared error, by Lloyd's and Max's rounds.

    Each level is the values nearest to its grey, each grey the mean of its level's values. It
    starts from levels of equal width, and stays there if there are as many levels as values.

    Examples
    --------
    >>> thresholds, greys = learnt_thresholds(np.bincount([0, 0, 10, 200, 255], minlength=256), 1)
    >>> thresholds.tolist(), greys.tolist()
    ([116], [3, 228])
    """
    used = np.flatnonzero(histogram)
    most = int(used[-1]) if len(used) else 0
    thresholds = uniform_thresholds(most, bits)
    if 1 << bits > most:
        return thresholds, np.arange(1 << bits).astype(np.uint8)
    values = np.arange(GREYS)
    greys = np.zeros(1 << bits, np.int64)
    for _ in range(ROUNDS):
        level = np.searchsorted(thresholds, values, side="right")
        mass = np.bincount(level, histogram, len(greys))
        ends = np.concatenate([[0], thresholds.astype(int), [most + 1]])
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
