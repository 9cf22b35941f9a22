"""Which training images may be references: the nearest ones of each class, by squared distance.

Distances are computed in whole numbers, all below 2**24, which a product of float32 matrices gets
right whatever the order of its additions: the same image has the same candidates in any company.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["nearest", "views"]

LARGE = 16  # pixels: images at least that wide and high are compared at half their size or less
EXACT = 1 << 24


def views(stack: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images as rows of whole numbers, large ones at half their size or less.

    Examples
    --------
    >>> views(np.full((3, 28, 28, 1), 8, np.uint8)).shape, views(np.zeros((2, 8, 8, 3))).shape
    ((3, 196), (2, 192))
    """
    n, height, width, channels = stack.shape
    by = 2 if min(height, width) >= LARGE else 1
    while (height // by) * (width // by) * channels * 63**2 >= EXACT:
        by += 1
    high, wide = height // by, width // by
    stack = stack[:, : high * by, : wide * by]
    if by > 1:
        parts = stack.reshape(n, high, by, wide, by, channels)
        stack = parts.sum(axis=(2, 4), dtype=np.int32) // by**2
    if stack[0].size * 255**2 >= EXACT:
        stack = stack // 4
    return stack.reshape(n, -1).astype(np.float32)


def nearest(rows: NDArray[np.float32], others: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the k nearest of `others` to each row, sorted by number, shape (n, k).

    All of them if there are fewer.

    Examples
    --------
    >>> nearest(np.array([[2.0]], np.float32), np.array([[9], [1], [4]], np.float32), 2).tolist()
    [[1, 2]]
    """
    if k >= len(others):
        return np.tile(np.arange(len(others)), (len(rows), 1))
    apart = (others**2).sum(axis=1).astype(np.int32) - 2 * (rows @ others.T).astype(np.int32)
    found = np.argpartition(apart, k - 1, axis=1)[:, :k]
    return np.sort(found, axis=1).astype(np.int64)
