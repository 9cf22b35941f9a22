"""The constants of RFC 1951 and of zlib's ``deflate.c``, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MIN_MATCH = 3
MAX_MATCH = 258
MAX_DISTANCE = (1 << 15) - MAX_MATCH - MIN_MATCH - 1  # zlib keeps a look-ahead inside its window
TOO_FAR = 4096  # a match of three bytes from further away costs more than three literals
HASH_SIZE = 1 << 15
BLOCK_SYMBOLS = (1 << 14) - 1  # literals and matches after which zlib closes a block

END_OF_BLOCK = 256
N_LITERALS = 286  # symbols of the literal/length alphabet: bytes, end of block, 29 lengths
N_DISTANCES = 30
N_CODE_LENGTHS = 19
MAX_CODE_BITS = 15
MAX_CODE_LENGTH_BITS = 7


class Tuning(NamedTuple):
    """How hard a level searches: one row of zlib's ``configuration_table``."""

    good_length: int  # after a match this long, look at a quarter of the chain only
    max_lazy: int  # after a match this long, do not look at the next position at all;
    #                levels 1-3: insert the positions inside a match up to this length only
    nice_length: int  # stop searching at a match this long
    max_chain: int  # candidates looked at for one position
    greedy: bool  # levels 1-3 take the first match, the others look one position ahead


TUNING = {
    1: Tuning(4, 4, 8, 4, True),
    2: Tuning(4, 5, 16, 8, True),
    3: Tuning(4, 6, 32, 32, True),
    4: Tuning(4, 4, 16, 16, False),
    5: Tuning(8, 16, 32, 32, False),
    6: Tuning(8, 16, 128, 128, False),
    7: Tuning(8, 32, 128, 256, False),
    8: Tuning(32, 128, 258, 1024, False),
    9: Tuning(32, 258, 258, 4096, False),
}

_LENGTH_EXTRA = [0] * 8 + [bits for bits in range(1, 6) for _ in range(4)] + [0]
_DISTANCE_EXTRA = [0] * 4 + [bits for bits in range(1, 14) for _ in range(2)]


def _padded(values: list[int], size: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(values + [0] * (size - len(values)), dtype=np.int32)


# Extra bits by symbol. Counts come in rows of 288 and 32, a whole number of vector registers.
LITERAL_EXTRA = _padded([0] * 257 + _LENGTH_EXTRA, 288)
DISTANCE_EXTRA = _padded(_DISTANCE_EXTRA, 32)

# Bits of a symbol in a block with fixed codes (RFC 1951, 3.2.6), extra bits included.
FIXED_LITERAL_BITS = LITERAL_EXTRA + _padded([8] * 144 + [9] * 112 + [7] * 24 + [8] * 6, 288)
FIXED_DISTANCE_BITS = DISTANCE_EXTRA + _padded([5] * N_DISTANCES, 32)

# The literal/length symbol of a match, by its length - 3. Length 258 has a symbol of its own.
LENGTH_SYMBOL = np.repeat(np.arange(257, 285), [1 << bits for bits in _LENGTH_EXTRA[:28]])
LENGTH_SYMBOL = LENGTH_SYMBOL.astype(np.uint16)
LENGTH_SYMBOL[MAX_MATCH - MIN_MATCH] = 285

# The symbol of a distance, by distance - 1 below 256, by 256 + (distance - 1) // 128 from there.
_BY_DISTANCE = np.repeat(np.arange(N_DISTANCES), [1 << bits for bits in _DISTANCE_EXTRA])
DISTANCE_SYMBOL = np.concatenate([_BY_DISTANCE[:256], _BY_DISTANCE[::128]]).astype(np.uint8)

# The order in which a dynamic block sends the lengths of the code-length code (RFC 1951, 3.2.7).
CODE_LENGTH_ORDER = np.array(
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15], dtype=np.uint8
)
