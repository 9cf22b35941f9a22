"""Distances as functions of three codelengths: C(x), C(y) and C(xy).

`FORMULAS` has them by name. Every function takes codelengths in bits, broadcasts like numpy and
returns float64. With a real compressor, no formula is a metric in the strict sense: values leave
[0, 1], and the triangle inequality can fail.

Two documents that both take no bits, such as two empty ones under ``identity`` or without the
overhead, have distance 0 by every formula, whatever the separator costs. If only the divisor is 0,
the documents share nothing, and the distance is that of unrelated documents. Codelengths >= 0 never
give NaN or infinity.

===========  =====================================  =======  ====================================
name         formula                                   equal    source
===========  =====================================  =======  ====================================
ncd          [C(xy) − min(C(x), C(y))]                 about 0  Cilibrasi & Vitányi 2005
             / max(C(x), C(y))
cdm          C(xy) / (C(x) + C(y))                     about ½  Keogh, Lonardi & Ratanamahatana 2004
clm          1 − [C(x) + C(y) − C(xy)] / C(xy)         about 0  Li, Chen, Li, Ma & Vitányi 2004
cosine       1 − [C(x) + C(y) − C(xy)] / √(C(x)·C(y))  about 0  Sculley & Brodley 2006
conditional  C(xy) − C(y), the bits of x given y       about 0  chain rule; not normalized
===========  =====================================  =======  ====================================

Unrelated documents are at about 1, by ``conditional`` at C(x).

>>> {name: float(formula(100, 60, 120)) for name, formula in FORMULAS.items() if name != "cosine"}
{'ncd': 0.6, 'cdm': 0.75, 'clm': 0.6666666666666667, 'conditional': 60.0}
>>> float(FORMULAS["cosine"](100, 25, 100))
0.5
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bits = NDArray[np.float64]

__all__ = ["FORMULAS"]


def _formula(distance: Callable[[Bits, Bits, Bits], Bits]) -> Callable[..., Bits]:
    """Let a formula take arrays and numbers; documents that both take no bits are at 0."""

    @functools.wraps(distance)
    def convert(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> Bits:
        x, y, xy = (np.asarray(bits, dtype=np.float64) for bits in (cx, cy, cxy))
        return np.where((x == 0) & (y == 0), 0.0, distance(x, y, xy))

    return convert


def _ratio(part: Bits, whole: Bits, *, otherwise: float = 1.0) -> Bits:
    """Return the quotient, or `otherwise` where the divisor is 0."""
    is_zero = whole == 0
    return np.where(is_zero, otherwise, part / np.where(is_zero, 1.0, whole))


@_formula
def _ncd(cx: Bits, cy: Bits, cxy: Bits) -> Bits:
    return _ratio(cxy - np.minimum(cx, cy), np.maximum(cx, cy))


@_formula
def _cdm(cx: Bits, cy: Bits, cxy: Bits) -> Bits:
    return _ratio(cxy, cx + cy)


@_formula
def _clm(cx: Bits, cy: Bits, cxy: Bits) -> Bits:
    return 1.0 - _ratio(cx + cy - cxy, cxy, otherwise=0.0)


@_formula
def _cosine(cx: Bits, cy: Bits, cxy: Bits) -> Bits:
    mean = np.sqrt(np.maximum(cx * cy, 0.0))
    return 1.0 - _ratio(cx + cy - cxy, mean, otherwise=0.0)


@_formula
def _conditional(cx: Bits, cy: Bits, cxy: Bits) -> Bits:
    return cxy - cy


FORMULAS: dict[str, Callable[..., Any]] = {
    "ncd": _ncd,
    "cdm": _cdm,
    "clm": _clm,
    "cosine": _cosine,
    "conditional": _conditional,
}
"""Functions of C(x), C(y) and C(xy) in bits, array-like of numbers whose shapes broadcast."""
