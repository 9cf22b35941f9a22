"""Read the literals and matches of a DEFLATE stream, and the bits that each takes (RFC 1951).

The engine counts symbols and does not keep them. To show which passages are copied from where,
`tokens_of` reads the stream that zlib wrote.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from compressclf.compressors.deflate.tables import (
    CODE_LENGTH_ORDER,
    DISTANCE_EXTRA,
    END_OF_BLOCK,
    LITERAL_EXTRA,
    MAX_MATCH,
    MIN_MATCH,
    N_CODE_LENGTHS,
    N_DISTANCES,
)

__all__ = ["Token", "tokens_of"]

_FIXED = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8


class Token(NamedTuple):
    """A literal byte or a match of a stream."""

    begin: int
    """Position of its first byte in the text."""
    length: int
    """Number of bytes, 1 for a literal."""
    distance: int
    """How far back the match begins; 0 for a literal."""
    bits: int
    """Bits of its symbols and their extra bits."""
    symbol: int
    """Literal/length symbol."""
    distance_symbol: int
    """Distance symbol, -1 for a literal."""
    extra_bits: int
    """Extra bits of length and distance."""


def tokens_of(text: bytes, level: int = 9) -> list[Token]:
    """Return the literals and matches into which zlib parses a text.

    Parameters
    ----------
    text : bytes
        The text.
    level : int, default=9
        zlib's level of compression, 1 to 9.

    Returns
    -------
    list of Token
        In the order of the text, which they cover. The bits of the stream that belong to no token
        are those of the headers and ends of blocks.

    Examples
    --------
    >>> [(token.length, token.distance) for token in tokens_of(b"abcabcab")]
    [(1, 0), (1, 0), (1, 0), (1, 0), (4, 3)]
    """
    coder = zlib.compressobj(level, zlib.DEFLATED, -15)
    return list(_tokens(coder.compress(text) + coder.flush()))


class _Bits:
    """A stream that is read from the lowest bit of each byte."""

    def __init__(self, data: bytes) -> None:
        self.bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").tolist()
        self.position = 0

    def read(self, n: int) -> int:
        begin, self.position = self.position, self.position + n
        return sum(bit << i for i, bit in enumerate(self.bits[begin : self.position]))

    def symbol(self, code: dict[tuple[int, int], int]) -> int:
        length = word = 0
        while (length, word) not in code:
            word = word << 1 | self.bits[self.position]
            length += 1
            self.position += 1
        return code[length, word]


def _tokens(stream: bytes) -> Iterator[Token]:
    bits, begin, last = _Bits(stream), 0, False
    while not last:
        last = bool(bits.read(1))
        kind = bits.read(2)
        if kind == 0:
            bits.position += -bits.position % 8
            n_bytes = bits.read(16)
            bits.read(16)
            for _ in range(n_bytes):
                yield Token(begin, 1, 0, 8, bits.read(8), -1, 0)
                begin += 1
            continue
        literals, distances = _sent_codes(bits) if kind == 2 else (_code(_FIXED), _code([5] * 30))
        while True:
            start = bits.position
            symbol = bits.symbol(literals)
            if symbol == END_OF_BLOCK:
                break
            if symbol < END_OF_BLOCK:
                yield Token(begin, 1, 0, bits.position - start, symbol, -1, 0)
                begin += 1
                continue
            length_extra = int(LITERAL_EXTRA[symbol])
            length = _FIRST_LENGTH[symbol - 257] + bits.read(length_extra)
            by = bits.symbol(distances)
            extra = int(DISTANCE_EXTRA[by])
            distance = _FIRST_DISTANCE[by] + bits.read(extra)
            size = bits.position - start
            yield Token(begin, length, distance, size, symbol, by, length_extra + extra)
            begin += length


def _sent_codes(bits: _Bits) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """Read the two codes of a dynamic block."""
    n_literals, n_distances, n_lengths = bits.read(5) + 257, bits.read(5) + 1, bits.read(4) + 4
    sent = [0] * N_CODE_LENGTHS
    for symbol in CODE_LENGTH_ORDER[:n_lengths].tolist():
        sent[symbol] = bits.read(3)
    code, lengths = _code(sent), list[int]()
    while len(lengths) < n_literals + n_distances:
        symbol = bits.symbol(code)
        if symbol < 16:
            lengths.append(symbol)
        elif symbol == 16:
            lengths += lengths[-1:] * (3 + bits.read(2))
        else:
            lengths += [0] * (3 + bits.read(3) if symbol == 17 else 11 + bits.read(7))
    return _code(lengths[:n_literals]), _code(lengths[n_literals:])


def _code(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Return the canonical code: (length, word) to symbol."""
    code: dict[tuple[int, int], int] = {}
    word = 0
    for length in range(1, 16):
        for symbol, own in enumerate(lengths):
            if own == length:
                code[length, word] = symbol
                word += 1
        word <<= 1
    return code


def _first_values(extra: list[int], first: int) -> list[int]:
    values = [first]
    for bits in extra:
        values.append(values[-1] + (1 << bits))
    return values


_FIRST_LENGTH = [*_first_values(LITERAL_EXTRA[257:285].tolist(), MIN_MATCH)[:28], MAX_MATCH]
_FIRST_DISTANCE = _first_values(DISTANCE_EXTRA[:N_DISTANCES].tolist(), 1)[:N_DISTANCES]
