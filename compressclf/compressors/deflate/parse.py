"""zlib's choice of literals and matches: ``deflate_slow`` and ``deflate_fast`` of ``deflate.c``.

Every parser counts symbols and returns a `Cursor` from which parsing can go on. So a prefix is
parsed only once: with an open end, parsing stops before the first decision that could depend on
the text after it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from compressclf.compressors.deflate.chains import Chains, Links, Text, trigram_hash
from compressclf.compressors.deflate.huffman import Counts
from compressclf.compressors.deflate.native import (
    boolean,
    int64,
    jit,
    load64,
    match_length,
    trailing_zeros,
    uint64,
)
from compressclf.compressors.deflate.tables import (
    DISTANCE_SYMBOL,
    LENGTH_SYMBOL,
    MAX_DISTANCE,
    MAX_MATCH,
    MIN_MATCH,
    TOO_FAR,
    Tuning,
)
from compressclf.compressors.deflate.texts import Notes

_THREE_BYTES = uint64(0xFFFFFF)


class Cursor(NamedTuple):
    """The state of a parser."""

    position: int
    length: int  # length of the match at position - 1, not sent yet; 2 if there is none
    start: int  # start of that match
    pending: bool  # whether the byte at position - 1 is not sent yet
    symbols: int  # number of symbols sent in this block


@jit
def start_of_text() -> Cursor:
    """Return the cursor at the beginning of a text."""
    zero = int64(0)
    return Cursor(zero, int64(2), zero, boolean(False), zero)


@jit
def send_literal(byte: np.uint8, literals: Counts) -> None:
    """Count a byte."""
    literals[byte] += 1


@jit
def send_match(length: int, distance: int, literals: Counts, distances: Counts) -> None:
    """Count the length and the distance of a match."""
    literals[LENGTH_SYMBOL[uint64(length - MIN_MATCH)]] += 1
    d = uint64(distance - 1)
    distances[DISTANCE_SYMBOL[d if d < 256 else uint64(256) + (d >> uint64(7))]] += 1


@jit
def longest_match(
    text: Text,
    previous: Links,
    s: int,
    remaining: int,
    candidate: int,
    budget: int,
    best: int,
    enough: int,
) -> tuple[int, int]:
    """Return length and start of the first longest match above `best` among `budget` candidates.

    A length of `best` means that there is none. `remaining` bytes of text are left from `s` on.
    """
    start = int64(0)
    limit = min(remaining, MAX_MATCH)
    oldest = max(s - MAX_DISTANCE, 0)
    while True:
        length = match_length(text, candidate, s, limit)
        if length > best:
            best, start = length, candidate
            if length >= enough:
                break
        candidate = int64(previous[uint64(candidate)])
        budget -= 1
        if candidate <= oldest or budget <= 0:
            break
    return best, start


@jit
def parse_lazily(
    chains: Chains,
    stop: int,
    end: int,
    is_open: bool,
    cursor: Cursor,
    tuning: Tuning,
    block_symbols: int,
    literals: Counts,
    distances: Counts,
) -> Cursor:
    """Parse up to `stop`, or to the end of the block (levels 4 to 9).

    A match is sent only if the next position has no longer one (``deflate_slow``). All positions
    up to `stop` are in the chains. The text ends at `end`, or, if `is_open`, later.
    """
    text, previous = chains.text, chains.previous
    s, length, start, pending, symbols = cursor
    while s < stop and symbols < block_symbols:
        remaining = end - s
        if is_open and (remaining < MIN_MATCH or length >= remaining):
            break
        found, found_start = int64(2), int64(0)
        candidate = int64(previous[s]) if remaining >= MIN_MATCH else int64(0)
        if (
            candidate != 0
            and length < min(tuning.max_lazy, remaining)
            and s - candidate <= MAX_DISTANCE
        ):
            budget = tuning.max_chain >> 2 if length >= tuning.good_length else tuning.max_chain
            enough = min(tuning.nice_length, remaining)
            found, found_start = longest_match(
                text, previous, s, remaining, candidate, budget, length, enough
            )
            if is_open and found >= remaining:
                break
            if found == MIN_MATCH and s - found_start > TOO_FAR:
                found = int64(2)
        if length >= MIN_MATCH and found <= length:
            send_match(length, s - 1 - start, literals, distances)
            symbols += 1
            s += length - 1
            found = int64(2)
            pending = boolean(False)
        else:
            if pending:
                send_literal(text[s - 1], literals)
                symbols += 1
            pending = boolean(True)
            s += 1
        length, start = found, found_start
    return Cursor(s, length, start, pending, symbols)


@jit
def parse_greedily(
    chains: Chains,
    end: int,
    is_open: bool,
    cursor: Cursor,
    tuning: Tuning,
    block_symbols: int,
    literals: Counts,
    distances: Counts,
) -> Cursor:
    """Parse up to the end of the text or of the block (levels 1 to 3).

    The first match is sent at once, and the positions inside a long one are never inserted
    (``deflate_fast``); so the chains grow with the parse.
    """
    text, head, previous = chains.text, chains.head, chains.previous
    s, length, start, pending, symbols = cursor
    while s < end and symbols < block_symbols:
        remaining = end - s
        if is_open and remaining < MIN_MATCH:
            break
        length = int64(2)
        if remaining >= MIN_MATCH:
            h = trigram_hash(text, s)
            candidate = int64(head[h])
            if candidate != 0 and s - candidate <= MAX_DISTANCE:
                enough = min(tuning.nice_length, remaining)
                length, start = longest_match(
                    text, previous, s, remaining, candidate, tuning.max_chain, length, enough
                )
            if is_open and length > remaining - MIN_MATCH:
                break
            previous[s] = candidate
            head[h] = s
        symbols += 1
        if length < MIN_MATCH:
            send_literal(text[s], literals)
            s += 1
            continue
        send_match(length, s - start, literals, distances)
        if length <= tuning.max_lazy and remaining - length >= MIN_MATCH:
            for inside in range(s + 1, s + length):
                h = trigram_hash(text, inside)
                previous[inside] = head[h]
                head[h] = inside
        s += length
    return Cursor(s, int64(2), int64(0), pending, symbols)


@jit
def parse_document(
    chains: Chains,
    end: int,
    offset: int,
    notes: Notes,
    exhaustive: bool,
    cursor: Cursor,
    tuning: Tuning,
    literals: Counts,
    distances: Counts,
) -> None:
    """Parse like `parse_lazily` up to the end, from a cursor in the document.

    The chains hold only the prefix. Matches within the document come from its notes; the note for
    `s` is at ``offset + s``. `exhaustive` means that no budget can run out.
    """
    text, head, previous, depth, head4, previous4 = chains
    s, length, start, pending, _ = cursor
    good_length, max_lazy, nice_length, max_chain, _ = tuning
    while s < end:
        remaining = end - s
        found, found_start = int64(2), int64(0)
        if remaining >= MIN_MATCH and length < min(max_lazy, remaining):
            note = notes[uint64(offset + s)]
            quick = length >= good_length
            enough = min(nice_length, remaining)
            within = int64(note.quick_length if quick else note.length)
            found = length
            if within > length:
                found = within
                found_start = s - int64(note.quick_distance if quick else note.distance)
            candidate = int64(head[note.trigram])
            if candidate != 0 and found < enough:
                budget = (max_chain >> 2 if quick else max_chain) - int64(note.rank)
                if exhaustive or depth[uint64(candidate)] <= budget:
                    word = load64(text, s)
                    longer = int64(head4[note.fourgram]) if remaining > MIN_MATCH else int64(0)
                    if longer != 0:
                        least = max(found, MIN_MATCH)
                        in_prefix, prefix_start = longest_of_four(
                            text, previous4, s, remaining, word, longer, least, enough
                        )
                        if prefix_start != 0:
                            found, found_start = in_prefix, prefix_start
                    if found < MIN_MATCH:
                        candidate = newest_of_three(text, previous, word, candidate)
                        if candidate != 0:
                            found, found_start = int64(MIN_MATCH), candidate
                elif budget > 0:
                    in_prefix, prefix_start = longest_match(
                        text, previous, s, remaining, candidate, budget, found, enough
                    )
                    if prefix_start != 0:
                        found, found_start = in_prefix, prefix_start
            if found == MIN_MATCH and s - found_start > TOO_FAR:
                found = int64(2)
        if length >= MIN_MATCH and found <= length:
            send_match(length, s - 1 - start, literals, distances)
            s += length - 1
            found = int64(2)
            pending = boolean(False)
        else:
            if pending:
                send_literal(text[uint64(s - 1)], literals)
            pending = boolean(True)
            s += 1
        length, start = found, found_start
    if pending:
        send_literal(text[s - 1], literals)


@jit
def longest_of_four(
    text: Text,
    previous4: Links,
    s: int,
    remaining: int,
    word: int,
    candidate: int,
    best: int,
    enough: int,
) -> tuple[int, int]:
    """Return the same as `longest_match` without a budget, for a `best` of three or more.

    `word` holds the first eight bytes at `s`. The chain is that of four bytes, since every match
    longer than three bytes begins with the same four.
    """
    start = int64(0)
    while True:
        difference = load64(text, candidate) ^ word
        if difference == 0:
            length = 8 + match_length(text, candidate + 8, s + 8, MAX_MATCH - 8)
        else:
            length = trailing_zeros(difference) >> 3
        length = min(length, remaining)
        if length > best:
            best, start = length, candidate
        candidate = int64(previous4[uint64(candidate)])
        if best >= enough or candidate == 0:
            break
    return best, start


@jit
def newest_of_three(text: Text, previous: Links, word: int, candidate: int) -> int:
    """Return the newest candidate whose first three bytes are those of `word`, or 0."""
    while candidate != 0 and (load64(text, candidate) ^ word) & _THREE_BYTES != 0:
        candidate = int64(previous[uint64(candidate)])
    return candidate
