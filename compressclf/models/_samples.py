"""Samples of documents, for steps that would take too long with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROUNDING", "spread_sample"]

ROUNDING = 1e-4
"""Scores in single precision that differ by less, in bits, count as equal."""


def spread_sample(
    y: NDArray[np.int64], most: int, *, sizes: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return the sorted positions of a sample of documents, spread evenly over the classes.

    Documents ordered by class are taken in the order of the multiples of the golden ratio. A sample
    of any size is then spread evenly, also within a class, so that data sorted by date or source
    keep their mixture. A smaller sample is part of a larger one, so that the samples of different
    models overlap.

    Parameters
    ----------
    y : ndarray of int64, shape (n_docs,)
        The classes.
    most : int
        Documents in the sample, at most; with `sizes`, the most that they may add up to. The
        sample has at least one document if there are any.
    sizes : ndarray of int64, shape (n_docs,), optional
        Size of each document; 1 by default.

    Returns
    -------
    ndarray of int64, shape (n_sample,)

    Examples
    --------
    >>> spread_sample(np.array([0, 1, 0, 1, 0, 1]), 3).tolist()
    [0, 4, 5]
    >>> spread_sample(np.zeros(10, int), 350, sizes=np.full(10, 101)).tolist()
    [0, 2, 5]
    """
    golden = (5**0.5 - 1) / 2
    by_class = np.argsort(y, kind="stable")
    order = by_class[np.argsort(np.arange(len(y)) * golden % 1.0, kind="stable")]
    fits = np.cumsum(np.ones(len(y), np.int64) if sizes is None else sizes[order]) <= most
    return np.sort(order[: max(1, int(fits.sum()))])
