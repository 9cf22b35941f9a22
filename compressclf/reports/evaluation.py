"""Score predictions: accuracy with a confidence interval, scores per class, worst confusions.

Probabilities are scored by the expected calibration error and the Brier score.
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
    """How often one label was predicted instead of another."""

    label: str
    predicted: str
    count: int
    share: float
    """Share of the documents with this label, in [0, 1]."""


@dataclass(frozen=True)
class ClassScores:
    """Scores of one class."""

    label: str
    n: int
    """Number of documents with this label."""
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
    """Scores per class, sorted by label; only labels that occur or were predicted."""
    majority_label: str | None = None
    """The label with the most training documents, if it was given."""
    majority_accuracy: float | None = None
    """The accuracy of always predicting the majority label."""
    expected_calibration_error: float | None = None
    """Expected calibration error, or None if no probabilities were given."""
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
        The labels of the columns of `probabilities`; required with them.
    majority : label, optional
        The label with the most training documents. Always predicting it is the baseline that a
        classifier must beat.
    n_confusions : int
        Number of the most frequent confusions to keep.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If there is nothing to score, if the lengths differ, or if `classes` is missing.

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
            raise ValueError("Give 'classes', the labels of the columns of 'probabilities'.")
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
    """Return the mean difference between confidence and accuracy (Naeini et al. 2015).

    The documents are put into bins by their confidence. The error is the mean over the documents of
    the absolute difference between the mean confidence and the accuracy of their bin.

    Parameters
    ----------
    right : array-like of bool, shape (n,)
        Whether the predicted label is the true one.
    confidence : array-like of float, shape (n,)
        The highest probability of each document.
    n_bins : int, default=15
        Number of bins, of equal width from 0 to 1. A value on an edge belongs to the upper bin, and
        1 to the last.

    Returns
    -------
    float
        In [0, 1]. With few documents it is positive even for perfect probabilities, because the
        accuracy of a bin is uncertain.

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
        True labels. A label that is not among the classes has probability 0.
    probabilities : array-like of shape (n, n_classes)
        The probability of each class.
    classes : array-like of shape (n_classes,)
        The labels of the columns of `probabilities`.

    Returns
    -------
    float
        From 0 (certain and correct) to 2 (certain and wrong), as defined by Brier (1950).

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
    """Score predictions per group of documents, for example per language, source or year.

    Parameters
    ----------
    labels, predicted, groups : array-like of shape (n,)
        True labels, predicted labels, and the group of each document.

    Returns
    -------
    dict of str to Evaluation
        The scores of each group, sorted by name.

    Raises
    ------
    ValueError
        If there is nothing to score, or if the lengths differ.

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
        Number of successes.
    n : int
        Number of trials, > 0.

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
