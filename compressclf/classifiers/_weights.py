"""The weights of the training documents: ``sample_weight`` times ``class_weight``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["class_prior", "document_weights", "relative"]

LEAST = 1e-12
"""The smallest relative weight; counts in single precision would lose smaller ones."""


def document_weights(
    sample_weight: object,
    class_weight: object,
    y: NDArray[np.int64],
    classes: NDArray[Any],
) -> NDArray[np.float64] | None:
    """Return the weight of each document; None if neither kind of weight was given.

    Only the ratios of the weights matter.

    Parameters
    ----------
    sample_weight : None, number or array-like of shape (n_docs,)
        The weight of each document.
    class_weight : None, "balanced" or dict of label to number
        A factor for the documents of each class. "balanced" gives all classes the same sum of
        weights; a label that is not in the dict has the factor 1.
    y : ndarray of int64, shape (n_docs,)
        Class indices.
    classes : ndarray of shape (n_classes,)
        The labels.

    Returns
    -------
    ndarray of float64, shape (n_docs,), or None

    Raises
    ------
    ValueError
        If a weight is negative or not finite, all are 0, or there is not one for each document.

    Examples
    --------
    >>> y, classes = np.array([0, 0, 0, 1]), np.array(["ham", "spam"])
    >>> document_weights(None, "balanced", y, classes).round(3).tolist()
    [0.333, 0.333, 0.333, 1.0]
    >>> document_weights([1, 2, 0, 4], {"ham": 2}, y, classes).tolist()
    [0.25, 0.5, 0.0, 0.5]
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = _given(sample_weight, len(y))
    weights = weights / weights.max()  # so that no product or sum overflows
    factors = np.ones(len(classes))
    if isinstance(class_weight, Mapping):
        factors = _factors(class_weight, classes)
    elif class_weight is not None:
        sums = np.bincount(y, weights, minlength=len(classes))
        present = sums > 0
        factors[present] = sums[present].min() / sums[present]
    factors = factors / max(factors.max(), np.finfo(np.float64).tiny)
    weights = weights * factors[y]
    if not weights.any():
        raise ValueError(
            "All training documents have weight zero: give a positive weight to at least one, in "
            "sample_weight or class_weight."
        )
    return np.asarray(weights)


def class_prior(
    prior: object, counts: NDArray[np.int64], mass: NDArray[np.float64] | None, owner: str
) -> NDArray[np.float64]:
    """Return the prior probability of each class.

    Parameters
    ----------
    prior : "uniform", "empirical" or array-like of shape (n_classes,)
        The parameter of the class named `owner`.
    counts : ndarray of int64, shape (n_classes,)
        Training documents of each class.
    mass : ndarray of float64, shape (n_classes,), or None
        The sum of their weights; None without weights.

    Raises
    ------
    ValueError
        If `prior` does not have one number per class.

    Examples
    --------
    >>> class_prior("empirical", np.array([3, 0, 1]), None, "X").tolist()
    [0.75, 0.0, 0.25]
    """
    if isinstance(prior, str):
        shares = (counts > 0).astype(np.float64)
        if not shares.any():
            shares[:] = 1.0
        if prior == "empirical" and counts.any():
            shares = counts.astype(np.float64) if mass is None else mass
        return np.asarray(shares / shares.sum(), dtype=np.float64)
    given = np.asarray(prior, dtype=np.float64)
    if given.shape != counts.shape:
        raise ValueError(
            f"The 'prior' parameter of {owner} must have one number for each of "
            f"the {len(counts)} classes. Got shape {given.shape} instead."
        )
    return np.asarray(given / given.sum(), dtype=np.float64)


def relative(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positive weights divided by their mean.

    Examples
    --------
    >>> relative(np.array([1e-9, 3e-9])).round(6).tolist()
    [0.5, 1.5]
    """
    return np.asarray(np.maximum(weights / weights.mean(), LEAST))


def _given(sample_weight: object, n_docs: int) -> NDArray[np.float64]:
    if sample_weight is None:
        return np.ones(n_docs)
    try:
        weights = np.array(sample_weight, dtype=np.float64)  # a copy, not the caller's array
    except (TypeError, ValueError):
        raise ValueError(
            f"sample_weight must be one number for each document. Got {sample_weight!r:.60} "
            f"instead."
        ) from None
    if weights.ndim == 0:
        weights = np.full(n_docs, weights)
    if weights.shape != (n_docs,):
        raise ValueError(
            f"sample_weight must have one number for each of the {n_docs} documents. Got shape "
            f"{weights.shape} instead."
        )
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if wrong.size:
        raise ValueError(
            f"sample_weight must be finite numbers >= 0. Got {weights[wrong[0]]} for document "
            f"{wrong[0]} instead."
        )
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for every document: give at least one a positive weight."
        )
    return weights


def _factors(class_weight: Mapping[Any, float], classes: NDArray[Any]) -> NDArray[np.float64]:
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and any(label not in class_weight for label in labels):  # as in scikit-learn
        raise ValueError(
            f"class_weight has the label {unknown[0]!r}, which is not in y: the labels of y are "
            f"{', '.join(map(repr, labels[:6]))}{' ...' if len(labels) > 6 else ''}."
        )
    return np.array([float(class_weight.get(label, 1.0)) for label in labels])
