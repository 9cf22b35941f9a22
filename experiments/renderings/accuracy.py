"""Accuracy of each method on each data set, with and without leaked test rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..records import Record
from ..view import View
from ._markdown import pivot
from ._rivals import LEVEL, best_rivals, compare_all

__all__ = ["render"]

LEAKED_ROW = "*test rows in training data*"


def render(view: View, *, against: Sequence[str] = ()) -> str:
    """Return the table.

    Parameters
    ----------
    view : View
        Records with the metric accuracy.
    against : sequence of str
        Rivals: the best of them on each data set is bold, and the others are compared with it.
    """
    best, compared = best_rivals(view, against), compare_all(view, against)
    cells = {}
    for (method, dataset), records in view.groups("method", "dataset").items():
        text = write_accuracy(view, records)
        if best.get(dataset) in records:
            text = f"**{text}**"
        elif (method, dataset) in compared:
            text += compared[method, dataset].mark
        cells[method, dataset] = text
    rows = list(view.methods)
    for dataset in view.datasets:
        audit = next(one for one in view.records if one["dataset"] == dataset)
        leaked = view.leaked({**audit, "n_test": audit["n_test_all"]})
        if leaked is not None:
            cells[LEAKED_ROW, dataset] = f"{int(leaked.sum()):,} of {len(leaked):,}"
    table = pivot("method", [*rows, LEAKED_ROW], view.datasets, cells)
    return f"{_caption(view, against)}\n\n{table}"


def write_accuracy(view: View, records: Sequence[Record]) -> str:
    """Return the accuracy of a cell as text, over one record or several seeds."""
    values = [record["value"] for record in records]
    if len(values) == 1:
        text = f"{values[0]:.3f} ± {records[0]['stderr']:.3f}"
    else:
        text = f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"
    known = [view.without_leaks(record) for record in records]
    clean = [value for value in known if value is not None]
    if len(clean) == len(records):
        text += f" ({np.mean(clean):.3f})"
    first = records[0]
    if first["n_test"] < first["n_test_all"]:
        text += f" n={first['n_test']:,}"
    return text


def _caption(view: View, against: Sequence[str]) -> str:
    several = any(len(group) > 1 for group in view.groups("method", "dataset").values())
    spread = "standard error" + (" (of several seeds: standard deviation)" if several else "")
    text = (
        f"Test accuracy ± {spread}; in brackets without the test rows that also occur in the "
        "training data, if any; n: number of test documents, if not all are used."
    )
    if against:
        text += (
            f" Bold: the best of {', '.join(against)}, on the test data. ▲ better, ▼ worse than "
            f"it on the same documents (McNemar's exact test, p < {LEVEL:g})."
        )
    return text
