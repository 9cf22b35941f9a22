"""Lengths of DEFLATE streams for every prefix in front of every document.

One kernel goes through the prefixes, and for each of them through the documents: it parses the
prefix once, then each document behind it, and collects the symbols of `LANES` pairs before it
costs their codes together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import (
    Chains,
    insert,
    insert4,
    new_chains,
    remove,
    remove4,
)
from compressclf.compressors.deflate.huffman import LANES, Counts, extra_bits
from compressclf.compressors.deflate.native import jit
from compressclf.compressors.deflate.parse import parse_document, start_of_text
from compressclf.compressors.deflate.stream import (
    Batch,
    Stream,
    Writer,
    close_blocks,
    copy_block,
    new_batch,
    note_extent,
    open_block,
    write,
)
from compressclf.compressors.deflate.tables import (
    BLOCK_SYMBOLS,
    MAX_DISTANCE,
    N_LITERALS,
    TUNING,
    Tuning,
)
from compressclf.compressors.deflate.texts import DeflateTexts, Prepared, frozen, prepare
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
        texts.prepared,
        texts.alphabet,
        TUNING[level],
        entropy,
        out,
    )
    return out


@jit
def _fill(
    prefixes: NDArray[np.uint8],
    prefix_offsets: NDArray[np.int64],
    separator: NDArray[np.uint8],
    buffer: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    texts: Prepared,
    used: NDArray[np.bool_],
    tuning: Tuning,
    entropy: bool,
    out: NDArray[np.float64],
) -> None:
    """Set ``out[i, j]`` to the bytes, or `entropy` bits, of document j behind prefix i."""
    longest_prefix = _longest(prefix_offsets) + separator.size
    chains = new_chains(longest_prefix, longest_prefix + _longest(offsets))
    alphabet = _alphabet(used, prefixes[prefix_offsets[0] : prefix_offsets[-1]], separator)
    block_symbols = _UNLIMITED if entropy else BLOCK_SYMBOLS
    writer = Writer(tuning, chains, alphabet, block_symbols, new_batch())
    shared, batch = new_batch(), new_batch()
    pairs = np.zeros((LANES, 2), np.int64)
    lane = 0
    for i in range(prefix_offsets.size - 1):
        prefix = prefixes[prefix_offsets[i] : prefix_offsets[i + 1]]
        seam = prefix.size + separator.size
        chains.text[: prefix.size] = prefix
        chains.text[prefix.size : seam] = separator
        deepest = _insert_prefix(writer, seam)
        open_block(shared, 0)
        start = write(writer, Stream(start_of_text(), 0, 0), seam, True, shared, 0)
        for j in range(offsets.size - 1):
            end = seam + offsets[j + 1] - offsets[j]
            chains.text[seam:end] = buffer[offsets[j] : offsets[j + 1]]
            exhaustive = deepest + texts.max_rank[j] <= tuning.max_chain >> 2
            copy_block(shared, 0, batch, lane)
            stream = start
            if not _parse_shared(
                writer, start, seam, end, offsets[j], texts, exhaustive, batch, lane
            ):
                copy_block(shared, 0, batch, lane)
                stream = _write_behind(writer, start, seam, end, batch, lane)
            if entropy:
                literals, distances = batch.lanes.literals[lane], batch.lanes.distances[lane]
                out[i, j] = _entropy(literals, distances, alphabet)
                continue
            note_extent(batch, lane, stream, end)
            pairs[lane, 0], pairs[lane, 1] = i, j
            lane += 1
            if lane == LANES:
                _close(batch, pairs, lane, alphabet, out)
                lane = 0
        _remove_prefix(writer, start, seam)
    _close(batch, pairs, lane, alphabet, out)


@jit
def _close(
    batch: Batch,
    pairs: NDArray[np.int64],
    n: int,
    alphabet: NDArray[np.uint16],
    out: NDArray[np.float64],
) -> None:
    """Write down the lengths of the `n` streams whose last blocks are in the batch."""
    close_blocks(batch, alphabet)
    for lane in range(n):
        out[pairs[lane, 0], pairs[lane, 1]] = (batch.bits[lane] + 7) >> 3


@jit
def _insert_prefix(writer: Writer, seam: int) -> int:
    """Return an upper bound of the candidates in any chain, seam included."""
    if writer.tuning.greedy:
        return 0
    insert4(writer.chains, 1, seam - 3)
    return insert(writer.chains, 0, seam - 2) + 2


@jit
def _remove_prefix(writer: Writer, start: Stream, seam: int) -> None:
    remove(writer.chains, 0, start.cursor.position if writer.tuning.greedy else seam - 2)
    if not writer.tuning.greedy:
        remove4(writer.chains, 1, seam - 3)


@jit
def _parse_shared(
    writer: Writer,
    start: Stream,
    seam: int,
    end: int,
    offset: int,
    texts: Prepared,
    exhaustive: bool,
    batch: Batch,
    lane: int,
) -> bool:
    """Parse the document with what was found out before; return whether that was possible."""
    if writer.tuning.greedy or seam == 0 or end > MAX_DISTANCE:
        return False
    chains = writer.chains
    literals, distances = batch.lanes.literals[lane], batch.lanes.distances[lane]
    across, across_end = max(seam - 2, 0), min(seam, end - 2)
    across4, across4_end = max(seam - 3, 1), min(seam, end - 3)
    insert(chains, across, across_end)
    insert4(chains, across4, across4_end)
    parse_document(
        chains,
        seam,
        end,
        offset - seam,
        texts,
        exhaustive,
        start.cursor,
        writer.tuning,
        literals,
        distances,
    )
    remove4(chains, across4, across4_end)
    remove(chains, across, across_end)
    fits = end - start.block_start <= writer.block_symbols
    return fits or literals.sum() <= writer.block_symbols


@jit
def _write_behind(
    writer: Writer, start: Stream, seam: int, end: int, batch: Batch, lane: int
) -> Stream:
    """Parse the document as zlib does."""
    begin = start.cursor.position if writer.tuning.greedy else max(seam - 2, 0)
    if not writer.tuning.greedy:
        insert(writer.chains, begin, end - 2)
    stream = write(writer, start, end, False, batch, lane)
    remove(writer.chains, begin, end - 2)
    return stream


@jit
def _entropy(literals: Counts, distances: Counts, alphabet: NDArray[np.uint16]) -> float:
    """Bits of the symbols at their own entropy, and of the extra bits."""
    n_symbols = n_matches = np.int64(0)
    bits = 0.0
    for symbol in alphabet:
        n_symbols += literals[symbol]
        bits -= _n_log_n(literals[symbol])
    for count in distances:
        n_matches += count
        bits -= _n_log_n(count)
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
def _alphabet(
    used: NDArray[np.bool_], prefixes: NDArray[np.uint8], separator: NDArray[np.uint8]
) -> NDArray[np.uint16]:
    """List the literal/length symbols that may occur, ascending."""
    possible = np.ones(N_LITERALS, np.bool_)
    possible[:256] = used
    for byte in prefixes:
        possible[byte] = True
    for byte in separator:
        possible[byte] = True
    return np.nonzero(possible)[0].astype(np.uint16)
