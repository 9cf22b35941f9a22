"""A stream of blocks: parse, close full blocks, go on.

Parsing needs neither zlib's 64 KiB buffer nor the way it moves: what falls out of the buffer is
further away than any match may reach. The buffer shows in one place only, a block that outgrew it
can no longer be stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from compressclf.compressors.deflate.chains import Chains
from compressclf.compressors.deflate.huffman import (
    BLOCKS,
    LANES,
    Counts,
    Symbols,
    dynamic_bits,
    fixed_bits,
)
from compressclf.compressors.deflate.native import jit
from compressclf.compressors.deflate.parse import (
    Cursor,
    parse_greedily,
    parse_lazily,
    send_literal,
)
from compressclf.compressors.deflate.tables import END_OF_BLOCK, MAX_DISTANCE, WINDOW, Tuning

# The open blocks of `LANES` streams.
BATCH = np.dtype(
    [
        ("blocks", BLOCKS),
        ("bits", np.int64, (LANES,)),  # of the stream before the block; when closed, with it
        ("n_bytes", np.int64, (LANES,)),  # of text in the block
        ("in_window", np.uint8, (LANES,)),  # whether zlib still has that text, to store it
        ("row", np.int64, (LANES,)),  # where the result belongs
        ("column", np.int64, (LANES,)),
    ]
)
Batch: TypeAlias = Any  # a record of `BATCH`


class Stream(NamedTuple):
    """How far a stream is written."""

    cursor: Cursor
    bits: int  # of the closed blocks
    block_start: int  # where in the text the open block begins


class Writer(NamedTuple):
    """What does not change while streams are written."""

    tuning: Tuning
    chains: Chains
    alphabet: Symbols  # literal/length symbols that may occur, ascending
    block_symbols: int  # after which a block is closed


@jit
def open_block(literals: Counts, distances: Counts) -> None:
    """Forget the symbols of a block."""
    literals[:] = 0
    literals[END_OF_BLOCK] = 1
    distances[:] = 0


@jit
def copy_counts(
    literals: Counts, distances: Counts, to_literals: Counts, to_distances: Counts
) -> None:
    """Copy the symbols of a block."""
    for symbol in range(288):
        to_literals[symbol] = literals[symbol]
    for symbol in range(32):
        to_distances[symbol] = distances[symbol]


@jit
def note_extent(batch: Batch, lane: int, stream: Stream, end: int) -> None:
    """Note where the block of a lane stands in its stream."""
    batch.bits[lane] = stream.bits
    batch.n_bytes[lane] = end - stream.block_start
    batch.in_window[lane] = stream.block_start >= _window_start(stream.cursor.decided_at)


@jit
def close_blocks(batch: Batch, alphabet: Symbols) -> None:
    """Add each lane's block to the `bits` of its stream."""
    blocks = batch.blocks
    dynamic_bits(blocks, alphabet)
    for lane in range(LANES):
        fixed = fixed_bits(blocks.literals[lane], blocks.distances[lane])
        batch.bits[lane] = end_of_block(
            batch.bits[lane],
            blocks.dynamic[lane],
            fixed,
            batch.n_bytes[lane],
            batch.in_window[lane],
        )


@jit
def end_of_block(position: int, dynamic: int, fixed: int, n_bytes: int, in_window: bool) -> int:
    """Return where in the stream (bits) a block ends that begins at bit `position`.

    zlib compares whole bytes and prefers stored to fixed to dynamic (``_tr_flush_block``); it can
    store a block only while the `n_bytes` of its text are in the window.
    """
    fixed_bytes = (fixed + 3 + 7) >> 3
    best = min((dynamic + 3 + 7) >> 3, fixed_bytes)
    if n_bytes + 4 <= best and in_window:
        aligned = (position + 3 + 7) >> 3 << 3
        return aligned + 8 * (4 + n_bytes)
    return position + 3 + (fixed if best == fixed_bytes else dynamic)


@jit
def write(
    writer: Writer,
    stream: Stream,
    end: int,
    is_open: bool,
    literals: Counts,
    distances: Counts,
    closing: Batch,
) -> Stream:
    """Parse to the end of the text and close the blocks that fill up.

    The symbols of the last block are left in `literals` and `distances`. With `is_open`, more
    text will follow.
    """
    cursor = _parse(writer, stream.cursor, end, is_open, literals, distances)
    while cursor.symbols == writer.block_symbols:
        full = Stream(cursor, stream.bits, stream.block_start)
        block_end = cursor.position - np.int64(cursor.pending)
        blocks = closing.blocks
        copy_counts(literals, distances, blocks.literals[0], blocks.distances[0])
        note_extent(closing, np.int64(0), full, block_end)
        close_blocks(closing, writer.alphabet)
        open_block(literals, distances)
        stream = Stream(cursor, closing.bits[0], block_end)
        cursor = _parse(writer, _in_new_block(cursor), end, is_open, literals, distances)
    if cursor.pending and not is_open:
        send_literal(writer.chains.text[end - 1], literals)
    return Stream(cursor, stream.bits, stream.block_start)


@jit
def _parse(
    writer: Writer, cursor: Cursor, end: int, is_open: bool, literals: Counts, distances: Counts
) -> Cursor:
    chains, tuning, limit = writer.chains, writer.tuning, writer.block_symbols
    if tuning.greedy:
        return parse_greedily(chains, end, is_open, cursor, tuning, limit, literals, distances)
    return parse_lazily(chains, end, end, is_open, cursor, tuning, limit, literals, distances)


@jit
def _in_new_block(cursor: Cursor) -> Cursor:
    position, length, start, pending, _, decided_at = cursor
    return Cursor(position, length, start, pending, np.int64(0), decided_at)


@jit
def _window_start(position: int) -> int:
    """Return the first byte that zlib still holds when it stands at `position`.

    ``fill_window`` moves its 64 KiB by half their size when less than a match is ahead.
    """
    moved = (position - MAX_DISTANCE - 1) // WINDOW
    return max(moved, 0) * WINDOW
