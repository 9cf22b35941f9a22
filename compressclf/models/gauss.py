"""Gaussian codes of vectors, with covariances shrunk to one that all classes share.

`Scatter` has a covariance matrix for every class. `Pooled` has one for all classes, whose bits for
a document that is left out have a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Codes", "Pooled", "Scatter"]

PRECISION_BITS = 8.0
"""Bits per number: vectors are coded to a precision of 1/256."""
LEAST_VARIANCE = 1e-6
"""Added to all variances, so that a direction without variance has finite bits."""
MEAN_WEIGHT = 5.0
"""Weight of the overall mean in the mean of a class, as a number of vectors."""
ROWS = 4096
"""Vectors converted to double precision at a time."""


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
class Pooled:
    """Means of the classes, and their common scatter matrix, in the axes of the latter.

    A class has the covariance V of all classes, and its mean is shrunk to the overall mean as if
    `MEAN_WEIGHT` vectors of the class were there. The mean of n vectors is not known exactly, so a
    new vector has the covariance V · (1 + 1 / (n + MEAN_WEIGHT)).
    """

    counts: NDArray[np.float64]
    """Number of vectors of each class, shape (n_classes,)."""
    origin: NDArray[np.float64]
    """Mean of all vectors, shape (n_features,)."""
    axes: NDArray[np.float64]
    """Eigenvectors of the scatter matrix, one per column, shape (n_features, n_features)."""
    squares: NDArray[np.float64]
    """Its eigenvalues, sums of squares, shape (n_features,)."""
    means: NDArray[np.float64]
    """Means less the origin, along the axes; (n_classes, n_features). 0 for an empty class."""
    variance: float
    """Mean variance within classes; about the origin if every class has one vector only."""

    @classmethod
    def of(cls, vectors: NDArray[np.float32], y: NDArray[np.int64], n_classes: int) -> Pooled:
        """Return the scatter of vectors (n, n_features) of classes y."""
        from scipy.linalg import eigh

        n_docs, n_features = vectors.shape
        counts = np.bincount(y, minlength=n_classes).astype(np.float64)
        origin = np.zeros(n_features)
        if n_docs:
            origin = vectors.mean(axis=0, dtype=np.float64)
        means = np.zeros((n_classes, n_features))
        np.add.at(means, y, vectors - origin)
        means /= np.maximum(counts, 1.0)[:, None]
        scatter, total = np.zeros((n_features, n_features)), 0.0
        for start in range(0, n_docs, ROWS):
            part = slice(start, start + ROWS)
            centred = vectors[part] - origin
            total += float(np.square(centred).sum())
            centred -= means[y[part]]
            scatter += centred.T @ centred
        squares, axes = eigh(scatter)
        squares = squares.clip(0.0)
        freedom = float((counts - 1).clip(0).sum())
        variance = squares.sum() / freedom if freedom else total / max(1, n_docs - 1)
        return cls(counts, origin, axes, squares, means @ axes, float(variance / n_features))

    def codes(self, even: float) -> Codes:
        """Return one Gaussian code per class, all with the same covariance.

        Parameters
        ----------
        even : float
            Weight of the mean variance in the covariance, as a number of vectors.

        Examples
        --------
        The scatter is 2 + 2 with 2 degrees of freedom, so the variance is 2. The mean of the first
        class, of two vectors, is shrunk from -7 to -2: 5/7 of the way to the overall mean, 0.

        >>> vectors = np.array([[-8.0], [-6.0], [6.0], [8.0]], np.float32)
        >>> codes = Pooled.of(vectors, np.array([0, 0, 1, 1]), 2).codes(even=10)
        >>> codes.means
        array([[-2.],
               [ 2.]], dtype=float32)
        >>> codes.bits(np.array([[-2.0]], np.float32)).round(2)
        array([[ 9.92, 14.97]])
        """
        n_features = len(self.origin)
        variances = self._sums(even) / (even + self._freedom())
        weights = self.counts + MEAN_WEIGHT
        means = self.origin + (self.counts / weights)[:, None] * self.means @ self.axes.T
        widening = 1 + 1 / weights
        half_log_det = np.log(2 * np.pi * variances).sum() / 2 + n_features * np.log(widening) / 2
        return Codes(
            means.astype(np.float32),
            np.ascontiguousarray(self.axes / np.sqrt(variances), np.float32)[None],
            half_log_det / np.log(2) + PRECISION_BITS * n_features,
            1 / widening,
        )

    def held_out(
        self, even: float, vectors: NDArray[np.float32], y: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the bits of vectors under codes that are fitted without them, one at a time.

        Parameters
        ----------
        even : float
            As in `codes`.
        vectors : ndarray of float32, shape (n, n_features)
            Some of the vectors that `of` was given.
        y : ndarray of int64, shape (n,)
            Their classes.

        Returns
        -------
        ndarray of float64, shape (n, n_classes)
            Bits; those of a vector that is alone in its class are NaN. The mean variance is that
            of all vectors.

        Notes
        -----
        Without a vector x of a class with n vectors, the mean m of the class becomes
        (n m - x) / (n - 1), and the scatter S becomes S - n / (n - 1) (x - m)(x - m)'. Its inverse
        follows by the formula of Sherman and Morrison.
        """
        rows, own = np.arange(len(y)), self.counts[y]
        sums = self._sums(even)
        scale = self.axes / np.sqrt(sums)
        x, means = (vectors - self.origin) @ scale, self.means / np.sqrt(sums)
        xx, xm, mm = np.einsum("nf,nf->n", x, x), x @ means.T, means @ means.T
        counts = np.tile(self.counts, (len(y), 1))
        counts[rows, y] -= 1
        shares = counts / (counts + MEAN_WEIGHT)
        # x less the mean of a class is a x - b m, since the origin loses x, too.
        a = 1 + (1 - shares) / max(1.0, self.counts.sum() - 1)
        b = shares.copy()
        others = np.maximum(own - 1, 1)
        a[rows, y] += shares[rows, y] / others
        b[rows, y] *= own / others
        squares = a**2 * xx[:, None] - 2 * a * b * xm + b**2 * np.diag(mm)
        # and the products of these differences with x - m, the direction that leaves the scatter
        along = a * (xx - xm[rows, y])[:, None] - b * (xm - mm[y])
        length = xx - 2 * xm[rows, y] + mm[y, y]
        factor = own / others
        squares += (factor / np.maximum(1 - factor * length, 1e-9))[:, None] * along**2
        widening = 1 + 1 / (counts + MEAN_WEIGHT)
        freedom = even + self._freedom() - 1
        n_features = len(self.origin)
        log_det = np.log(2 * np.pi * sums / freedom).sum() + n_features * np.log(widening)
        log_det += np.log(np.maximum(1 - factor * length, 1e-9))[:, None]
        bits = (log_det + freedom * squares / widening) / (2 * np.log(2))
        bits[own < 2] = np.nan
        return np.asarray(bits + PRECISION_BITS * n_features)

    def share(self, even: float) -> float:
        """Return the share of the mean variance in the covariance, for `Scatter.codes`."""
        return even / (even + self._freedom())

    def _sums(self, even: float) -> NDArray[np.float64]:
        """Return the sums of squares along the axes, with those that `even` adds."""
        return even * max(self.variance, LEAST_VARIANCE) + self.squares

    def _freedom(self) -> float:
        return max(1.0, float((self.counts - 1).clip(0).sum()))


