"""The distinct features of a document, in the order in which they come, and how often each does.

A document of usual size is read at once; a long one in pieces, so that what is needed in memory
grows with its distinct features (of one shard, if only that is asked for), not with its bytes:
each byte is in a dozen features, and every thread would hold all of them.
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

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["EVERY", "MOST_TIMES", "SHARDS", "distinct_features", "most_at_once", "roomy", "scratch"]

SHARDS = 4
EVERY = np.uint64(SHARDS)
"""Stands for all shards at once."""
MOST_TIMES = np.uint8(255)
"""Occurrences in one document beyond these are not counted."""
PIECE = 1 << 16
"""Bytes that are read at once."""
_SHIFT = np.uint64(62)


class Scratch(NamedTuple):
    """Where the features of one piece go, and a hash table of those that were seen."""

    hashes: NDArray[np.uint64]
    kinds: NDArray[np.int8]
    seen: NDArray[np.uint64]
    seen_at: NDArray[np.int32]
    nowhere: NDArray[np.int64]
    """Spans that nobody asks for."""


def most_at_once(docs: Corpus, n_lengths: int, words: int) -> int:
    """Return how many features of these documents are read at once, at most."""
    # A word or two may have begun in the piece before.
    return most_features(min(int(docs.lengths.max(initial=0)), PIECE), n_lengths, words) + words


@kernel
def scratch(most):
    """Return what `distinct_features` works on, for `most` features at once."""
    return Scratch(
        np.empty(most, np.uint64),
        np.empty(most, np.int8),
        np.zeros(_slots_for(most), np.uint64),
        np.empty(_slots_for(most), np.int32),
        np.empty((0, 2), np.int64),
    )


@kernel
def distinct_features(buffer, begin, end, lengths, words, shard, work):
    """Return the distinct features of ``buffer[begin:end]`` that belong to a shard.

    Returns
    -------
    n : int
        How many there are.
    hashes, kinds, times : arrays of n elements or more
        Those of `work` may be among them: they are overwritten by the next document.
    """
    if end - begin > PIECE:
        return _in_pieces(buffer, begin, end, lengths, words, shard, work)
    m = features_of(buffer, begin, end, lengths, words, work.hashes, work.kinds, work.nowhere)
    size = _slots_for(m)
    seen = work.seen[:size]
    seen[:] = 0
    times = np.empty(m, np.uint8)
    n = _gather(
        work.hashes, work.kinds, m, shard, work.hashes, work.kinds, times, 0, seen, work.seen_at
    )
    return n, work.hashes, work.kinds, times


@kernel
def _in_pieces(buffer, begin, end, lengths, words, shard, work):
    hashes, kinds, times = np.empty(0, np.uint64), np.empty(0, np.int8), np.empty(0, np.uint8)
    seen, seen_at = work.seen, work.seen_at
    seen[:] = 0
    n, state = 0, new_words(begin)
    for what in range(2 if words > 0 else 1):  # all blocks, then all words, as of short documents
        for first in range(begin - 1 + what, end + 1, PIECE):
            last = min(first + PIECE, end + 1)
            if what == 0:
                m = blocks_of(
                    buffer, begin, end, first, last, lengths, 0, work.hashes, work.kinds,
                    work.nowhere,
                )  # fmt: skip
            else:
                m, state = words_of(
                    buffer, begin, end, first, last, words, state, 0, work.hashes, work.kinds,
                    work.nowhere,
                )  # fmt: skip
            hashes, kinds, times = roomy(hashes, n + m), roomy(kinds, n + m), roomy(times, n + m)
            if _slots_for(n + m) > seen.size:
                seen, seen_at = _table_of(hashes, n, _slots_for(2 * (n + m)))
            n = _gather(work.hashes, work.kinds, m, shard, hashes, kinds, times, n, seen, seen_at)
    return n, hashes, kinds, times


@kernel
def _gather(fresh, fresh_kinds, m, shard, hashes, kinds, times, n, seen, seen_at):
    """Count m features; those that are new come behind the n there are. Return how many then are.

    `hashes` and `kinds` may be `fresh` and `fresh_kinds`.
    """
    mask = np.uint64(seen.size - 1)
    for i in range(m):
        h = fresh[i]
        if shard != EVERY and h >> _SHIFT != shard:
            continue
        place = _first_place(h) & mask
        while seen[place] != 0 and seen[place] != h:
            place = (place + np.uint64(1)) & mask
        if seen[place] == 0:
            seen[place] = h
            seen_at[place] = n
            hashes[n], kinds[n], times[n] = h, fresh_kinds[i], np.uint8(1)
            n += 1
        elif times[seen_at[place]] < MOST_TIMES:
            times[seen_at[place]] += np.uint8(1)
    return n


@kernel
def _table_of(hashes, n, size):
    """Return a hash table of the first n."""
    seen, seen_at = np.zeros(size, np.uint64), np.empty(size, np.int32)
    mask = np.uint64(size - 1)
    for i in range(n):
        place = _first_place(hashes[i]) & mask
        while seen[place] != 0:
            place = (place + np.uint64(1)) & mask
        seen[place], seen_at[place] = hashes[i], i
    return seen, seen_at


@kernel
def _first_place(h):
    return h >> np.uint64(20)


@kernel
def _slots_for(n):
    size = 16
    while size < 2 * n:
        size *= 2
    return size


@kernel
def roomy(array, n):
    """Return the array with room for n elements."""
    if n <= array.size:
        return array
    larger = np.empty(max(n, 2 * array.size), array.dtype)
    larger[: array.size] = array
    return larger
