"""The most accurate method on each data set, by documents per class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..view import View
from ._few import columns_of, few_of
from ._markdown import table

__all__ = ["render"]


def render(view: View, *, languages: Mapping[str, str]) -> str:
    """Return the table: one row per data set, one column per number of documents.

    Parameters
    ----------
    view : View
        Records of the protocol few-shot; those of the protocol full fill the column "all".
    languages : mapping
        The language of each data set.
    """
    found = few_of(view)
    columns = columns_of(found)
    rows: list[list[str | None]] = []
    for dataset in view.datasets:
        row: list[str | None] = [f"{dataset} ({languages[dataset]})"]
        for column in columns:
            means = {
                method: float(np.mean(found[dataset, method, column]))
                for method in view.methods
                if (dataset, method, column) in found
            }
            best = max(means, key=lambda method: means[method], default=None)
            row.append(None if best is None else f"{best} {means[best]:.2f}")
        rows.append(row)
    caption = (
        "The method with the highest mean test accuracy, by training documents per class. It is "
        "chosen on the test data: of methods within .01 or .02 of each other another draw may "
        "choose another."
    )
    return f"{caption}\n\n{table(['data set', *columns], rows, numbers=False)}"
