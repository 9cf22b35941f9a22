"""Panels of a plot, one per data set, and one legend for all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from compressclf._lib.optional import optional_import

__all__ = ["legend", "panels_of", "plain_logarithm"]


def panels_of(
    names: Sequence[str],
    figure: Any,
    *,
    columns: int = 3,
    width: float = 3.4,
    height: float = 3.2,
    margin: float = 0.0,
    sharex: bool = False,
) -> dict[str, Any]:
    """Return the axes of each name; `panel` and `beside` are sizes in inches."""
    columns = min(columns, len(names))
    rows = math.ceil(len(names) / columns)
    figure.set_size_inches(max(6.0, width * columns + margin), height * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=sharex).ravel()
    for panel in panels[len(names) :]:
        panel.remove()
    return dict(zip(names, panels, strict=False))


def legend(figure: Any) -> None:
    """Name each colour once."""
    named: dict[str, Any] = {}
    for panel in figure.axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            named.setdefault(label, handle)
    figure.legend(list(named.values()), list(named), loc="outside right upper", fontsize=8)


def plain_logarithm(axis: Any) -> None:
    """Mark a logarithmic axis of one or two decades at 1, 2, 5 …, in plain numbers."""
    ticker = optional_import("matplotlib.ticker", extra="plots")
    axis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(ticker.NullFormatter())
    axis.set_tick_params(labelsize=7)
