"""A stream of blocks: parse, close full blocks, go on.

Parsing needs neither zlib's 64 KiB buffer nor the way it moves: what falls out of the buffer is
further away than any match may reach. The buffer shows in one place only, a block that outgrew it
can no longer be stored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import Chains
from compressclf.compressors.deflate.huffman import (
    LANES,
    Counts,
    Lanes,
    dynamic_bits,
    end_of_block,
    fixed_bits,
    new_lanes,
)
from compressclf.compressors.deflate.native import jit
from compressclf.compressors.deflate.parse import (
    Cursor,
    parse_greedily,
    parse_lazily,
    send_literal,
)
from compressclf.compressors.deflate.tables import (
    END_OF_BLOCK,
    MAX_DISTANCE,
    Tuning,
    WINDOW,
)


class Stream(NamedTuple):
    """How far a stream is written."""

    cursor: Cursor
    bits: int  # of the closed blocks
    block_start: int  # where in the text the open block begins


class Batch(NamedTuple):
    """Open blocks of `LANES` streams: their symbols are counted, their codes not costed yet."""

    lanes: Lanes
    bits: NDArray[np.int64]  # (LANES,) of the stream before the block; then, with the block
    n_bytes: NDArray[np.int64]  # (LANES,) of text in the block
    in_window: NDArray[np.bool_]  # (LANES,) whether zlib still has that text, to store it
    dynamic: NDArray[np.int64]  # (LANES,) room for results


class Writer(NamedTuple):
    """What does not change while streams are written."""

    tuning: Tuning
    chains: Chains
    alphabet: NDArray[np.uint16]  # literal/length symbols that may occur, ascending
    block_symbols: int  # after which a block is closed
    closing: Batch  # room for costing one block


@jit
def new_batch() -> Batch:
    """Return a batch of empty blocks."""
    lanes = new_lanes()
    lanes.literals[:, END_OF_BLOCK] = 1
    return Batch(
        lanes,
        np.zeros(LANES, np.int64),
        np.zeros(LANES, np.int64),
        np.zeros(LANES, np.bool_),
        np.zeros(LANES, np.int64),
    )


@jit
def open_block(batch: Batch, lane: int) -> None:
    """Forget the symbols of one lane."""
    batch.lanes.literals[lane] = 0
    batch.lanes.literals[lane, END_OF_BLOCK] = 1
    batch.lanes.distances[lane] = 0


@jit
def copy_block(source: Batch, source_lane: int, target: Batch, lane: int) -> None:
    """Copy the symbols of one lane."""
    target.lanes.literals[lane] = source.lanes.literals[source_lane]
    target.lanes.distances[lane] = source.lanes.distances[source_lane]


@jit
def note_extent(batch: Batch, lane: int, stream: Stream, end: int) -> None:
    """Note where the block of a lane stands in its stream."""
    batch.bits[lane] = stream.bits
    batch.n_bytes[lane] = end - stream.block_start
    batch.in_window[lane] = stream.block_start >= _window_start(stream.cursor.decided_at)


@jit
def close_blocks(batch: Batch, alphabet: NDArray[np.uint16]) -> None:
    """Add each lane's block to the `bits` of its stream."""
    dynamic_bits(batch.lanes, alphabet, batch.dynamic)
    for lane in range(LANES):
        fixed = fixed_bits(batch.lanes.literals[lane], batch.lanes.distances[lane])
        batch.bits[lane] = end_of_block(
            batch.bits[lane], batch.dynamic[lane], fixed, batch.n_bytes[lane], batch.in_window[lane]
        )


@jit
def write(
    writer: Writer, stream: Stream, end: int, is_open: bool, batch: Batch, lane: int
) -> Stream:
    """Parse to the end of the text and close the blocks that fill up.

    The symbols of the last block are left in the lane. With `is_open`, more text will follow.
    """
    literals, distances = batch.lanes.literals[lane], batch.lanes.distances[lane]
    while True:
        cursor = _parse(writer, stream.cursor, end, is_open, literals, distances)
        if cursor.symbols < writer.block_symbols:
            break
        block_end = cursor.position - np.int64(cursor.pending)
        full = Stream(cursor, stream.bits, stream.block_start)
        copy_block(batch, lane, writer.closing, 0)
        note_extent(writer.closing, 0, full, block_end)
        close_blocks(writer.closing, writer.alphabet)
        open_block(batch, lane)
        stream = Stream(_in_new_block(cursor), writer.closing.bits[0], block_end)
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
    return parse_lazily(chains, end, is_open, cursor, tuning, limit, literals, distances)


@jit
def _in_new_block(cursor: Cursor) -> Cursor:
    return Cursor(
        cursor.position,
        cursor.length,
        cursor.start,
        cursor.pending,
        np.int64(0),
        cursor.decided_at,
    )


@jit
def _window_start(position: int) -> int:
    """Return the first byte that zlib still holds when it stands at `position`.

    ``fill_window`` moves its 64 KiB by half their size when less than a match is ahead.
    """
    moved = (position - MAX_DISTANCE - 1) // WINDOW
    return max(moved, 0) * WINDOW
