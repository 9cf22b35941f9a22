"""Features as vectors for a Gaussian code, and its weights as weights of the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Scale"]

SHARE = 0.05
"""Share of the mean deviation that is added to each deviation, for features that hardly vary."""


class Scale(NamedTuple):
    """Means and deviations of features."""

    means: NDArray[np.float32]
    deviations: NDArray[np.float32]

    @classmethod
    def of(
        cls, features: NDArray[np.float32], importance: NDArray[np.float32]
    ) -> tuple[Scale, NDArray[np.float32]]:
        """Return the scale of training features, and their vectors.

        Parameters
        ----------
        features : ndarray of float32, shape (n, n_features)
        importance : ndarray of float32, shape (n_features,)
            The deviation of each feature in the vectors, about.

        Examples
        --------
        >>> features = np.array([[1.0, 6.0], [3.0, 2.0]], np.float32)
        >>> scale, vectors = Scale.of(features, np.array([1.0, 3.0], np.float32))
        >>> scale.means.tolist(), vectors.round(1)
        ([2.0, 4.0], array([[-0.9,  2.9],
               [ 0.9, -2.9]], dtype=float32))
        """
        means = features.mean(axis=0)
        vectors = features - means
        deviations = np.sqrt(np.einsum("ij,ij->j", vectors, vectors) / np.float32(len(vectors)))
        deviations += np.float32(SHARE * deviations.mean() + 1e-12)
        deviations /= importance
        vectors /= deviations
        return cls(means, deviations), vectors

    def undone(
        self, weights: NDArray[np.float32], offsets: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return the weights and offsets that give the features the bits of their vectors.

        Parameters
        ----------
        weights : ndarray of float32, shape (n_features, n_classes)
            ``offsets - vectors @ weights`` are the nats of vectors.
        offsets : ndarray of float64, shape (n_classes,)
        """
        weights = np.asarray(weights / self.deviations[:, np.newaxis], np.float32)
        return weights, offsets + self.means.astype(np.float64) @ weights
