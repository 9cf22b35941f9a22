"""Calibration of primed compressors: held-out documents, and the excess bits of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.models._samples import spread_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.base import ClassModel, FittedModel

__all__ = ["excess_of", "held_out_exemplars", "held_out_groups"]

HELD_OUT = 300
"""Training documents that are held out, about equally many per class."""
FEWEST_HELD_OUT = 10
"""Held-out documents per class; if exemplars leave fewer, cross-validation is used."""
N_FOLDS = 5


def held_out_exemplars(
    fitted: FittedModel,
    model: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    is_read: NDArray[np.bool_],
    n_jobs: int | None,
) -> NDArray[np.float64]:
    """Return the bits of training documents under models that have not read them.

    ``fitted`` is fitted to all documents, ``model`` is fitted again for each fold; neither is
    calibrated. ``is_read`` says which documents are exemplars. Shape (n_docs, n_classes); rows of
    documents that were not held out are NaN.
    """
    bits = np.full((len(y), fitted.n_classes), np.nan)
    for rows, rest in held_out_groups(y, fitted.n_classes, is_read):
        if rest is None:
            bits[rows] = fitted.codelengths(docs.take(rows), n_jobs=n_jobs)
        else:
            without = model.fit(docs.take(rest), y[rest], fitted.n_classes)
            bits[rows] = without.codelengths(docs.take(rows), n_jobs=n_jobs)
    return bits


def held_out_groups(
    y: NDArray[np.int64],
    n_classes: int,
    is_read: NDArray[np.bool_],
    *,
    fewest: int = FEWEST_HELD_OUT,
) -> list[tuple[NDArray[np.int64], NDArray[np.int64] | None]]:
    """Return groups of training documents to hold out, each with the documents to fit instead.

    Parameters
    ----------
    y : ndarray of int64, shape (n_docs,)
        The classes.
    n_classes : int
        Number of classes.
    is_read : ndarray of bool, shape (n_docs,)
        Which documents the fitted model has read.
    fewest : int
        Documents per class; if the fitted model has read all but fewer, there are five folds.

    Returns
    -------
    list of (ndarray of int64, ndarray of int64 or None)
        The rows of each group, and those of the other documents; None instead of them if the
        fitted model has not read the group.

    Examples
    --------
    >>> y, is_read = np.array([0] * 11 + [1] * 11), np.arange(22) % 11 == 0
    >>> [(rows.tolist(), rest) for rows, rest in held_out_groups(y, 2, is_read)]
    [([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21], None)]
    """
    classes = np.unique(y)
    each = max(FEWEST_HELD_OUT, HELD_OUT // max(1, len(classes)))

    def sample(among: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return at most `each` rows per class, sorted by class."""
        chosen = [np.empty(0, np.int64)]
        for index in classes:
            members = np.flatnonzero(among & (y == index))
            chosen.append(members[spread_sample(y[members], each)])
        return np.concatenate(chosen)

    n_free = np.bincount(y[~is_read], minlength=n_classes)
    if classes.size and n_free[classes].min() >= fewest:
        return [(sample(~is_read), None)]
    rows = sample(y >= 0)
    folds = [rows[start::N_FOLDS] for start in range(min(N_FOLDS, len(rows)))]
    return [(fold, np.setdiff1d(np.arange(len(y)), fold)) for fold in folds]


def excess_of(
    bits: NDArray[np.float64], sizes: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the excess bits of each class over the mean of the classes, divided by the sizes.

    Every class has the same total weight, whatever its number of documents. Classes without
    documents have an excess of 0.

    Examples
    --------
    >>> bits = np.array([[10.0, 14.0, 50.0], [30.0, 30.0, 60.0], [np.nan, np.nan, np.nan]])
    >>> excess_of(bits, np.array([2, 6, 9]), np.array([0, 1, 1]))
    array([-0.25,  0.25,  0.  ])
    """
    excess = np.zeros(bits.shape[1])
    coded = ~np.isnan(bits).any(axis=1)
    bits, sizes, y = bits[coded], sizes[coded], y[coded]
    known = np.unique(y)
    weights = (1.0 / np.bincount(y, minlength=len(excess)).clip(1))[y]
    total = float(weights @ sizes)
    if total > 0:
        differences = bits[:, known] - bits[:, known].mean(axis=1, keepdims=True)
        excess[known] = weights @ differences / total
    return excess
