"""What of a document is counted: blocks of bytes and words, as 64-bit hashes.

A document, with a space put before and after it, has

* *blocks*: the j bytes that end at each position, for every block length j asked for;
* *words*: runs of letters, digits, underscores and bytes >= 128, A-Z folded to a-z; and pairs of
  neighbouring words. All of UTF-8 beyond ASCII is >= 128, so that words of any script stay whole
  where spaces stand between them; where none do, blocks are what counts.

An empty document has none. The kind of a feature is the length of its block, or `WORD` or `PAIR`.

>>> import numpy as np
>>> doc = np.frombuffer(b"to be", np.uint8)
>>> hashes, kinds = np.empty(99, np.uint64), np.empty(99, np.int8)
>>> spans = np.empty((99, 2), np.int64)
>>> n = features_of(doc, 0, 5, np.array([4]), 2, hashes, kinds, spans)
>>> np.bincount(kinds[:n]).tolist()  # ' to ', 'to b', 'o be', ' be '; to, be; to be
[0, 0, 0, 0, 4, 0, 0, 0, 0, 2, 1]
>>> [doc[begin:end].tobytes() for begin, end in spans[n - 3 : n]]
[b'to', b'be', b'to be']
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "LONGEST",
    "N_KINDS",
    "PAIR",
    "WORD",
    "blocks_of",
    "features_of",
    "kernel",
    "most_features",
    "new_words",
    "words_of",
]

LONGEST = 8
"""The longest block: eight bytes are one machine word."""
WORD, PAIR = 9, 10
N_KINDS = 11

_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODD_TOO = np.uint64(0xD6E8FEB86659FD93)
_BASIS = np.uint64(0xCBF29CE484222325)  # FNV-1a
_PRIME = np.uint64(0x100000001B3)

kernel = kernels_of(Path(__file__).parent)


@kernel
def features_of(
    buffer: NDArray[np.uint8],
    begin: int,
    end: int,
    lengths: NDArray[np.int64],
    words: int,
    hashes: NDArray[np.uint64],
    kinds: NDArray[np.int8],
    spans: NDArray[np.int64],
) -> int:
    """Write hash and kind of every feature of ``buffer[begin:end]``; return their number.

    If `spans` is not empty, where each feature begins and ends is written into its rows, relative
    to `begin`; the spaces before and after the document are at -1 and its length.
    """
    if begin == end:
        return 0
    n = blocks_of(buffer, begin, end, begin - 1, end + 1, lengths, 0, hashes, kinds, spans)
    if words > 0:
        n, _ = words_of(
            buffer, begin, end, begin, end + 1, words, new_words(begin), n, hashes, kinds, spans
        )
    return n


@kernel
def blocks_of(buffer, begin, end, first, last, lengths, n, hashes, kinds, spans):
    """Write the blocks that end at the positions [first, last) as features n, n + 1, ...

    Return n and their number. Positions begin - 1 and `end` are the spaces around the document.
    """
    window = np.uint64(0)
    for position in range(max(begin - 1, first - LONGEST + 1), last):
        byte = buffer[position] if begin <= position < end else np.uint8(32)
        window = (window << np.uint64(8)) | np.uint64(byte)
        if position < first:
            continue
        seen = position - begin + 2
        for j in lengths:
            if seen >= j:
                block = window & (np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 8 * j))
                hashes[n] = _mix(block * _ODD + np.uint64(j))
                kinds[n] = j
                if spans.size:
                    spans[n, 0], spans[n, 1] = position + 1 - j - begin, position + 1 - begin
                n += 1
    return n


@kernel
def new_words(begin):
    """Return what `words_of` knows at the beginning of a document.

    The hash of the word so far, whether there is one, where it begins; hash and beginning of the
    word before.
    """
    return _BASIS, False, begin, np.uint64(0), begin


@kernel
def words_of(buffer, begin, end, first, last, words, state, n, hashes, kinds, spans):
    """Write the words and pairs that end at [first, last) as features n, n + 1, ...

    Return n and their number, and the state for the positions that follow.
    """
    word, inside, start, before, start_before = state
    for position in range(first, last):
        byte = buffer[position] if position < end else np.uint8(32)
        if _in_word(byte):
            if 65 <= byte <= 90:
                byte += np.uint8(32)
            if not inside:
                start = position
            word = (word ^ np.uint64(byte)) * _PRIME
            inside = True
        elif inside:
            word = _mix(word)
            hashes[n] = word
            kinds[n] = WORD
            if spans.size:
                spans[n, 0], spans[n, 1] = start - begin, position - begin
            n += 1
            if words > 1 and before != 0:
                hashes[n] = _mix(before * np.uint64(31) + word)
                kinds[n] = PAIR
                if spans.size:
                    spans[n, 0], spans[n, 1] = start_before - begin, position - begin
                n += 1
            word, inside, before, start_before = _BASIS, False, word, start
    return n, (word, inside, start, before, start_before)


def most_features(n_bytes: int, n_lengths: int, words: int) -> int:
    """Return how many features a document of `n_bytes` has at most.

    Examples
    --------
    >>> most_features(5, 1, 2)
    13
    """
    return (n_bytes + 2) * n_lengths + words * ((n_bytes + 1) // 2)


@kernel
def _in_word(byte: Any) -> bool:
    return 97 <= byte <= 122 or 65 <= byte <= 90 or 48 <= byte <= 57 or byte >= 128 or byte == 95


@kernel
def _mix(h: Any) -> Any:
    """Spread a hash over all its bits; never 0, which marks an empty slot."""
    h ^= h >> np.uint64(32)
    h *= _ODD_TOO
    h ^= h >> np.uint64(29)
    h *= _ODD
    h ^= h >> np.uint64(32)
    return h if h != 0 else np.uint64(1)
