"""Counts of byte blocks by class, and what a block costs: the kernels of `blockcode`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._jit import kernels_of
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BlockCounts",
    "byte_costs",
    "count_blocks",
    "document_costs",
    "framed",
]

kernel: Any = kernels_of(Path(__file__).parent)

OWN, SHARED, REST = range(3)  # whose counts predict a block

# A known block counts this much more than it was seen; so do all unknown blocks together.
OWN_SMOOTHING = 0.1
REST_SMOOTHING = 0.3
# How many times the training data what all classes share weighs against a class's own counts.
SHARED_STRENGTH = 10.0

BOUNDARY = b" "  # stands before and after each document, so that its edges look like words' edges

NEW = -1  # the class of a document that has not been learnt
ABSENT = -1
HASH = np.uint64(0x9E3779B97F4A7C15)


class BlockCounts(NamedTuple):
    """Blocks of one length: which are known, and how often each class has them."""

    length: int
    slots: NDArray[np.int32]  # a hash table of rows; ABSENT is empty
    blocks: NDArray[np.uint64]  # the bytes of each row's block, the first one highest
    pooled: NDArray[np.int32]  # how often all classes have it
    starts: NDArray[np.int32]  # the entries of a row are starts[row] .. starts[row + 1]
    classes: NDArray[np.int32]  # of each entry
    counts: NDArray[np.int32]  # of each entry
    totals: NDArray[np.int64]  # blocks of each class


def framed(docs: Corpus) -> Corpus:
    """Return the documents between their boundaries."""
    return Corpus.from_documents([BOUNDARY + doc + BOUNDARY for doc in docs])


def count_blocks(docs: Corpus, y: NDArray[np.int64], n_classes: int, length: int) -> BlockCounts:
    """Count all blocks of `length` bytes, overlapping ones too, within framed documents."""
    n_blocks = np.maximum(docs.lengths - length + 1, 0)
    rows = np.empty(int(n_blocks.sum()), np.int32)
    known = np.empty(rows.size, np.uint64)
    buffer = np.require(docs.buffer, requirements="W")  # one numba signature
    n_known = _number(buffer, docs.offsets, length, _slots_for(rows.size), known, rows)
    blocks = known[:n_known].copy()
    del known
    slots = _slots_for(n_known)
    _place(blocks, slots)
    entries = np.repeat(y, n_blocks)
    entries += rows * np.int64(n_classes)
    keys, counts = np.unique(entries, return_counts=True)
    del entries
    starts = np.searchsorted(keys, np.arange(n_known + 1) * n_classes)
    return BlockCounts(
        length,
        slots,
        blocks,
        np.bincount(rows, minlength=n_known).astype(np.int32),
        starts.astype(np.int32),
        (keys % n_classes).astype(np.int32),
        counts.astype(np.int32),
        np.bincount(y, n_blocks, minlength=n_classes).astype(np.int64),
    )


def _slots_for(n_blocks: int) -> NDArray[np.int32]:
    return np.full(1 << (2 * n_blocks + 1).bit_length(), ABSENT, np.int32)


@kernel
def _find(block, slots, blocks):  # type: ignore[no-untyped-def]
    """Return the place in `slots` of a block's row, or the empty place for it."""
    mask = slots.size - 1
    mixed = block * HASH
    place = np.int64((mixed ^ (mixed >> np.uint64(29))) * HASH >> np.uint64(33)) & mask
    while slots[place] != ABSENT and blocks[slots[place]] != block:
        place = (place + 1) & mask
    return place


@kernel
def _number(buffer, offsets, length, slots, blocks, rows):  # type: ignore[no-untyped-def]
    """Give the different blocks numbers as they come; return how many there are."""
    keep = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 8 * length)
    n_known, n_blocks = 0, 0
    for doc in range(offsets.size - 1):
        block = np.uint64(0)
        for i in range(offsets[doc], offsets[doc + 1]):
            block = (block << np.uint64(8) | np.uint64(buffer[i])) & keep
            if i - offsets[doc] + 1 < length:
                continue
            place = _find(block, slots, blocks)
            if slots[place] == ABSENT:
                slots[place] = n_known
                blocks[n_known] = block
                n_known += 1
            rows[n_blocks] = slots[place]
            n_blocks += 1
    return n_known


@kernel
def _place(blocks, slots):  # type: ignore[no-untyped-def]
    """Fill a hash table with the rows of different blocks."""
    for row in range(blocks.size):
        slots[_find(blocks[row], slots, blocks)] = row


@kernel
def _rows(text, length, slots, blocks):  # type: ignore[no-untyped-def]
    """Return the row of each block of a text, ABSENT for unknown ones."""
    rows = np.empty(max(0, text.size - length + 1), np.int64)
    keep = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 8 * length)
    block = np.uint64(0)
    for i in range(text.size):
        block = (block << np.uint64(8) | np.uint64(text[i])) & keep
        if i + 1 >= length:
            rows[i + 1 - length] = slots[_find(block, slots, blocks)]
    return rows


