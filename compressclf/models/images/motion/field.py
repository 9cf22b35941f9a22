"""The motion field of one pair of images: vector and cost of each pixel.

`compressclf.models.images.motion.cost` computes only the sum of the costs, and is faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["motion_field"]


def motion_field(
    features: NDArray[np.int8], reference: NDArray[np.int8], *, reach: int, price: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return cost and vector of each pixel of an image given another one.

    Parameters
    ----------
    features, reference : ndarray of int8, shape (channels, height, width)
        As `pixel_features` returns them.
    reach, price : int
        As in `motion_costs`, whose result for this pair is the sum of the costs.

    Returns
    -------
    costs : ndarray of int64, shape (height, width)
        The smallest cost of a window.
    vectors : ndarray of int64, shape (height, width, 2)
        Offset, down and to the right, of the window that fits best; of equally good vectors
        the shortest.

    Examples
    --------
    >>> bars = np.zeros((2, 1, 3, 4), np.int8)
    >>> bars[0, 0, :, 1] = bars[1, 0, :, 2] = 10
    >>> costs, vectors = motion_field(*bars, reach=1)
    >>> costs.sum(), vectors[1].tolist()
    (np.int64(0), [[0, 1], [0, 1], [0, 1], [0, 1]])
    """
    _, height, width = features.shape
    x = np.pad(features, ((0, 0), (1, 1), (1, 1)), mode="edge").astype(np.int64)
    around = 1 + reach
    y = np.pad(reference, ((0, 0), (around, around), (around, around)), mode="edge")
    reaches = range(-reach, reach + 1)
    shifts = sorted(
        ((down, right) for down in reaches for right in reaches),
        key=lambda shift: shift[0] ** 2 + shift[1] ** 2,
    )
    costs = np.full((height, width), np.iinfo(np.int64).max)
    vectors = np.zeros((height, width, 2), np.int64)
    for down, right in shifts:
        top, left = reach + down, reach + right
        squares = (x - y[:, top : top + height + 2, left : left + width + 2]) ** 2
        residuals = squares.sum(axis=0)
        columns = residuals[:-2] + residuals[1:-1] + residuals[2:]
        windows = columns[:, :-2] + columns[:, 1:-1] + columns[:, 2:]
        windows += price * (abs(down) + abs(right))
        better = windows < costs
        costs[better], vectors[better] = windows[better], (down, right)
    return costs, vectors
