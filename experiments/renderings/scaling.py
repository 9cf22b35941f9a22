"""Power laws of the error in training bytes, checked on the largest size."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..records import Record
from ..view import View
from ._laws import Foretold, foretell, write_interval
from ._markdown import table
from ._panels import legend, panels_of, plain_logarithm

__all__ = ["draw", "law_of", "render"]

SMALLEST = 40
"""Smallest number of documents that is fitted."""


def law_of(records: list[Record], last: int | None = None) -> Foretold | None:
    """Return the law of one method on one data set; None if there are too few sizes."""
    chosen = [one for one in records if one["n_train"] >= SMALLEST]
    if not chosen:
        return None
    sizes, errors = [one["train_bytes"] for one in chosen], [1 - one["value"] for one in chosen]
    return foretell(sizes, errors, [one["n_train"] for one in chosen], last)


def render(view: View, *, last: int | None = None) -> str:
    """Return the table: one row per data set and method.

    Parameters
    ----------
    view : View
        Records of the protocol scaling.
    last : int, optional
        Fit only this many sizes below the largest; default: all from `SMALLEST` documents on.
    """
    rows, inside, factors = [], 0, []
    for (dataset, method), records in view.groups("dataset", "method").items():
        found = law_of(records, last)
        if found is None:
            continue
        inside += found.inside
        factor = found.measured / found.expected.value
        factors.append(factor)
        rows.append(
            [
                f"{dataset} {method}",
                f"{found.n_sizes}",
                write_interval(found.law.b, 2),
                write_interval(found.expected),
                f"{found.measured:.3f}",
                f"{factor:.2f}",
                "yes" if found.inside else "**no**",
            ]
        )
    if not rows:
        return "Too few sizes for a law."
    header = ["data set, method", "sizes", "b", "foretold error", "measured", "measured / foretold"]
    which = f"the {last} sizes below the largest" if last else "all sizes below the largest"
    caption = (
        f"Error = a · bytes^−b, least squares in log-log on {which} (from {SMALLEST} documents on; "
        "each is half of the next), and its prediction for the largest, which is held out of the "
        "fit. In brackets: 95% intervals from a bootstrap over the points; points of one seed "
        "share documents, so the intervals are rather too narrow. Baselines keep default settings "
        "at every size (kNN: k = 1); class models choose theirs."
    )
    above = sum(factor > 1 for factor in factors)
    summary = (
        f"Inside the interval: {inside} of {len(rows)}. The error at the largest size is above "
        f"predicted in {above} of {len(rows)}."
    )
    return f"{caption}\n\n{table([*header, 'inside'], rows)}\n\n{summary}"


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
