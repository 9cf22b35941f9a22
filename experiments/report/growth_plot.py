"""Bits per byte against the size of the corpus, drawn: a panel a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._panels import legend, panels_of, plain_logarithm
from .growth import points_of
from .view import View

__all__ = ["draw"]


def draw(view: View, figure: Any) -> str:
    """Draw a line a compressor: means over the orders of the documents."""
    for dataset, panel in panels_of(view.datasets, figure).items():
        for index, method in enumerate(view.methods):
            key = (dataset, method)
            same = [one for one in view.records if (one["dataset"], one["method"]) == key]
            points = points_of(same)
            sizes = sorted({size for size, _ in points})
            rates = [np.mean([rate for size, rate in points if size == one]) for one in sizes]
            panel.plot(sizes, rates, "o-", color=f"C{index % 10}", markersize=2, label=method)
        panel.set(title=dataset, xscale="log", yscale="log", xlabel="bytes")
        panel.set_ylabel("bits per byte")
        plain_logarithm(panel.yaxis)
    legend(figure)
    return "Bits per byte by bytes compressed in one stream, headers included; both logarithmic."
