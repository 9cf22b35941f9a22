"""For each data set: measurements of a compressor, and the accuracies of methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..records import Record
from ..view import View

__all__ = ["BEST", "CONFOUNDERS", "PREDICTORS", "SetFacts", "facts_of"]

BEST = "best"
MAJORITY = "majority"

PREDICTORS: dict[str, Callable[[Record], float]] = {
    "bits per byte": lambda one: one["bits"] / one["n_bytes"],
    "bits per character": lambda one: one["bits"] / one["n_characters"],
    "bits per document": lambda one: one["bits"] / one["n_documents"],
    "share saved by classes": lambda one: 1 - one["sorted_bits"] / one["bits"],
    "bits per document saved by classes": lambda one: (
        (one["bits"] - one["sorted_bits"]) / one["n_documents"]
    ),
}
CONFOUNDERS: dict[str, Callable[[Record], float]] = {
    "number of classes": lambda one: one["n_classes"],
    "bytes per document": lambda one: one["n_bytes"] / one["n_documents"],
    "training documents": lambda one: one["n_train"],
}


@dataclass(frozen=True)
class SetFacts:
    """One data set."""

    name: str
    numbers: Mapping[str, float]
    """Means over the samples, by name in `PREDICTORS` and `CONFOUNDERS`."""
    majority: float
    accuracies: Mapping[str, float]
    """Accuracies by method; `BEST`: the highest of them on the test data."""
    best: str
    """Whose that is."""

    def above_chance(self, method: str) -> float:
        """Return (accuracy - majority) / (1 - majority): 0 for the majority class, 1 at best."""
        return (self.accuracies[method] - self.majority) / (1 - self.majority)


def facts_of(view: View, compressor: str) -> list[SetFacts]:
    """Return the data sets for which both bits and accuracies are known.

    Accuracies leave out the test rows that also occur in the training data.
    """
    accuracies: dict[str, dict[str, float]] = {}
    for record in view.elsewhere.get("full", ()):
        clean = view.without_leaks(record)
        value = record["value"] if clean is None else clean
        accuracies.setdefault(record["dataset"], {})[record["method"]] = value
    found = []
    for (dataset,), records in view.groups("dataset").items():
        known = dict(accuracies.get(dataset, {}))
        majority = known.pop(MAJORITY, None)
        chosen = [one for one in records if one["method"] == compressor]
        if majority is None or not known or not chosen:
            continue
        numbers: dict[str, Any] = {
            name: float(np.mean([number(one) for one in chosen]))
            for name, number in {**PREDICTORS, **CONFOUNDERS}.items()
        }
        best = max(known, key=lambda method: known[method])
        known[BEST] = known[best]
        found.append(SetFacts(dataset, numbers, majority, known, best))
    return found
