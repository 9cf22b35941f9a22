"""Accuracy by the number of training documents a class."""

from __future__ import annotations

from .accuracy import write_accuracy
from .markdown import pivot
from .view import View

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table: a row a method, a column a data set and a number of shots."""
    cells = {
        (method, f"{dataset} {shots}"): write_accuracy(view, records)
        for (method, dataset, shots), records in view.groups("method", "dataset", "shots").items()
    }
    columns = [f"{dataset} {shots}" for dataset, shots in view.groups("dataset", "shots")]
    seeds = sorted({record["seed"] for record in view.records})
    caption = (
        f"Mean test accuracy ± standard deviation over {len(seeds)} draws of so many training "
        "documents a class (all it has, where it has fewer); in brackets without the test rows "
        "that the whole training part holds, where there are any and all draws tell."
    )
    return f"{caption}\n\n{pivot('method', view.methods, columns, cells)}"
