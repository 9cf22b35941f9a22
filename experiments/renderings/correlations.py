"""Bits per byte against accuracy over compressors: rank correlations, condition by condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..correlation import spearman, spearman_interval
from ..view import View
from ._codes import Point, conditions, points_of
from ._markdown import table
from ._panels import panels_of

__all__ = ["draw", "render", "within_families"]

LEAST = 3  # smallest number of members of a family, or of families


def render(view: View) -> str:
    """Return the table: one row per condition."""
    header = [
        "documents, decision", "codes", "families", "all", "header off the rate",
        "and off the distance", "no prior of any kind", "within families",
    ]  # fmt: skip
    rows = []
    for condition in conditions(view):
        points = points_of(view, condition)
        if len({one.family for one in points}) < LEAST:
            continue
        bare = [one for one in points if one.level != "prior" and one.family != "brotli"]
        corrected = [one for one in points if one.corrected is not None]
        inside = within_families(points)
        rows.append(
            [
                str(condition),
                str(len(points)),
                str(len({one.family for one in points})),
                _rho(points, lambda one: one.rate, lambda one: one.accuracy),
                _rho(points, _payload, lambda one: one.accuracy),
                _rho(corrected, _payload, lambda one: one.corrected or 0.0),
                _rho(bare, lambda one: one.rate, lambda one: one.accuracy),
                ", ".join(f"{name} {value:.2f}" for name, value in inside.items()) or None,
            ]
        )
    caption = (
        "Spearman's rank correlation of bits per byte and accuracy; −1: fewer bits always go with "
        "higher accuracy. In brackets: 95 % bootstrap interval over families of compressors, since "
        "the levels of one compressor are not independent. Rates are those of the test documents, "
        "alone (kNN) or given their own class. Header off: without the bits of the empty text; off "
        "the distance: also in C(x), C(y) and C(xy). No prior: without brotli, which has a "
        f"dictionary, and mixers that have read a text. Within: families of {LEAST} codes or more."
    )
    return f"{caption}\n\n{table(header, rows, numbers=False)}"


def _payload(point: Point) -> float:
    return point.rate - point.overhead_rate


def _rho(
    points: Sequence[Point], x: Callable[[Point], float], y: Callable[[Point], float]
) -> str | None:
    if len({one.family for one in points}) < LEAST:
        return None
    families = [one.family for one in points]
    found = spearman_interval([x(one) for one in points], [y(one) for one in points], families)
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def within_families(points: Sequence[Point]) -> dict[str, float]:
    """Return the correlation among the levels of each family that is large enough."""
    inside = {}
    for family in dict.fromkeys(one.family for one in points):
        rates, accuracies = (
            np.array(
                [
                    (one.rate, one.accuracy)
                    for one in points
                    if one.family == family and not _read(one)
                ]
            )
            .reshape(-1, 2)
            .T
        )
        if len(rates) >= LEAST and not np.isnan(rho := spearman(rates, accuracies)):
            inside[family] = rho
    return inside


def _read(point: Point) -> bool:
    return point.level == "prior"


MARKS = {"default": "o", "level": ".", "prior": "^"}


def draw(view: View, figure: Any) -> str:
    """Draw the compressors; levels of one compressor share a colour."""
    shown = [one for one in conditions(view) if points_of(view, one)]
    families = list(dict.fromkeys(point.family for one in shown for point in points_of(view, one)))
    panels = panels_of(list(map(str, shown)), figure, width=4.0, height=3.6, margin=1.5)
    for condition, panel in zip(shown, panels.values(), strict=True):
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
        "Accuracy against bits per byte of the test documents, alone (kNN) or given their own "
        "class. Circles: default settings; dots: other levels; joined triangles: a context mixer "
        "that has read English text first, more of it further left."
    )


def _draw_family(panel: Any, points: list[Point], color: str) -> None:
    for level, mark in MARKS.items():
        chosen = [one for one in points if one.level == level]
        x, y = [one.rate for one in chosen], [one.accuracy for one in chosen]
        panel.plot(x, y, mark, color=color, markersize=5)
    if any(one.level == "prior" for one in points):
        chain = sorted(one[2:4] for one in points if one.level != "level")
        panel.plot(*zip(*chain, strict=True), "-", color=color, linewidth=0.6)
