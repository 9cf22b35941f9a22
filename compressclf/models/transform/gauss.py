"""Gaussian codes of vectors, between each class's own covariance and a shared one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BASIS_IMAGES", "Codes", "Scatter", "Turn"]

PRECISION_BITS = 8.0
"""Bits for each number: vectors are coded to 1/256."""
LEAST_VARIANCE = 1e-6
"""Added to all variances: what never varies still takes some bits when it does."""

MOST_DIRECTIONS = 200
"""The others hold less than a hundredth of the variance of orientation maps."""
BASIS_IMAGES = 10_000


@dataclass
class Turn:
    """The turn onto the directions in which all images together vary most.

    Attributes
    ----------
    mean : ndarray of float32, shape (n_features,)
        The mean vector.
    basis : ndarray of float32, shape (n_features, n_directions)
        Orthogonal directions.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32], sample: NDArray[np.int64]) -> Turn:
        """Return the turn for these vectors; some of them, `sample`, will do."""
        mean = np.zeros(vectors.shape[1], np.float32)
        if len(vectors):
            mean[:] = vectors.mean(axis=0)
        centred = vectors[sample] - mean
        _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        largest = directions[:, : -MOST_DIRECTIONS - 1 : -1]
        basis: NDArray[np.float32] = np.ascontiguousarray(largest, dtype=np.float32)
        return cls(mean, basis)

    def turned(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vectors along the directions."""
        return np.asarray((vectors - self.mean) @ self.basis, dtype=np.float32)


@dataclass
class Scatter:
    """Sums over the vectors of each class.

    Attributes
    ----------
    counts : ndarray of float64, shape (n_classes,)
        Vectors.
    means : ndarray of float64, shape (n_classes, n_features)
        Their mean; that of all vectors where there are none.
    scatters : ndarray of float64, shape (n_classes, n_features, n_features)
        Sums of (x - m)(x - m)'.
    """

    counts: NDArray[np.float64]
    means: NDArray[np.float64]
    scatters: NDArray[np.float64]

    @classmethod
    def of(cls, vectors: NDArray[np.float32], y: NDArray[np.int64], n_classes: int) -> Scatter:
        """Return the sums over vectors with classes y."""
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
        """Return the codes.

        Parameters
        ----------
        pooled : float
            κ: how many images the shared covariance counts for.
        even : float
            Share of the mean variance, the same in all directions, in the shared covariance.

        Examples
        --------
        Two vectors of each class, which differ by 2 in the only direction: S = 2 and P = 2. With
        κ = 2 the variance is (2 + 2·2) / (2 + 2), and a vector at the mean takes ½ log2 (2π 1.5)
        and 8 bits.

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
    """One Gaussian code for each class.

    Attributes
    ----------
    means : ndarray of float32, shape (n_classes, n_features)
        The means.
    factors : ndarray of float32, shape (n_classes, n_features, n_features)
        F with F F' the inverse of the covariance.
    constants : ndarray of float64, shape (n_classes,)
        Bits of a vector at the mean.
    """

    means: NDArray[np.float32]
    factors: NDArray[np.float32]
    constants: NDArray[np.float64]

    def bits(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the codelengths, shape (n, n_classes)."""
        bits = np.empty((len(vectors), len(self.constants)))
        for c, constant in enumerate(self.constants):
            turned = (vectors - self.means[c]) @ self.factors[c]
            squares = np.einsum("nf,nf->n", turned, turned, dtype=np.float64)
            bits[:, c] = constant + squares / (2 * np.log(2))
        return bits


def _inverse_factor(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return F with F F' the inverse of a covariance, and half the logarithm of its determinant."""
    from scipy.linalg.lapack import dtrtri

    lower = _lower_factor(covariance)
    inverse, _ = dtrtri(lower, lower=1)
    return inverse.T, float(np.log(np.diag(lower)).sum())


def _lower_factor(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return L with L L' the covariance, or one a little more even.

    Sums of products are rounded to single precision. Where hardly anything is shared, that can
    leave a direction with a variance below 0.
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
    raise ValueError("The covariance of the orientation maps of a class is not positive.")
