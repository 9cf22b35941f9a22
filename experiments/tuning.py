"""Tuning on training data only, by one rule for every method.

With at most `SMALL_DOCUMENTS` documents and `SMALL_BYTES` bytes, cross-validation uses three
stratified folds; above that, one of five folds is held out, once. The documents of a class that is
smaller than the number of folds go to different folds.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Choice", "draw_bytes", "folds_of"]

SMALL_DOCUMENTS = 6000
SMALL_BYTES = 5_000_000

Fold = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


class Choice(NamedTuple):
    """The chosen settings and the evidence for them."""

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


def draw_bytes(docs: Sequence[bytes], limit: int | None, seed: int) -> NDArray[np.int64]:
    """Return rows drawn at random, in their order, of at most about `limit` bytes together."""
    rows = np.random.default_rng(seed).permutation(len(docs))
    if limit is not None:
        rows = rows[np.cumsum([len(docs[row]) for row in rows]) <= limit]
    return np.sort(rows)


def folds_of(docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> tuple[str, list[Fold]]:
    """Return the name of the scheme and (training rows, held-out rows) of each fold."""
    from sklearn.model_selection import StratifiedKFold

    large = len(docs) > SMALL_DOCUMENTS or sum(map(len, docs)) > SMALL_BYTES
    splitter = StratifiedKFold(5 if large else 3, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        folds = list(splitter.split(labels, labels))
    return ("1 of 5 folds", folds[:1]) if large else ("3 folds", folds)
