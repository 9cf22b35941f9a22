"""On how many data sets a method is significantly better or worse than the best rival."""

from __future__ import annotations

from collections.abc import Sequence

from ..view import View
from ._markdown import table
from ._rivals import LEVEL, adjusted, compare_all

__all__ = ["render"]


def render(view: View, *, against: Sequence[str]) -> str:
    """Return the table; `against` lists the rivals, and the best on each data set counts."""
    compared = compare_all(view, against)
    rivals = {key: one for key, one in compared.items() if key[0] not in against}
    tables = (rivals, adjusted(rivals))
    rows = []
    for method in view.methods:
        if method in against:
            continue
        row = [method]
        for table_ in tables:
            marks = [one.mark for (name, _), one in table_.items() if name == method]
            row += [str(marks.count(mark)) for mark in (" ▼", " ▲", "")]
        rows.append(row)
    caption = (
        f"Against the best of {', '.join(against)}: number of data sets where the method is "
        f"significantly worse, better, and neither (McNemar's exact test, p < {LEVEL:g}), without "
        f"correction and with p-values adjusted for the {len(rivals)} tests of this table (Holm)."
    )
    header = ["method", "worse", "better", "neither"]
    header += [f"{name}, Holm" for name in header[1:]]
    return f"{caption}\n\n{table(header, rows)}"
