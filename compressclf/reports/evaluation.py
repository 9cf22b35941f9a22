"""How good the labels are: accuracy with its uncertainty, each class, the worst confusions.

How good the probabilities are, too: expected calibration error and Brier score.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "ClassScores",
    "Confusion",
    "Evaluation",
    "brier_score",
    "evaluate",
    "evaluate_groups",
    "expected_calibration_error",
    "wilson_interval",
]

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
class ClassScores:
    """How one class fared."""

    label: str
    n: int
    """Documents with this label."""
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Evaluation:
    """Scores of predictions against the true labels."""

    n: int
    accuracy: float
    accuracy_ci95: tuple[float, float]
    macro_f1: float
    confusions: list[Confusion]
    per_class: list[ClassScores]
    """In order of the label; classes neither there nor predicted are left out."""
    majority_label: str | None = None
    """The label with the most training documents, if it was given."""
    majority_accuracy: float | None = None
    """The accuracy of always answering it."""
    expected_calibration_error: float | None = None
    """None if no probabilities were given."""
    brier: float | None = None


def evaluate(
    labels: ArrayLike,
    predicted: ArrayLike,
    *,
    probabilities: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    majority: object = None,
    n_confusions: int = 5,
) -> Evaluation:
    """Score predictions.

    Parameters
    ----------
    labels, predicted : array-like of shape (n,)
        True and predicted labels.
    probabilities : array-like of shape (n, n_classes), optional
        The probability of each class.
    classes : array-like of shape (n_classes,), optional
        The labels of its columns; needed with `probabilities`.
    majority : label, optional
        The label with the most training documents: a classifier that always answers it is the
        least that another has to beat.
    n_confusions : int
        How many of the most frequent confusions to keep.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If there is nothing to score, the lengths differ, or `classes` is missing.

    Examples
    --------
    >>> evaluation = evaluate(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    >>> evaluation.accuracy, round(evaluation.macro_f1, 3), evaluation.confusions[0]
    (0.75, 0.733, Confusion(label='a', predicted='b', count=1, share=0.5))
    """
    true, guess = np.asarray(labels), np.asarray(predicted)
    if not len(true) or len(true) != len(guess):
        raise ValueError(f"Cannot score {len(guess)} predictions against {len(true)} labels.")
    right = int((true == guess).sum())
    per_class = _per_class(true, guess)
    error, brier = None, None
    if probabilities is not None:
        if classes is None:
            raise ValueError("The labels of the columns of 'probabilities' are missing: classes.")
        brier = brier_score(true, probabilities, classes)
        tops = np.asarray(probabilities, dtype=np.float64).max(axis=1)
        error = expected_calibration_error(true == guess, tops)
    return Evaluation(
        n=len(true),
        accuracy=right / len(true),
        accuracy_ci95=wilson_interval(right, len(true)),
        macro_f1=float(np.mean([scores.f1 for scores in per_class])),
        confusions=_confusions(true, guess)[:n_confusions],
        per_class=per_class,
        majority_label=None if majority is None else str(majority),
        majority_accuracy=None if majority is None else float((true == majority).mean()),
        expected_calibration_error=error,
        brier=brier,
    )


def expected_calibration_error(
    right: ArrayLike, confidence: ArrayLike, *, n_bins: int = 15
) -> float:
    """Return how far confidence and accuracy are apart (Naeini et al. 2015).

    The documents are put into bins by their confidence; the error is the mean over the documents of
    the difference between their bin's mean confidence and accuracy.

    Parameters
    ----------
    right : array-like of bool, shape (n,)
        Whether the predicted label is the true one.
    confidence : array-like of float, shape (n,)
        The highest probability of each document.
    n_bins : int, default=15
        Bins of equal width from 0 to 1. A value on an edge is in the upper one, 1 in the last.

    Returns
    -------
    float
        In [0, 1]. Chance alone makes it positive: with few documents a bin's accuracy is uncertain.

    Examples
    --------
    >>> round(expected_calibration_error([True, True, False, True], [0.9, 0.9, 0.5, 0.5]), 3)
    0.05
    """
    hits = np.asarray(right, dtype=np.float64)
    tops = np.asarray(confidence, dtype=np.float64)
    if not len(hits) or len(hits) != len(tops):
        raise ValueError(f"Cannot score {len(tops)} probabilities of {len(hits)} predictions.")
    bins = np.clip((tops * n_bins).astype(np.int64), 0, n_bins - 1)
    gaps = np.bincount(bins, weights=tops - hits, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(hits))


def brier_score(labels: ArrayLike, probabilities: ArrayLike, classes: ArrayLike) -> float:
    """Return the Brier score: the mean squared error of the probabilities, summed over the classes.

    Parameters
    ----------
    labels : array-like of shape (n,)
        True labels. One that is not among the classes has the probability 0.
    probabilities : array-like of shape (n, n_classes)
        The probability of each class.
    classes : array-like of shape (n_classes,)
        The labels of its columns.

    Returns
    -------
    float
        0 (sure and right) to 2 (sure and wrong), as Brier 1950 has it.

    Examples
    --------
    >>> round(brier_score(["a", "b"], [[0.8, 0.2], [0.6, 0.4]], ["a", "b"]), 3)
    0.4
    """
    true, shares, names = np.asarray(labels), np.asarray(probabilities), np.asarray(classes)
    if not len(true) or shares.shape != (len(true), len(names)):
        raise ValueError(
            f"Cannot score probabilities of shape {shares.shape} for {len(true)} labels and "
            f"{len(names)} classes."
        )
    hits = true[:, None] == names
    errors = ((shares - hits) ** 2).sum(axis=1) + ~hits.any(axis=1)
    return float(errors.mean())


def evaluate_groups(
    labels: ArrayLike, predicted: ArrayLike, groups: ArrayLike
) -> dict[str, Evaluation]:
    """Score predictions for each group of documents: each language, each source, each year.

    Parameters
    ----------
    labels, predicted, groups : array-like of shape (n,)
        The last one names the group of each document.

    Returns
    -------
    dict of str to Evaluation
        In order of the group's name.

    Raises
    ------
    ValueError
        If there is nothing to score or the lengths differ.

    Examples
    --------
    >>> by_language = evaluate_groups([1, 2, 1, 2], [1, 2, 1, 1], ["sw", "sw", "yo", "yo"])
    >>> {language: scores.accuracy for language, scores in by_language.items()}
    {'sw': 1.0, 'yo': 0.5}
    """
    true, guess, group = np.asarray(labels), np.asarray(predicted), np.asarray(groups)
    if not len(true) or not len(true) == len(guess) == len(group):
        raise ValueError(
            f"Cannot score {len(guess)} predictions in {len(group)} rows of groups against "
            f"{len(true)} labels."
        )
    return {
        str(name): evaluate(true[group == name], guess[group == name]) for name in np.unique(group)
    }


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson 1927).

    Parameters
    ----------
    successes : int
        How often it was right.
    n : int
        How often it was asked, > 0.

    Returns
    -------
    low, high : float

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


def _per_class(true: Any, guess: Any) -> list[ClassScores]:
    from sklearn.metrics import precision_recall_fscore_support

    names = np.unique(np.concatenate([true, guess]))
    scores = precision_recall_fscore_support(true, guess, labels=names, zero_division=0.0)
    return [
        ClassScores(str(label), int(n), float(precision), float(recall), float(f1))
        for label, precision, recall, f1, n in zip(names.tolist(), *scores, strict=True)
    ]


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
