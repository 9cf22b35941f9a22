"""Round probabilities to integer frequencies for a coder.

Two machines that disagree in one frequency cannot read each other's codes. So everything here is
one pass of IEEE additions in a fixed order, then integers: equal probabilities give equal
frequencies on every machine. The model must ensure equal *probabilities*.

Every symbol first gets `floor_units` of the ``2**precision`` units, whatever its probability, and
the rest is divided by probability. This is the mixture p' = (1 − ε)p + ε/V with the uniform
distribution of V symbols. A symbol with probability 0 then costs at most log2(V/ε) bits, and every
other symbol costs at most −log2(1 − ε) bits more: 0.00035 bits for the default ε = 2**-12, which
limits a byte to 20 bits.

By hand, with 2**4 units, four symbols and ε = 1/4: each symbol gets one unit, and twelve
are divided by probability.

>>> integer_frequencies([[0.5, 0.5, 0.0, 0.0]], precision=4, floor=0.25)
array([[7, 7, 1, 1]], dtype=uint32)
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["FLOOR", "PRECISION", "floor_units", "integer_frequencies", "most_bits"]

kernel: Any = kernels_of(Path(__file__).parent)

PRECISION = 24  # bits
FLOOR = 2.0**-12  # ε, the weight of the uniform distribution in the mixture
_PRECISIONS = range(1, 33)  # the coder's range is at least 2**48, so 16 bits are left for rounding


def integer_frequencies(
    probabilities: ArrayLike, *, precision: int = PRECISION, floor: float = FLOOR
) -> NDArray[np.uint32]:
    """Return frequencies that sum to ``2**precision``, every one at least 1.

    A frequency differs from its exact value by less than one unit. 24 bits are enough for 256
    symbols; large vocabularies should use 32, because one unit for each of 49,152 symbols is 0.3 %
    of 2**24. ``python -m benchmarks.coders`` prints the cost of the rounding.

    Parameters
    ----------
    probabilities : array_like of float, shape (n, n_symbols) or (n_symbols,)
        Not negative; each row is divided by its sum.
    precision : int, default=24
        The frequencies sum to ``2**precision``; 1 to 32.
    floor : float, default=2**-12
        ε, the weight of the uniform distribution, in [0, 1]. Every symbol gets at least one unit.

    Returns
    -------
    ndarray of uint32, shape of `probabilities`

    Raises
    ------
    ValueError
        If a row holds a negative number or NaN, if its sum is 0 or infinite, or if there are fewer
        than two symbols or more symbols than units.
    """
    rows = np.ascontiguousarray(probabilities, np.float64)
    if not rows.flags.writeable:
        rows = rows.copy()  # so that numba compiles only for writable arrays
    n_symbols = rows.shape[-1]
    units = floor_units(n_symbols, precision=precision, floor=floor)
    frequencies = np.empty(rows.shape, np.uint32)
    shared = (1 << precision) - units * n_symbols
    tables = rows.reshape(-1, n_symbols), frequencies.reshape(-1, n_symbols)
    if not _share(*tables, np.uint64(units), np.float64(shared)):
        raise ValueError(
            "Probabilities must be numbers >= 0 whose sum in each row is finite and not 0; look "
            "for NaN in what the model returned."
        )
    return frequencies


def floor_units(n_symbols: int, *, precision: int = PRECISION, floor: float = FLOOR) -> int:
    """Return how many of the ``2**precision`` units every symbol gets before the probabilities.

    Examples
    --------
    >>> floor_units(256), floor_units(49_152), floor_units(49_152, precision=32)
    (16, 1, 21)
    """
    if precision not in _PRECISIONS:
        raise ValueError(f"The precision must be an int in [1, 32]. Got {precision!r} instead.")
    if not 0 <= floor <= 1:
        raise ValueError(f"The floor must be a number in [0, 1]. Got {floor!r} instead.")
    if not 2 <= n_symbols <= 1 << precision:
        raise ValueError(
            f"{precision} bits code 2 to {1 << precision:,} symbols. Got {n_symbols:,}; choose "
            f"another precision."
        )
    return max(1, int(floor * (1 << precision)) // n_symbols)


def most_bits(n_symbols: int, *, precision: int = PRECISION, floor: float = FLOOR) -> float:
    """Return the largest number of bits that a symbol can cost.

    Examples
    --------
    >>> most_bits(256), most_bits(49_152)
    (20.0, 24.0)
    """
    return precision - math.log2(floor_units(n_symbols, precision=precision, floor=floor))


@kernel
def _share(rows, frequencies, units, shared):  # type: ignore[no-untyped-def]
    """Give each symbol `units` and its part of `shared`; return whether all rows were valid."""
    for i in range(rows.shape[0]):
        row = rows[i]
        total = 0.0
        for p in row:
            if not p >= 0.0:  # also true for NaN
                return False
            total += p
        if not 0.0 < total < np.inf:
            return False
        # Every operation keeps the order of the interval ends, and the last end is exactly
        # `shared`: so all differences are >= 0 and sum to it. No addition follows a multiplication,
        # since some processors would fuse the two and round once instead of twice.
        end, before = 0.0, np.uint64(0)
        for j in range(row.size):
            end += row[j]
            after = np.uint64(end / total * shared)
            frequencies[i, j] = np.uint32(units + (after - before))
            before = after
    return True
