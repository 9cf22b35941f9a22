"""Probabilities to integer frequencies that a coder can share an interval by.

Two machines that disagree in one frequency cannot read each other's codes. So everything here is
one pass of IEEE additions in a fixed order, then integers: equal probabilities give equal
frequencies anywhere. Equal *probabilities* are the model's business.

Every symbol is given `floor_units` of the ``2**precision`` units first, whatever the model thinks
of it, and the model shares out the rest. That is the mixture p' = (1 − ε)p + ε/V with the uniform
distribution of V symbols. A symbol that the model holds for impossible then costs at most
log2(V/ε) bits, not hundreds, and all others pay −log2(1 − ε) bits each for it: 0.00035 bits for the
default ε = 2**-12, which caps a byte at 20 bits.

By hand, with 2**4 units for four symbols and ε = 1/4: one unit for each, twelve by probability.

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
FLOOR = 2.0**-12  # the share ε of the probability that all symbols have alike
_PRECISIONS = range(1, 33)  # the coder's range is at least 2**48: 16 bits are left to round in


def integer_frequencies(
    probabilities: ArrayLike, *, precision: int = PRECISION, floor: float = FLOOR
) -> NDArray[np.uint32]:
    """Return frequencies that sum to ``2**precision``, every one at least 1.

    A frequency is off its exact value by less than one unit. 24 bits are plenty for 256 symbols;
    large vocabularies should take 32, because one unit for each of 49,152 symbols is 0.3 % of
    2**24. ``python -m benchmarks.coders`` prints what the rounding costs.

    Parameters
    ----------
    probabilities : array_like of float, shape (n, n_symbols) or (n_symbols,)
        Not negative; each row is divided by its sum.
    precision : int, default=24
        Bits of the sum, 1 to 32.
    floor : float, default=2**-12
        ε, the share of the probability that goes to all symbols alike, in [0, 1]; never less than
        one unit for each symbol.

    Returns
    -------
    ndarray of uint32, shape of `probabilities`

    Raises
    ------
    ValueError
        If a row holds a negative number or NaN, or its sum is 0 or infinite, or there are fewer
        than two symbols or more than units.
    """
    rows = np.ascontiguousarray(probabilities, np.float64)
    if not rows.flags.writeable:
        rows = rows.copy()  # one numba signature
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
    """Return how many of the ``2**precision`` units every symbol has whatever its probability.

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
    """Return the bits that a symbol costs at most.

    Examples
    --------
    >>> most_bits(256), most_bits(49_152)
    (20.0, 24.0)
    """
    return precision - math.log2(floor_units(n_symbols, precision=precision, floor=floor))


@kernel
def _share(rows, frequencies, units, shared):  # type: ignore[no-untyped-def]
    """Give each symbol `units` and its part of `shared`; return whether all rows were right."""
    for i in range(rows.shape[0]):
        row = rows[i]
        total = 0.0
        for p in row:
            if not p >= 0.0:  # NaN too
                return False
            total += p
        if not 0.0 < total < np.inf:
            return False
        # Every operation keeps the order of the ends, and the last one is exactly `shared`: so all
        # differences are >= 0 and sum to it. No multiplication is followed by an addition, which
        # some processors would round once instead of twice.
        end, before = 0.0, np.uint64(0)
        for j in range(row.size):
            end += row[j]
            after = np.uint64(end / total * shared)
            frequencies[i, j] = np.uint32(units + (after - before))
            before = after
    return True
