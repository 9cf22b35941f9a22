"""Which method to take, by documents per class and group of data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..view import View
from ._few import ALL, columns_of, few_of, mean_over
from ._markdown import table

__all__ = ["render"]

CLOSE = 0.01
"""Of methods whose mean accuracies differ by less, the first, the simplest, is named."""


def render(view: View, *, groups: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> str:
    """Return the table: one row per group of data sets and number of documents.

    Parameters
    ----------
    view : View
        Records of the protocol few-shot; those of the protocol full are the row "all".
    groups : mapping
        The data sets of each group.
    names : mapping
        What is written for each method that may be named, the simplest first. The last column
        has the accuracy of the first.
    """
    found = few_of(view)
    first = next(iter(names))
    rows: list[list[str | None]] = []
    for group, datasets in groups.items():
        for column in columns_of(found):
            means = {
                method: mean
                for method in names
                if (mean := mean_over(found, datasets, method, column)) is not None
            }
            if not means:
                continue
            close = max(means.values()) - CLOSE
            chosen = next(method for method, mean in means.items() if mean > close)
            plain = f"{means[first]:.2f}" if first in means else None
            documents = "only names of classes" if column == "0" else column
            documents = "thousands in all" if column == ALL else documents
            rows.append([group, documents, names[chosen], f"{means[chosen]:.2f}", plain])
    header = ["language", "documents per class", "use", "accuracy", f"{names[first]} alone"]
    return table(header, rows, numbers=False)
