"""Whether two data sets take fewer bits together than separately, by compressor and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..view import View
from ._markdown import table

__all__ = ["Pair", "pairs_of", "render"]

SAME_SET, SAME_LANGUAGE, OTHER = "same set", "same language", "other language"


class Pair(NamedTuple):
    """Bits of two samples of equal size, compressed separately and together."""

    one: str
    other: str
    n_bytes: int
    """Bytes of each sample."""
    apart: tuple[float, float]
    joint: float

    @property
    def excess(self) -> float:
        """Return C(XY) - C(X) - C(Y)."""
        return self.joint - sum(self.apart)

    @property
    def beats_both(self) -> bool:
        """Return whether XY takes fewer bits per byte than X and than Y."""
        return self.joint < 2 * min(self.apart)


def pairs_of(view: View, method: str, n_bytes: int) -> list[Pair]:
    """Return all ordered pairs of one compressor."""
    return [
        Pair(record["dataset"], name, n_bytes, (record["own_bits"], bits), joint)
        for record in view.records
        if record["method"] == method and record["parameters"]["bytes"] == n_bytes
        for name, (bits, joint) in record["pairs"].items()
    ]


def render(view: View, *, languages: Mapping[str, Sequence[str]]) -> str:
    """Return the table: one row per compressor, number of bytes and kind of pair.

    Parameters
    ----------
    view : View
        Records of the protocol joint.
    languages : mapping of str to sequence of str
        Data sets by language. A set without a language is shown only with itself.
    """
    language = {name: one for one, names in languages.items() for name in names}
    rows = []
    for (method, n_bytes), records in view.groups("method", "bytes").items():
        kinds: dict[str, list[Pair]] = {SAME_SET: [], SAME_LANGUAGE: [], OTHER: []}
        for pair in pairs_of(view, method, n_bytes):
            if pair.one == pair.other:
                kinds[SAME_SET].append(pair)
            elif pair.one in language and pair.other in language:
                same = language[pair.one] == language[pair.other]
                kinds[SAME_LANGUAGE if same else OTHER].append(pair)
        window = records[0]["window"]
        reach = "within" if window is None or 2 * n_bytes <= window else "beyond"
        for kind, pairs in kinds.items():
            if pairs:
                place = f"{method}, {n_bytes / 1000:g} kB ({reach}), {kind}"
                rows.append([place, *_describe(pairs), f"{records[0]['overhead_bits']:,.0f}"])
    header = ["compressor, bytes of each (window), pair", "pairs", "C(XY) − C(X) − C(Y), bits"]
    header += ["least … most", "of C(X) + C(Y)", "≤ 0", "beats both rates", "bits of nothing"]
    caption = (
        "C(XY) − C(X) − C(Y) over all ordered pairs of data sets: mean, range, and share of "
        "C(X) + C(Y). “≤ 0”: pairs that take no more bits together than separately. “Beats both "
        "rates”: pairs whose XY takes fewer bits per byte than X and than Y. Within: XY fits into "
        "the compressor's window or block. The saved header accounts for as many bits as an empty "
        "document takes. For the same set, Y is what follows X."
    )
    return f"{caption}\n\n{table(header, rows)}\n\n{_asymmetry(view)}".strip()


def _describe(pairs: Sequence[Pair]) -> list[str]:
    excess = np.array([pair.excess for pair in pairs])
    share = excess.sum() / sum(sum(pair.apart) for pair in pairs)
    return [
        f"{len(pairs)}",
        f"{excess.mean():,.0f}",
        f"{excess.min():,.0f} … {excess.max():,.0f}",
        f"{share:.2%}",
        f"{np.count_nonzero(excess <= 0)}",
        f"{sum(pair.beats_both for pair in pairs)}",
    ]


def _asymmetry(view: View) -> str:
    """Return a sentence on how much the order of the two matters."""
    parts = []
    for method, n_bytes in view.groups("method", "bytes"):
        joint = {pair[:2]: pair.joint for pair in pairs_of(view, method, n_bytes)}
        gaps = [
            abs(bits - joint[other, one]) / bits
            for (one, other), bits in joint.items()
            if one < other and (other, one) in joint
        ]
        if gaps:
            parts.append(f"{method} {n_bytes / 1000:g} kB {max(gaps):.2%}")
    return f"Largest |C(XY) − C(YX)| / C(XY): {'; '.join(parts)}." if parts else ""