@kernel
def _all_blocks(counts, side, label, n_gone, n_unique):  # type: ignore[no-untyped-def]
    """Return what all blocks share: each class's log2 of its total, and the prior's terms.

    `n_gone` blocks of class `label`, `n_unique` of them nowhere else, count as not learnt.
    """
    totals = counts.totals.copy()
    if label != NEW:
        totals[label] -= n_gone
    total = totals.sum()
    n_known = counts.blocks.size - n_unique
    smoothing = REST_SMOOTHING if side == REST else OWN_SMOOTHING
    scale = 1.0
    if side == SHARED:
        scale = SHARED_STRENGTH * max(total, 1) / (total + OWN_SMOOTHING * (n_known + 1))
        prior = SHARED_STRENGTH * max(total, 1)
    else:
        prior = smoothing * (n_known + 1)
    normal = np.empty(totals.size)
    for c in range(totals.size):
        normal[c] = math.log2((total - totals[c] if side == REST else totals[c]) + prior)
    return normal, smoothing, scale


@kernel
def _one_block(counts, side, label, n_gone, row, terms, costs):  # type: ignore[no-untyped-def]
    """Write the bits of a block under each class to `costs`.

    Its probability is (m + prior) / total: m is how often the class (of REST: all others) has it.
    """
    normal, smoothing, scale = terms
    pooled = np.int64(0)
    if row != ABSENT:
        pooled = counts.pooled[row] - (n_gone if label != NEW else 0)
    if pooled == 0:  # unknown: the escape, and the bytes as they are
        escape = 8.0 * counts.length - math.log2(smoothing * scale)
        for c in range(normal.size):
            costs[c] = normal[c] + escape
        return
    prior = (pooled + smoothing) * scale if side == SHARED else smoothing
    unseen = math.log2(pooled + prior if side == REST else prior)
    for c in range(normal.size):
        costs[c] = normal[c] - unseen
    for entry in range(counts.starts[row], counts.starts[row + 1]):
        c = counts.classes[entry]
        n = counts.counts[entry] - (n_gone if c == label else 0)
        m = pooled - n if side == REST else n
        costs[c] = normal[c] - math.log2(m + prior)


@kernel
def document_costs(counts, side, buffer, offsets, labels, bits):  # type: ignore[no-untyped-def]
    """Add the bits of framed documents in blocks of one length, the mean of all phases, to `bits`.

    `labels` has the class of each document, which is then scored as if not learnt, or NEW.
    """
    costs = np.empty(counts.totals.size)
    for doc in range(offsets.size - 1):
        text = buffer[offsets[doc] : offsets[doc + 1]]
        label = labels[doc]
        rows = np.sort(_rows(text, counts.length, counts.slots, counts.blocks))
        n_unique = 0
        if label != NEW:
            first = 0
            for i in range(rows.size):
                if i + 1 == rows.size or rows[i + 1] != rows[i]:
                    n_unique += counts.pooled[rows[i]] == i + 1 - first
                    first = i + 1
        terms = _all_blocks(counts, side, label, rows.size, n_unique)
        # Outside of whole blocks bytes cost 8 bits, and the boundaries, which are known, nothing.
        if rows.size:
            bits[doc] += 8.0 * (counts.length - 1) * (counts.length - 2) / counts.length
        else:
            bits[doc] += 8.0 * (text.size - 2)
        first = 0
        for i in range(rows.size):
            if i + 1 == rows.size or rows[i + 1] != rows[i]:
                n = i + 1 - first
                _one_block(counts, side, label, n, rows[i], terms, costs)
                bits[doc] += costs * (n / counts.length)
                first = i + 1


@kernel
def byte_costs(counts, side, text, bits):  # type: ignore[no-untyped-def]
    """Add each byte's share of the bits of a new framed text to `bits`, (n_bytes, n_classes).

    The boundaries' shares go to the first and the last byte between them.
    """
    length, last = counts.length, text.size - 3
    terms = _all_blocks(counts, side, NEW, 0, 0)
    rows = _rows(text, length, counts.slots, counts.blocks)
    costs = np.empty(counts.totals.size)
    for i in range(rows.size):
        _one_block(counts, side, NEW, 0, rows[i], terms, costs)
        for k in range(i - 1, i - 1 + length):
            bits[min(max(k, 0), last)] += costs / (length * length)
    for k in range(last + 1):
        n_blocks = max(0, min(k + 1, rows.size - 1) - max(k + 2 - length, 0) + 1)
        bits[k] += 8.0 * (length - n_blocks) / length
