"""Accuracy of every compressor, drawn: a panel a data set, a mark a way to decide."""

from __future__ import annotations

from typing import Any

from ..cells import Cell
from ..priors import label_of
from ._codes import WAYS, condition_of, conditions
from .view import View

__all__ = ["draw"]

MARKS = {"neighbors": "o", "texts": "s", "model": "D"}


def draw(view: View, figure: Any) -> str:
    """Draw accuracies with their standard errors; hollow marks are of shortened documents."""
    labels = list(dict.fromkeys(label_of(Cell.of(one)) for one in view.records))
    figure.set_size_inches(4.2 * len(view.datasets) + 1.5, 1.6 + 0.28 * len(labels))
    panels = figure.subplots(1, len(view.datasets), squeeze=False, sharey=True)[0]
    for dataset, panel in zip(view.datasets, panels, strict=True):
        for condition in (one for one in conditions(view) if one.dataset == dataset):
            points = [one for one in view.records if condition_of(one) == condition]
            panel.errorbar(
                [one["value"] for one in points],
                [labels.index(label_of(Cell.of(one))) for one in points],
                xerr=[one["stderr"] for one in points],
                fmt=MARKS[condition.by],
                color=f"C{list(WAYS).index(condition.by)}",
                markerfacecolor="white" if condition.cut else None,
                markersize=4,
                elinewidth=0.6,
                label=str(condition).removeprefix(dataset).lstrip(", "),
            )
        panel.set(title=dataset, xlabel="accuracy")
        panel.grid(axis="x", linewidth=0.3)
        panel.legend(fontsize=7)
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].invert_yaxis()
    return "Test accuracy of every compressor on the same rows; bars: standard error."
