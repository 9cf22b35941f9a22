"""Lengths of DEFLATE streams for every prefix in front of every document.

One kernel goes through the prefixes, and for each of them through the documents: it parses the
prefix once, then each document behind it, and collects the symbols of `LANES` pairs before it
costs their codes together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import Text, insert, insert4, new_chains, remove, remove4
from compressclf.compressors.deflate.huffman import LANES, Counts, Symbols, extra_bits
from compressclf.compressors.deflate.native import copy, jit
from compressclf.compressors.deflate.parse import parse_document, parse_lazily, start_of_text
from compressclf.compressors.deflate.stream import (
    BATCH,
    Batch,
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
    TUNING,
    Tuning,
)
from compressclf.compressors.deflate.texts import DeflateTexts, Notes, frozen, prepare
from compressclf.documents import Corpus

EXACT_LEVELS = range(1, 10)

_UNLIMITED = 1 << 62
_SMALL = 4096
_COUNT = np.arange(1, _SMALL, dtype=np.float64)
_N_LOG_N = np.concatenate([[0.0], _COUNT * np.log2(_COUNT)])


def payload_bytes(docs: Corpus, level: int) -> NDArray[np.int64]:
    """."""
    nothing = Corpus.from_documents([b""])
    return joint_payload_bytes(nothing, docs, separator=b"", level=level)[0]


def joint_payload_bytes(
    prefixes: Corpus, docs: Corpus, *, separator: bytes, level: int
) -> NDArray[np.int64]:
    """."""
    return _joint(prefixes, docs, separator, level, False).astype(np.int64)


def lz77_bits(docs: Corpus, level: int = 9) -> NDArray[np.float64]:
    """."""
    nothing = Corpus.from_documents([b""])
    return joint_lz77_bits(nothing, docs, separator=b"", level=level)[0]


def joint_lz77_bits(
    prefixes: Corpus, docs: Corpus, *, separator: bytes, level: int = 9
) -> NDArray[np.float64]:
    """."""
    return _joint(prefixes, docs, separator, level, True)


def _joint(
    prefixes: Corpus, docs: Corpus, separator: bytes, level: int, entropy: bool
) -> NDArray[np.float64]:
    texts = prepare(docs, level)
    out = np.empty((len(prefixes), len(texts)))
    _fill(
        frozen(prefixes.buffer),
        frozen(prefixes.offsets),
        np.frombuffer(separator, np.uint8),
        frozen(texts.buffer),
        frozen(texts.offsets),
        frozen(texts.alphabet),
        texts.notes,
        frozen(texts.max_rank),
        TUNING[level],
        entropy,
        np.zeros(3, BATCH),
        out,
    )
    return out


@jit
def _fill(
    prefixes: Text,
    prefix_offsets: NDArray[np.int64],
    separator: Text,
    buffer: Text,
    offsets: NDArray[np.int64],
    used: NDArray[np.bool_],
    notes: Notes,
    max_rank: NDArray[np.int64],
    tuning: Tuning,
    entropy: bool,
    batches: NDArray[Any],
    out: NDArray[np.float64],
) -> None:
    """Set ``out[i, j]`` to the bytes, or `entropy` bits, of document j behind prefix i."""
    longest_prefix = _longest(prefix_offsets) + separator.size
    chains = new_chains(longest_prefix, longest_prefix + _longest(offsets))
    alphabet = _alphabet(used, prefixes[prefix_offsets[0] : prefix_offsets[-1]], separator)
    block_symbols = np.int64(_UNLIMITED if entropy else BLOCK_SYMBOLS)
    writer = Writer(tuning, chains, alphabet, block_symbols)
    batch, shared, closing = batches[0], batches[1].blocks, batches[2]
    lane = np.int64(0)
    for i in range(prefix_offsets.size - 1):
        prefix_end = prefix_offsets[i + 1] - prefix_offsets[i]
        seam = prefix_end + separator.size
        copy(prefixes, prefix_offsets[i], prefix_offsets[i + 1], chains.text, np.int64(0))
        copy(separator, np.int64(0), np.int64(separator.size), chains.text, prefix_end)
        deepest = _insert_prefix(writer, seam)
        start = _parse_prefix(writer, seam, shared.literals[0], shared.distances[0], closing)
        for j in range(offsets.size - 1):
            end = seam + offsets[j + 1] - offsets[j]
            copy(buffer, offsets[j], offsets[j + 1], chains.text, seam)
            literals, distances = batch.blocks.literals[lane], batch.blocks.distances[lane]
            copy_counts(shared.literals[0], shared.distances[0], literals, distances)
            stream = start
            done = False
            if not tuning.greedy and seam > 0 and end <= MAX_DISTANCE:
                exhaustive = deepest + max_rank[j] <= tuning.max_chain >> 2
                _parse_behind(
                    writer, start, seam, end, notes, offsets[j], exhaustive, literals, distances
                )
                done = end - start.block_start <= block_symbols or _sum(literals) <= block_symbols
                if not done:
                    copy_counts(shared.literals[0], shared.distances[0], literals, distances)
            if not done:
                stream = _write_behind(writer, start, seam, end, literals, distances, closing)
            if entropy:
                out[i, j] = _entropy(literals, distances, alphabet)
                continue
            note_extent(batch, lane, stream, end)
            batch.row[lane], batch.column[lane] = i, j
            lane += 1
            if lane == LANES:
                _close(batch, lane, alphabet, out)
                lane = np.int64(0)
        _remove_prefix(writer, start, seam)
    _close(batch, lane, alphabet, out)


@jit
def _close(batch: Batch, n: int, alphabet: Symbols, out: NDArray[np.float64]) -> None:
    """Write down the lengths of the `n` streams whose last blocks are in the batch."""
    close_blocks(batch, alphabet)
    for lane in range(n):
        out[batch.row[lane], batch.column[lane]] = (batch.bits[lane] + 7) >> 3


@jit
def _insert_prefix(writer: Writer, seam: int) -> int:
    """Return an upper bound of the candidates in any chain, seam included."""
    if writer.tuning.greedy:
        return np.int64(0)
    text, head, previous, depth, head4, previous4 = writer.chains
    insert4(text, head4, previous4, np.int64(1), seam - 3)
    return insert(text, head, previous, depth, np.int64(0), seam - 2) + 2


@jit
def _remove_prefix(writer: Writer, start: Stream, seam: int) -> None:
    text, head, previous, _, head4, previous4 = writer.chains
    greedy = writer.tuning.greedy
    remove(text, head, previous, np.int64(0), start.cursor.position if greedy else seam - 2)
    if not greedy:
        remove4(text, head4, previous4, np.int64(1), seam - 3)


@jit
def _parse_prefix(
    writer: Writer, seam: int, literals: Counts, distances: Counts, closing: Batch
) -> Stream:
    open_block(literals, distances)
    stream = Stream(start_of_text(), np.int64(0), np.int64(0))
    return write(writer, stream, seam, np.bool_(True), literals, distances, closing)


@jit
def _parse_behind(
    writer: Writer,
    start: Stream,
    seam: int,
    end: int,
    notes: Notes,
    offset: int,
    exhaustive: bool,
    literals: Counts,
    distances: Counts,
) -> None:
    """Parse the document with what was noted of it."""
    text, head, previous, depth, head4, previous4 = writer.chains
    tuning = writer.tuning
    begin, begin4 = max(seam - 2, 0), max(seam - 3, 1)
    insert(text, head, previous, depth, begin, min(seam, end - 2))
    insert4(text, head4, previous4, begin4, min(seam, end - 3))
    cursor = parse_lazily(
        writer.chains, seam, end, np.bool_(False), start.cursor, tuning, np.int64(_UNLIMITED), literals, distances
    )
    parse_document(
        text, head, previous, depth, head4, previous4, end, offset - seam, notes, exhaustive,
        cursor, tuning, literals, distances,
    )
    remove4(text, head4, previous4, begin4, min(seam, end - 3))
    remove(text, head, previous, begin, min(seam, end - 2))


@jit
def _write_behind(
    writer: Writer,
    start: Stream,
    seam: int,
    end: int,
    literals: Counts,
    distances: Counts,
    closing: Batch,
) -> Stream:
    """Parse the document as zlib does, closing blocks."""
    text, head, previous, depth, _, _ = writer.chains
    begin = start.cursor.position
    if not writer.tuning.greedy:
        begin = max(seam - 2, 0)
        insert(text, head, previous, depth, begin, end - 2)
    stream = write(writer, start, end, np.bool_(False), literals, distances, closing)
    remove(text, head, previous, begin, end - 2)
    return stream


@jit
def _entropy(literals: Counts, distances: Counts, alphabet: Symbols) -> float:
    """Bits of the symbols at their own entropy, and of the extra bits."""
    n_symbols = n_matches = np.int64(0)
    bits = 0.0
    for symbol in alphabet:
        n_symbols += literals[symbol]
        bits -= _n_log_n(np.int64(literals[symbol]))
    for symbol in range(N_DISTANCES):
        n_matches += distances[symbol]
        bits -= _n_log_n(np.int64(distances[symbol]))
    return bits + _n_log_n(n_symbols) + _n_log_n(n_matches) + extra_bits(literals, distances)


@jit
def _n_log_n(n: int) -> float:
    return _N_LOG_N[n] if n < _SMALL else n * np.log2(n)


@jit
def _longest(offsets: NDArray[np.int64]) -> int:
    longest = np.int64(0)
    for i in range(offsets.size - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest


@jit
def _sum(counts: Counts) -> int:
    total = np.int64(0)
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
