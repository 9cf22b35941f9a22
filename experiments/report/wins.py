"""On how many data sets a method is significantly better or worse than the best rival."""

from __future__ import annotations

from collections.abc import Sequence

from ._rivals import LEVEL, compare_all
from .markdown import table
from .view import View

__all__ = ["render"]


def render(view: View, *, against: Sequence[str]) -> str:
    """Return the table; `against` are the rivals, of which the best on each data set counts."""
    compared = compare_all(view, against)
    rows = []
    for method in view.methods:
        marks = [one.mark for (name, _), one in compared.items() if name == method]
        if method not in against:
            rows.append([method, *(str(marks.count(mark)) for mark in (" ▼", " ▲", ""))])
    caption = (
        f"Against the best of {', '.join(against)}: on how many data sets significantly worse, "
        f"better, and neither (McNemar's exact test, p < {LEVEL:g}, test by test)."
    )
    return f"{caption}\n\n{table(['method', 'worse', 'better', 'neither'], rows)}"
