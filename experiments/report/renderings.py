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
    "rates": "rates",
    "rates-plot": "rates_plot",
    "rate-costs": "rate_costs",
    "compressor-accuracy": "compressor_accuracy",
    "compressor-accuracy-plot": "compressor_accuracy_plot",
    "compressor-facts": "compressor_facts",
    "correlations": "correlations",
    "rate-accuracy-plot": "rate_accuracy_plot",
    "prior-effect": "prior_effect",
    "scaling": "scaling",
    "scaling-plot": "scaling_plot",
    "growth": "growth",
    "growth-plot": "growth_plot",
    "joint": "joint",
    "joint-matrix": "joint_matrix",
    "compressibility": "compressibility",
    "compressibility-ranks": "compressibility_ranks",
    "compressibility-plot": "compressibility_plot",
}


def get_rendering(name: str) -> Any:
    """Import the module of a rendering."""
    return importlib.import_module(f"{__package__}.{RENDERINGS[name]}")
