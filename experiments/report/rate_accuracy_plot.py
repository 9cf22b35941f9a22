"""Bits per byte against accuracy, drawn: a panel a condition, a mark a compressor."""

from __future__ import annotations

import math
from typing import Any

from ._codes import Point, conditions, points_of
from .view import View

__all__ = ["draw"]

COLUMNS = 3
MARKS = {"default": "o", "level": ".", "prior": "^"}


def draw(view: View, figure: Any) -> str:
    """Draw the compressors; levels of one share a colour."""
    shown = [one for one in conditions(view) if points_of(view, one)]
    families = list(dict.fromkeys(point.family for one in shown for point in points_of(view, one)))
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure.set_size_inches(4.0 * columns + 1.5, 3.6 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels[len(shown) :]:
        panel.remove()
    for condition, panel in zip(shown, panels, strict=False):
        points = points_of(view, condition)
        for index, family in enumerate(families):
            _draw_family(panel, [one for one in points if one.family == family], f"C{index % 10}")
        for one in points:
            if one.level == "default":
                panel.annotate(
                    one.label, (one.rate, one.accuracy), (3, 3), textcoords="offset points",
                    fontsize=6,
                )  # fmt: skip
        panel.set(title=str(condition), xlabel="bits per byte", ylabel="accuracy")
    return (
        "Accuracy against bits per byte of the test documents, alone (kNN) or after their own "
        "class. Circles: default settings; dots: other levels; triangles, joined: a context mixer "
        "that has read English before, the more the further left."
    )


def _draw_family(panel: Any, points: list[Point], color: str) -> None:
    for level, mark in MARKS.items():
        chosen = [one for one in points if one.level == level]
        x, y = [one.rate for one in chosen], [one.accuracy for one in chosen]
        panel.plot(x, y, mark, color=color, markersize=5)
    if any(one.level == "prior" for one in points):
        chain = sorted(one[2:4] for one in points if one.level != "level")
        panel.plot(*zip(*chain, strict=True), "-", color=color, linewidth=0.6)
