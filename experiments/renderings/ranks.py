"""The critical-difference diagram of Demšar (2006): mean ranks of the methods over data sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..statistics import cliques, friedman_ranks, nemenyi_difference
from ..view import View

__all__ = ["draw", "draw_ranks", "scores_of"]

LINE = 0.35  # inches from one method to the next
BAR = 0.12  # inches from one bar to the next
TOP = 0.7  # inches above the axis, for the ruler


def draw(view: View, figure: Any) -> str:
    """Draw mean ranks by accuracy; bars join methods that do not differ significantly."""
    methods, datasets, scores = scores_of(view)
    if min(len(methods), len(datasets)) < 2:
        return "Nothing to draw: ranks need two methods on two data sets."
    ranks = friedman_ranks(scores)
    difference = nemenyi_difference(len(methods), len(datasets))
    draw_ranks(figure, methods, ranks.mean_ranks.tolist(), difference)
    return (
        f"Mean rank by accuracy over {len(datasets)} data sets, 1 is best; methods that a bar "
        f"joins differ by less than the critical difference of {difference:.2f} (Nemenyi, α = "
        f"0.05, all pairs at once; Demšar 2006). Hypothesis that all are equal: Friedman's test in "
        f"Iman and Davenport's form, p = {ranks.p_value:.2g}. Data sets: {', '.join(datasets)}."
    )


def scores_of(view: View) -> tuple[list[str], list[str], np.ndarray[Any, Any]]:
    """Return methods, the data sets that all of them have, and accuracies averaged over seeds.

    A method that lacks more than a quarter of the data sets is left out; otherwise the sets are.
    """
    known = {
        key: float(np.mean([one["value"] for one in records]))
        for key, records in view.groups("method", "dataset").items()
    }
    enough = 0.75 * len(view.datasets)
    methods = [one for one in view.methods if sum(one == method for method, _ in known) >= enough]
    datasets = [name for name in view.datasets if all((one, name) in known for one in methods)]
    scores = [[known[method, name] for method in methods] for name in datasets]
    return methods, datasets, np.array(scores)


def draw_ranks(
    figure: Any, names: Sequence[str], mean_ranks: Sequence[float], difference: float
) -> None:
    """Draw methods on an axis of mean ranks, best at the left; bars join methods that may be equal.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        An empty figure, which is resized to the diagram.
    names : sequence of str
    mean_ranks : sequence of float
        From `friedman_ranks`.
    difference : float
        The critical difference from `nemenyi_difference`, drawn as a ruler.
    """
    if len(names) != len(mean_ranks) or len(names) < 2:
        raise ValueError(
            f"{len(names)} names and {len(mean_ranks)} ranks: give two or more of each."
        )
    groups = cliques(mean_ranks, difference)
    order = sorted(range(len(names)), key=lambda index: (mean_ranks[index], names[index]))
    n_left = (len(order) + 1) // 2
    bars = BAR * (len(groups) + 1)
    height = TOP + bars + LINE * n_left
    figure.set_layout_engine("none")  # the axes have a fixed place
    figure.set_size_inches(7.0, height)
    axes = figure.add_axes((0.25, 0.0, 0.5, 1.0))
    right = max(len(names), 1 + difference)
    axes.set(xlim=(1, right), ylim=(TOP - height, TOP))
    axes.axis("off")
    _draw_axis(axes, len(names), difference)
    for level, group in enumerate(groups, start=1):
        ends = [mean_ranks[index] for index in group]
        axes.plot([min(ends) - 0.02, max(ends) + 0.02], [-BAR * level] * 2, "k", linewidth=3)
    for place, index in enumerate(order):
        left = place < n_left
        row = place if left else len(order) - 1 - place
        y = -(bars + LINE * row)
        _draw_method(axes, names[index], mean_ranks[index], y, 1 if left else right)


def _draw_axis(axes: Any, n_methods: int, difference: float) -> None:
    axes.plot([1, n_methods], [0, 0], "k", linewidth=1)
    for rank in range(1, n_methods + 1):
        axes.plot([rank, rank], [0, 0.06], "k", linewidth=1)
        axes.text(rank, 0.09, str(rank), ha="center", va="bottom")
    axes.plot([1, 1 + difference], [0.4, 0.4], "k", linewidth=1)
    for end in (1, 1 + difference):
        axes.plot([end, end], [0.36, 0.44], "k", linewidth=1)
    axes.text(1 + difference / 2, 0.46, f"CD = {difference:.2f}", ha="center", va="bottom")


def _draw_method(axes: Any, name: str, rank: float, y: float, side: float) -> None:
    """Draw the line from the rank of a method to its name."""
    axes.plot([rank, rank, side], [0, y, y], "k", linewidth=0.8, clip_on=False)
    left = side == 1
    axes.annotate(
        f"{name} ({rank:.2f})",
        (side, y),
        xytext=(-4 if left else 4, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
    )
