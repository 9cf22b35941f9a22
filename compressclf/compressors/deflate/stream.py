"""A stream of blocks: parse the text, close a block when it is full, and begin the next one.

zlib reads the text through a buffer of 64 KiB. The stream does not depend on that buffer: text that
has left it is further away than any match may reach. zlib cannot store a block uncompressed once
its text has left the buffer, but compressing such a block is always shorter: it has 32,507 bytes or
more in 16,383 symbols or less. Give literals 10 bits, length 3 one bit and the other lengths 7;
then a literal costs 2 bits more than its byte, while a match of L bytes costs at least 2.3 (L - 1)
bits less than its bytes, and 2.3 · (32,507 - 16,383) is more than 2 · 16,383 and the 2,283 bits of
the longest header.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from compressclf.compressors.deflate.blocks import dynamic_bits, end_of_block, fixed_bits
from compressclf.compressors.deflate.chains import Chains
from compressclf.compressors.deflate.huffman import BLOCKS, LANES, Counts, Symbols
from compressclf.compressors.deflate.native import int64, jit
from compressclf.compressors.deflate.parse import (
    Cursor,
    parse_greedily,
    parse_lazily,
    send_literal,
)
from compressclf.compressors.deflate.tables import END_OF_BLOCK, Tuning

# The open blocks of `LANES` streams.
BATCH = np.dtype(
    [
        ("blocks", BLOCKS),
        ("bits", np.int64, (LANES,)),  # of the stream before the block, with it once it is closed
        ("n_bytes", np.int64, (LANES,)),  # of text in the block
        ("row", np.int64, (LANES,)),  # where the result belongs
        ("column", np.int64, (LANES,)),
    ]
)
Batch: TypeAlias = Any  # a record of `BATCH`


class Stream(NamedTuple):
    """The state of a stream."""

    cursor: Cursor
    bits: int  # bits of the closed blocks
    block_start: int  # position in the text where the open block begins


class Writer(NamedTuple):
    """The arrays and constants that are shared by all streams."""

    tuning: Tuning
    chains: Chains
    alphabet: Symbols  # literal/length symbols that may occur, ascending
    block_symbols: int  # number of symbols after which a block is closed


@jit
def open_block(literals: Counts, distances: Counts) -> None:
    """Clear the counts of a block."""
    literals[:] = 0
    literals[END_OF_BLOCK] = 1
    distances[:] = 0


@jit
def copy_counts(
    literals: Counts, distances: Counts, to_literals: Counts, to_distances: Counts
) -> None:
    """Copy the counts of a block."""
    for symbol in range(288):
        to_literals[symbol] = literals[symbol]
    for symbol in range(32):
        to_distances[symbol] = distances[symbol]


@jit
def note_extent(batch: Batch, lane: int, stream: Stream, end: int) -> None:
    """Set the bits before the block of a lane, and the number of bytes in it."""
    batch.bits[lane] = stream.bits
    batch.n_bytes[lane] = end - stream.block_start


@jit
def close_blocks(batch: Batch, alphabet: Symbols) -> None:
    """Add each lane's block to the `bits` of its stream."""
    blocks = batch.blocks
    dynamic_bits(blocks, alphabet)
    for lane in range(LANES):
        fixed = fixed_bits(blocks.literals[lane], blocks.distances[lane])
        batch.bits[lane] = end_of_block(
            batch.bits[lane], blocks.dynamic[lane], fixed, batch.n_bytes[lane]
        )


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
    """Parse to the end of the text, and close the blocks that fill up.

    The counts of the last block remain in `literals` and `distances`. With `is_open`, more text
    will follow.
    """
    cursor = _parse(writer, stream.cursor, end, is_open, literals, distances)
    while cursor.symbols == writer.block_symbols:
        block_end = cursor.position - int64(cursor.pending)
        blocks = closing.blocks
        copy_counts(literals, distances, blocks.literals[0], blocks.distances[0])
        note_extent(closing, int64(0), stream, block_end)
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
    return Cursor(cursor.position, cursor.length, cursor.start, cursor.pending, int64(0))
