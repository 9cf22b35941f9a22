"""The slots of a hash table with linear probing, whose rows are numbered from 0.

A slot holds the upper half of a hash, its tag, and the row. Two features share a row if their tags
of 32 bits are equal and their probe sequences meet, about once in 2^32 comparisons.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from compressclf.models.blocks.features import kernel

__all__ = [
    "AHEAD",
    "counted_on",
    "find_rows",
    "place_of",
    "row_in",
    "size_for",
    "slot_for",
    "slots_of",
]

LOW = np.uint64(0xFFFFFFFF)
"""The half of a slot with the row, counted from 1; 0 marks an empty slot."""
HIGH = np.uint64(0xFFFFFFFF00000000)
"""The half of a slot with the tag."""
AHEAD = 64
"""Slots that are loaded before the first is used, so that their cache misses overlap."""
_MOST_ROWS = 2**31 - 1


@kernel
def place_of(slots, h):
    """Return the slot of a hash, or the empty one where it belongs."""
    mask = np.uint64(slots.size - 1)
    place = h & mask
    while slots[place] != 0 and (slots[place] ^ h) & HIGH != 0:
        place = (place + np.uint64(1)) & mask
    return place


@kernel
def slot_for(h, row):
    """Return the value of a slot."""
    return (h & HIGH) | np.uint64(row + 1)


@kernel
def row_in(slot):
    """Return the row in a slot, -1 if it is empty."""
    return np.int64(slot & LOW) - 1


@kernel
def slots_of(hashes, n):
    """Return the slots of a table whose rows have these hashes, with room for n rows."""
    slots = np.zeros(size_for(n), np.uint64)
    for row in range(hashes.size):
        slots[place_of(slots, hashes[row])] = slot_for(hashes[row], row)
    return slots


@kernel
def size_for(n):
    """Return the number of slots for n rows, a power of two of at least 16 and 3 n / 2."""
    size = 16
    while 2 * size < 3 * n:
        size *= 2
    return size


@kernel
def find_rows(slots, hashes, begin, end, rows):
    """Write the rows of ``hashes[begin:end]`` into `rows`, -1 for unknown hashes."""
    mask = np.uint64(slots.size - 1)
    for i in range(begin, end):
        rows[i - begin] = np.int64(slots[hashes[i] & mask])
    for i in range(begin, end):
        slot = np.uint64(rows[i - begin])
        if slot != 0 and (slot ^ hashes[i]) & HIGH != 0:
            slot = slots[place_of(slots, hashes[i])]
        rows[i - begin] = row_in(slot)


@kernel
def counted_on(n):
    """Return n + 1 if it fits an int32, the type of rows and entries; else raise OverflowError."""
    if n >= _MOST_ROWS:
        raise OverflowError("blocks cannot count more than 2^31 - 1 features.")
    return n + 1