@dataclass
class Codes:
    """One Gaussian code per class."""

    means: NDArray[np.float32]
    """Shape (n_classes, n_features)."""
    factors: NDArray[np.float32]
    """F with F F' the inverse of the covariance, shape (n_classes, n_features, n_features), or
    (1, n_features, n_features) if the classes share it."""
    constants: NDArray[np.float64]
    """Bits of a vector at the mean, shape (n_classes,)."""
    scales: NDArray[np.float64] | None = None
    """Factors of the squared distances, shape (n_classes,); only with a shared covariance."""

    def bits(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the bits of vectors (n, n_features) under each class, shape (n, n_classes)."""
        if self.scales is not None:
            return self._shared_bits(vectors)
        bits = np.empty((len(vectors), len(self.constants)))
        for c, constant in enumerate(self.constants):
            whitened = (vectors - self.means[c]) @ self.factors[c]
            squares = np.einsum("nf,nf->n", whitened, whitened, dtype=np.float64)
            bits[:, c] = constant + squares / (2 * np.log(2))
        return bits

    def _shared_bits(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        factor, means = self.factors[0].astype(np.float64), self.means.astype(np.float64)
        middle = means.mean(axis=0)
        whitened = (means - middle) @ factor
        lengths = np.einsum("cf,cf->c", whitened, whitened)
        bits = np.empty((len(vectors), len(means)))
        for start in range(0, len(vectors), ROWS):
            x = (vectors[start : start + ROWS] - middle) @ factor
            squares = np.einsum("nf,nf->n", x, x)[:, None] - 2 * x @ whitened.T + lengths
            bits[start : start + ROWS] = self.constants + squares * self.scales / (2 * np.log(2))
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
    raise ValueError("The covariance of a class is not positive definite.")
