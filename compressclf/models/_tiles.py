"""Documents by classes, in threads: what models share whose classes are coded one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from compressclf._threads import run_tiles
from compressclf.distances.tiles import PAIR_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SEPARATOR", "bits_by_class", "class_text"]

SEPARATOR = b"\n"


def bits_by_class(
    docs: Corpus,
    costs: NDArray[np.int64],
    bits_of: Callable[[int, Corpus], NDArray[np.float64]],
    *,
    tile_bytes: int,
    n_jobs: int | None = None,
) -> NDArray[np.float64]:
    """Return the bits of each document under each class, shape (n_docs, n_classes).

    Parameters
    ----------
    docs : Corpus
        The documents.
    costs : ndarray of int64, shape (n_classes,)
        How many times a class codes a document.
    bits_of : callable
        ``bits_of(class, docs)`` returns the bits of some documents, shape (n,); it is called from
        several threads at once.
    tile_bytes : int
        How many bytes of documents one call gets, about.
    n_jobs : int or None
        Number of threads, by joblib's rules.

    Examples
    --------
    >>> docs = Corpus.from_documents(["a", "bcd"])
    >>> bits_by_class(docs, np.ones(2, int), lambda c, some: 8.0 * some.lengths + c, tile_bytes=1)
    array([[ 8.,  9.],
           [24., 25.]])
    """
    bits = np.empty((len(docs), len(costs)))
    lengths = docs.lengths + PAIR_BYTES
    tiles = [
        Tile(rows, slice(index, index + 1), int(cost * lengths[rows].sum()))
        for rows in split_by_cost(lengths, tile_bytes)
        for index, cost in enumerate(costs)
    ]

    def code(tile: Tile) -> NDArray[np.float64]:
        return bits_of(tile.columns.start, docs[tile.rows])

    for tile, column in run_tiles(code, tiles, n_jobs=n_jobs):
        bits[tile.rows, tile.columns.start] = column
    return bits


def class_text(docs: Corpus) -> bytes:
    r"""Return the documents as one text, a newline after each.

    Examples
    --------
    >>> class_text(Corpus.from_documents(["a", "b"]))
    b'a\nb\n'
    """
    return b"".join(part for doc in docs for part in (doc, SEPARATOR))
