"""Divide a matrix of pairs into tiles of about equal cost.

The cost of a pair is the number of bytes to code, so a tile of long documents has fewer pairs. A
tile is small enough to show progress, to react to an interrupt and to fit into a processor's cache,
and large enough that the cost of starting it does not matter.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Batch", "Tile", "batches_of", "plan_tiles", "split_by_cost"]

TILE_BYTES = 2_000_000
LONG = 32  # a document of more than 1/32 of a tile is long, and is read once for many pairs
PAIR_BYTES = 64  # fixed cost of a pair, as a number of bytes


@dataclass(frozen=True)
class Tile:
    """A block of rows and columns of the matrix, and its cost in bytes to code."""

    rows: slice
    columns: slice
    cost: int


@dataclass(frozen=True)
class Batch:
    """Consecutive documents, and their cost in bytes to code."""

    rows: slice
    docs: Corpus
    cost: int


def batches_of(docs: Corpus, *, tile_bytes: int | None = None) -> list[Batch]:
    """Divide documents into batches of about equal cost.

    Parameters
    ----------
    docs : Corpus
        The documents.
    tile_bytes : int, optional
        Target cost of a batch; by default that of a tile.

    Returns
    -------
    list of Batch

    Examples
    --------
    >>> docs = Corpus.from_documents(["to be", "or not", "to be"])
    >>> [batch.rows for batch in batches_of(docs, tile_bytes=150)]
    [slice(0, 2, None), slice(2, 3, None)]
    """
    costs = docs.lengths + PAIR_BYTES
    return [
        Batch(rows, docs[rows], int(costs[rows].sum()))
        for rows in split_by_cost(costs, tile_bytes or TILE_BYTES)
    ]


def plan_tiles(
    row_lengths: NDArray[np.int64],
    column_lengths: NDArray[np.int64],
    *,
    tall: bool = False,
    upper: bool = False,
    shared: bool = False,
    square: bool = False,
    tile_bytes: int = TILE_BYTES,
) -> list[Tile]:
    """Divide all pairs of rows and columns into tiles.

    Parameters
    ----------
    row_lengths, column_lengths : ndarray of int64
        Lengths of the documents in bytes.
    tall : bool
        Prefer many rows to many columns. Use it if the column's document is coded first, because an
        engine prepares each first document once per tile.
    upper : bool
        Leave out columns left of a tile's first row, which a symmetric matrix does not need.
    shared : bool
        Keep the pairs of a long first document together. Use it if the first document is read once
        per tile, not once per pair.
    square : bool
        Prefer about as many rows as columns. Use it if both documents of a pair are coded first.
    tile_bytes : int
        Target cost of a tile; a single pair may cost more.

    Returns
    -------
    list of Tile
        In row-major order; together they hold every pair once (with `upper`, every pair on or
        above the diagonal).

    Examples
    --------
    >>> lengths = np.array([500, 500, 1000])
    >>> for tile in plan_tiles(lengths[:1], lengths, tile_bytes=2500):
    ...     print(tile)
    Tile(rows=slice(0, 1, None), columns=slice(0, 2, None), cost=2128)
    Tile(rows=slice(0, 1, None), columns=slice(2, 3, None), cost=1564)
    """
    if tall:
        turned = plan_tiles(
            column_lengths, row_lengths, shared=shared, square=square, tile_bytes=tile_bytes
        )
        tiles = [Tile(tile.columns, tile.rows, tile.cost) for tile in turned]
    else:
        is_long = row_lengths > tile_bytes // LONG
        long = np.flatnonzero(is_long).tolist() if shared else []
        tiles = []
        for row in long:
            tiles += _long_row(row, int(row_lengths[row]), column_lengths, tile_bytes)
        for begin, end in itertools.pairwise([-1, *long, len(row_lengths)]):
            between = row_lengths[begin + 1 : end]
            tiles += _wide_tiles(between, column_lengths, tile_bytes, begin + 1, square)
    if upper:
        tiles = [
            _above_diagonal(tile, row_lengths, column_lengths)
            for tile in tiles
            if tile.columns.stop > tile.rows.start
        ]
    return sorted(tiles, key=lambda tile: (tile.rows.start, tile.columns.start))


def _long_row(
    row: int, length: int, column_lengths: NDArray[np.int64], tile_bytes: int
) -> Iterator[Tile]:
    """Divide the columns of a long row into tiles.

    The columns of a tile cost as much as the row or `tile_bytes`, whichever is more.
    """
    costs = column_lengths + PAIR_BYTES
    for columns in split_by_cost(costs, max(length, tile_bytes)):
        yield Tile(slice(row, row + 1), columns, length + int(costs[columns].sum()))


def _wide_tiles(
    row_lengths: NDArray[np.int64],
    column_lengths: NDArray[np.int64],
    tile_bytes: int,
    first: int,
    square: bool,
) -> Iterator[Tile]:
    """Give rows of typical length as many columns as fit into a tile, and longer rows fewer.

    `first` is the index of the first row. A square tile has the square root of that many.
    """
    typical_row = int(row_lengths.mean()) if row_lengths.size else 0
    typical = column_lengths + typical_row + PAIR_BYTES
    most = int((tile_bytes * typical.mean()) ** 0.5) if square and typical.size else tile_bytes
    for block in split_by_cost(typical, min(most, tile_bytes)):
        costs = _row_costs(row_lengths, column_lengths[block])
        for run in split_by_cost(costs, tile_bytes):
            cost, rows = int(costs[run].sum()), slice(first + run.start, first + run.stop)
            if cost <= tile_bytes:
                yield Tile(rows, block, cost)
                continue
            pair_costs = column_lengths[block] + int(row_lengths[run.start]) + PAIR_BYTES
            for part in split_by_cost(pair_costs, tile_bytes):
                columns = slice(block.start + part.start, block.start + part.stop)
                yield Tile(rows, columns, int(pair_costs[part].sum()))


def split_by_cost(costs: NDArray[np.int64], budget: int) -> list[slice]:
    """Divide a sequence into runs of at least one item that cost at most `budget` each.

    Examples
    --------
    >>> split_by_cost(np.array([3, 3, 9, 1]), 6)
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    ends = np.cumsum(costs)
    runs = []
    start = 0
    while start < len(costs):
        spent = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, spent + budget, side="right")))
        runs.append(slice(start, stop))
        start = stop
    return runs


def _row_costs(
    row_lengths: NDArray[np.int64], column_lengths: NDArray[np.int64]
) -> NDArray[np.int64]:
    return len(column_lengths) * (row_lengths + PAIR_BYTES) + int(column_lengths.sum())


def _above_diagonal(
    tile: Tile, row_lengths: NDArray[np.int64], column_lengths: NDArray[np.int64]
) -> Tile:
    columns = slice(max(tile.rows.start, tile.columns.start), tile.columns.stop)
    costs = _row_costs(row_lengths[tile.rows], column_lengths[columns])
    return Tile(tile.rows, columns, int(costs.sum()))
