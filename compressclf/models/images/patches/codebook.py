"""Codebooks of patches: whitening, and gain-shape vector quantisation by spherical k-means.

A patch is scaled to unit variance and whitened, so that neighbouring pixels no longer predict each
other. In gain-shape quantisation a word is a direction: a patch is coded by the word to which it is
closest up to sign, and by a gain. Words are found by spherical k-means.

A codebook contains the mirror image of each of its words. So the mirror image of a patch has the
same projections, on other words, and an image and its mirror image can be compared at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Codebook", "Mirror", "Scaling", "patches_of"]

ROUNDS = 10
"""Rounds of k-means."""
ROWS = 20_000
"""Patches that are assigned at a time."""


class Mirror(NamedTuple):
    """The coordinates of the mirror image of a patch: ``signs * patch[..., order]``."""

    order: NDArray[np.int64]
    signs: NDArray[np.float32]

    @classmethod
    def of(cls, size: tuple[int, int], signs: NDArray[np.float32]) -> Mirror:
        """Return the mirror of patches of `size` rows and columns.

        `signs` has the sign by which the mirror image of each channel is multiplied.

        Examples
        --------
        >>> mirror = Mirror.of((1, 3), np.ones(1, np.float32))
        >>> mirror.applied(np.array([1.0, 2.0, 3.0])).tolist()
        [3.0, 2.0, 1.0]
        """
        rows, columns = size
        order = np.arange(rows * columns * len(signs)).reshape(rows, columns, len(signs))
        return cls(order[:, ::-1].ravel(), np.tile(signs, rows * columns))

    def applied(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mirror images of patches, shape (..., n_coordinates)."""
        return patches[..., self.order] * self.signs


class Scaling(NamedTuple):
    """How a patch is brought to about unit variance."""

    floor: float
    """Added to the variance, so that noise in a plain area is not amplified."""
    is_centred: bool
    """Whether the mean of a patch is subtracted from it."""

    def applied(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scaled patches, shape (..., n_coordinates).

        Examples
        --------
        >>> Scaling(0.0, True).applied(np.array([1.0, 3.0], np.float32)).tolist()
        [-1.0, 1.0]
        """
        if self.is_centred:
            patches = patches - patches.mean(axis=-1, keepdims=True)
        energy = np.einsum("...i,...i->...", patches, patches) / np.float32(patches.shape[-1])
        lengths = np.sqrt(energy + np.float32(self.floor))
        return np.asarray(patches / lengths[..., np.newaxis], np.float32)


@dataclass(frozen=True)
class Codebook:
    """Words of whitened patches; the second half of the words mirrors the first half.

    Attributes
    ----------
    mean : ndarray of float32, shape (n_coordinates,)
        Mean of the scaled patches.
    filters : ndarray of float32, shape (n_coordinates, n_words)
        Whitening and words in one matrix.
    scaling : Scaling
        How a patch is scaled.
    """

    mean: NDArray[np.float32]
    filters: NDArray[np.float32]
    scaling: Scaling

    @classmethod
    def learn(
        cls,
        patches: NDArray[np.float32],
        mirror: Mirror,
        n_words: int,
        *,
        scaling: Scaling,
        ridge: float,
        rng: np.random.Generator,
    ) -> Codebook:
        """Return a codebook of `n_words` words, an even number, learnt from patches.

        Parameters
        ----------
        patches : ndarray of float32, shape (n_patches, n_coordinates)
            The codebook is that of these patches and their mirror images.
        mirror : Mirror
        n_words : int
        scaling : Scaling
        ridge : float
            Added to the variances before whitening; it keeps directions of little variance small.
        rng : numpy.random.Generator
        """
        patches = scaling.applied(patches)
        mean = patches.mean(axis=0)
        mean = (mean + mirror.applied(mean)) / 2
        patches = patches - mean
        covariance = patches.T @ patches / np.float32(len(patches))
        covariance = (covariance + mirror.applied(mirror.applied(covariance).T)) / 2
        variances, axes = np.linalg.eigh(covariance.astype(np.float64))
        whitening = ((axes / np.sqrt(variances.clip(0) + ridge)) @ axes.T).astype(np.float32)
        patches = patches @ whitening
        words = _spherical_words(patches, mirror, n_words // 2, rng)
        return cls(mean, np.ascontiguousarray(whitening @ words.T), scaling)

    def projections(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the projections of patches on the words, shape (..., n_words)."""
        return np.asarray((self.scaling.applied(patches) - self.mean) @ self.filters, np.float32)


def patches_of(images: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return all patches of images.

    Parameters
    ----------
    images : ndarray of float32, shape (n, height, width, channels)
    size : int
        Rows and columns of a patch, at most those of the image.

    Returns
    -------
    ndarray of float32, shape (n, height - size + 1, width - size + 1, size * size * channels)

    Examples
    --------
    >>> patches_of(np.zeros((2, 6, 5, 3), np.float32), 4).shape
    (2, 3, 2, 48)
    """
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))
    windows = windows.transpose(0, 1, 2, 4, 5, 3)
    return np.ascontiguousarray(windows).reshape(*windows.shape[:3], -1)


def _spherical_words(
    patches: NDArray[np.float32], mirror: Mirror, n_words: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return `n_words` words and their mirror images, each of length 1."""
    first = patches[rng.choice(len(patches), n_words, replace=len(patches) < n_words)]
    words = _directions(np.concatenate([first, mirror.applied(first)]))
    for _ in range(ROUNDS):
        sums = np.zeros_like(words)
        for begin in range(0, len(patches), ROWS):
            part = patches[begin : begin + ROWS]
            gains = part @ words.T
            nearest = np.abs(gains).argmax(axis=1)
            own = np.take_along_axis(gains, nearest[:, np.newaxis], axis=1)
            order = np.argsort(nearest, kind="stable")
            starts = np.flatnonzero(np.diff(nearest[order], prepend=-1))
            sums[nearest[order][starts]] += np.add.reduceat((part * own)[order], starts, axis=0)
        # A mirror image is closest to the mirror image of a word, so it need not be compared.
        half = sums[:n_words] + mirror.applied(sums[n_words:])
        half = np.where(half.any(axis=1, keepdims=True), half, words[:n_words])
        words = _directions(np.concatenate([half, mirror.applied(half)]))
    return words


def _directions(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, np.newaxis]
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), np.float32)
