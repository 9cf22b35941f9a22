"""Error against training bytes with the fitted laws, drawn: a panel a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._panels import legend, panels_of, plain_logarithm
from .scaling import SMALLEST, law_of
from .view import View

__all__ = ["draw"]


def draw(view: View, figure: Any, *, last: int | None = None) -> str:
    """Draw mean errors, and each law from the first size it was fitted to up to the largest."""
    for dataset, panel in panels_of(view.datasets, figure).items():
        for index, method in enumerate(view.methods):
            records = [
                one
                for one in view.records
                if (one["dataset"], one["method"]) == (dataset, method) and one["value"] < 1
            ]
            found = law_of(records, last)
            sizes = sorted({one["n_train"] for one in records})
            color = f"C{index % 10}"
            for size in sizes:
                same = [one for one in records if one["n_train"] == size]
                x = np.mean([one["train_bytes"] for one in same])
                y = np.mean([1 - one["value"] for one in same])
                seen = size < sizes[-1]
                panel.plot(
                    x,
                    y,
                    "o",
                    color=color,
                    markersize=3 if seen else 5,
                    markerfacecolor=color if seen else "none",
                    label=method if size == sizes[0] else None,
                )
            if found is not None:
                fitted = [one["train_bytes"] for one in records if one["n_train"] >= SMALLEST]
                ends = [min(fitted), found.size]
                panel.plot(ends, found.law.predict(ends), color=color, linewidth=0.8)
        panel.set(title=dataset, xscale="log", yscale="log", xlabel="training bytes")
        panel.set_ylabel("error")
        plain_logarithm(panel.yaxis)
    legend(figure)
    return (
        "Mean error over the draws by training bytes, both logarithmic; lines: the laws, fitted "
        "without the largest size (hollow)."
    )
