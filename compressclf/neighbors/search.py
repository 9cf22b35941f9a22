"""The nearest training documents and their vote, without ever holding the whole matrix.

Each tile of distances is reduced to its k nearest and discarded; merging the k nearest of two tiles
gives the k nearest of both. Equal distances are ordered by a *rank* of the training documents, by
default their position, so results do not depend on tiles or threads.

The vote never sees the labels of the queries. In the numbers published for gzip kNN it did: with
k=2 and two different labels, either label counted as correct, which is top-2 accuracy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import Shared, run_tiles
from compressclf._lib.registry import Registry
from compressclf.distances import Coded, Measure
from compressclf.distances.tiles import Tile

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client
    from numpy.typing import NDArray

    from compressclf.neighbors.candidates import NgramCandidates

__all__ = ["CANDIDATES", "TIE_RULES", "WEIGHTS", "Neighbors", "Votes", "k_nearest", "vote"]

TIE_RULES = ("nearest", "random", "smallest")
WEIGHTS = ("uniform", "distance")
CANDIDATES = Registry(
    "candidates",
    {"ngrams": "compressclf.neighbors.candidates:NgramCandidates"},
    group="compressclf.candidates",
)


class Neighbors(NamedTuple):
    """The nearest training documents of each query, the nearest first."""

    distances: NDArray[np.float64]
    indices: NDArray[np.int64]


class Votes(NamedTuple):
    """The result of the vote for each query."""

    winners: NDArray[np.int64]
    """Predicted class index of each query, shape (n_queries,)."""
    shares: NDArray[np.float64]
    """Share of each class in the vote, shape (n_queries, n_classes)."""
    tied: NDArray[np.bool_]
    """Whether the tie rule decided, shape (n_queries,)."""


def k_nearest(
    measure: Measure,
    queries: Coded,
    training: Coded,
    k: int,
    *,
    rank: NDArray[np.int64] | None = None,
    skip_self: bool = False,
    candidates: NgramCandidates | None = None,
    n_jobs: int | None = None,
    executor: Executor | Client | None = None,
) -> Neighbors:
    """Find the k nearest training documents of each query.

    Parameters
    ----------
    measure : Measure
        How distances are computed; the query is x, the training document y.
    queries, training : Coded
        From `Measure.code`.
    k : int
        Number of neighbours, at most the number of training documents.
    rank : ndarray of int64, shape (n_training,), optional
        Of two training documents at equal distance, the one with the smaller rank is nearer.
    skip_self : bool
        Query i is training document i, and is excluded from its own neighbours.
    candidates : NgramCandidates, optional
        Compare a query only with the training documents that these propose. The result is then
        approximate.
    n_jobs : int or None
        Number of threads.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Computes the distances instead of threads.

    Returns
    -------
    Neighbors
        Distances (float64) and indices (int64), each of shape (n_queries, k).

    Examples
    --------
    >>> from compressclf.distances import Measure
    >>> from compressclf import Corpus
    >>> measure = Measure.of(metric="ncd", compressor="gzip")
    >>> training = measure.code(Corpus.from_documents(["to be or not to be", "shares fell"]))
    >>> queries = measure.code(Corpus.from_documents(["not to be"]))
    >>> k_nearest(measure, queries, training, 1).indices.tolist()
    [[0]]
    """
    if rank is None:
        rank = np.arange(len(training.docs), dtype=np.int64)
    search = _Search(measure, k, rank, skip_self)
    best = search.nothing(len(queries.docs))
    function: Callable[..., Neighbors]
    given: Callable[..., tuple[object, ...]]
    if candidates is None:
        tiles, function, given = measure.plan(queries, training), _Search.among_all, _parts
    else:
        tiles, function = candidates.plan(queries.docs.lengths), _Search.among_candidates
        given = _rows
    for tile, part in run_tiles(
        function,
        tiles,
        given=given,
        shared=Shared(search, queries, training, candidates),
        n_jobs=n_jobs,
        executor=executor,
    ):
        search.keep(Neighbors(best.distances[tile.rows], best.indices[tile.rows]), *part)
    return best


def _parts(
    tile: Tile, search: _Search, queries: Coded, training: Coded, candidates: None
) -> tuple[object, ...]:
    return search, tile, queries.part(tile.rows), training.part(tile.columns)


def _rows(
    tile: Tile, search: _Search, queries: Coded, training: Coded, candidates: NgramCandidates
) -> tuple[object, ...]:
    return search, tile, queries.part(tile.rows), training, candidates


@dataclass(frozen=True)
class _Search:
    measure: Measure
    k: int
    rank: NDArray[np.int64]
    skip_self: bool

    def nothing(self, n_queries: int) -> Neighbors:
        shape = (n_queries, self.k)
        return Neighbors(np.full(shape, np.inf), np.full(shape, -1, dtype=np.int64))

    def keep(
        self, best: Neighbors, distances: NDArray[np.float64], indices: NDArray[np.int64]
    ) -> None:
        """Replace neighbours in `best` by nearer ones."""
        from compressclf._lib.jit import read_only  # here, since importing numba takes a while
        from compressclf.neighbors.topk import keep_nearest

        keep_nearest(*best, np.ascontiguousarray(distances), indices, read_only(self.rank))

    def among_all(self, tile: Tile, queries: Coded, training: Coded) -> Neighbors:
        """Return the nearest of the tile's training documents for each of its queries."""
        best = self.nothing(len(queries.docs))
        columns = np.arange(tile.columns.start, tile.columns.stop, dtype=np.int64)
        distances = self.measure.distances(queries, training)
        self.keep(best, self._but_self(distances, tile.rows, columns), columns[None, :])
        return best

    def among_candidates(
        self, tile: Tile, queries: Coded, training: Coded, candidates: NgramCandidates
    ) -> Neighbors:
        """Return the nearest of the candidates for each query of a tile."""
        best = self.nothing(len(queries.docs))
        for i in range(len(queries.docs)):
            query, row = queries.part(slice(i, i + 1)), tile.rows.start + i
            columns = candidates.propose(query.docs, query.bits[0], self.k + self.skip_self)
            proposed = Coded(training.docs.take(columns), training.bits[columns])
            distances = self._but_self(
                self.measure.distances(query, proposed), slice(row, row + 1), columns
            )
            place = Neighbors(best.distances[i : i + 1], best.indices[i : i + 1])
            self.keep(place, distances, columns[None, :])
        return best

    def _but_self(
        self, distances: NDArray[np.float64], rows: slice, columns: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        if self.skip_self:
            distances[np.arange(rows.start, rows.stop)[:, None] == columns] = np.nan  # never kept
        return distances


def vote(
    neighbors: Neighbors,
    labels: NDArray[np.int64],
    n_classes: int,
    *,
    weights: str = "uniform",
    ties: str = "nearest",
    draw: Callable[[int, int], int] | None = None,
) -> Votes:
    """Let the neighbours vote.

    Parameters
    ----------
    neighbors : Neighbors
        From `k_nearest`.
    labels : ndarray of int64, shape (n_training,)
        Class index of each training document.
    n_classes : int
        Number of classes.
    weights : {"uniform", "distance"}
        Each neighbour has one vote, or the weight 1 / distance (neighbours at distance 0 or less
        outvote all others).
    ties : {"nearest", "random", "smallest"}
        Which of the classes with the most votes wins: the class of the nearest neighbour among
        them, one drawn at random, or the one with the smallest index.
    draw : callable, for ``ties="random"``
        ``draw(query, n)`` returns an int below n.

    Returns
    -------
    Votes
        The shares of a query sum to 1, and the winner has the largest: if the tie rule decided, its
        share is raised by the smallest possible step.

    Examples
    --------
    >>> neighbors = Neighbors(np.array([[0.3, 0.4]]), np.array([[1, 0]]))
    >>> vote(neighbors, np.array([0, 1]), 2).winners, vote(
    ...     neighbors, np.array([0, 1]), 2, ties="smallest").winners
    (array([1]), array([0]))
    """
    votes = labels[neighbors.indices]
    worth = np.ones_like(neighbors.distances)
    if weights == "distance":
        exact = neighbors.distances <= 0
        worth = 1.0 / np.where(exact, 1.0, neighbors.distances)
        worth[exact.any(axis=1)] = exact[exact.any(axis=1)]
        worth[worth.sum(axis=1) == 0] = 1.0  # all distances are infinite
    counts = np.zeros((len(votes), n_classes))
    np.add.at(counts, (np.arange(len(votes))[:, None], votes), worth)
    shares = counts / counts.sum(axis=1, keepdims=True)

    top = shares.max(axis=1, keepdims=True)
    leads = np.isclose(shares, top, rtol=1e-12, atol=0.0)
    tied = leads.sum(axis=1) > 1
    if ties == "smallest":
        winners = leads.argmax(axis=1)
    elif ties == "nearest":
        leading = np.take_along_axis(leads, votes, axis=1)
        winners = np.take_along_axis(votes, leading.argmax(axis=1)[:, None], axis=1)[:, 0]
    else:
        assert draw is not None
        winners = leads.argmax(axis=1)
        for query in np.flatnonzero(tied):
            classes = np.flatnonzero(leads[query])
            winners[query] = classes[draw(int(query), len(classes))]
    shares[tied, winners[tied]] = np.nextafter(top[tied, 0], 2.0)
    return Votes(winners.astype(np.int64), shares, tied)
