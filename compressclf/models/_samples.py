"""Which documents, and how much of them, stand for all, where all would take too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROUNDING", "cut_text", "spread_sample"]

ROUNDING = 1e-4
"""Bits by which scores differ that are equal but for single precision."""


def spread_sample(
    y: NDArray[np.int64], most: int, *, sizes: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return the positions of documents that are spread evenly over the classes, sorted.

    Documents ordered by class are taken in the order of the golden ratio's multiples: any number
    of them is spread evenly, within a class too, so that data sorted by date or source keep their
    mixture. A smaller sample is a part of a larger one, so that samples of different models meet.

    Parameters
    ----------
    y : ndarray of int64, shape (n_docs,)
        The classes.
    most : int
        Documents at most; if `sizes` are given, what these may add up to. One document is taken
        anyway, if there is one.
    sizes : ndarray of int64, shape (n_docs,), optional
        What each document takes of `most`; 1 by default.

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


def cut_text(text: bytes, most: int) -> bytes:
    """Return the start of a text, whole characters of UTF-8 if it is that.

    Examples
    --------
    >>> cut_text("né".encode(), 2), cut_text(b"abc", 2)
    (b'n', b'ab')
    """
    if len(text) <= most:
        return text
    end = most
    while end > max(0, most - 3) and text[end] & 0xC0 == 0x80:
        end -= 1
    return text[:end]
