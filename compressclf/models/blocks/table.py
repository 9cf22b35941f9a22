"""A table of the features of training documents, and the documents that have them.

The table is split into `SHARDS` by the top bits of the hash. Documents are read in batches: threads
first read documents and sort their features by shard; then each thread adds the features of one
shard to its table. So threads need no locks. Results depend neither on their number nor on the
batches, since the rows of a shard are in order of first occurrence in the documents.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf._lib.jit import read_only
from compressclf.models.blocks.counts import Postings, Rows, postings_of
from compressclf.models.blocks.distinct import (
    distinct_features,
    most_at_once,
    nothing,
    roomy,
    scratch,
)
from compressclf.models.blocks.features import kernel
from compressclf.models.blocks.slots import (
    AHEAD,
    counted_on,
    find_rows,
    place_of,
    row_in,
    slot_for,
    slots_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = [
    "SHARDS",
    "Table",
    "add_features",
    "features_in",
    "in_shards",
    "new_table",
    "read_documents",
]

SHARDS = 4
_SHIFT = np.uint64(62)
PART = 1 << 15
"""Bytes of documents per task of a thread."""
BATCH = 32
"""Parts that are read before their features are added to the tables."""


class Table(NamedTuple):
    """One shard of the table; the arrays can be longer than the part in use."""

    slots: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    """The hash of each row."""
    kinds: NDArray[np.int8]
    """The kind of each row."""
    n_rows: int


def read_documents(
    docs: Corpus, lengths: NDArray[np.int64], words: int, *, n_jobs: int | None = None
) -> list[tuple[NDArray[np.uint64], NDArray[np.int8], Postings]]:
    """Return hash, kind and documents of the rows of each shard."""

    def add(found: list[tuple[NDArray[Any], ...]], shard: int) -> None:
        for starts, hashes, kinds, times in found:
            ours = slice(starts[shard, 0], starts[shard, -1])
            *table, added = add_features(hashes[ours], kinds[ours], *tables[shard])
            tables[shard] = Table(*table)
            rows[shard].append(Rows(starts[shard] - ours.start, added, times[ours]))

    def turn(shard: int) -> tuple[NDArray[np.uint64], NDArray[np.int8], Postings]:
        _, hashes, kinds, n = tables[shard]
        return hashes[:n].copy(), kinds[:n].copy(), postings_of(rows[shard], n)

    tables = [new_table() for _ in range(SHARDS)]
    rows: list[list[Rows]] = [[] for _ in range(SHARDS)]
    for found in in_shards(docs, lengths, words, n_jobs=n_jobs):
        in_threads(functools.partial(add, found), range(SHARDS), n_jobs)
    return in_threads(turn, range(SHARDS), n_jobs)


def in_shards(
    docs: Corpus, lengths: NDArray[np.int64], words: int, *, n_jobs: int | None = None
) -> Iterator[list[tuple[NDArray[Any], ...]]]:
    """Yield the features of consecutive parts of the documents, a few parts at a time.

    Each part has starts per shard and document, shape (SHARDS, n_docs + 1), and hash, kind and
    number of the features of all its documents by shard.
    """

    def read(part: slice) -> tuple[NDArray[Any], ...]:
        return features_in(docs[part], lengths, words)

    parts = _parts(docs)
    for first in range(0, len(parts), BATCH):
        yield in_threads(read, parts[first : first + BATCH], n_jobs)


def features_in(docs: Corpus, lengths: NDArray[np.int64], words: int) -> tuple[NDArray[Any], ...]:
    """Return starts per shard and document, and hash, kind and number of all features by shard."""
    most = most_at_once(docs, len(lengths), words)
    return _read(read_only(docs.buffer), read_only(docs.offsets), lengths, words, most)


def new_table() -> Table:
    """Return an empty table."""
    size = 1 << 12
    return Table(np.zeros(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.int8), 0)


def _parts(docs: Corpus) -> list[slice]:
    """Return slices of documents of about `PART` bytes each."""
    number = (docs.offsets[:-1] - docs.offsets[0]) // PART
    ends = [*(np.flatnonzero(np.diff(number)) + 1).tolist(), len(docs)]
    return [slice(*ends) for ends in zip([0, *ends[:-1]], ends, strict=True)]


@kernel
def _read(buffer, offsets, lengths, words, most):
    """Return starts per shard and document, and the features of all documents by shard."""
    n_docs = offsets.size - 1
    work, found, n = scratch(most), nothing(), 0
    starts = np.zeros((SHARDS, n_docs + 1), np.int64)
    for doc in range(n_docs):
        first = n
        n, found = distinct_features(
            buffer, offsets[doc], offsets[doc + 1], lengths, words, work, found, n
        )
        for i in range(first, n):
            starts[found.hashes[i] >> _SHIFT, doc + 1] += 1
    begin = 0
    for shard in range(SHARDS):
        starts[shard, 0] = begin
        for doc in range(n_docs):
            starts[shard, doc + 1] += starts[shard, doc]
        begin = starts[shard, n_docs]
    free = starts[:, 0].copy()
    hashes, kinds, times = np.empty(n, np.uint64), np.empty(n, np.int8), np.empty(n, np.uint8)
    for i in range(n):
        h = found.hashes[i]
        at = free[h >> _SHIFT]
        free[h >> _SHIFT] = at + 1
        hashes[at], kinds[at], times[at] = h, found.kinds[i], found.times[i]
    return starts, hashes, kinds, times


@kernel
def add_features(found, found_kinds, slots, hashes, kinds, n_rows):
    """Return the table with these features added, and their rows."""
    rows = np.empty(found.size, np.int32)
    ahead = np.empty(AHEAD, np.int64)
    for first in range(0, found.size, AHEAD):
        last = min(first + AHEAD, found.size)
        most = counted_on(n_rows + last - first - 1)
        hashes, kinds = roomy(hashes, most), roomy(kinds, most)
        if 5 * most > 3 * slots.size:
            slots = slots_of(hashes[:n_rows], 2 * most)
        find_rows(slots, found, first, last, ahead)
        for i in range(first, last):
            row = ahead[i - first]
            if row < 0:
                place = place_of(slots, found[i])
                row = row_in(slots[place])
                if row < 0:  # not added in this batch either
                    row = n_rows
                    hashes[row], kinds[row] = found[i], found_kinds[i]
                    slots[place] = slot_for(found[i], row)
                    n_rows += 1
            rows[i] = row
    return slots, hashes, kinds, n_rows, rows
