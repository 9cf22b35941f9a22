"""Huffman codes as zlib builds them, four at a time.

The length of a dynamic block depends on more than the frequencies. Symbols of equal frequency get
codes of different length, the run-length coded list of those lengths heads the block, and which of
the equals gets the longer code is decided by the mechanics of zlib's binary heap. So this module
moves the same heap in the same way (``build_tree`` and ``gen_bitlen`` of zlib's ``trees.c``).

A heap entry is one ``uint32``: frequency (17 bits), height of the subtree (5), node (10). zlib
compares frequency, then height, and calls equals "smaller"; ``a <= (b | _NODE)`` says just that.

Sinking an entry is a chain of dependent loads that leaves most of a processor idle. Four codes
are therefore built at once, their heaps moved in lock step, one step of each in turn, always to
the bottom: without branches there is nothing to mispredict.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.native import int64, jit, uint8, uint32, uint64

LANES = 4

_FREQUENCY = uint32(15)  # shift
_HEIGHT = uint32(31 << 10)  # mask
_ONE_HIGHER = uint32(1 << 10)
_NODE = uint32((1 << 10) - 1)  # mask
_NOTHING = uint32(0xFFFFFFFF)  # sorts behind every entry

_ONE = uint64(1)  # unsigned indices: a signed one would first be tested for being negative
_HEAP = 512
_HEAP0, _HEAP1, _HEAP2, _HEAP3 = (uint64(lane * _HEAP) for lane in range(LANES))

Counts: TypeAlias = NDArray[np.int32]
Symbols: TypeAlias = NDArray[np.uint16]
Heaps: TypeAlias = NDArray[np.uint32]

# Four blocks whose symbols are counted, and work space to compute their costs. It is one record,
# because numba passes it as one pointer, while a tuple of arrays is copied at every call.
BLOCKS = np.dtype(
    [
        ("literals", np.int32, (LANES, 288)),  # counts of literal/length symbols
        ("distances", np.int32, (LANES, 288)),  # counts of distance symbols; one type for all
        ("code_lengths", np.int32, (LANES, 288)),  # counts of code-length symbols
        ("heaps", np.uint32, (LANES * _HEAP,)),  # binary heaps, each with its root at 1
        ("leaves", np.uint16, (LANES, 288)),  # symbols that occur, ascending
        ("merged", np.uint16, (LANES, 576)),  # nodes in the order in which they left the heap
        ("code_bits", np.uint8, (LANES, 576)),  # bits of the code of each symbol and inner node
        ("n_leaves", np.int64, (LANES,)),
        ("total", np.int64, (LANES,)),  # bits of all symbols with their codes
        ("dynamic", np.int64, (LANES,)),  # the result of `dynamic_bits`
    ]
)
Blocks: TypeAlias = Any  # a record of `BLOCKS`


@jit
def build_codes(
    blocks: Blocks, counts: Counts, alphabet: Symbols, n_symbols: int, max_bits: int
) -> None:
    """Give every lane its Huffman code: `leaves`, `bits` and `total`."""
    for lane in range(LANES):
        root = uint64(lane * _HEAP + 1)
        n = _collect_leaves(counts[lane], alphabet, blocks.heaps, root, blocks.leaves[lane])
        blocks.total[lane] = min(n - 2, 0)  # a forced leaf counts 1, but is never sent
        if n < 2:
            _force_leaves(n, blocks.heaps, root, blocks.leaves[lane])
        blocks.n_leaves[lane] = max(n, 2)
    _merge(blocks, n_symbols)
    for lane in range(LANES):
        n = blocks.n_leaves[lane]
        _assign_bits(blocks.merged[lane], n, n_symbols, blocks.code_bits[lane])
        height = (blocks.heaps[lane * _HEAP + 1] & _HEIGHT) >> uint32(10)
        if height > max_bits:
            _limit_bits(blocks.merged[lane], n, n_symbols, max_bits, blocks.code_bits[lane])
            blocks.total[lane] = _weighted(
                counts[lane], blocks.leaves[lane, :n], blocks.code_bits[lane]
            )


@jit
def _collect_leaves(
    counts: Counts, alphabet: Symbols, heaps: Heaps, root: int, leaves: Symbols
) -> int:
    n = uint64(0)
    for symbol in alphabet:
        count = uint32(counts[symbol])
        heaps[root + n] = (count << _FREQUENCY) | uint32(symbol)
        leaves[n] = symbol
        n += uint64(count != 0)
    return int64(n)


@jit
def _force_leaves(n: int, heaps: Heaps, root: int, leaves: Symbols) -> None:
    """Add symbols of frequency 1 to `n` < 2, as zlib does: every code has at least two symbols."""
    largest = int64(leaves[0]) if n == 1 else int64(-1)
    for i in range(n, 2):
        largest = largest + 1 if largest < 2 else int64(0)
        leaves[i] = largest
        heaps[root + uint64(i)] = uint32(1 << 15) | uint32(largest)
    if leaves[0] > leaves[1]:
        leaves[0], leaves[1] = leaves[1], leaves[0]


@jit
def _merge(blocks: Blocks, n_symbols: int) -> None:
    """Turn each heap into a tree: record which nodes merge, sum the frequencies of inner nodes."""
    n = blocks.n_leaves
    longest = max(max(n[0], n[1]), max(n[2], n[3]))
    shortest = min(min(n[0], n[1]), min(n[2], n[3]))
    levels = _depth(longest)
    for lane in range(LANES):
        for i in range(n[lane] + 1, 2 << levels):
            blocks.heaps[lane * _HEAP + i] = _NOTHING
    _heapify(blocks.heaps, longest)
    _merge_in_lock_step(blocks, n_symbols, longest, shortest)
    for lane in range(LANES):
        _merge_rest(blocks, lane, n_symbols, shortest - 1)


@jit
def _heapify(heaps: Heaps, longest: int) -> None:
    depth = 1
    for start in range(longest >> 1, 0, -1):
        if start << (depth + 1) <= longest:
            depth += 1
        first = uint64(start)
        _sink_four(
            heaps,
            first,
            depth,
            heaps[first],
            heaps[first + _HEAP1],
            heaps[first + _HEAP2],
            heaps[first + _HEAP3],
        )


@jit
def _sink_four(
    heaps: Heaps,
    start: int,
    depth: int,
    entry0: int,
    entry1: int,
    entry2: int,
    entry3: int,
) -> None:
    """Put one entry into each heap at `start` and let it sink `depth` levels."""
    hole0 = hole1 = hole2 = hole3 = start
    for _ in range(depth):
        hole0, entry0 = _sink_step(heaps, _HEAP0, hole0, entry0)
        hole1, entry1 = _sink_step(heaps, _HEAP1, hole1, entry1)
        hole2, entry2 = _sink_step(heaps, _HEAP2, hole2, entry2)
        hole3, entry3 = _sink_step(heaps, _HEAP3, hole3, entry3)
    heaps[hole0 + _HEAP0] = entry0
    heaps[hole1 + _HEAP1] = entry1
    heaps[hole2 + _HEAP2] = entry2
    heaps[hole3 + _HEAP3] = entry3


@jit
def _sink_step(heaps: Heaps, heap: int, hole: int, entry: int) -> tuple[int, int]:
    """Fill the hole with the least of `entry` and the two children; the rest sinks on."""
    child = hole << _ONE
    left = heaps[child + heap]
    right = heaps[child + heap + _ONE]
    take_right = right <= (left | _NODE)
    least = right if take_right else left
    stay = entry <= (least | _NODE)
    heaps[hole + heap] = entry if stay else least
    return child + uint64(take_right), least if stay else entry


@jit
def _merge_in_lock_step(blocks: Blocks, n_symbols: int, longest: int, shortest: int) -> None:
    """Merge while every lane has two entries: take the two least, put their sum back."""
    heaps, merged = blocks.heaps, blocks.merged
    last0 = uint64(blocks.n_leaves[0]) + _HEAP0
    last1 = uint64(blocks.n_leaves[1]) + _HEAP1
    last2 = uint64(blocks.n_leaves[2]) + _HEAP2
    last3 = uint64(blocks.n_leaves[3]) + _HEAP3
    depth = _depth(longest)
    total0 = total1 = total2 = total3 = uint32(0)
    for i in range(shortest - 1):
        if longest - 1 - i < 1 << depth:
            depth -= 1
        first0, first1 = heaps[_HEAP0 + _ONE], heaps[_HEAP1 + _ONE]
        first2, first3 = heaps[_HEAP2 + _ONE], heaps[_HEAP3 + _ONE]
        entry0, entry1, entry2, entry3 = heaps[last0], heaps[last1], heaps[last2], heaps[last3]
        heaps[last0] = heaps[last1] = heaps[last2] = heaps[last3] = _NOTHING
        _sink_four(heaps, _ONE, depth, entry0, entry1, entry2, entry3)
        last0 -= _ONE
        last1 -= _ONE
        last2 -= _ONE
        last3 -= _ONE
        second0, second1 = heaps[_HEAP0 + _ONE], heaps[_HEAP1 + _ONE]
        second2, second3 = heaps[_HEAP2 + _ONE], heaps[_HEAP3 + _ONE]
        node = uint32(n_symbols + i)
        entry0 = _record_merge(merged[0], i, first0, second0, node)
        entry1 = _record_merge(merged[1], i, first1, second1, node)
        entry2 = _record_merge(merged[2], i, first2, second2, node)
        entry3 = _record_merge(merged[3], i, first3, second3, node)
        total0 += entry0 >> _FREQUENCY
        total1 += entry1 >> _FREQUENCY
        total2 += entry2 >> _FREQUENCY
        total3 += entry3 >> _FREQUENCY
        _sink_four(heaps, _ONE, depth, entry0, entry1, entry2, entry3)
    blocks.total[0] += total0
    blocks.total[1] += total1
    blocks.total[2] += total2
    blocks.total[3] += total3


@jit
def _merge_rest(blocks: Blocks, lane: int, n_symbols: int, done: int) -> None:
    """Do the remaining merges of one lane, after the first `done`."""
    heaps, merged = blocks.heaps, blocks.merged[lane]
    heap = uint64(lane * _HEAP)
    root = heap + _ONE
    depth = _depth(blocks.n_leaves[lane] - done)
    for i in range(done, blocks.n_leaves[lane] - 1):
        n_left = blocks.n_leaves[lane] - i
        if n_left - 1 < 1 << depth:
            depth -= 1
        first = heaps[root]
        last = heap + uint64(n_left)
        entry = heaps[last]
        heaps[last] = _NOTHING
        _sink(heaps, heap, depth, entry)
        entry = _record_merge(merged, i, first, heaps[root], uint32(n_symbols + i))
        blocks.total[lane] += entry >> _FREQUENCY
        _sink(heaps, heap, depth, entry)


@jit
def _depth(n_entries: int) -> int:
    """Levels below the root of a heap."""
    depth = 0
    while n_entries >> (depth + 1):
        depth += 1
    return depth


@jit
def _sink(heaps: Heaps, heap: int, depth: int, entry: int) -> None:
    hole = _ONE
    for _ in range(depth):
        hole, entry = _sink_step(heaps, heap, hole, entry)
    heaps[heap + hole] = entry


@jit
def _record_merge(merged: Symbols, i: int, first: int, second: int, node: int) -> int:
    """Return the heap entry of the inner node that joins `first` and `second`."""
    merged[uint64(2 * i)] = first & _NODE
    merged[uint64(2 * i + 1)] = second & _NODE
    frequency = ((first >> _FREQUENCY) + (second >> _FREQUENCY)) << _FREQUENCY
    height = max(first & _HEIGHT, second & _HEIGHT) + _ONE_HIGHER
    return uint32(frequency | height | node)


@jit
def _assign_bits(merged: Symbols, n_leaves: int, n_symbols: int, bits: NDArray[np.uint8]) -> None:
    """Give every node its depth; the i-th merge made node ``n_symbols + i``."""
    bits[n_symbols + n_leaves - 2] = 0
    for i in range(n_leaves - 2, -1, -1):
        depth = bits[uint64(n_symbols + i)] + uint8(1)
        bits[merged[uint64(2 * i)]] = depth
        bits[merged[uint64(2 * i + 1)]] = depth


@jit
def _limit_bits(
    merged: Symbols, n_leaves: int, n_symbols: int, max_bits: int, bits: NDArray[np.uint8]
) -> None:
    """Shorten the codes of a tree that is too high, as ``gen_bitlen`` does."""
    leaves_of = np.zeros(max_bits + 1, np.int64)  # by code length
    overflow = 0
    for i in range(n_leaves - 2, -1, -1):
        depth = bits[n_symbols + i] + 1
        for node in (merged[2 * i + 1], merged[2 * i]):
            overflow += depth > max_bits
            bits[node] = min(depth, max_bits)
            if node < n_symbols:
                leaves_of[bits[node]] += 1
    while overflow > 0:
        length = max_bits - 1
        while leaves_of[length] == 0:
            length -= 1
        leaves_of[length] -= 1  # one leaf moves down and takes an overlong one as its brother
        leaves_of[length + 1] += 2
        leaves_of[max_bits] -= 1
        overflow -= 2
    next_node = 0  # the rarest leaves, which left the heap first, get the longest codes
    for length in range(max_bits, 0, -1):
        while leaves_of[length] > 0:
            node = merged[next_node]
            next_node += 1
            if node < n_symbols:
                bits[node] = length
                leaves_of[length] -= 1


@jit
def _weighted(counts: Counts, leaves: Symbols, bits: NDArray[np.uint8]) -> int:
    total = int64(0)
    for symbol in leaves:
        total += counts[symbol] * int64(bits[symbol])
    return total
