"""Read training documents on the workers of a Dask cluster.

Workers read batches of documents (map): each returns the different features of its batch, in order
of first occurrence, and for each document which of them it has and how often. These are integers.
Here the features of the batches are added to the tables (reduce), in the order of the batches. The
rows are then in order of first occurrence in all documents, as in `table`, so the fitted model is
the same bit for bit.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.cluster import Shared
from compressclf._lib.executor import in_threads, run_tiles
from compressclf.distances.tiles import Batch, batches_of
from compressclf.models.blocks.counts import Postings, Rows, postings_of
from compressclf.models.blocks.table import SHARDS, Table, add_features, features_in, new_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["read_on_cluster"]

BATCH_BYTES = 250_000


class Mapped(NamedTuple):
    """The features of one shard in a batch of documents."""

    hashes: NDArray[np.uint64]
    """The hash of each feature, in order of first occurrence."""
    kinds: NDArray[np.int8]
    rows: Rows
    """The features of each document, as positions in `hashes`."""


def read_on_cluster(
    docs: Corpus, lengths: NDArray[np.int64], words: int, *, n_jobs: int | None = None
) -> list[tuple[NDArray[np.uint64], NDArray[np.int8], Postings]]:
    """Return what `read_documents` returns, by joblib's Dask backend, which must be active."""
    tables = [new_table() for _ in range(SHARDS)]
    rows: list[list[Rows]] = [[] for _ in range(SHARDS)]
    batches = batches_of(docs, tile_bytes=BATCH_BYTES)
    waiting: dict[int, list[Mapped]] = {}
    end = 0

    def add(shard: int) -> None:
        hashes, kinds, own = found[shard]
        *table, places = add_features(hashes, kinds, *tables[shard])
        tables[shard] = Table(*table)
        rows[shard].append(own._replace(rows=places[own.rows]))

    def turn(shard: int) -> tuple[NDArray[np.uint64], NDArray[np.int8], Postings]:
        _, hashes, kinds, n = tables[shard]
        return hashes[:n].copy(), kinds[:n].copy(), postings_of(rows[shard], n)

    for batch, mapped in run_tiles(_map, batches, given=_given, shared=Shared(lengths, words)):
        waiting[batch.rows.start] = mapped
        while end in waiting:  # they come in any order
            found = waiting.pop(end)
            in_threads(add, range(SHARDS), n_jobs)
            end += len(found[0].rows.starts) - 1
    return in_threads(turn, range(SHARDS), n_jobs)


def _given(
    batch: Batch, lengths: NDArray[np.int64], words: int
) -> tuple[Corpus, NDArray[np.int64], int]:
    return batch.docs, lengths, words


def _map(docs: Corpus, lengths: NDArray[np.int64], words: int) -> list[Mapped]:
    starts, hashes, kinds, times = features_in(docs, lengths, words)
    mapped = []
    for shard in range(SHARDS):
        ours = slice(starts[shard, 0], starts[shard, -1])
        different, first, inverse = np.unique(hashes[ours], return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        rows = Rows(starts[shard] - ours.start, place[inverse], times[ours].copy())
        mapped.append(Mapped(different[order], kinds[ours][first[order]], rows))
    return mapped
