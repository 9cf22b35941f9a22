"""Distances as functions of three codelengths: C(x), C(y) and C(xy).

Every function takes bits (any unit will do, but C(y|x) keeps it), broadcasts like numpy and
returns float64. None is a metric in the strict sense with a real compressor: values leave [0, 1],
and the triangle inequality can fail.

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

Floats = "NDArray[np.float64]"


def ncd(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return the normalized compression distance.

    Examples
    --------
    >>> float(ncd(100, 80, 120))
    0.4
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return _ratio(cxy - np.minimum(cx, cy), np.maximum(cx, cy))


def cdm(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return the compression-based dissimilarity measure, near ½ for equal documents.

    Examples
    --------
    >>> float(cdm(100, 60, 120))
    0.75
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return _ratio(cxy, cx + cy)


def clm(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return the chain-letter metric, the share of C(xy) that is not mutual.

    Examples
    --------
    >>> float(clm(100, 60, 128))
    0.75
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return 1.0 - _ratio(cx + cy - cxy, cxy)


def cosine(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return one minus the mutual codelength over the geometric mean of the two.

    Examples
    --------
    >>> float(cosine(100, 25, 100))
    0.5
    """
    cx, cy, cxy = _floats(cx, cy, cxy)
    return 1.0 - _ratio(cx + cy - cxy, np.sqrt(cx * cy))


def conditional(cx: ArrayLike, cy: ArrayLike, cxy: ArrayLike) -> NDArray[np.float64]:
    """Return C(x|y), the bits of x once y is known.

    Examples
    --------
    >>> float(conditional(100, 60, 120))
    60.0
    """
    _, cy, cxy = _floats(cx, cy, cxy)
    return cxy - cy


FORMULAS: dict[str, Callable[..., Any]] = {
    "ncd": ncd,
    "cdm": cdm,
    "clm": clm,
    "cosine": cosine,
    "conditional": conditional,
}


def _floats(*codelengths: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.asarray(bits, dtype=np.float64) for bits in codelengths)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; 0 / 0 is 0, as between two empty documents without overhead."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = part / whole
    return np.where((part == 0) & (whole == 0), 0.0, quotient)
