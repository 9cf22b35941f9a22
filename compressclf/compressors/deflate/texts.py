"""Prepare documents: find the matches within each document, before any prefix is known.

zlib searches for a match by walking a chain of earlier positions with the same hash of three bytes,
newest first. For a position in a document, the newest are those in the document itself, and their
matches do not depend on the prefix. So the best match within the document, and the number of
candidates tried for it, are found here once. For each pair, only the candidates in the prefix
remain.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import Links, Text, fourgram_hash, trigram_hash
from compressclf.compressors.deflate.native import PADDING, copy, entry, int64, jit, match_length
from compressclf.compressors.deflate.tables import (
    HASH_SIZE,
    MAX_DISTANCE,
    MAX_MATCH,
    TUNING,
    Tuning,
)
from compressclf.documents import Corpus

Notes: TypeAlias = NDArray[Any]


# The note on each byte of a document that is shorter than zlib's window.
NOTE = np.dtype(
    [
        ("trigram", np.uint16),  # zlib's hash of the three bytes from here
        ("fourgram", np.uint16),  # our hash of the four bytes from here
        ("rank", np.uint16),  # number of earlier positions of the document with the same trigram
        ("length", np.uint16),  # length of the longest match within the document; 2 if none
        ("distance", np.uint16),  # distance of that match
        ("quick_length", np.uint16),  # the same, after a quarter of the candidates
        ("quick_distance", np.uint16),
        ("unused", np.uint16),  # padding, so that a note never crosses a cache line
    ]
)


class TextArrays(NamedTuple):
    """The arrays of `DeflateTexts`, for kernels."""

    buffer: Text
    offsets: NDArray[np.int64]
    notes: Notes
    max_rank: NDArray[np.int64]
    alphabet: NDArray[np.bool_]


class DeflateTexts(Corpus):
    """Documents prepared to follow many prefixes; made by `prepare`.

    A slice shares the arrays and stays prepared.
    """

    __slots__ = ("alphabet", "level", "max_rank", "notes")

    level: int
    notes: NDArray[Any]  # (n_bytes,) of `NOTE`
    max_rank: NDArray[np.int64]  # (n_documents,) greatest rank in each document
    alphabet: NDArray[np.bool_]  # (256,) which bytes occur

    def __init__(
        self,
        buffer: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        level: int,
        notes: NDArray[Any],
        max_rank: NDArray[np.int64],
        alphabet: NDArray[np.bool_],
    ) -> None:
        super().__init__(buffer, offsets)
        self.level = level
        self.notes = notes
        self.max_rank = max_rank
        self.alphabet = alphabet

    @property
    def arrays(self) -> TextArrays:
        """The arrays for kernels."""
        return TextArrays(
            frozen(self.buffer),
            frozen(self.offsets),
            self.notes,
            frozen(self.max_rank),
            frozen(self.alphabet),
        )

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice):
            return super().__getitem__(index)
        start, stop, step = index.indices(len(self))
        if step != 1:
            return self.take(np.arange(start, stop, step))
        stop = max(start, stop)
        return DeflateTexts(
            self.buffer,
            self.offsets[start : stop + 1],
            self.level,
            self.notes,
            self.max_rank[start:stop],
            self.alphabet,
        )

    def take(self, indices: Any) -> DeflateTexts:
        """Return the documents at `indices`, in that order, prepared for the same level."""
        rows = np.asarray(indices, dtype=np.int64)
        offsets = np.zeros(rows.size + 1, dtype=np.int64)
        np.cumsum(self.lengths[rows], out=offsets[1:])
        buffer = np.empty(offsets[-1], dtype=np.uint8)
        notes = np.empty(offsets[-1] if self.notes.size else 0, NOTE).view(np.recarray)
        starts = self.offsets[:-1][rows]
        _copy_documents(frozen(self.buffer), self.notes, starts, offsets, buffer, notes)
        return DeflateTexts(buffer, offsets, self.level, notes, self.max_rank[rows], self.alphabet)

    def __reduce__(self) -> tuple[Any, ...]:
        return prepare, (Corpus(self.buffer, self.offsets), self.level)


def prepare(docs: Corpus, level: int) -> DeflateTexts:
    """Prepare documents for `joint_payload_bytes`.

    Parameters
    ----------
    docs : Corpus
        The documents that will follow prefixes. They are returned unchanged if they are already
        prepared for this level.
    level : int
        The level of compression, 1 to 9.

    Returns
    -------
    DeflateTexts
        The same documents with a note of 16 bytes per byte of text. Threads may share it.

    Raises
    ------
    ValueError
        If the level is not 1 to 9.
    """
    if isinstance(docs, DeflateTexts) and docs.level == level:
        return docs
    start, stop = docs.offsets[0], docs.offsets[-1]
    buffer, offsets = frozen(docs.buffer[start:stop]), frozen(docs.offsets - start)
    if level not in TUNING:
        raise ValueError(
            f"The 'level' parameter must be an int from 1 to 9. Got {level!r} instead."
        )
    tuning = TUNING[level]
    notes = np.zeros(0 if tuning.greedy else buffer.size, NOTE).view(np.recarray)
    max_rank = np.zeros(len(docs), np.int64)
    if not tuning.greedy:
        _prepare(buffer, offsets, tuning, notes, max_rank)
    return DeflateTexts(
        buffer, offsets, level, notes, max_rank, np.bincount(buffer, minlength=256) > 0
    )


def frozen(array: NDArray[Any]) -> Any:
    """Return a read-only view, so that numba compiles for one type of array only."""
    view = array.view()
    view.flags.writeable = False
    return view


@entry
def _copy_documents(
    buffer: Text,
    notes: Notes,
    starts: NDArray[np.int64],
    new_offsets: NDArray[np.int64],
    new_buffer: NDArray[np.uint8],
    new_notes: Notes,
) -> None:
    """Copy the documents that begin at `starts`, and their notes if there are any."""
    for i in range(starts.size):
        moved = starts[i] - new_offsets[i]
        for j in range(new_offsets[i], new_offsets[i + 1]):
            new_buffer[j] = buffer[moved + j]
            if new_notes.size:
                new_notes[j] = notes[moved + j]


@entry
def _prepare(
    buffer: Text,
    offsets: NDArray[np.int64],
    tuning: Tuning,
    notes: Notes,
    max_rank: NDArray[np.int64],
) -> None:
    longest = int64(0)
    for i in range(offsets.size - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    longest = min(longest, MAX_DISTANCE)
    text = np.zeros(1 + longest + PADDING, np.uint8)
    head = np.zeros(HASH_SIZE, np.int32)
    previous = np.zeros(1 + longest, np.int32)
    for i in range(offsets.size - 1):
        n = offsets[i + 1] - offsets[i]
        if n <= MAX_DISTANCE:
            copy(buffer, offsets[i], offsets[i + 1], text, int64(1))
            own_notes = notes[offsets[i] : offsets[i + 1]]
            max_rank[i] = _prepare_text(text, n, tuning, head, previous, own_notes)


@jit
def _prepare_text(
    text: Text, n: int, tuning: Tuning, head: Links, previous: Links, notes: Notes
) -> int:
    """Write the notes of the document in ``text[1 : 1 + n]``; return its greatest rank."""
    max_rank = 0
    for s in range(1, n - 1):  # from 1, because position 0 means "none"
        note = notes[s - 1]
        note.trigram = trigram_hash(text, s)
        note.fourgram = fourgram_hash(text, s)
        candidate = int64(head[note.trigram])
        note.rank = notes[candidate - 1].rank + 1 if candidate > 0 else 0
        max_rank = max(max_rank, int64(note.rank))
        previous[s] = candidate
        head[note.trigram] = s
        _note_match(note, text, s, n + 1 - s, candidate, previous, tuning)
    for s in range(1, n - 1):
        head[notes[s - 1].trigram] = 0
    return max_rank


@jit
def _note_match(
    note: Any,
    text: Text,
    s: int,
    remaining: int,
    candidate: int,
    previous: Links,
    tuning: Tuning,
) -> None:
    """Note the longest match for `s` among all candidates, and among the first quarter."""
    best, distance = 2, 0
    quick_best, quick_distance = 2, 0
    enough = min(tuning.nice_length, remaining)
    seen = 0
    while candidate != 0 and seen < tuning.max_chain and best < enough:
        length = match_length(text, candidate, s, min(remaining, MAX_MATCH))
        if length > best:
            best, distance = length, s - candidate
        candidate = int64(previous[candidate])
        seen += 1
        if seen <= tuning.max_chain >> 2:
            quick_best, quick_distance = best, distance
    note.length, note.distance = best, distance
    note.quick_length, note.quick_distance = quick_best, quick_distance
