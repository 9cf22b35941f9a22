"""McNemar's test of each method against the best rival on each data set, corrected by Holm."""

from __future__ import annotations

from collections.abc import Sequence

from ..view import View
from ._markdown import pivot
from ._rivals import adjusted, best_rivals, compare_all

__all__ = ["render"]


def render(view: View, *, against: Sequence[str]) -> str:
    """Return the table; `against` lists the rivals, and the best on each data set counts."""
    best, compared = best_rivals(view, against), adjusted(compare_all(view, against))
    cells = {
        (method, dataset): f"+{one.gained:,} −{one.lost:,} {_write(one.pvalue)}{one.mark}"
        for (method, dataset), one in compared.items()
    }
    rivals = ", ".join(f"{name}: {record['method']}" for name, record in best.items())
    caption = (
        "Documents that only the method gets right, documents that only the rival gets right, and "
        f"McNemar's exact p-value, adjusted by Holm for the {len(cells)} tests of this table; ▲ "
        f"better, ▼ worse at 0.05. The rival is the best of {', '.join(against)} on the test data "
        f"({rivals}), which favours it."
    )
    return f"{caption}\n\n{pivot('method', view.methods, view.datasets, cells)}"


def _write(pvalue: float) -> str:
    return "p<.001" if pvalue < 0.001 else f"p={pvalue:.3f}"
