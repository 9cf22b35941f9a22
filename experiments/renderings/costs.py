"""The cost of each method on each data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compressclf._lib.optional import optional_import

from ..records import Record
from ..view import View
from ._markdown import pivot, short

__all__ = ["cost_of", "draw", "pareto", "points_of", "render"]


def render(view: View) -> str:
    """Return the table of seconds, memory, model size and energy."""
    cells = {(record["method"], record["dataset"]): _cost(record) for record in view.records}
    caption = (
        "Processor seconds of the final fit + of predicting 1,000 test documents · peak memory of "
        "the process in MB, with Python and data · size of the saved model in MB · joules of fit "
        "and prediction, for the whole processor (“–”: not measured). Tuning is not counted."
    )
    return f"{caption}\n\n{pivot('method', view.methods, view.datasets, cells)}"


def _cost(record: Record) -> str:
    seconds = record["cpu_seconds"]
    memory, size = record["peak_memory_mb"], record["model_bytes"]
    spent = record["energy_joules"]
    parts = [
        f"{_known(seconds.get('fit'))} + {_known(seconds.get('predict'), 1000 / record['n_test'])}",
        "–" if memory is None else f"{memory:,.0f}",
        "–" if size is None else short(size / 1e6),
        "–" if isinstance(spent, str) else short(spent["fit"] + spent["predict"]),
    ]
    return " · ".join(parts)


def _known(value: float | None, scale: float = 1.0) -> str:
    return "–" if value is None else short(value * scale)


PLACES = [
    ((x * sign, y), align)
    for y in (4, -10, 14, -20, 24, -30)
    for x, sign, align in ((4, 1, "left"), (4, -1, "right"), (0, 1, "center"))
]
"""Offsets of a name from its point, in points; the first are preferred."""
LABELS = {
    "cpu": "processor seconds to fit and to predict 1,000 documents",
    "memory": "peak memory of the process, MB",
    "model": "size of the saved model, MB",
    "joules": "joules to fit and to predict 1,000 documents",
}


def draw(view: View, figure: Any, *, cost: str = "cpu") -> str:
    """Draw one point per method: means over the data sets that all drawn methods have.

    Parameters
    ----------
    view : View
        Records of the protocol full.
    figure : matplotlib.figure.Figure
        The figure to draw on.
    cost : {"cpu", "memory", "model", "joules"}
        The x axis; methods without this cost are left out.
    """
    points, datasets = points_of(view, cost)
    if not points:
        return f"Nothing to draw: no record has {LABELS[cost]}."
    axes = figure.subplots()
    for _, x, y in points:
        axes.plot(x, y, "o", color="C0", markersize=4)
    axes.margins(x=0.12)
    front = pareto([(x, y) for _, x, y in points])
    axes.step(*zip(*front, strict=True), where="post", color="C1", linewidth=1)
    axes.set(xscale="log", xlabel=LABELS[cost], ylabel="mean accuracy")
    _name(points, axes)
    marked = [method for method, x, y in sorted(points, key=_by_cost) if (x, y) in front]
    return (
        f"Mean accuracy over {len(datasets)} data set{'s' * (len(datasets) > 1)} "
        f"({', '.join(datasets)}) against "
        f"{LABELS[cost]} (geometric mean). Line: the best accuracy at or below each cost "
        f"({', '.join(marked)})."
    )


def _name(points: list[tuple[str, float, float]], axes: Any) -> None:
    """Write a name beside each point, inside the frame, where it covers the least of others."""
    boxes = optional_import("matplotlib.transforms", extra="plots").Bbox
    axes.figure.draw_without_rendering()  # fixes where the points are
    frame = axes.get_window_extent()
    pixels = axes.transData.transform([point[1:] for point in points])
    taken = [boxes.from_bounds(x - 3, y - 3, 6, 6) for x, y in pixels]
    for method, *place in sorted(points, key=_by_cost):
        least, best = np.inf, PLACES[0]
        for where, align in PLACES:
            note = axes.annotate(
                method, place, where, textcoords="offset points", fontsize=8, ha=align
            )
            box = note.get_window_extent()
            note.remove()
            outside = _shared(box, box) - _shared(box, frame)
            covered = outside + sum(_shared(box, other) for other in taken)
            if covered < least:
                least, best, room = covered, (where, align), box
        where, align = best
        axes.annotate(method, place, where, textcoords="offset points", fontsize=8, ha=align)
        taken.append(room)


def _shared(box: Any, other: Any) -> float:
    """Return the area that two boxes share, in square pixels."""
    shared = box.intersection(box, other)
    return 0.0 if shared is None else float(shared.width * shared.height)


def _by_cost(point: tuple[str, float, float]) -> tuple[float, float]:
    return point[1:]


def cost_of(record: Record, cost: str) -> float | None:
    """Return a cost of a record; None if it is not known.

    Examples
    --------
    >>> cost_of({"n_test": 500, "cpu_seconds": {"fit": 1.0, "predict": 2.0}}, "cpu")
    5.0
    """
    if cost in ("memory", "model"):
        value = record["peak_memory_mb"] if cost == "memory" else record["model_bytes"]
        return None if value is None else value / (1 if cost == "memory" else 1e6)
    spent = record["cpu_seconds" if cost == "cpu" else "energy_joules"]
    if isinstance(spent, str) or not {"fit", "predict"} <= set(spent):
        return None
    return float(spent["fit"] + spent["predict"] * 1000 / record["n_test"])


def pareto(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the Pareto front: points (cost, worth) better than all cheaper ones, cheapest first.

    Examples
    --------
    >>> pareto([(3.0, 0.5), (1.0, 0.4), (2.0, 0.3)])
    [(1.0, 0.4), (3.0, 0.5)]
    """
    front: list[tuple[float, float]] = []
    for x, y in sorted(points, key=lambda point: (point[0], -point[1])):
        if not front or y > front[-1][1]:
            front.append((x, y))
    return front


def points_of(view: View, cost: str) -> tuple[list[tuple[str, float, float]], list[str]]:
    """Return (method, cost, accuracy) and the data sets that these are means over."""
    known = {
        (record["method"], record["dataset"]): (value, record["value"])
        for record in view.records
        if (value := cost_of(record, cost)) is not None
    }
    methods = [one for one in view.methods if any(one == method for method, _ in known)]
    # Leave out methods that lack more than a quarter of the sets, then sets that a method lacks.
    most = max((sum(one == method for method, _ in known) for one in methods), default=0)
    methods = [one for one in methods if 4 * sum(one == m for m, _ in known) >= 3 * most]
    datasets = [name for name in view.datasets if all((one, name) in known for one in methods)]
    if not datasets and methods:  # use the one set that most methods have
        datasets = [max(view.datasets, key=lambda name: sum(name == one for _, one in known))]
        methods = [one for one in view.methods if (one, datasets[0]) in known]
    points: list[tuple[str, float, float]] = []
    for method in methods:
        costs, worths = zip(*(known[method, name] for name in datasets), strict=True)
        floor = np.maximum(costs, 1e-3)  # resolution of the clocks
        points.append((method, float(np.exp(np.mean(np.log(floor)))), float(np.mean(worths))))
    return points, datasets
