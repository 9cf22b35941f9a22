"""Accuracy above chance against what a compressor says of a data set, drawn."""

from __future__ import annotations

from typing import Any

from ._learnability import BEST, facts_of
from ._panels import plain_logarithm
from .view import View

__all__ = ["draw"]

SHOWN = ("bits per byte", "share saved by classes", "bits per document saved by classes")


def draw(view: View, figure: Any, *, compressor: str) -> str:
    """Draw a point a data set."""
    facts = facts_of(view, compressor)
    figure.set_size_inches(11, 4)
    for name, panel in zip(SHOWN, figure.subplots(1, len(SHOWN), sharey=True), strict=True):
        for index, one in enumerate(sorted(facts, key=lambda one: one.above_chance(BEST))):
            x, y = one.numbers[name], one.above_chance(BEST)
            panel.plot(x, y, "o", color="C0", markersize=4)
            where = (4, 3 if index % 2 else -8)  # names of neighbours do not cover each other
            panel.annotate(one.name, (x, y), where, textcoords="offset points", fontsize=6)
        panel.set(xlabel=name, xscale="log")
        plain_logarithm(panel.xaxis)
        panel.margins(x=0.25)
    figure.axes[0].set_ylabel("best accuracy above chance")
    return (
        f"Best accuracy above chance against what {compressor} says of a sample of the training "
        "documents; a point a data set."
    )
