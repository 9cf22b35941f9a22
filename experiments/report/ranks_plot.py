"""The critical-difference diagram: mean ranks of the methods over data sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..plots.critical_difference import draw_ranks
from ..statistics import friedman_ranks, nemenyi_difference
from .view import View

__all__ = ["draw", "scores_of"]


def draw(view: View, figure: Any) -> str:
    """Draw mean ranks by accuracy; bars join methods that the data sets cannot tell apart."""
    methods, datasets, scores = scores_of(view)
    if min(len(methods), len(datasets)) < 2:
        return "Nothing to draw: ranks need two methods on two data sets."
    ranks = friedman_ranks(scores)
    difference = nemenyi_difference(len(methods), len(datasets))
    draw_ranks(figure, methods, ranks.mean_ranks.tolist(), difference)
    return (
        f"Mean rank by accuracy over {len(datasets)} data sets, 1 is best; methods that a bar "
        f"joins differ by less than the critical difference of {difference:.2f} (Nemenyi, α = "
        f"0.05, all pairs at once; Demšar 2006). That all are alike: Friedman's test in Iman and "
        f"Davenport's form, p = {ranks.p_value:.2g}. Data sets: {', '.join(datasets)}."
    )


def scores_of(view: View) -> tuple[list[str], list[str], np.ndarray[Any, Any]]:
    """Return methods, the data sets that all of them have, and mean accuracies of seeds.

    A method that lacks more than a quarter of the data sets is left out rather than these sets.
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
