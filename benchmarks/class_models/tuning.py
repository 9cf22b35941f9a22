"""Choosing settings on training data alone: one rule, the same for every method.

Up to `CROSS_VALIDATED` documents three stratified folds, each held out once; above it one of five
folds is held out, once. A class with fewer documents than folds is spread over as many as it has.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CROSS_VALIDATED", "Choice", "folds_of"]

CROSS_VALIDATED = 6000  # documents

Fold = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


class Choice(NamedTuple):
    """What tuning decided, and on what evidence."""

    settings: dict[str, Any]
    evidence: dict[str, Any]
    """Scheme, documents, number of settings tried and accuracy of the best; empty if untuned."""

    @classmethod
    def best_of(cls, scores: dict[tuple[tuple[str, Any], ...], list[float]], **how: Any) -> Choice:
        """Return the settings with the highest mean accuracy; of several, those tried first."""
        best = max(scores, key=lambda settings: float(np.mean(scores[settings])))
        evidence = {
            **how,
            "settings": len(scores),
            "accuracy": round(float(np.mean(scores[best])), 4),
        }
        return cls(dict(best), evidence)


def folds_of(labels: NDArray[np.int64], seed: int) -> tuple[str, list[Fold]]:
    """Return the name of the scheme and (training rows, held-out rows) for each fold."""
    from sklearn.model_selection import StratifiedKFold

    large = len(labels) > CROSS_VALIDATED
    splitter = StratifiedKFold(5 if large else 3, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        folds = list(splitter.split(labels, labels))
    return ("1 of 5 folds", folds[:1]) if large else ("3 folds", folds)
