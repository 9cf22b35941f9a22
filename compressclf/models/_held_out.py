"""Bits of training documents under models that were fitted without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.models._samples import spread_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.base import ClassModel

__all__ = ["ENOUGH_FOR_A_SAMPLE", "cross_codelengths", "sampled_codelengths"]

ENOUGH_FOR_A_SAMPLE = 2500
"""With at least this many documents, a sample is held out; with fewer, cross-validation is used."""


def cross_codelengths(
    model: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    *,
    n_folds: int = 5,
    weights: NDArray[np.float64] | None = None,
    n_jobs: int | None = None,
) -> NDArray[np.float64]:
    """Return the bits of each document under a model fitted without its fold.

    Parameters
    ----------
    model : ClassModel
        The model, which is fitted `n_folds` times.
    docs, y, n_classes
        As in `ClassModel.fit`.
    n_folds : int, default=5
        Number of folds, which are stratified by class.
    weights : ndarray of float64, shape (n_docs,), optional
        How much each document counts; only for a model that is `weighted`.
    n_jobs : int or None, default=None
        As in `ClassModel.fit`.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)

    Examples
    --------
    >>> from compressclf.models import get_model
    >>> import numpy as np
    >>> from compressclf import Corpus
    >>> docs = Corpus.from_documents(["the goal", "a goal", "shares fell", "shares rose"])
    >>> y = np.array([0, 0, 1, 1])
    >>> cross_codelengths(get_model("blocks"), docs, y, 2, n_folds=2).argmin(axis=1).tolist()
    [0, 0, 1, 1]
    """
    order = np.argsort(y, kind="stable")  # neighbours in this order go to different folds
    folds = [np.sort(order[fold::n_folds]) for fold in range(min(n_folds, len(y)))]
    return _codelengths_without(folds, model, docs, y, n_classes, weights, n_jobs)


def sampled_codelengths(
    model: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    *,
    most: int = 500,
    weights: NDArray[np.float64] | None = None,
    n_jobs: int | None = None,
) -> NDArray[np.float64]:
    """Return the bits of a sample of the documents under a model fitted to the others.

    The sample has at most `most` documents and a fifth of all, spread over the classes. Parameters
    are those of `cross_codelengths`. Rows of documents that are not in the sample are NaN.
    """
    n_held = min(most, len(docs) // 5)
    samples = [spread_sample(y, n_held)] if n_held else []
    return _codelengths_without(samples, model, docs, y, n_classes, weights, n_jobs)


def _codelengths_without(
    groups: list[NDArray[np.int64]],
    model: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    weights: NDArray[np.float64] | None,
    n_jobs: int | None,
) -> NDArray[np.float64]:
    """Return the bits of each group of documents under a model fitted to all others, else NaN."""
    bits = np.full((len(docs), n_classes), np.nan)
    for group in groups:
        rest = np.setdiff1d(np.arange(len(docs)), group)
        given: dict[str, Any] = {} if weights is None else {"weights": weights[rest]}
        fitted = model.fit(docs.take(rest), y[rest], n_classes, n_jobs=n_jobs, **given)
        bits[group] = fitted.codelengths(docs.take(group), n_jobs=n_jobs)
    return bits
