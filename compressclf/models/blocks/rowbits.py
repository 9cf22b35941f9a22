"""Sparse bits per row and class: the corrections of features, or their counted evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Correction", "joined", "no_correction"]


class Correction(NamedTuple):
    """Sparse corrections of the rows of a shard, in bits.

    The entries of row r are at [starts[r], starts[r + 1]).
    """

    starts: NDArray[np.int64]
    classes: NDArray[np.int32]
    bits: NDArray[np.float32]

    def take(self, rows: NDArray[np.int64]) -> Correction:
        """Return the corrections of some rows; rows beyond the last have no corrections."""
        n_rows = len(self.starts) - 1
        begins = self.starts[np.minimum(rows, n_rows)]
        sizes = self.starts[np.minimum(rows + 1, n_rows)] - begins
        starts = np.concatenate([[0], np.cumsum(sizes)])
        entries = np.repeat(begins - starts[:-1], sizes) + np.arange(starts[-1])
        return Correction(starts, self.classes[entries], self.bits[entries])

    def dense(self, rows: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
        """Return the bits of some rows, shape (len(rows), n_classes)."""
        taken = self.take(rows)
        bits = np.zeros((len(rows), n_classes))
        bits[np.repeat(np.arange(len(rows)), np.diff(taken.starts)), taken.classes] = taken.bits
        return bits


def no_correction(n_rows: int) -> Correction:
    """Return a correction that changes nothing."""
    return Correction(
        np.zeros(n_rows + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    )


def joined(corrections: list[Correction]) -> Correction:
    """Return the corrections of all shards in one table."""
    sizes = np.concatenate([np.diff(shard.starts) for shard in corrections])
    return Correction(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([shard.classes for shard in corrections]),
        np.concatenate([shard.bits for shard in corrections]),
    )
