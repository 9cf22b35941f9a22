"""What the engine finds out about each document once, before it sees any prefix.

zlib looks for a match by walking a chain of earlier positions with the same hash of three bytes,
newest first. For a position in a document the newest are those in the document itself, and what
they yield does not depend on the prefix in front of it. So the best match within the document,
and how many candidates were spent on it, is found here, once; for each pair only the candidates
in the prefix are left.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import fourgram_hash, trigram_hash
from compressclf.compressors.deflate.native import PADDING, jit, match_length
from compressclf.compressors.deflate.tables import (
    HASH_SIZE,
    MAX_DISTANCE,
    MAX_MATCH,
    TUNING,
    Tuning,
)
from compressclf.documents import Corpus


class Prepared(NamedTuple):
    """The arrays of a `DeflateTexts`, as the kernels take them.

    All but the last have one entry for each byte of the buffer. Documents that are too long to
    share anything (`MAX_DISTANCE`) have zeros.
    """

    trigram: NDArray[np.uint16]  # zlib's hash of the three bytes from here
    fourgram: NDArray[np.uint16]  # our hash of the four bytes from here
    rank: NDArray[np.uint16]  # how many earlier positions of the document have the same trigram
    length: NDArray[np.uint16]  # of the longest match in the document (2: there is none)
    distance: NDArray[np.uint16]
    quick_length: NDArray[np.uint16]  # the same after a quarter of the candidates
    quick_distance: NDArray[np.uint16]
    max_rank: NDArray[np.uint16]  # (n_documents,) the greatest rank in each document


class DeflateTexts(Corpus):
    """Documents prepared as the second part of many texts; made by `prepare`.

    A slice shares the arrays and stays prepared.
    """

    __slots__ = ("alphabet", "level", "prepared")

    level: int
    prepared: Prepared
    alphabet: NDArray[np.bool_]

    def __init__(
        self,
        buffer: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        level: int,
        prepared: Prepared,
        alphabet: NDArray[np.bool_],
    ) -> None:
        super().__init__(buffer, offsets)
        self.level = level
        self.prepared = prepared
        self.alphabet = alphabet  # which of the 256 bytes occur

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice):
            return super().__getitem__(index)
        start, stop, step = index.indices(len(self))
        if step != 1:
            return self.take(np.arange(start, stop, step))
        stop = max(start, stop)
        prepared = self.prepared._replace(max_rank=self.prepared.max_rank[start:stop])
        offsets = self.offsets[start : stop + 1]
        return DeflateTexts(self.buffer, offsets, self.level, prepared, self.alphabet)

    def take(self, indices: Any) -> DeflateTexts:
        """Return the documents at `indices`, in that order, prepared as these are."""
        return prepare(Corpus(self.buffer, self.offsets).take(indices), self.level)

    def __reduce__(self) -> tuple[Any, ...]:
        return prepare, (Corpus(self.buffer, self.offsets), self.level)


def prepare(docs: Corpus, level: int) -> DeflateTexts:
    """Find out once what `joint_payload_bytes` needs to know of each document.

    Parameters
    ----------
    docs : Corpus
        The documents that will stand behind prefixes. Returned as it is if it was prepared for
        this level.
    level : int
        The level of compression, 1 to 9.

    Returns
    -------
    DeflateTexts
        The same documents with 14 bytes of arrays for each byte of text. Threads may share it.
    """
    if isinstance(docs, DeflateTexts) and docs.level == level:
        return docs
    start, stop = docs.offsets[0], docs.offsets[-1]
    buffer, offsets = frozen(docs.buffer[start:stop]), frozen(docs.offsets - start)
    prepared = _empty(buffer.size if not TUNING[level].greedy else 0, len(docs))
    if not TUNING[level].greedy:
        _prepare(buffer, offsets, TUNING[level], prepared)
    return DeflateTexts(buffer, offsets, level, prepared, np.bincount(buffer, minlength=256) > 0)


def frozen(array: NDArray[Any]) -> Any:
    """Return a read-only view, so that numba meets one type of array whatever the caller has."""
    view = array.view()
    view.flags.writeable = False
    return view


def _empty(n_bytes: int, n_documents: int) -> Prepared:
    per_byte = (np.zeros(n_bytes, np.uint16) for _ in range(7))
    return Prepared(*per_byte, np.zeros(n_documents, np.uint16))


@jit
def _prepare(
    buffer: NDArray[np.uint8], offsets: NDArray[np.int64], tuning: Tuning, out: Prepared
) -> None:
    head = np.zeros(HASH_SIZE, np.int32)
    longest = np.int64(0)
    for i in range(offsets.size - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    longest = min(longest, MAX_DISTANCE)
    text = np.zeros(1 + longest + PADDING, np.uint8)
    previous = np.zeros(1 + longest, np.int32)
    for i in range(offsets.size - 1):
        start, n = offsets[i], offsets[i + 1] - offsets[i]
        if n <= MAX_DISTANCE:
            text[1 : 1 + n] = buffer[start : start + n]  # from 1: position 0 means "none"
            out.max_rank[i] = _prepare_text(text, n, start, tuning, head, previous, out)


@jit
def _prepare_text(
    text: NDArray[np.uint8],
    n: int,
    start: int,
    tuning: Tuning,
    head: NDArray[np.int32],
    previous: NDArray[np.int32],
    out: Prepared,
) -> int:
    """Fill `out` for the document in ``text[1 : 1 + n]``; return its greatest rank."""
    max_rank = 0
    for s in range(1, n - 1):
        at = start + s - 1
        trigram = trigram_hash(text, s)
        candidate = head[trigram]
        rank = 0 if candidate == 0 else out.rank[start + candidate - 1] + 1
        max_rank = max(max_rank, rank)
        previous[s] = candidate
        head[trigram] = s
        out.trigram[at] = trigram
        out.rank[at] = rank
        _best_match(text, s, n + 1 - s, tuning, previous, out, at)
    for s in range(1, n - 1):
        head[out.trigram[start + s - 1]] = 0
        if s < n - 2:
            out.fourgram[start + s - 1] = fourgram_hash(text, s)
    return max_rank


@jit
def _best_match(
    text: NDArray[np.uint8],
    s: int,
    remaining: int,
    tuning: Tuning,
    previous: NDArray[np.int32],
    out: Prepared,
    at: int,
) -> None:
    """Record the longest match for `s` among all candidates, and among the first quarter."""
    best, distance = 2, 0
    quick_best, quick_distance = 2, 0
    enough = min(tuning.nice_length, remaining)
    candidate = previous[s]
    seen = 0
    while candidate != 0 and seen < tuning.max_chain and best < enough:
        length = match_length(text, candidate, s, min(remaining, MAX_MATCH))
        if length > best:
            best, distance = length, s - candidate
        candidate = previous[candidate]
        seen += 1
        if seen <= tuning.max_chain >> 2:
            quick_best, quick_distance = best, distance
    out.length[at], out.distance[at] = best, distance
    out.quick_length[at], out.quick_distance[at] = quick_best, quick_distance
