"""zlib's choice of literals and matches: ``deflate_slow`` and ``deflate_fast`` of ``deflate.c``.

Every parser counts symbols and returns a `Cursor` from which parsing can go on. That is how a
prefix is parsed once: with an `open` end, parsing stops before the first decision that could turn
out differently with more text behind it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.chains import Chains, trigram_hash
from compressclf.compressors.deflate.native import jit, load64, match_length, trailing_zeros
from compressclf.compressors.deflate.tables import (
    DISTANCE_SYMBOL,
    LENGTH_SYMBOL,
    MAX_DISTANCE,
    MAX_MATCH,
    MIN_MATCH,
    TOO_FAR,
    Tuning,
)
from compressclf.compressors.deflate.texts import Prepared

Counts = NDArray[np.int32]

_THREE_BYTES = np.uint64(0xFFFFFF)


class Cursor(NamedTuple):
    """Where a parser stands."""

    position: int
    length: int  # of the match that was found at position - 1 and waits for a better one (or 2)
    start: int  # of that match
    pending: bool  # the byte at position - 1 is not sent yet
    symbols: int  # sent in this block
    decided_at: int  # where the parser stood when it sent the last of them


@jit
def start_of_text() -> Cursor:
    """Return the cursor at the beginning of a text."""
    return Cursor(np.int64(0), np.int64(2), np.int64(0), False, np.int64(0), np.int64(0))


@jit
def send_literal(byte: np.uint8, literals: Counts) -> None:
    literals[byte] += 1


@jit
def send_match(length: int, distance: int, literals: Counts, distances: Counts) -> None:
    literals[LENGTH_SYMBOL[np.uint64(length - MIN_MATCH)]] += 1
    d = np.uint64(distance - 1)
    distances[DISTANCE_SYMBOL[d if d < 256 else np.uint64(256) + (d >> np.uint64(7))]] += 1


@jit
def longest_match(
    chains: Chains, s: int, remaining: int, candidate: int, budget: int, best: int, nice: int
) -> tuple[int, int]:
    """Return length and start of the first longest match above `best` among `budget` candidates.

    A length of `best` says that there is none.
    """
    start = np.int64(0)
    enough = min(nice, remaining)
    oldest = max(s - MAX_DISTANCE, 0)
    while True:
        length = match_length(chains.text, candidate, s, min(remaining, MAX_MATCH))
        if length > best:
            best, start = length, candidate
            if length >= enough:
                break
        candidate = np.int64(chains.previous[np.uint64(candidate)])
        budget -= 1
        if candidate <= oldest or budget <= 0:
            break
    return best, start


@jit
def parse_lazily(
    chains: Chains,
    end: int,
    is_open: bool,
    cursor: Cursor,
    tuning: Tuning,
    block_symbols: int,
    literals: Counts,
    distances: Counts,
) -> Cursor:
    """Go on to the end of the text or of the block (levels 4 to 9).

    A match is sent only if the next position has no longer one (``deflate_slow``). All positions
    up to the end are in the chains.
    """
    s, length, start, pending, symbols, decided_at = cursor
    while s < end and symbols < block_symbols:
        remaining = end - s
        found, found_start = np.int64(2), np.int64(0)
        candidate = np.int64(chains.previous[s]) if remaining >= MIN_MATCH else np.int64(0)
        if is_open and (remaining < MIN_MATCH or length >= remaining):
            break
        if candidate != 0 and length < min(tuning.max_lazy, remaining):
            if s - candidate <= MAX_DISTANCE:
                budget = tuning.max_chain >> 2 if length >= tuning.good_length else tuning.max_chain
                found, found_start = longest_match(
                    chains, s, remaining, candidate, budget, length, tuning.nice_length
                )
                if is_open and found >= remaining:
                    break
                if found == MIN_MATCH and s - found_start > TOO_FAR:
                    found = np.int64(2)
        if length >= MIN_MATCH and found <= length:
            send_match(length, s - 1 - start, literals, distances)
            symbols += 1
            decided_at = s
            s += length - 1
            found = np.int64(2)
            pending = False
        else:
            if pending:
                send_literal(chains.text[s - 1], literals)
                symbols += 1
                decided_at = s
            pending = True
            s += 1
        length, start = found, found_start
    return Cursor(s, length, start, pending, symbols, decided_at)


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
    """Go on to the end of the text or of the block (levels 1 to 3).

    The first match is sent at once, and the positions inside a long one are never inserted
    (``deflate_fast``); so the chains grow with the parse.
    """
    s, _, _, _, symbols, decided_at = cursor
    while s < end and symbols < block_symbols:
        remaining = end - s
        if is_open and remaining < MIN_MATCH:
            break
        length, start = np.int64(2), np.int64(0)
        h = 0
        if remaining >= MIN_MATCH:
            h = trigram_hash(chains.text, s)
            candidate = np.int64(chains.head[h])
            if candidate != 0 and s - candidate <= MAX_DISTANCE:
                length, start = longest_match(
                    chains, s, remaining, candidate, tuning.max_chain, length, tuning.nice_length
                )
            if is_open and length > remaining - MIN_MATCH:
                break
            chains.previous[s] = candidate
            chains.head[h] = s
        decided_at = s
        symbols += 1
        if length < MIN_MATCH:
            send_literal(chains.text[s], literals)
            s += 1
            continue
        send_match(length, s - start, literals, distances)
        if length <= tuning.max_lazy and remaining - length >= MIN_MATCH:
            for inside in range(s + 1, s + length):
                h = trigram_hash(chains.text, inside)
                chains.previous[inside] = chains.head[h]
                chains.head[h] = inside
        s += length
    return Cursor(s, np.int64(2), np.int64(0), False, symbols, decided_at)


@jit
def parse_document(
    chains: Chains,
    seam: int,
    end: int,
    offset: int,
    texts: Prepared,
    exhaustive: bool,
    cursor: Cursor,
    tuning: Tuning,
    literals: Counts,
    distances: Counts,
) -> None:
    """Do as `parse_lazily` to the end, with what is known of the document behind the seam.

    The document's own positions are not in the chains; its byte at `s` is the prepared one at
    ``offset + s``. `exhaustive` says that no budget can run out.
    """
    s, length, start, pending, _, _ = cursor
    text = chains.text
    while s < end:
        remaining = end - s
        found, found_start = np.int64(2), np.int64(0)
        if remaining >= MIN_MATCH and length < min(tuning.max_lazy, remaining):
            if s >= seam:
                found, found_start = _match_behind_seam(
                    chains, s, remaining, np.uint64(offset + s), texts, exhaustive, length, tuning
                )
            elif chains.previous[s] != 0:
                budget = tuning.max_chain >> 2 if length >= tuning.good_length else tuning.max_chain
                candidate = np.int64(chains.previous[s])
                found, found_start = longest_match(
                    chains, s, remaining, candidate, budget, length, tuning.nice_length
                )
            if found == MIN_MATCH and s - found_start > TOO_FAR:
                found = np.int64(2)
        if length >= MIN_MATCH and found <= length:
            send_match(length, s - 1 - start, literals, distances)
            s += length - 1
            found = np.int64(2)
            pending = False
        else:
            if pending:
                send_literal(text[np.uint64(s - 1)], literals)
            pending = True
            s += 1
        length, start = found, found_start
    if pending:
        send_literal(text[s - 1], literals)


@jit
def _match_behind_seam(
    chains: Chains,
    s: int,
    remaining: int,
    at: np.uint64,
    texts: Prepared,
    exhaustive: bool,
    best: int,
    tuning: Tuning,
) -> tuple[int, int]:
    """Return the first longest match above `best`: first in the document, then in the prefix."""
    start = np.int64(0)
    quick = best >= tuning.good_length
    length = np.int64(texts.quick_length[at] if quick else texts.length[at])
    if length > best:
        best = length
        start = s - np.int64(texts.quick_distance[at] if quick else texts.distance[at])
    candidate = np.int64(chains.head[texts.trigram[at]])
    if candidate == 0 or best >= min(tuning.nice_length, remaining):
        return best, start
    budget = (tuning.max_chain >> 2 if quick else tuning.max_chain) - np.int64(texts.rank[at])
    if exhaustive or chains.depth[candidate] <= budget:
        found, found_start = _search_prefix(
            chains, s, remaining, candidate, texts.fourgram[at], best, tuning.nice_length
        )
    elif budget > 0:
        found, found_start = longest_match(
            chains, s, remaining, candidate, budget, best, tuning.nice_length
        )
    else:
        return best, start
    if found > best:
        return found, found_start
    return best, start


@jit
def _search_prefix(
    chains: Chains,
    s: int,
    remaining: int,
    candidate: int,
    fourgram: np.uint16,
    best: int,
    nice: int,
) -> tuple[int, int]:
    """Do as `longest_match` without a budget, by a short cut.

    A match of more than three bytes shares four; the newest of three bytes is only looked for if
    there is no longer one.
    """
    text = chains.text
    word = load64(text, s)
    start = np.int64(0)
    longest = max(best, MIN_MATCH)
    enough = min(nice, remaining)
    newest = candidate
    candidate = np.int64(chains.head4[fourgram]) if remaining > MIN_MATCH else np.int64(0)
    while candidate != 0:
        difference = load64(text, candidate) ^ word
        if difference == 0:
            length = 8 + match_length(text, candidate + 8, s + 8, MAX_MATCH - 8)
        else:
            length = trailing_zeros(difference) >> 3
        length = min(length, remaining)
        if length > longest:
            longest, start = length, candidate
        candidate = np.int64(chains.previous4[np.uint64(candidate)])
        if longest >= enough:
            break
    if start != 0 or best >= MIN_MATCH:
        return longest, start
    while newest != 0 and (load64(text, newest) ^ word) & _THREE_BYTES != 0:
        newest = np.int64(chains.previous[np.uint64(newest)])
    return (np.int64(MIN_MATCH) if newest != 0 else np.int64(2)), newest
