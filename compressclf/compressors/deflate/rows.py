"""The kernel for all pairs of prefixes and documents.

It parses each prefix once, and then each document after it. It collects the symbols of `LANES`
pairs and computes the costs of their codes together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.blocks import extra_bits
from compressclf.compressors.deflate.chains import (
    Text,
    insert,
    insert4,
    new_chains,
    remove,
    remove4,
)
from compressclf.compressors.deflate.huffman import LANES, Counts, Symbols
from compressclf.compressors.deflate.native import boolean, copy, entry, int64, jit
from compressclf.compressors.deflate.parse import parse_document, parse_lazily, start_of_text
from compressclf.compressors.deflate.stream import (
    Stream,
    Writer,
    close_blocks,
    copy_counts,
    note_extent,
    open_block,
    write,
)
from compressclf.compressors.deflate.tables import (
    BLOCK_SYMBOLS,
    MAX_DISTANCE,
    N_DISTANCES,
    N_LITERALS,
    Tuning,
)
from compressclf.compressors.deflate.texts import Notes, TextArrays

_UNLIMITED = 1 << 62
_SMALL = 4096
_COUNT = np.arange(1, _SMALL, dtype=np.float64)
_N_LOG_N = np.concatenate([[0.0], _COUNT * np.log2(_COUNT)])


@entry
def fill(
    prefixes: Text,
    prefix_offsets: NDArray[np.int64],
    separator: Text,
    texts: TextArrays,
    tuning: Tuning,
    entropy: bool,
    room: NDArray[Any],
    out: NDArray[np.float64],
) -> None:
    """Set ``out[i, j]`` to the bytes, or `entropy` bits, of document j after prefix i.

    `room` is work space for a batch of pairs, a block to close, and the symbols of a prefix.
    """
    buffer, offsets, notes, max_rank, alphabet_of_texts = texts
    batch, closing = room[0], room[1]
    shared_literals, shared_distances = room[2].blocks.literals[0], room[2].blocks.distances[0]
    longest_prefix = _longest(prefix_offsets) + separator.size
    chains = new_chains(longest_prefix, longest_prefix + _longest(offsets))
    alphabet = _alphabet(
        alphabet_of_texts, prefixes[prefix_offsets[0] : prefix_offsets[-1]], separator
    )
    block_symbols = int64(_UNLIMITED if entropy else BLOCK_SYMBOLS)
    writer = Writer(tuning, chains, alphabet, block_symbols)
    lane = int64(0)
    n_rows, n_columns = out.shape
    for i in range(n_rows):
        seam = _load_prefix(prefixes, prefix_offsets[i], prefix_offsets[i + 1], separator, writer)
        deepest = _insert_prefix(writer, seam)
        open_block(shared_literals, shared_distances)
        start = Stream(start_of_text(), int64(0), int64(0))
        start = write(
            writer, start, seam, boolean(True), shared_literals, shared_distances, closing
        )
        for j in range(n_columns):
            end = seam + offsets[j + 1] - offsets[j]
            copy(buffer, offsets[j], offsets[j + 1], chains.text, seam)
            literals, distances = batch.blocks.literals[lane], batch.blocks.distances[lane]
            copy_counts(shared_literals, shared_distances, literals, distances)
            stream = start
            if not _parse_with_notes(
                writer,
                start,
                seam,
                end,
                notes,
                offsets[j],
                deepest + max_rank[j],
                literals,
                distances,
            ):
                copy_counts(shared_literals, shared_distances, literals, distances)
                begin = _insert_document(writer, start, seam, end)
                stream = write(writer, start, end, boolean(False), literals, distances, closing)
                remove(chains.text, chains.head, chains.previous, begin, end - 2)
            if entropy:
                out[i, j] = _entropy(literals, distances, alphabet)
                continue
            note_extent(batch, lane, stream, end)
            batch.row[lane], batch.column[lane] = i, j
            lane += 1
            if lane == LANES or (i == n_rows - 1 and j == n_columns - 1):
                close_blocks(batch, alphabet)
                for done in range(lane):
                    out[batch.row[done], batch.column[done]] = (batch.bits[done] + 7) >> 3
                lane = int64(0)
        _remove_prefix(writer, start, seam)


@jit
def _load_prefix(prefixes: Text, begin: int, end: int, separator: Text, writer: Writer) -> int:
    """Copy prefix and separator to the front of the text; return where the document begins."""
    copy(prefixes, begin, end, writer.chains.text, int64(0))
    copy(separator, int64(0), int64(separator.size), writer.chains.text, end - begin)
    return end - begin + separator.size


@jit
def _insert_prefix(writer: Writer, seam: int) -> int:
    """Insert the prefix; return an upper bound of the length of chains, seam included."""
    if writer.tuning.greedy:
        return int64(0)
    text, head, previous, depth, head4, previous4 = writer.chains
    insert4(text, head4, previous4, int64(1), seam - 3)
    return insert(text, head, previous, depth, int64(0), seam - 2) + 2


@jit
def _insert_document(writer: Writer, start: Stream, seam: int, end: int) -> int:
    """Insert the document; return the first position inserted, here or by the greedy parser."""
    if writer.tuning.greedy:
        return start.cursor.position
    text, head, previous, depth, _, _ = writer.chains
    begin = max(seam - 2, 0)
    insert(text, head, previous, depth, begin, end - 2)
    return begin


@jit
def _remove_prefix(writer: Writer, start: Stream, seam: int) -> None:
    text, head, previous, _, head4, previous4 = writer.chains
    greedy = writer.tuning.greedy
    remove(text, head, previous, int64(0), start.cursor.position if greedy else seam - 2)
    if not greedy:
        remove4(text, head4, previous4, int64(1), seam - 3)


@jit
def _parse_with_notes(
    writer: Writer,
    start: Stream,
    seam: int,
    end: int,
    notes: Notes,
    offset: int,
    candidates: int,
    literals: Counts,
    distances: Counts,
) -> bool:
    """Parse the document with its notes; return whether that was possible.

    It is impossible for a greedy parse, at the beginning of a text, whose first byte zlib never
    matches, if a match could be out of reach, or if the block fills up.
    """
    tuning = writer.tuning
    if tuning.greedy or seam == 0 or end > MAX_DISTANCE:
        return False
    text, head, previous, depth, head4, previous4 = writer.chains
    begin, stop = max(seam - 2, 0), min(seam, end - 2)  # trigrams across the seam
    begin4, stop4 = max(seam - 3, 1), min(seam, end - 3)
    insert(text, head, previous, depth, begin, stop)
    insert4(text, head4, previous4, begin4, stop4)
    cursor = parse_lazily(
        writer.chains,
        seam,
        end,
        boolean(False),
        start.cursor,
        tuning,
        int64(_UNLIMITED),
        literals,
        distances,
    )
    parse_document(
        writer.chains,
        end,
        offset - seam,
        notes,
        candidates <= tuning.max_chain >> 2,
        cursor,
        tuning,
        literals,
        distances,
    )
    remove4(text, head4, previous4, begin4, stop4)
    remove(text, head, previous, begin, stop)
    surely_fits = end - start.block_start <= writer.block_symbols
    return surely_fits or _sum(literals) <= writer.block_symbols


@jit
def _entropy(literals: Counts, distances: Counts, alphabet: Symbols) -> float:
    """Return the entropy of the symbols plus the extra bits."""
    n_symbols = n_matches = int64(0)
    bits = 0.0
    for symbol in alphabet:
        n_symbols += literals[symbol]
        bits -= _n_log_n(int64(literals[symbol]))
    for symbol in range(N_DISTANCES):
        n_matches += distances[symbol]
        bits -= _n_log_n(int64(distances[symbol]))
    return bits + _n_log_n(n_symbols) + _n_log_n(n_matches) + extra_bits(literals, distances)


@jit
def _n_log_n(n: int) -> float:
    return float(_N_LOG_N[n]) if n < _SMALL else n * np.log2(float(n))


@jit
def _longest(offsets: NDArray[np.int64]) -> int:
    longest = int64(0)
    for i in range(offsets.size - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest


@jit
def _sum(counts: Counts) -> int:
    total = int64(0)
    for count in counts:
        total += count
    return total


@jit
def _alphabet(used: NDArray[np.bool_], prefixes: Text, separator: Text) -> Symbols:
    """List the literal/length symbols that may occur, ascending."""
    occurs = np.ones(N_LITERALS, np.bool_)
    for byte in range(256):
        occurs[byte] = used[byte]
    for byte in prefixes:
        occurs[byte] = True
    for byte in separator:
        occurs[byte] = True
    alphabet = np.empty(N_LITERALS, np.uint16)
    n = 0
    for symbol in range(N_LITERALS):
        alphabet[n] = symbol
        n += occurs[symbol]
    return alphabet[:n]
