"""Principal component analysis (PCA) of feature vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self

__all__ = ["BASIS_IMAGES", "Projection"]

BASIS_IMAGES = 10_000
"""Largest number of training images from which the principal components are computed."""


@dataclass
class Projection:
    """Projection of vectors on their leading principal components.

    Attributes
    ----------
    mean : ndarray of float32, shape (n_features,)
        The mean vector.
    basis : ndarray of float32, shape (n_features, n_components)
        Orthogonal directions, that of the largest variance first.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32], sample: NDArray[np.int64], n_components: int) -> Self:
        """Return the projection on the principal components of these vectors.

        Parameters
        ----------
        vectors : ndarray of float32, shape (n, n_features)
            Their mean is subtracted before the projection.
        sample : ndarray of int64
            Positions of the vectors whose scatter determines the components.
        n_components : int
            Number of components; all if the vectors have fewer features.

        Examples
        --------
        >>> vectors = np.array([[0, 0], [2, 2], [4, 4]], np.float32)
        >>> projection = Projection.of(vectors, np.arange(3), 1)
        >>> abs(projection.projected(vectors))[:, 0].astype(float).round(3).tolist()
        [2.828, 0.0, 2.828]
        """
        n_features = vectors.shape[1]
        mean = np.zeros(n_features, np.float32)
        if len(vectors):
            mean[:] = vectors.mean(axis=0)
        if not n_components:
            return cls(mean, np.zeros((n_features, 0), np.float32))
        centred = vectors[sample] - mean
        _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        return cls(mean, np.ascontiguousarray(directions[:, : -n_components - 1 : -1], np.float32))

    def projected(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the coordinates of vectors, shape (n, n_components)."""
        return np.asarray((vectors - self.mean) @ self.basis, dtype=np.float32)
