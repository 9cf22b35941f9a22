"""Gaussian codes with a shared covariance, from inner products: for more features than images.

With mean m_c of class c and the shared covariance S = Z'Z/n + λI, where the rows of Z are the n
training vectors minus the means of their classes, vector x takes

    bits(x, c) = const(x) + (½ m_c' S⁻¹ m_c - x' S⁻¹ m_c) / ln 2

The first term is the same for every class and is left out. By Woodbury's identity,

    S⁻¹ m_c = [m_c - Z' (ZZ'/n + λI)⁻¹ Z m_c / n] / λ

so a matrix of n rows is factored instead of one with a row per feature, and means and Z are sums of
training vectors: with the inner products of the training vectors, every subset of them can be held
out without looking at a vector again.

The mean of n_c images has noise, which makes m_c' S⁻¹ m_c too large, in inverse proportion to n_c.
Classes with few images would hardly ever be predicted. Held-out images do not share this noise: the
mean of x' S⁻¹ m_c over those of class c is right. The difference, times n_c, is the same for all
classes but for chance; the mean over the classes is subtracted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Dual", "solve"]

LEAST_VARIANCE = 1e-5
"""Variance within classes as a share of the whole, at least; less is due to rounding.

One image per class, or copies of it, have no variance; then λ is the mean squared length.
"""


class Dual(NamedTuple):
    """S⁻¹ m_c as sums of training vectors.

    Attributes
    ----------
    shares : ndarray of float64, shape (n, n_classes)
        S⁻¹ m_c is the sum of the training vectors times their shares.
    offsets : ndarray of float64, shape (n_classes,)
        ½ m_c' S⁻¹ m_c.
    counts : ndarray of int64, shape (n_classes,)
        Training vectors of each class.
    """

    shares: NDArray[np.float64]
    offsets: NDArray[np.float64]
    counts: NDArray[np.int64]

    def noise(self, products: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the noise of a mean times the images of the class, as held-out vectors tell it.

        Parameters
        ----------
        products : ndarray of float64, shape (n_vectors, n)
            Inner products of held-out vectors with the training vectors.
        y : ndarray of int64, shape (n_vectors,)
            Classes of the held-out vectors.

        Returns
        -------
        ndarray of float64
            A number for each held-out vector of a class that has training vectors.
        """
        own = np.einsum("ij,ji->i", products, self.shares[:, y])
        known = self.counts[y] > 0
        return np.asarray((self.counts[y] * (2 * self.offsets[y] - own))[known])

    def without(self, noise: float) -> Dual:
        """Return the codes with offsets from which the noise of the means has been subtracted."""
        some = np.maximum(self.counts, 1)
        offsets = np.where(self.counts > 0, self.offsets - noise / (2 * some), 0)
        return self._replace(offsets=offsets)

    def bits(self, products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the bits of vectors, whose inner products with the training vectors are given.

        Parameters
        ----------
        products : ndarray of float64, shape (n_vectors, n)

        Returns
        -------
        ndarray of float64, shape (n_vectors, n_classes)
            Bits without the term that all classes share.
        """
        return np.asarray((self.offsets - products @ self.shares) / np.log(2))


def solve(
    products: NDArray[np.float64], y: NDArray[np.int64], n_classes: int, ridge: float
) -> Dual:
    """Return the codes of training vectors, from their inner products.

    Parameters
    ----------
    products : ndarray of float64, shape (n, n)
        Inner products of the training vectors.
    y : ndarray of int64, shape (n,)
        Their classes. A class without vectors has the mean 0.
    n_classes : int
    ridge : float
        λ as a share of the sum of all variances.

    Examples
    --------
    Two classes of two vectors each, with means -2 and 2 and variance 1 in the first direction:

    >>> vectors = np.array([[-3.0, 0], [-1, 0], [1, 0], [3, 0]])
    >>> dual = solve(vectors @ vectors.T, np.array([0, 0, 1, 1]), 2, ridge=1e-9)
    >>> (vectors.T @ dual.shares).round(3)  # m / variance
    array([[-2.,  2.],
           [ 0.,  0.]])
    >>> dual.offsets.round(3)
    array([2., 2.])
    """
    from scipy.linalg import cho_factor, cho_solve

    counts = np.bincount(y, minlength=n_classes)
    means = np.zeros((len(y), n_classes))  # as sums of training vectors
    means[np.arange(len(y)), y] = 1 / counts[y]

    def centred(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Subtract the mean of its class from each row."""
        return np.asarray(rows - (means.T @ rows)[y])

    within = centred(products)
    within = centred(within.T)
    variance = float(np.trace(within)) / len(y)
    total = float(np.trace(products)) / len(y)
    penalty = ridge * variance if variance > LEAST_VARIANCE * total else max(total, 1.0)
    within /= len(y)
    within[np.diag_indices(len(y))] += penalty
    factor = cho_factor(within, lower=True, overwrite_a=True, check_finite=False)
    to_means = products @ means
    inner = cho_solve(factor, centred(to_means), check_finite=False) / len(y)
    shares = (means - centred(inner)) / penalty
    offsets = np.einsum("nc,nc->c", to_means, shares) / 2
    return Dual(shares, offsets, counts)
