"""The data sets: sizes, and test rows that also occur in the training data."""

from __future__ import annotations

from ..view import View
from ._markdown import table

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table; `view` holds records of the protocol audit."""
    header = ["data set", "classes", "training rows", "test rows", "in training data", "rows' hash"]
    rows = []
    for one in view.records:
        limits = ", ".join(f"{key}={value}" for key, value in one["parameters"].items())
        rows.append(
            [
                one["dataset"] + (f" ({limits})" if limits else ""),
                *(f"{one[name]:,}" for name in ("n_classes", "n_train", "n_test")),
                f"{one['value']:,} ({one['value'] / one['n_test']:.1%})",
                f"`{one['data']}`",
            ]
        )
    caption = (
        "Test rows whose text also occurs, byte for byte, in the training data. Records with "
        "another hash were measured on other rows."
    )
    return f"{caption}\n\n{table(header, rows)}"
