"""The plainest inflater: the symbols in a raw DEFLATE stream (RFC 1951), and their entropy.

It reads what zlib really wrote, so it judges the engine's parse and its symbol counts without
sharing any code or table with it.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator

LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99]
LENGTH_BASE += [115, 131, 163, 195, 227, 258]
LENGTH_BITS = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0]
DISTANCE_BITS = [0, 0, *(bits for bits in range(14) for _ in range(2))]
CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]


class Bits:
    """A stream read from the low bit of each byte."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def read(self, n: int) -> int:
        value = 0
        for i in range(n):
            byte, bit = divmod(self.position, 8)
            value |= (self.data[byte] >> bit & 1) << i
            self.position += 1
        return value

    def symbol(self, code: dict[tuple[int, int], int]) -> int:
        length = word = 0
        while (length, word) not in code:
            word = word << 1 | self.read(1)
            length += 1
        return code[length, word]


def canonical_code(lengths: list[int]) -> dict[tuple[int, int], int]:
    code: dict[tuple[int, int], int] = {}
    word = 0
    for length in range(1, 16):
        for symbol, symbol_length in enumerate(lengths):
            if symbol_length == length:
                code[length, word] = symbol
                word += 1
        word <<= 1
    return code


def dynamic_codes(bits: Bits) -> tuple[dict[tuple[int, int], int], ...]:
    n_literals, n_distances, n_lengths = bits.read(5) + 257, bits.read(5) + 1, bits.read(4) + 4
    sent = [0] * 19
    for symbol in CODE_LENGTH_ORDER[:n_lengths]:
        sent[symbol] = bits.read(3)
    code = canonical_code(sent)
    lengths: list[int] = []
    while len(lengths) < n_literals + n_distances:
        symbol = bits.symbol(code)
        if symbol == 16:
            lengths += lengths[-1:] * (3 + bits.read(2))
        elif symbol == 17:
            lengths += [0] * (3 + bits.read(3))
        elif symbol == 18:
            lengths += [0] * (11 + bits.read(7))
        else:
            lengths.append(symbol)
    return canonical_code(lengths[:n_literals]), canonical_code(lengths[n_literals:])


def symbols(stream: bytes) -> Iterator[tuple[int, int | None]]:
    """Yield (literal/length symbol, distance symbol or None) of Huffman-coded blocks."""
    bits = Bits(stream)
    last = False
    while not last:
        last = bool(bits.read(1))
        kind = bits.read(2)
        if kind == 0:
            raise ValueError("A stored block has no symbols.")
        literals = canonical_code([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8)
        distances = canonical_code([5] * 30)
        if kind == 2:
            literals, distances = dynamic_codes(bits)
        while (symbol := bits.symbol(literals)) != 256:
            distance = None
            if symbol > 256:
                bits.read(LENGTH_BITS[symbol - 257])
                distance = bits.symbol(distances)
                bits.read(DISTANCE_BITS[distance])
            yield symbol, distance


def entropy_bits(counts: Counter[int]) -> float:
    total = counts.total()
    return -sum(n * math.log2(n / total) for n in counts.values())


def lz77_bits(text: bytes, level: int) -> float:
    """Bits of the symbols of zlib's stream at their own entropy, and of their extra bits."""
    compressor = zlib.compressobj(level, wbits=-15)
    found = list(symbols(compressor.compress(text) + compressor.flush()))
    literals = Counter(symbol for symbol, _ in found) + Counter([256])
    distances = Counter(distance for _, distance in found if distance is not None)
    extra = sum(LENGTH_BITS[symbol - 257] * n for symbol, n in literals.items() if symbol > 256)
    extra += sum(DISTANCE_BITS[symbol] * n for symbol, n in distances.items())
    return entropy_bits(literals) + entropy_bits(distances) + extra
