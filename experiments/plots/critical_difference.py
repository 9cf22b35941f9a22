"""The critical-difference diagram of Demšar (2006): which methods can be told apart by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compressclf._optional import optional_import

from ..statistics import cliques

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["critical_difference", "draw_ranks"]

LINE = 0.35  # inches from one method to the next
BAR = 0.12  # inches from one bar to the next
TOP = 0.7  # inches above the axis, for the ruler


def critical_difference(
    names: Sequence[str], mean_ranks: Sequence[float], difference: float, *, title: str = ""
) -> Figure:
    """Draw methods on an axis of mean ranks, best at the left; bars join what may be alike.

    Parameters
    ----------
    names : sequence of str
    mean_ranks : sequence of float
        As `friedman_ranks` gives them.
    difference : float
        As `nemenyi_difference` gives it; drawn as a ruler.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        For `save_svg`.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    figures = optional_import("matplotlib.figure", extra="plots")
    figure: Figure = figures.Figure()
    draw_ranks(figure, names, mean_ranks, difference)
    if title:
        figure.suptitle(title, y=1.08)
    return figure


def draw_ranks(
    figure: Figure, names: Sequence[str], mean_ranks: Sequence[float], difference: float
) -> None:
    """Draw the same on a figure that is there, which takes the size it needs."""
    if len(names) != len(mean_ranks) or len(names) < 2:
        raise ValueError(
            f"{len(names)} names and {len(mean_ranks)} ranks: give two or more, as many of each."
        )
    groups = cliques(mean_ranks, difference)
    order = sorted(range(len(names)), key=lambda index: (mean_ranks[index], names[index]))
    n_left = (len(order) + 1) // 2
    bars = BAR * (len(groups) + 1)
    height = TOP + bars + LINE * n_left
    figure.set_layout_engine("none")  # the axes have their place
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
    """Draw the line from a method's rank down and out to its name."""
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
