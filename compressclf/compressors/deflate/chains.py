"""Hash chains, which list the earlier positions of some bytes in a text.

``head[h]`` is the newest position whose bytes hash to `h`, and ``previous[s]`` is the next older
position after `s`. Position 0 means "none", as in zlib, which is why zlib never matches the first
byte of a text. Insertions are undone newest first, so a prefix keeps its chains while documents
after it are inserted and removed.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.native import PADDING, int64, jit, load64, uint64
from compressclf.compressors.deflate.tables import HASH_SIZE, MAX_MATCH

Text: TypeAlias = NDArray[np.uint8]
Links: TypeAlias = NDArray[np.int32]


class Chains(NamedTuple):
    """A text (padded) and the chains through it."""

    text: Text
    head: Links
    previous: Links
    depth: Links  # candidates that a chain holds from a position on, itself included
    head4: Links  # the same for four bytes, through the prefix only
    previous4: Links


@jit
def new_chains(longest_prefix: int, longest_text: int) -> Chains:
    """Return empty chains for texts up to `longest_text` bytes."""
    return Chains(
        np.zeros(longest_text + MAX_MATCH + PADDING, np.uint8),
        np.zeros(HASH_SIZE, np.int32),
        np.zeros(longest_text + 1, np.int32),
        np.zeros(longest_text + 1, np.int32),
        np.zeros(HASH_SIZE, np.int32),
        np.zeros(longest_prefix + 1, np.int32),
    )


@jit
def trigram_hash(text: Text, s: int) -> int:
    """Hash three bytes to 15 bits as zlib does (``UPDATE_HASH``)."""
    return ((int64(text[s]) << 10) ^ (int64(text[s + 1]) << 5) ^ int64(text[s + 2])) & (
        HASH_SIZE - 1
    )


@jit
def fourgram_hash(text: Text, s: int) -> int:
    """Hash four bytes to 15 bits by a multiplication; zlib has no such hash."""
    word = load64(text, s) & uint64(0xFFFFFFFF)
    return int64((word * uint64(0x9E3779B1) >> uint64(17)) & uint64(HASH_SIZE - 1))


@jit
def insert(text: Text, head: Links, previous: Links, depth: Links, begin: int, end: int) -> int:
    """Insert the positions from `begin` to `end` by three bytes; return the deepest chain."""
    deepest = int64(0)
    for s in range(begin, end):
        h = trigram_hash(text, s)
        newest = head[h]
        candidates = int64(depth[newest]) + 1 if s > 0 else int64(0)
        deepest = max(deepest, candidates)
        depth[s] = candidates
        previous[s] = newest
        head[h] = s
    return deepest


@jit
def remove(text: Text, head: Links, previous: Links, begin: int, end: int) -> None:
    """Undo the insertion of the positions from `begin` to `end`, whichever were inserted."""
    for s in range(end - 1, begin - 1, -1):
        h = trigram_hash(text, s)
        if head[h] == s:
            head[h] = previous[s]


@jit
def insert4(text: Text, head4: Links, previous4: Links, begin: int, end: int) -> None:
    """Insert the positions from `begin` to `end` by four bytes."""
    for s in range(begin, end):
        h = fourgram_hash(text, s)
        previous4[s] = head4[h]
        head4[h] = s


@jit
def remove4(text: Text, head4: Links, previous4: Links, begin: int, end: int) -> None:
    """Undo the insertion of the positions from `begin` to `end`."""
    for s in range(end - 1, begin - 1, -1):
        head4[fourgram_hash(text, s)] = previous4[s]
