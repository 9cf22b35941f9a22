"""Accuracy by the number of training documents per class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..view import View
from ._markdown import pivot
from ._panels import legend, panels_of
from .accuracy import write_accuracy

__all__ = ["draw", "render"]


def render(view: View) -> str:
    """Return the table: one row per method, one column per data set and number of shots."""
    cells = {
        (method, f"{dataset} {shots}"): write_accuracy(view, records)
        for (method, dataset, shots), records in view.groups("method", "dataset", "shots").items()
    }
    columns = [f"{dataset} {shots}" for dataset, shots in view.groups("dataset", "shots")]
    seeds = sorted({record["seed"] for record in view.records})
    caption = (
        f"Mean test accuracy ± standard deviation over {len(seeds)} draws of this many training "
        "documents per class (all documents of a smaller class); in brackets without the test rows "
        "that also occur in the whole training part, if there are any and all draws record them."
    )
    return f"{caption}\n\n{pivot('method', view.methods, columns, cells)}"


def draw(view: View, figure: Any) -> str:
    """Draw mean accuracies with the standard deviation over the draws."""
    panels = panels_of(view.datasets, figure, columns=4, width=3.2, sharex=True)
    groups = view.groups("dataset", "method", "shots")
    for dataset, panel in panels.items():
        for index, method in enumerate(view.methods):
            found = {
                shots: [record["value"] for record in records]
                for (name, who, shots), records in groups.items()
                if (name, who) == (dataset, method)
            }
            shots = sorted(found)
            panel.errorbar(
                shots,
                [np.mean(found[one]) for one in shots],
                [np.std(found[one]) for one in shots],
                label=method,
                color=f"C{index % 10}",
                linestyle="-" if index < 10 else "--",
                marker="o",
                markersize=3,
                capsize=2,
            )
        panel.set(title=dataset, xscale="log", xlabel="training documents per class")
        panel.set_ylabel("accuracy")
        panel.set_xticks(shots, [str(one) for one in shots])
        panel.minorticks_off()
    legend(figure)
    return "Mean test accuracy by training documents per class; bars: standard deviation of draws."
