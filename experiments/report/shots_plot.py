"""Accuracy by the number of training documents a class, drawn: a panel a data set."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .view import View

__all__ = ["draw"]

COLUMNS = 4


def draw(view: View, figure: Any) -> str:
    """Draw mean accuracies with the standard deviation of the draws."""
    columns = min(COLUMNS, len(view.datasets))
    rows = math.ceil(len(view.datasets) / columns)
    figure.set_size_inches(max(6.0, 3.2 * columns), 3.2 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for panel in panels[len(view.datasets) :]:
        panel.remove()
    groups = view.groups("dataset", "method", "shots")
    for dataset, panel in zip(view.datasets, panels, strict=False):
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
        panel.set(title=dataset, xscale="log", xlabel="training documents a class")
        panel.set_ylabel("accuracy")
        panel.set_xticks(shots, [str(one) for one in shots])
        panel.minorticks_off()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    return "Mean test accuracy by training documents a class; bars: standard deviation over draws."
