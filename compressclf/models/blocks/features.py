"""The features of a document as 64-bit hashes: blocks of characters, words and pairs of words.

A space is added before and after a document. Its features are

* *blocks*: the j characters that end with each character, for each block length j. A character is a
  lead byte of UTF-8 with the continuation bytes that follow it, at most as many as the lead byte
  announces; every other byte is a character by itself. So any bytes can be read, and a block length
  means the same in every script, however many bytes a letter takes;
* *words*: runs of letters, digits, underscores and bytes >= 128, with A-Z folded to a-z; and pairs
  of neighbouring words. All of UTF-8 beyond ASCII is >= 128, so words of any script with spaces
  between words stay whole.

An empty document has no features. The kind of a feature is its block length, `WORD` or `PAIR`.

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

from compressclf._lib.jit import kernels_of

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
"""The longest block, in characters."""
WORD, PAIR = 9, 10
N_KINDS = 11

_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODD_TOO = np.uint64(0xD6E8FEB86659FD93)
_BASIS = np.uint64(0xCBF29CE484222325)  # FNV-1a
_PRIME = np.uint64(0x100000001B3)
_POWERS = np.array([pow(int(_ODD), j, 2**64) for j in range(LONGEST + 1)], np.uint64)
_RING = 15
"""Mask of the position of a character in a ring of sixteen, of which `LONGEST` are needed."""

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

    If `spans` is not empty, its rows get the begin and end of each feature, relative to `begin`;
    the spaces around the document are at -1 and at its length.
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
    """Write the blocks whose last byte is in [first, last) as features n, n + 1, ...

    Return the new n. Positions begin - 1 and `end` are the spaces around the document.
    """
    # The hash of all characters so far is a polynomial; the hash of the last j is what remains
    # after subtracting the characters before them. `before` has the hash before each of the last
    # characters, `starts` the position of its first byte.
    before, starts = np.empty(_RING + 1, np.uint64), np.empty(_RING + 1, np.int64)
    # Begin to read a whole block before `first`. If that is within a character, its remaining
    # bytes, at most three, are read as characters that are not in any block written here.
    position = max(begin - 1, first - 4 * LONGEST - 4)
    h, n_characters = np.uint64(0), 0
    while position < last:
        before[n_characters & _RING], starts[n_characters & _RING] = h, position
        byte = buffer[position] if begin <= position < end else np.uint8(32)
        position += 1
        character = np.uint64(byte)
        if byte >= 0x80:
            stop = min(position + _continuation_bytes(byte), end)
            while position < stop and buffer[position] & 0xC0 == 0x80:
                character = (character << np.uint64(8)) | np.uint64(buffer[position])
                position += 1
            if position > last:  # its last byte is in the next piece
                break
        h = h * _ODD + (character + np.uint64(1))
        n_characters += 1
        if position <= first:
            continue
        for j in lengths:
            if n_characters >= j:
                oldest = (n_characters - j) & _RING
                hashes[n] = _mix(h - before[oldest] * _POWERS[j] + np.uint64(j))
                kinds[n] = j
                if spans.size:
                    spans[n, 0], spans[n, 1] = starts[oldest] - begin, position - begin
                n += 1
    return n


@kernel
def _continuation_bytes(lead: Any) -> int:
    """Return how many continuation bytes can follow a byte."""
    if lead < 0xC0 or lead > 0xF7:
        return 0
    return 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3


@kernel
def new_words(begin):
    """Return the state of `words_of` at the beginning of a document.

    The state is the hash of the current word, whether there is one, and its begin; and hash and
    begin of the previous word.
    """
    return _BASIS, False, begin, np.uint64(0), begin


@kernel
def words_of(buffer, begin, end, first, last, words, state, n, hashes, kinds, spans):
    """Write the words and pairs that end in [first, last) as features n, n + 1, ...

    Return the new n and the state for the next positions.
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
    """Return the largest possible number of features of a document of `n_bytes`.

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
