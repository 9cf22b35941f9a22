"""The distinct features of a document in order of first occurrence, and how often each occurs.

A long document is read in pieces, so that memory grows with its distinct features and not with its
bytes, each of which is in a dozen features.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.models.blocks.features import (
    blocks_of,
    features_of,
    kernel,
    most_features,
    new_words,
    words_of,
)
from compressclf.models.blocks.slots import place_of, row_in, size_for, slot_for, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = [
    "MOST_TIMES",
    "Found",
    "distinct_features",
    "most_at_once",
    "nothing",
    "roomy",
    "scratch",
]

MOST_TIMES = np.uint8(255)
"""Occurrences of a feature that are counted in one document, at most."""
PIECE = 1 << 16
"""Bytes that are read at a time."""


class Found(NamedTuple):
    """Distinct features; the arrays can be longer than the part in use."""

    hashes: NDArray[np.uint64]
    kinds: NDArray[np.int8]
    times: NDArray[np.uint8]
    """Occurrences in the document, at most `MOST_TIMES`."""


class Scratch(NamedTuple):
    """Buffers for the features of one piece, and a hash table of known features."""

    hashes: NDArray[np.uint64]
    kinds: NDArray[np.int8]
    slots: NDArray[np.uint64]
    nowhere: NDArray[np.int64]
    """Empty output for spans, which are not needed here."""


def most_at_once(docs: Corpus, n_lengths: int, words: int) -> int:
    """Return how many features of these documents are read at a time, at most."""
    # A word and a pair can have begun in the piece before.
    return most_features(min(int(docs.lengths.max(initial=0)), PIECE), n_lengths, words) + words


@kernel
def scratch(most):
    """Return buffers of `distinct_features` for `most` features at a time."""
    return Scratch(
        np.empty(most, np.uint64),
        np.empty(most, np.int8),
        np.empty(size_for(most), np.uint64),
        np.empty((0, 2), np.int64),
    )


@kernel
def nothing():
    """Return no features."""
    return Found(np.empty(0, np.uint64), np.empty(0, np.int8), np.empty(0, np.uint8))


@kernel
def distinct_features(buffer, begin, end, lengths, words, work, found, n):
    """Write the distinct features of ``buffer[begin:end]`` into `found` from position n on.

    Return the new n, and `found`, whose arrays may have been enlarged.
    """
    if end - begin > PIECE:
        return _in_pieces(buffer, begin, end, lengths, words, work, found, n)
    m = features_of(buffer, begin, end, lengths, words, work.hashes, work.kinds, work.nowhere)
    slots = work.slots[: size_for(m)]
    slots[:] = 0
    found = _room_for(found, n + m)
    return _gather(work, m, found, n, n, slots), found


@kernel
def _in_pieces(buffer, begin, end, lengths, words, work, found, first):
    slots = work.slots
    slots[:] = 0
    n, state = first, new_words(begin)
    for what in range(2 if words > 0 else 1):  # all blocks, then all words, as in short documents
        for position in range(begin - 1 + what, end + 1, PIECE):
            last = min(position + PIECE, end + 1)
            if what == 0:
                m = blocks_of(
                    buffer, begin, end, position, last, lengths, 0, work.hashes, work.kinds,
                    work.nowhere,
                )  # fmt: skip
            else:
                m, state = words_of(
                    buffer, begin, end, position, last, words, state, 0, work.hashes, work.kinds,
                    work.nowhere,
                )  # fmt: skip
            found = _room_for(found, n + m)
            if size_for(n - first + m) > slots.size:
                slots = slots_of(found.hashes[first:n], 2 * (n - first + m))
            n = _gather(work, m, found, first, n, slots)
    return n, found


@kernel
def _gather(work, m, found, first, n, slots):
    """Count the m features of a piece; write new ones from position n on, and return the new n.

    Features from `first` on are those of the same document.
    """
    for i in range(m):
        h = work.hashes[i]
        place = place_of(slots, h)
        at = row_in(slots[place])
        if at < 0:
            slots[place] = slot_for(h, n - first)
            found.hashes[n], found.kinds[n], found.times[n] = h, work.kinds[i], np.uint8(1)
            n += 1
        elif found.times[first + at] < MOST_TIMES:
            found.times[first + at] += np.uint8(1)
    return n


@kernel
def _room_for(found, n):
    return Found(roomy(found.hashes, n), roomy(found.kinds, n), roomy(found.times, n))


@kernel
def roomy(array, n):
    """Return the array with room for n elements."""
    if n <= array.size:
        return array
    larger = np.empty(max(n, 2 * array.size), array.dtype)
    larger[: array.size] = array
    return larger
