"""Calibration of `lm` on documents that are no exemplars: what a class saves on any text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.models._samples import spread_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.lm import FittedLanguageModel

__all__ = ["HeldOut", "excess_of"]

HELD_OUT = 300
"""Training documents to calibrate on, shared out among the classes."""
FEWEST_HELD_OUT = 10
"""Of each class; if exemplars leave fewer, documents are held out by folds."""
N_FOLDS = 5


class HeldOut:
    """Training documents coded under models that have not seen them; coded when first asked for.

    Parameters
    ----------
    plain : FittedLanguageModel
        Not calibrated.
    docs, y
        All training documents and their classes.
    used : ndarray of bool, shape (n_docs,)
        Whether a document is an exemplar.
    n_jobs : int or None
        Number of threads.
    """

    def __init__(
        self,
        plain: FittedLanguageModel,
        docs: Corpus,
        y: NDArray[np.int64],
        used: NDArray[np.bool_],
        n_jobs: int | None,
    ) -> None:
        self.docs = docs
        self._plain, self._y, self._used, self._n_jobs = plain, y, used, n_jobs
        self._bits: NDArray[np.float64] | None = None

    def bits(self) -> NDArray[np.float64]:
        """Return them, shape (n_docs, n_classes); NaN for documents that were not coded."""
        if self._bits is None:
            self._bits = np.full((len(self._y), self._plain.n_classes), np.nan)
            classes = np.unique(self._y)
            each = max(FEWEST_HELD_OUT, HELD_OUT // max(1, len(classes)))
            n_free = np.bincount(self._y[~self._used], minlength=self._plain.n_classes)
            if classes.size and n_free[classes].min() >= FEWEST_HELD_OUT:
                rows = self._sample(~self._used, classes, each)
                self._bits[rows] = self._coded(self._plain, rows)
            else:
                self._by_folds(self._bits, self._sample(self._y >= 0, classes, each))
        return self._bits

    def _by_folds(self, bits: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
        """Fill in some rows, a fold at a time."""
        plain = self._plain
        for fold in (rows[start::N_FOLDS] for start in range(min(N_FOLDS, len(rows)))):
            rest = np.setdiff1d(np.arange(len(self._y)), fold)
            fitted = plain.model.fit(self.docs.take(rest), self._y[rest], plain.n_classes)
            bits[fold] = self._coded(fitted, fold)

    def _sample(
        self, among: NDArray[np.bool_], classes: NDArray[np.int64], each: int
    ) -> NDArray[np.int64]:
        """Return at most `each` rows of every class, class by class."""
        chosen = [np.empty(0, np.int64)]
        for index in classes:
            members = np.flatnonzero(among & (self._y == index))
            chosen.append(members[spread_sample(self._y[members], each)])
        return np.concatenate(chosen)

    def _coded(self, fitted: FittedLanguageModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return fitted.codelengths(self.docs.take(rows), n_jobs=self._n_jobs)


def excess_of(
    bits: NDArray[np.float64], sizes: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how many bits each class asks more than the mean of them, over the sizes.

    Documents of all classes together weigh the same. Of classes without documents nothing is
    known: 0.

    Examples
    --------
    >>> bits = np.array([[10.0, 14.0, 50.0], [30.0, 30.0, 60.0], [np.nan, np.nan, np.nan]])
    >>> excess_of(bits, np.array([2, 6, 9]), np.array([0, 1, 1]))
    array([-0.25,  0.25,  0.  ])
    """
    excess = np.zeros(bits.shape[1])
    coded = ~np.isnan(bits).any(axis=1)
    bits, sizes, y = bits[coded], sizes[coded], y[coded]
    there = np.unique(y)
    weights = (1.0 / np.bincount(y, minlength=len(excess)).clip(1))[y]
    total = float(weights @ sizes)
    if total > 0:
        of_known = bits[:, there]
        differences = of_known - of_known.mean(axis=1, keepdims=True)
        excess[there] = weights @ differences / total
    return excess
