"""Accuracy of every compressor under each condition, and how often the least distance is tied."""

from __future__ import annotations

from ..cells import Cell
from ..priors import label_of
from ..records import Record
from ._codes import condition_of, conditions
from .markdown import pivot
from .view import View

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table: a row a compressor, a column a condition."""
    found = {(label_of(Cell.of(one)), condition_of(one)): one for one in view.records}
    labels = list(dict.fromkeys(label for label, _ in found))
    columns = [str(one) for one in conditions(view)]
    cells = {(label, str(condition)): _write(one) for (label, condition), one in found.items()}
    sizes = sorted({f"{one['n_train']:,} and {one['n_test']:,}" for one in view.records})
    caption = (
        "Test accuracy ± standard error on the same rows for all; training and test documents: "
        f"{'; '.join(sizes)}. Of kNN in brackets: k, chosen on training data, and with how many "
        "test documents several training documents are nearest. Class texts: C(text·x) − C(text), "
        "the documents of a class being one text; class models: those of this package."
    )
    return f"{caption}\n\n{pivot('compressor', labels, columns, cells)}"


def _write(record: Record) -> str:
    text = f"{record['value']:.3f} ± {record['stderr']:.3f}"
    if record["parameters"]["by"] == "neighbors":
        text += f" (k={record['settings']['k']}, {record['metrics']['tied']:.0%} tied)"
    return text
