"""Bits of a DEFLATE block, without writing it (RFC 1951, 3.2; ``_tr_flush_block`` of zlib)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.huffman import LANES, Blocks, Counts, Symbols, build_codes
from compressclf.compressors.deflate.native import int64, jit, uint8, uint64
from compressclf.compressors.deflate.tables import (
    CODE_LENGTH_ORDER,
    DISTANCE_EXTRA,
    FIXED_DISTANCE_BITS,
    FIXED_LITERAL_BITS,
    LITERAL_EXTRA,
    MAX_CODE_BITS,
    MAX_CODE_LENGTH_BITS,
    N_CODE_LENGTHS,
    N_DISTANCES,
    N_LITERALS,
)

# Sending a run of equal code lengths: how the r-th of them changes the count of that length and
# of symbol 16, "repeat the last 3 to 6 times". The first is sent as itself; the fourth turns two
# plain ones into a repeat; a repeat ends with the seventh, thirteenth, ... of the run.
_RUN_PLAIN = np.array([0, 1, 1, 1, -2, 0, 0, 0] + [1, 1, -2, 0, 0, 0] * 47, dtype=np.int32)
_RUN_REPEATS = (_RUN_PLAIN == -2).astype(np.int32)
# A gap of up to 138 symbols that do not occur: 0 to 2 plain zeros, or one symbol 17 or 18.
_GAP_SYMBOL = np.array([0] * 3 + [17] * 8 + [18] * 128, dtype=np.uint8)
_GAP_COUNT = np.array([0, 1, 2] + [1] * 136, dtype=np.int32)


@jit
def dynamic_bits(blocks: Blocks, alphabet: Symbols) -> None:
    """Set `dynamic` to the bits of each dynamic block, without the 3 bits of its type.

    `alphabet` lists, ascending, the literal/length symbols that may occur.
    """
    blocks.code_lengths[:] = 0
    build_codes(blocks, blocks.literals, alphabet, int64(N_LITERALS), int64(MAX_CODE_BITS))
    for lane in range(LANES):
        blocks.dynamic[lane] = blocks.total[lane]
        _count_code_lengths(blocks, lane)
    all_symbols = np.empty(N_DISTANCES, np.uint16)
    for symbol in range(N_DISTANCES):
        all_symbols[symbol] = symbol
    build_codes(blocks, blocks.distances, all_symbols, int64(N_DISTANCES), int64(MAX_CODE_BITS))
    for lane in range(LANES):
        blocks.dynamic[lane] += blocks.total[lane]
        _count_code_lengths(blocks, lane)
        blocks.code_bits[lane, :N_CODE_LENGTHS] = 0
    build_codes(
        blocks,
        blocks.code_lengths,
        all_symbols[:N_CODE_LENGTHS],
        int64(N_CODE_LENGTHS),
        int64(MAX_CODE_LENGTH_BITS),
    )
    for lane in range(LANES):
        counts = blocks.code_lengths[lane]
        repeats = 2 * counts[16] + 3 * counts[17] + 7 * counts[18]
        header = 5 + 5 + 4 + 3 * _n_code_lengths_sent(blocks.code_bits[lane])
        extra = extra_bits(blocks.literals[lane], blocks.distances[lane])
        blocks.dynamic[lane] += header + repeats + blocks.total[lane] + extra


@jit
def fixed_bits(literals: Counts, distances: Counts) -> int:
    """Return the bits of a block with the fixed codes, without the 3 bits of its type."""
    bits = int64(0)
    for symbol in range(288):
        bits += literals[symbol] * FIXED_LITERAL_BITS[symbol]
    for symbol in range(32):
        bits += distances[symbol] * FIXED_DISTANCE_BITS[symbol]
    return bits


@jit
def extra_bits(literals: Counts, distances: Counts) -> int:
    """Return the extra bits that follow the symbols of lengths and distances."""
    bits = int64(0)
    for symbol in range(257, N_LITERALS):
        bits += literals[symbol] * LITERAL_EXTRA[symbol]
    for symbol in range(32):
        bits += distances[symbol] * DISTANCE_EXTRA[symbol]
    return bits


@jit
def end_of_block(position: int, dynamic: int, fixed: int, n_bytes: int) -> int:
    """Return where in the stream (bits) a block of `n_bytes` ends that begins at `position`.

    zlib compares whole bytes and prefers stored to fixed to dynamic (``_tr_flush_block``).
    """
    fixed_bytes = (fixed + 3 + 7) >> 3
    best = min((dynamic + 3 + 7) >> 3, fixed_bytes)
    if n_bytes + 4 <= best:
        aligned = (position + 3 + 7) >> 3 << 3
        return aligned + 8 * (4 + n_bytes)
    return position + 3 + (fixed if best == fixed_bytes else dynamic)


@jit
def _count_code_lengths(blocks: Blocks, lane: int) -> None:
    """Count the symbols that send a code's lengths (``scan_tree``; RFC 1951, 3.2.7)."""
    counts = blocks.code_lengths[lane]
    leaves, bits = blocks.leaves[lane], blocks.code_bits[lane]
    last_symbol = int64(-1)
    last_length = uint8(0)
    run = 0
    for i in range(blocks.n_leaves[lane]):
        symbol = int64(leaves[uint64(i)])
        length = bits[uint64(symbol)]
        gap = symbol - last_symbol - 1
        if gap > 138:
            counts[18] += 1
            gap -= 138
        counts[_GAP_SYMBOL[uint64(gap)]] += _GAP_COUNT[uint64(gap)]
        run = run + 1 if gap == 0 and length == last_length else 1
        counts[length] += _RUN_PLAIN[uint64(run)]
        counts[16] += _RUN_REPEATS[uint64(run)]
        last_symbol, last_length = symbol, length


@jit
def _n_code_lengths_sent(bits: NDArray[np.uint8]) -> int:
    n = N_CODE_LENGTHS
    while n > 4 and bits[CODE_LENGTH_ORDER[n - 1]] == 0:
        n -= 1
    return n
