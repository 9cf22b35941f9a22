"""Distances as functions of three codelengths: C(x), C(y) and C(xy).

Every function takes codelengths in bits, broadcasts like numpy and returns float64. With a real
compressor, no formula is a metric in the strict sense: values leave [0, 1], and the triangle
inequality can fail.

Two documents that both take no bits, such as two empty ones under ``identity`` or without the
overhead, have distance 0 by every formula, whatever the separator costs. If only the divisor is 0,
the documents share nothing, and the distance is that of unrelated documents. Codelengths >= 0 never
give NaN or infinity.

=============  ===============================================  ================================
name           formula                                          source
=============  ===============================================  ================================
ncd            [C(xy) − min(C(x), C(y))] / max(C(x), C(y))      Cilibrasi & Vitányi 2005
cdm            C(xy) / (C(x) + C(y))                            Keogh, Lonardi & Ratanamahatana
                                                                2004
clm            1 − [C(x) + C(y) − C(xy)] / C(xy)                Li, Chen, Li, Ma & Vitányi 2004
cosine         1 − [C(x) + C(y) − C(xy)] / √(C(x)·C(y))         Sculley & Brodley 2006
conditional    C(xy) − C(y), the bits of x once y is known      chain rule; not normalized
=============  ===============================================  ================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["FORMULAS", "cdm", "clm", "conditional", "cosine", "ncd"]


def ncd(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return the normalized compression distance.

    Parameters
    ----------
    cx, cy, cxy : array-like of numbers
        Bits of x, of y and of the two together; their shapes broadcast.

    Returns
    -------
    ndarray of float64
        About 0 for equal documents, about 1 for unrelated ones; 0 if neither takes bits.

    Examples
    --------
    >>> float(ncd(100, 80, 120))
    0.4
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return _distance(cx, cy, _ratio(cxy - np.minimum(cx, cy), np.maximum(cx, cy)))


def cdm(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return the compression-based dissimilarity measure.

    Parameters
    ----------
    cx, cy, cxy : array-like of numbers
        Bits of x, of y and of the two together; their shapes broadcast.

    Returns
    -------
    ndarray of float64
        About ½ for equal documents, about 1 for unrelated ones; 0 if neither takes bits.

    Examples
    --------
    >>> float(cdm(100, 60, 120))
    0.75
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return _distance(cx, cy, _ratio(cxy, cx + cy))


def clm(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return the chain-letter metric, the share of C(xy) that is not mutual.

    Parameters
    ----------
    cx, cy, cxy : array-like of numbers
        Bits of x, of y and of the two together; their shapes broadcast.

    Returns
    -------
    ndarray of float64
        About 0 for equal documents, about 1 for unrelated ones; 0 if neither takes bits.

    Examples
    --------
    >>> float(clm(100, 60, 128))
    0.75
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return _distance(cx, cy, 1.0 - _ratio(cx + cy - cxy, cxy, otherwise=0.0))


def cosine(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return one minus the mutual codelength over the geometric mean of the two.

    Parameters
    ----------
    cx, cy, cxy : array-like of numbers
        Bits of x, of y and of the two together; their shapes broadcast.

    Returns
    -------
    ndarray of float64
        About 0 for equal documents, about 1 for unrelated ones; 0 if neither takes bits, 1 if only
        one does.

    Examples
    --------
    >>> float(cosine(100, 25, 100))
    0.5
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    mean = np.sqrt(np.maximum(cx * cy, 0.0))
    return _distance(cx, cy, 1.0 - _ratio(cx + cy - cxy, mean, otherwise=0.0))


def conditional(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return C(x|y), the bits of x once y is known.

    Parameters
    ----------
    cx, cy, cxy : array-like of numbers
        Bits of x, of y and of the two together; their shapes broadcast.

    Returns
    -------
    ndarray of float64
        In the unit of the codelengths; 0 if neither document takes bits.

    Examples
    --------
    >>> float(conditional(100, 60, 120))
    60.0
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return _distance(cx, cy, cxy - cy)


FORMULAS: dict[str, Callable[..., Any]] = {
    "ncd": ncd,
    "cdm": cdm,
    "clm": clm,
    "cosine": cosine,
    "conditional": conditional,
}


def _floats(*codelengths: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.asarray(bits, dtype=np.float64) for bits in codelengths)


def _ratio(
    part: NDArray[np.float64], whole: NDArray[np.float64], *, otherwise: float = 1.0
) -> NDArray[np.float64]:
    """Return the quotient, or `otherwise` where the divisor is 0."""
    is_zero = whole == 0
    return np.where(is_zero, otherwise, part / np.where(is_zero, 1.0, whole))


def _distance(
    cx: NDArray[np.float64], cy: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distance, or 0 where neither document takes bits."""
    return np.where((cx == 0) & (cy == 0), 0.0, distance)
