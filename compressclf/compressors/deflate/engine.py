"""Lengths of DEFLATE streams for every prefix in front of every document.

One kernel goes through the prefixes, and for each of them through the documents: it parses the
prefix once, then each document behind it, and collects the symbols of `LANES` pairs before it
costs their codes together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import (
    Text,
    insert,
    insert4,
    new_chains,
    remove,
    remove4,
)
from compressclf.compressors.deflate.huffman import LANES, Counts, Symbols, extra_bits
from compressclf.compressors.deflate.native import copy, entry, jit
from compressclf.compressors.deflate.parse import parse_document, parse_lazily, start_of_text
from compressclf.compressors.deflate.stream import (
    BATCH,
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
from compressclf.compressors.deflate.texts import Notes, frozen, prepare
from compressclf.documents import Corpus

__all__ = [
    "EXACT_LEVELS",
    "MAX_BYTES",
    "joint_lz77_bits",
    "joint_payload_bytes",
    "lz77_bits",
    "payload_bytes",
]

# Every pair at these levels is answered by the engine, none by zlib itself. Level 0 is left out:
# how zlib cuts stored blocks depends on the room that its caller offers for output.
EXACT_LEVELS = range(1, 10)

# The longest text, prefix included: positions are 32-bit numbers.
MAX_BYTES = 2**31 - 1024

_UNLIMITED = 1 << 62
_SMALL = 4096
_COUNT = np.arange(1, _SMALL, dtype=np.float64)
_N_LOG_N = np.concatenate([[0.0], _COUNT * np.log2(_COUNT)])


def payload_bytes(docs: Corpus, level: int) -> NDArray[np.int64]:
    """Return the length of each document as a raw DEFLATE stream.

    Parameters
    ----------
    docs : Corpus
        The documents.
    level : int
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of int64, shape (n_documents,)
        Bytes, without a container: zlib's adds 6, gzip's 18.

    Examples
    --------
    >>> import zlib
    >>> docs = Corpus.from_documents(["to be or not to be", ""])
    >>> payload_bytes(docs, level=9)
    array([15,  2])
    >>> [len(zlib.compress(doc, 9)) - 6 for doc in docs]
    [15, 2]
    """
    return joint_payload_bytes(_nothing(), docs, separator=b"", level=level)[0]


def joint_payload_bytes(
    prefixes: Corpus, docs: Corpus, *, separator: bytes, level: int
) -> NDArray[np.int64]:
    """Return the length of each prefix, separator and document as one raw DEFLATE stream.

    The call is serial and releases the GIL; split the prefixes or the documents to use more
    threads. Slices of prepared documents share what was found out about them.

    Parameters
    ----------
    prefixes : Corpus
        What stands first.
    docs : Corpus
        What stands last. Best made by `prepare`, if they will be used more than once.
    separator : bytes
        What stands between them.
    level : int
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of int64, shape (n_prefixes, n_documents)
        Bytes, without a container.

    Raises
    ------
    ValueError
        If the level is not one of `EXACT_LEVELS` or a text is longer than `MAX_BYTES`.

    Examples
    --------
    >>> prefixes = Corpus.from_documents(["to be or not to be", "two bees"])
    >>> docs = Corpus.from_documents(["to be", "or not"])
    >>> joint_payload_bytes(prefixes, docs, separator=b" ", level=9)
    array([[17, 17],
           [14, 17]])
    """
    return _joint(prefixes, docs, separator, level, False).astype(np.int64)


def lz77_bits(docs: Corpus, level: int = 9) -> NDArray[np.float64]:
    """Return the entropy of the symbols into which zlib parses each document.

    See `joint_lz77_bits`.

    Parameters
    ----------
    docs : Corpus
        The documents.
    level : int, default=9
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        Bits.

    Examples
    --------
    Four symbols (a, b, c, end of block), each once, take two bits each:

    >>> lz77_bits(Corpus.from_documents(["abc"]))
    array([8.])
    """
    return joint_lz77_bits(_nothing(), docs, separator=b"", level=level)[0]


def joint_lz77_bits(
    prefixes: Corpus, docs: Corpus, *, separator: bytes, level: int = 9
) -> NDArray[np.float64]:
    """Return the entropy of the symbols into which zlib parses prefix, separator and document.

    The parse is the one that `joint_payload_bytes` costs with zlib's codes. Here a symbol costs
    ``-log2`` of its relative frequency: literals, match lengths and one end of block among each
    other, distances among each other, and on top the extra bits of lengths and distances. No
    block is headed by its codes, none is split off, and nothing is rounded to bits or bytes.

    Parameters
    ----------
    prefixes, docs : Corpus
        What stands first, and last; best made by `prepare`.
    separator : bytes
        What stands between them.
    level : int, default=9
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of float64, shape (n_prefixes, n_documents)
        Bits.

    Raises
    ------
    ValueError
        If the level is not one of `EXACT_LEVELS` or a text is longer than `MAX_BYTES`.
    """
    return _joint(prefixes, docs, separator, level, True)


def _nothing() -> Corpus:
    return Corpus(np.zeros(0, np.uint8), np.zeros(2, np.int64))


def _joint(
    prefixes: Corpus, docs: Corpus, separator: bytes, level: int, entropy: bool
) -> NDArray[np.float64]:
    texts = prepare(docs, level)
    out = np.empty((len(prefixes), len(texts)))
    if out.size == 0:
        return out
    longest = int(prefixes.lengths.max()) + len(separator) + int(texts.lengths.max())
    if longest > MAX_BYTES:
        raise ValueError(f"A text must have at most {MAX_BYTES:,} bytes. Got {longest:,} instead.")
    _fill(
        frozen(prefixes.buffer),
        frozen(prefixes.offsets),
        np.frombuffer(separator, np.uint8),
        frozen(texts.buffer),
        frozen(texts.offsets),
        texts.notes,
        frozen(texts.max_rank),
        frozen(texts.alphabet),
        TUNING[level],
        entropy,
        np.zeros(3, BATCH).view(np.recarray),
        out,
    )
    return out


@entry
def _fill(
    prefixes: Text,
    prefix_offsets: NDArray[np.int64],
    separator: Text,
    buffer: Text,
    offsets: NDArray[np.int64],
    notes: Notes,
    max_rank: NDArray[np.int64],
    used: NDArray[np.bool_],
    tuning: Tuning,
    entropy: bool,
    room: NDArray[Any],
    out: NDArray[np.float64],
) -> None:
    """Set ``out[i, j]`` to the bytes, or `entropy` bits, of document j behind prefix i.

    `room` is scratch: a batch of pairs, the symbols of the prefix, a block to close.
    """
    batch, shared, closing = room[0], room[1].blocks, room[2]
    shared_literals, shared_distances = shared.literals[0], shared.distances[0]
    longest_prefix = _longest(prefix_offsets) + separator.size
    chains = new_chains(longest_prefix, longest_prefix + _longest(offsets))
    alphabet = _alphabet(used, prefixes[prefix_offsets[0] : prefix_offsets[-1]], separator)
    block_symbols = np.int64(_UNLIMITED if entropy else BLOCK_SYMBOLS)
    writer = Writer(tuning, chains, alphabet, block_symbols)
    lane = np.int64(0)
    n_rows, n_columns = out.shape
    for i in range(n_rows):
        seam = _load_prefix(prefixes, prefix_offsets[i], prefix_offsets[i + 1], separator, writer)
        deepest = _insert_prefix(writer, seam)
        open_block(shared_literals, shared_distances)
        start = Stream(start_of_text(), np.int64(0), np.int64(0))
        start = write(
            writer, start, seam, np.bool_(True), shared_literals, shared_distances, closing
        )
        for j in range(n_columns):
            end = seam + offsets[j + 1] - offsets[j]
            copy(buffer, offsets[j], offsets[j + 1], chains.text, seam)
            literals, distances = batch.blocks.literals[lane], batch.blocks.distances[lane]
            copy_counts(shared_literals, shared_distances, literals, distances)
            stream = start
            if not _parse_with_notes(
                writer, start, seam, end, notes, offsets[j], deepest + max_rank[j], literals, distances
            ):
                copy_counts(shared_literals, shared_distances, literals, distances)
                begin = _insert_document(writer, start, seam, end)
                stream = write(writer, start, end, np.bool_(False), literals, distances, closing)
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
                lane = np.int64(0)
        _remove_prefix(writer, start, seam)


@jit
def _load_prefix(prefixes: Text, begin: int, end: int, separator: Text, writer: Writer) -> int:
    """Copy prefix and separator to the front of the text; return where the document begins."""
    copy(prefixes, begin, end, writer.chains.text, np.int64(0))
    copy(separator, np.int64(0), np.int64(separator.size), writer.chains.text, end - begin)
    return end - begin + separator.size


@jit
def _insert_prefix(writer: Writer, seam: int) -> int:
    """Return an upper bound of the candidates in any chain, those across the seam included."""
    if writer.tuning.greedy:
        return np.int64(0)
    text, head, previous, depth, head4, previous4 = writer.chains
    insert4(text, head4, previous4, np.int64(1), seam - 3)
    return insert(text, head, previous, depth, np.int64(0), seam - 2) + 2


@jit
def _insert_document(writer: Writer, start: Stream, seam: int, end: int) -> int:
    """Return the first position that is inserted, here or by the greedy parser."""
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
    remove(text, head, previous, np.int64(0), start.cursor.position if greedy else seam - 2)
    if not greedy:
        remove4(text, head4, previous4, np.int64(1), seam - 3)


@jit
def _parse_with_notes(
    writer: Writer,
    start: Stream,
    seam: int,
    end: int,
    notes: Notes,
    offset: int,
    deepest: int,
    literals: Counts,
    distances: Counts,
) -> bool:
    """Parse the document with what was noted of it; return whether that was possible.

    It is not for a greedy parse, at the beginning of a text, whose first byte zlib never matches,
    when a match could be out of reach, or when the block fills up.
    """
    tuning = writer.tuning
    if tuning.greedy or seam == 0 or end > MAX_DISTANCE:
        return False
    text, head, previous, depth, head4, previous4 = writer.chains
    begin, stop = max(seam - 2, 0), min(seam, end - 2)  # what is across the seam
    begin4, stop4 = max(seam - 3, 1), min(seam, end - 3)
    insert(text, head, previous, depth, begin, stop)
    insert4(text, head4, previous4, begin4, stop4)
    cursor = parse_lazily(
        writer.chains,
        seam,
        end,
        np.bool_(False),
        start.cursor,
        tuning,
        np.int64(_UNLIMITED),
        literals,
        distances,
    )
    parse_document(
        writer.chains,
        end,
        offset - seam,
        notes,
        deepest <= tuning.max_chain >> 2,
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
