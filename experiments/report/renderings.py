"""The registry of tables and plots."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["RENDERINGS", "get_rendering"]

RENDERINGS = {  # name: module here
    "accuracy": "accuracy",
    "scorings": "scorings",
    "wins": "wins",
    "mcnemar": "mcnemar",
    "ranks-plot": "ranks_plot",
    "languages": "languages",
    "costs": "costs",
    "settings": "settings",
    "leaks": "leaks",
    "cost-plot": "cost_plot",
    "shots": "shots",
    "shots-plot": "shots_plot",
}


def get_rendering(name: str) -> Any:
    """Import the module of a rendering."""
    return importlib.import_module(f"{__package__}.{RENDERINGS[name]}")
