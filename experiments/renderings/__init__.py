"""Tables and plots from records: one file for each subject, found by its name.

A file has one of these functions, or both:

* a table: ``render(view, **options) -> str`` returns Markdown with a caption of its own;
* a plot: ``draw(view, figure, **options) -> str`` draws on a matplotlib figure and returns the
  caption.

The table has the name of the file (``rate-costs`` for ``rate_costs.py``), and the plot that name
with ``-plot``. Options are the keys of the study's ``[[show]]`` other than rendering, protocol and
name. A rendering reads only its `View`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from compressclf._lib.registry import choose_from

__all__ = ["PLOT", "get_rendering", "names_of_renderings"]

PLOT = "-plot"
"""Suffix of the names of plots."""


@cache
def names_of_renderings() -> tuple[str, ...]:
    """Return the names of the tables and plots."""
    return tuple(_renderings())


def get_rendering(name: str) -> Callable[..., str]:
    """Return the function ``render`` of a table or ``draw`` of a plot.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if name not in _renderings():
        raise ValueError(choose_from("rendering", name, list(names_of_renderings())))
    return _renderings()[name]


@cache
def _renderings() -> dict[str, Callable[..., str]]:
    found = {}
    for file in pkgutil.iter_modules(__path__):
        if not file.name.startswith("_"):
            module = importlib.import_module(f"{__name__}.{file.name}")
            for ending, function in (("", "render"), (PLOT, "draw")):
                if hasattr(module, function):
                    found[file.name.replace("_", "-") + ending] = getattr(module, function)
    return found
