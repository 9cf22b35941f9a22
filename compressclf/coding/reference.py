"""Arithmetic coding in exact integers: slow, short, and the oracle of the fast coder.

A message narrows the interval [0, 1): each symbol keeps its share of the current interval. Any
number in the last interval determines the message, and the code is the shortest byte string that
names such a number.

Let a own the first half, b the next quarter, c the last. The message "bc" narrows [0, 1) to
[1/2, 3/4) and then to its last quarter [11/16, 12/16). In binary that is 0.1011..., so the four
bits 1011 suffice, as −log2(1/4 · 1/4) = 4 says; in bytes it is 0xb0:

>>> a, b, c = (0, 2, 2), (2, 1, 2), (3, 1, 2)  # start, size, precision: shares of 2**2
>>> encode([b, c]).hex()
'b0'
>>> decode(bytes.fromhex("b0"), [[2, 1, 1], [2, 1, 1]])
[1, 2]
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["decode", "encode"]


def encode(shares: Iterable[tuple[int, int, int]]) -> bytes:
    """Return the shortest code of symbols that own ``[start, start + size) / 2**precision``."""
    low, width, scale = 0, 1, 0  # the interval [low, low + width) / 2**scale
    for start, size, precision in shares:
        low = (low << precision) + width * start
        width *= size
        scale += precision
    for n_bytes in range(scale // 8 + 2):
        number = -(-(low << 8 * n_bytes) >> scale)  # low, rounded up to n_bytes bytes
        if number << scale < (low + width) << 8 * n_bytes:
            break
    return number.to_bytes(n_bytes, "big")


def decode(code: bytes, tables: Iterable[list[int]]) -> list[int]:
    """Return the symbols of `code`; each table lists the sizes of one symbol's possible shares."""
    number, scale = int.from_bytes(code, "big"), 8 * len(code)  # the code is number / 2**scale
    width = 1  # width of the interval, in the same unit as number / 2**scale
    symbols = []
    for sizes in tables:
        number *= sum(sizes)  # a share of the interval is now size * width
        symbol = 0
        while number >= (sizes[symbol] * width) << scale:
            number -= (sizes[symbol] * width) << scale
            symbol += 1
        width *= sizes[symbol]
        symbols.append(symbol)
    return symbols
