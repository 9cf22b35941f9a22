"""Gaussian codes of vectors, with covariances shrunk to one that all classes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_COMPONENTS", "Codes", "Scatter"]

PRECISION_BITS = 8.0
"""Bits per number: vectors are coded to a precision of 1/256."""
LEAST_VARIANCE = 1e-6
"""Added to all variances, so that a direction without variance has finite bits."""

MOST_COMPONENTS = 200
"""The other principal components hold less than 1 % of the variance of orientation maps."""


@dataclass
class Scatter:
    """Counts, means and scatter matrices of the vectors of each class."""

    counts: NDArray[np.float64]
    """Number of vectors, shape (n_classes,)."""
    means: NDArray[np.float64]
    """Mean vectors, of all vectors for an empty class, shape (n_classes, n_features)."""
    scatters: NDArray[np.float64]
    """Sums of (x - m)(x - m)', shape (n_classes, n_features, n_features)."""

    @classmethod
    def of(cls, vectors: NDArray[np.float32], y: NDArray[np.int64], n_classes: int) -> Scatter:
        """Return the scatter of vectors (n, n_features) of classes y."""
        n_features = vectors.shape[1]
        counts = np.bincount(y, minlength=n_classes).astype(np.float64)
        overall = vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(n_features)
        means = np.tile(overall, (n_classes, 1))
        scatters = np.zeros((n_classes, n_features, n_features))
        for c in np.flatnonzero(counts):
            own = vectors[y == c]
            means[c] = own.mean(axis=0, dtype=np.float64)
            centred = (own - means[c]).astype(np.float32)
            scatters[c] = centred.T @ centred
        return cls(counts, means, scatters)

    def codes(self, pooled: float, even: float) -> Codes:
        """Return one Gaussian code per class.

        Parameters
        ----------
        pooled : float
            κ: weight of the shared covariance, as a number of vectors.
        even : float
            Ridge: weight of the mean variance in the shared covariance.

        Examples
        --------
        Each class has two vectors, which differ by 2 in the only direction: S = 2 and P = 2. With
        κ = 2 the variance is (2 + 2·2) / (2 + 2), and a vector at the mean takes ½ log2 (2π 1.5)
        + 8 bits.

        >>> vectors = np.array([[0.0], [2.0], [10.0], [12.0]], np.float32)
        >>> scatter = Scatter.of(vectors, np.array([0, 0, 1, 1]), 2)
        >>> codes = scatter.codes(pooled=2, even=0)
        >>> codes.bits(np.array([[1.0]], np.float32)).round(2)
        array([[ 9.62, 57.71]])
        """
        n_features = self.means.shape[1]
        freedom = max(1.0, float((self.counts - 1).clip(0).sum()))
        shared = self.scatters.sum(axis=0) / freedom
        variance = float(np.trace(shared)) / n_features
        shared *= 1 - even
        shared[np.diag_indices(n_features)] += even * variance + LEAST_VARIANCE
        factors = np.empty((len(self.counts), n_features, n_features), np.float32)
        constants = np.empty(len(self.counts))
        for c, count in enumerate(self.counts):
            covariance = (self.scatters[c] + pooled * shared) / (count + pooled)
            factors[c], half_log_det = _inverse_factor(covariance)
            constants[c] = (half_log_det + n_features * np.log(2 * np.pi) / 2) / np.log(2)
        return Codes(
            self.means.astype(np.float32), factors, constants + PRECISION_BITS * n_features
        )


@dataclass
class Codes:
    """One Gaussian code per class."""

    means: NDArray[np.float32]
    """Shape (n_classes, n_features)."""
    factors: NDArray[np.float32]
    """F with F F' the inverse of the covariance, shape (n_classes, n_features, n_features)."""
    constants: NDArray[np.float64]
    """Bits of a vector at the mean, shape (n_classes,)."""

    def bits(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the bits of vectors (n, n_features) under each class, shape (n, n_classes)."""
        bits = np.empty((len(vectors), len(self.constants)))
        for c, constant in enumerate(self.constants):
            whitened = (vectors - self.means[c]) @ self.factors[c]
            squares = np.einsum("nf,nf->n", whitened, whitened, dtype=np.float64)
            bits[:, c] = constant + squares / (2 * np.log(2))
        return bits


def _inverse_factor(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return F with F F' the inverse of a covariance, and half the logarithm of its determinant."""
    from scipy.linalg.lapack import dtrtri

    lower = _lower_factor(covariance)
    inverse, _ = dtrtri(lower, lower=1)
    return inverse.T, float(np.log(np.diag(lower)).sum())


def _lower_factor(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return L with L L' the covariance, or the covariance with a small ridge.

    Scatter matrices are rounded to single precision. With little shrinkage that can leave a
    direction with a negative variance.
    """
    from scipy.linalg import LinAlgError, cholesky

    variance = float(np.trace(covariance)) / len(covariance)
    for share in (0.0, 1e-7, 1e-6, 1e-5, 1e-4):
        try:
            lower: NDArray[np.float64] = cholesky(
                covariance + np.diag(np.full(len(covariance), share * variance)), lower=True
            )
            return lower
        except LinAlgError:
            continue
    raise ValueError("The covariance of the orientation maps of a class is not positive definite.")
