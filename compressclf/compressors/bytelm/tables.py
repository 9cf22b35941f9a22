"""The functions of the model as tables of integers, computed with integers only.

Libraries differ in the last bit of ``exp`` and ``tanh``, and one different bit can make a decoder
fail. So every table is computed by additions, multiplications and divisions of Python's integers
in fixed point with `_GUARD` bits, and is the same wherever Python runs.

>>> logistic()[[0, 1024]].tolist()  # 2**15 / (1 + e**-x) for x = 0 and x = 1
[16384, 23955]
>>> halves()[[0, 128]].tolist()  # 2**30 and 2**29.5
[1073741824, 759250125]
>>> binary_logarithm()[[0, 1024, 2048]].tolist()  # 2**20 times log2 of 1, 1.5 and 2
[0, 613378, 1048576]
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["binary_logarithm", "halves", "logistic"]

_GUARD = 64  # bits after the point


@functools.cache
def logistic() -> NDArray[np.int16]:
    """Return 2**15 / (1 + e**-x) for x = 0, 1/1024, ..., 16, at most 2**15 − 1."""
    one = 1 << _GUARD
    step = _exponential_of_minus(one >> 10)
    values, decay = [], one  # decay is e**-x
    for _ in range(16 * 1024 + 1):
        values.append(min(_rounded((one << 15), one + decay), (1 << 15) - 1))
        decay = decay * step >> _GUARD
    return _frozen(values, np.int16)


@functools.cache
def halves() -> NDArray[np.int64]:
    """Return 2**(30 − i/256) for i = 0 to 255."""
    root = 1 << _GUARD - 1  # one half; after eight square roots it is 2**(-1/256)
    for _ in range(8):
        root = math.isqrt(root << _GUARD)
    values, power = [], 1 << _GUARD
    for _ in range(256):
        values.append(_rounded(power << 30, 1 << _GUARD))
        power = power * root >> _GUARD
    return _frozen(values, np.int64)


@functools.cache
def binary_logarithm() -> NDArray[np.int32]:
    """Return 2**20 · log2(1 + i/2048) for i = 0 to 2048."""
    return _frozen([_logarithm(2048 + i) for i in range(2049)], np.int32)


def _logarithm(mantissa: int) -> int:
    """Return 2**20 · log2(mantissa / 2048), computed digit by digit by squaring."""
    if mantissa == 4096:
        return 1 << 20
    value, digits = mantissa << _GUARD - 11, 0
    for _ in range(20 + 4):
        value = value * value >> _GUARD
        digits <<= 1
        if value >> _GUARD + 1:
            value >>= 1
            digits += 1
    return digits + 8 >> 4


def _exponential_of_minus(x: int) -> int:
    """Return e**-x by its power series; argument and result are in fixed point."""
    term = total = 1 << _GUARD
    for n in range(1, 20):  # x is 1/1024, so later terms are below the last bit
        term = -(term * x >> _GUARD) // n
        total += term
    return total


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _frozen(values: list[int], dtype: Any) -> NDArray[Any]:
    table = np.array(values, dtype)
    table.flags.writeable = False
    return table
