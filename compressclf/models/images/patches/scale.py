"""Features as vectors for a Gaussian code, and its weights as weights of the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Scale"]

SHARE = 0.05
"""Share of the mean deviation that is added to each deviation, for features that hardly vary."""
ROWS = 256
"""Rows at a time."""


class Scale(NamedTuple):
    """Means and deviations of features; with a mirror, mirror images have equal vectors."""

    means: NDArray[np.float32]
    deviations: NDArray[np.float32]
    mirrored: NDArray[np.int64] | None

    @classmethod
    def of(
        cls, features: NDArray[np.float32], mirrored: NDArray[np.int64] | None
    ) -> tuple[Scale, NDArray[np.float32]]:
        """Return the scale of training features, and their vectors.

        Parameters
        ----------
        features : ndarray of float32, shape (n, n_features)
        mirrored : ndarray of int64, shape (n_features,), or None
            Which features are those of the mirror image. If given, the vectors are the means of an
            image and its mirror image.

        Examples
        --------
        >>> features = np.array([[1.0, 5.0], [3.0, 1.0]], np.float32)
        >>> Scale.of(features, None)[0].means.tolist()
        [2.0, 3.0]
        >>> scale, vectors = Scale.of(features, np.array([1, 0]))
        >>> scale.means.tolist(), np.abs(vectors).max().round(2) == np.float32(0.95)
        ([2.5, 2.5], np.True_)
        """
        vectors = np.array(features)
        if mirrored is not None:
            for begin in range(0, len(vectors), ROWS):
                part = vectors[begin : begin + ROWS]
                part += part[:, mirrored]
            vectors /= 2
        means = vectors.mean(axis=0)
        vectors -= means
        deviations = np.sqrt(np.einsum("ij,ij->j", vectors, vectors) / np.float32(len(vectors)))
        deviations += np.float32(SHARE * deviations.mean() + 1e-12)
        vectors /= deviations
        return cls(means, deviations, mirrored), vectors

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
        offsets = offsets + self.means.astype(np.float64) @ weights
        if self.mirrored is not None:
            weights = np.asarray((weights + weights[self.mirrored]) / 2, np.float32)
        return weights, offsets
