"""How good the labels are: accuracy with its uncertainty, macro F1, the worst confusions."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Confusion", "Evaluation", "evaluate", "wilson_interval"]

Z_95 = 1.959963984540054  # standard normal quantile of 0.975


@dataclass(frozen=True)
class Confusion:
    """How often one label was taken for another."""

    label: str
    predicted: str
    count: int
    share: float
    """Of the documents with this label."""


@dataclass(frozen=True)
class Evaluation:
    """Scores of predictions against the true labels."""

    n: int
    accuracy: float
    accuracy_ci95: tuple[float, float]
    macro_f1: float
    confusions: list[Confusion]


def evaluate(labels: ArrayLike, predicted: ArrayLike, *, n_confusions: int = 5) -> Evaluation:
    """Score predictions.

    Parameters
    ----------
    labels, predicted : array-like of shape (n,)
        True and predicted labels.
    n_confusions : int
        How many of the most frequent confusions to keep.

    Raises
    ------
    ValueError
        If there is nothing to score or the lengths differ.

    Examples
    --------
    >>> evaluation = evaluate(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    >>> evaluation.accuracy, round(evaluation.macro_f1, 3), evaluation.confusions[0]
    (0.75, 0.733, Confusion(label='a', predicted='b', count=1, share=0.5))
    """
    from sklearn.metrics import f1_score

    true, guess = np.asarray(labels), np.asarray(predicted)
    if not len(true) or len(true) != len(guess):
        raise ValueError(f"Cannot score {len(guess)} predictions against {len(true)} labels.")
    right = int((true == guess).sum())
    return Evaluation(
        n=len(true),
        accuracy=right / len(true),
        accuracy_ci95=wilson_interval(right, len(true)),
        macro_f1=float(f1_score(true, guess, average="macro", zero_division=0.0)),
        confusions=_confusions(true, guess)[:n_confusions],
    )


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson 1927).

    Examples
    --------
    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    share = successes / n
    scale = 1 + Z_95**2 / n
    centre = (share + Z_95**2 / (2 * n)) / scale
    half = Z_95 * sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def _confusions(true: Any, guess: Any) -> list[Confusion]:
    wrong = true != guess
    pairs, counts = np.unique(
        np.stack([true[wrong], guess[wrong]]).astype(str), axis=1, return_counts=True
    )
    sizes = dict(zip(*np.unique(true.astype(str), return_counts=True), strict=True))
    found = [
        Confusion(str(label), str(taken_for), int(count), int(count) / int(sizes[label]))
        for (label, taken_for), count in zip(pairs.T, counts, strict=True)
    ]
    return sorted(found, key=lambda pair: (-pair.count, pair.label, pair.predicted))
