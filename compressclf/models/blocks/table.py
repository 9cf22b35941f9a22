"""Features to rows: a hash table that grows, and documents as rows with term frequencies.

The table is split into `SHARDS` by the top bits of the hash. Every shard reads all documents and
keeps what is its own, so that threads need no locks and results do not depend on their number.

A slot holds the upper half of a hash and the row; two features share a row if they agree in the 32
bits of the tag and in the place, which happens about once in 2^32 comparisons.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.models.blocks.distinct import distinct_features, most_at_once, roomy, scratch
from compressclf.models.blocks.features import features_of, kernel, most_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = [
    "HIGH",
    "LOW",
    "Rows",
    "Table",
    "add_documents",
    "counted_on",
    "find_documents",
    "find_occurrences",
    "new_table",
    "place_of",
    "slots_of",
]

_SHIFT = np.uint64(62)
LOW = np.uint64(0xFFFFFFFF)
"""The half of a slot with the row, counted from 1."""
HIGH = np.uint64(0xFFFFFFFF00000000)
"""The half of a slot with the tag."""
_MOST_ROWS = 2**31 - 1


class Table(NamedTuple):
    """One shard of the table; the arrays are longer than what is in use."""

    slots: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    """The hash of each row."""
    kinds: NDArray[np.int8]
    """The kind of each row."""
    n_rows: int


class Rows(NamedTuple):
    """Documents by row: those of document i are at ``starts[i]:starts[i + 1]``."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]
    """How often the feature comes in the document, at most 255."""


def new_table() -> Table:
    """Return an empty shard."""
    size = 1 << 12
    return Table(np.zeros(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.int8), 0)


def add_documents(
    table: Table, docs: Corpus, shard: int, lengths: NDArray[np.int64], words: int
) -> tuple[Table, Rows]:
    """Return the shard with all features of the documents, and the documents by row."""
    most = most_at_once(docs, len(lengths), words)
    slots, hashes, kinds, n_rows, starts, rows, counts = _add(
        docs.buffer, docs.offsets, np.uint64(shard), lengths, words, most, *table
    )
    return Table(slots, hashes, kinds, n_rows), Rows(starts, rows, counts)


def find_documents(
    table: Table, docs: Corpus, shard: int, lengths: NDArray[np.int64], words: int
) -> Rows:
    """Return the documents by row; features that the shard does not know are left out."""
    most = most_at_once(docs, len(lengths), words)
    return Rows(
        *_find(docs.buffer, docs.offsets, np.uint64(shard), lengths, words, most, table.slots)
    )


def find_occurrences(
    table: Table, doc: Corpus, shard: int, lengths: NDArray[np.int64], words: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return row and span of each occurrence of a known feature in a corpus of one document."""
    most = most_features(int(doc.lengths[0]), len(lengths), words)
    found, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    spans = np.empty((most, 2), np.int64)
    begin, end = doc.offsets
    n = features_of(doc.buffer, begin, end, lengths, words, found, kinds, spans)
    ours = np.flatnonzero(found[:n] >> _SHIFT == shard)
    rows = _rows_of(table.slots, found[ours])
    return rows[rows >= 0], spans[ours[rows >= 0]]


@kernel
def _add(buffer, offsets, shard, lengths, words, most, slots, hashes, kinds, n_rows):
    work = scratch(most)
    n_docs = offsets.size - 1
    starts = np.zeros(n_docs + 1, np.int64)
    rows = np.empty(4096, np.int32)
    counts = np.empty(4096, np.uint8)
    n = 0
    for doc in range(n_docs):
        m, found, found_kinds, tally = distinct_features(
            buffer, offsets[doc], offsets[doc + 1], lengths, words, shard, work
        )
        rows, counts = roomy(rows, n + m), roomy(counts, n + m)
        for i in range(m):
            h = found[i]
            place = place_of(slots, h)
            if slots[place] == 0:
                hashes, kinds = roomy(hashes, n_rows + 1), roomy(kinds, n_rows + 1)
                hashes[n_rows], kinds[n_rows] = h, found_kinds[i]
                n_rows = counted_on(n_rows)
                slots[place] = (h & HIGH) | np.uint64(n_rows)
                rows[n] = n_rows - 1
                if 5 * n_rows > 3 * slots.size:
                    slots = slots_of(hashes[:n_rows])
            else:
                rows[n] = np.int64(slots[place] & LOW) - 1
            counts[n] = tally[i]
            n += 1
        starts[doc + 1] = n
    return slots, hashes, kinds, n_rows, starts, rows[:n].copy(), counts[:n].copy()


@kernel
def _find(buffer, offsets, shard, lengths, words, most, slots):
    work = scratch(most)
    n_docs = offsets.size - 1
    starts = np.zeros(n_docs + 1, np.int64)
    rows = np.empty(4096, np.int32)
    counts = np.empty(4096, np.uint8)
    n = 0
    for doc in range(n_docs):
        m, found, _, tally = distinct_features(
            buffer, offsets[doc], offsets[doc + 1], lengths, words, shard, work
        )
        rows, counts = roomy(rows, n + m), roomy(counts, n + m)
        for i in range(m):
            place = place_of(slots, found[i])
            if slots[place] != 0:
                rows[n] = np.int64(slots[place] & LOW) - 1
                counts[n] = tally[i]
                n += 1
        starts[doc + 1] = n
    return starts, rows[:n].copy(), counts[:n].copy()


@kernel
def place_of(slots, h):
    """Return the slot of a hash, or the empty one where it belongs."""
    mask = np.uint64(slots.size - 1)
    place = h & mask
    while slots[place] != 0 and (slots[place] ^ h) & HIGH != 0:
        place = (place + np.uint64(1)) & mask
    return place


@kernel
def slots_of(hashes):
    """Return the slots of a table whose rows have these hashes, with room for as many more."""
    size = 1 << 12
    while 3 * size < 10 * hashes.size:
        size *= 2
    slots = np.zeros(size, np.uint64)
    for row in range(hashes.size):
        place = place_of(slots, hashes[row])
        slots[place] = (hashes[row] & HIGH) | np.uint64(row + 1)
    return slots


@kernel
def counted_on(n):
    """Return n + 1, which has to fit into an int32, as a row and an entry do.

    Raises
    ------
    OverflowError
        If it is not.
    """
    if n >= _MOST_ROWS:
        raise OverflowError("blocks cannot count more than 2^31 - 1 features.")
    return n + 1


@kernel
def _rows_of(slots, hashes):
    rows = np.empty(hashes.size, np.int32)
    for i in range(hashes.size):
        rows[i] = np.int64(slots[place_of(slots, hashes[i])] & LOW) - 1
    return rows
