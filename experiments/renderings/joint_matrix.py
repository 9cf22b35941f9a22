"""C(XY) - C(X) - C(Y) of every pair of data sets, by one compressor."""

from __future__ import annotations

from ..view import View
from ._markdown import pivot
from .joint import pairs_of

__all__ = ["render"]


def render(view: View, *, bytes: int) -> str:
    """Return the table: one row per X, one column per Y.

    Parameters
    ----------
    view : View
        Records of the protocol joint, of one compressor.
    bytes : int
        Bytes of each sample.
    """
    method = view.methods[0]
    pairs = pairs_of(view, method, bytes)
    cells = {
        (pair.one, pair.other): f"{pair.excess:,.0f} ({pair.excess / sum(pair.apart):.1%})"
        for pair in pairs
    }
    caption = (
        f"C(XY) − C(X) − C(Y) in bits, and as a share of C(X) + C(Y), by {method}, {bytes:,} bytes "
        "of each; rows X, columns Y."
    )
    names = list(dict.fromkeys(pair.other for pair in pairs))
    return f"{caption}\n\n{pivot('X, then Y', view.datasets, names, cells)}"
