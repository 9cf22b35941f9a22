"""Features of an image: how much of each word of two codebooks an image has in each cell of a grid.

    image -> projections on words -> what exceeds the threshold -> means of 2 x 2 positions
          -> principal components -> projections on words of the second codebook -> ...

The means of both layers over the cells of a grid are the features of an image; their square roots
are taken, since a word that occurs twice as often does not say twice as much.

All steps treat an image and its mirror image alike: the principal components are even or odd, that
is, the mirror image has the same maps, mirrored, and the odd ones with the other sign. So
``features[:, mirrored]`` are the features of the mirror image, and `symmetric` features, which both
have in common, take no second pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf.models.images.patches.codebook import Codebook, patches_of
from compressclf.models.images.patches.pooling import averaging, means_of_cells, pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FIRST",
    "GRID",
    "ROWS",
    "SECOND",
    "PatchFeatures",
    "maps_of",
    "seen",
    "seen_size",
    "symmetric",
]

LEAST, MOST = 16, 48
"""Images have at least and at most this many rows and columns; others are resized."""
FIRST, SECOND = 5, 4
"""Rows and columns of a patch of pixels, and of a patch of the maps of the first layer."""
GRID = 3
"""Rows and columns of cells."""
THRESHOLD = 0.5
"""Projections are counted as far as they exceed it, positive and negative ones apart."""
IMPORTANCE = 2.5
"""Weight of a feature of the first layer; one of the second layer has the weight 1."""
ROWS = 32
"""Images per thread at a time."""


class PatchFeatures(NamedTuple):
    """What has been learnt from images without their labels: two codebooks."""

    top: int
    """The brightest pixel of the training images."""
    first: Codebook
    means: NDArray[np.float32]
    """Means of the maps of the first layer, shape (n_maps,)."""
    basis: NDArray[np.float32]
    """Principal components of these maps, shape (n_maps, n_components)."""
    second: Codebook

    @property
    def has_colours(self) -> bool:
        """Whether images have three channels."""
        return len(self.first.mean) == 3 * FIRST * FIRST

    def of(self, images: NDArray[np.uint8], *, n_jobs: int | None = None) -> NDArray[np.float32]:
        """Return the features of images, computed in threads.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, height, width, channels)
        n_jobs : int or None

        Returns
        -------
        ndarray of float32, shape (n, n_features)
            For each cell of the grid, the channels of the first layer and those of the second.
        """
        parts = [images[begin : begin + ROWS] for begin in range(0, len(images), ROWS)]
        return np.concatenate(in_threads(self._of_batch, parts, n_jobs))

    def _of_batch(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        maps = maps_of(seen(images, self.top), self.first)
        places = pooled(self.projections(maps), (GRID, GRID), THRESHOLD)
        cells = means_of_cells(maps, GRID), places.reshape(len(images), GRID * GRID, -1)
        return np.sqrt(np.concatenate(cells, axis=2)).reshape(len(images), -1)

    def projections(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the projections of the patches of maps on the words of the second codebook."""
        components = np.asarray((maps - self.means) @ self.basis, np.float32)
        return self.second.projections(patches_of(components, SECOND))

    def mirrored(self) -> NDArray[np.int64]:
        """Return which features are those of the mirror image.

        Returns
        -------
        ndarray of int64, shape (n_features,)
            ``features[:, mirrored]`` are the features of the mirror images.
        """
        cells = np.arange(GRID * GRID).reshape(GRID, GRID)[:, ::-1].ravel()
        channels: list[NDArray[np.int64]] = []
        n_channels = 0
        for codebook in (self.first, self.second):
            # positive and negative projections, on words and on their mirror images
            places = np.arange(2 * codebook.filters.shape[1]).reshape(2, 2, -1)
            channels.append(n_channels + places[:, ::-1].ravel())
            n_channels += places.size
        return (cells[:, np.newaxis] * n_channels + np.concatenate(channels)).ravel()

    def importance(self) -> NDArray[np.float32]:
        """Return the weight of each feature in the Gaussian code, shape (n_features,)."""
        n_first, n_second = (2 * one.filters.shape[1] for one in (self.first, self.second))
        of_cell = np.repeat(np.array([IMPORTANCE, 1], np.float32), [n_first, n_second])
        return np.tile(of_cell, GRID * GRID)


def symmetric(features: NDArray[np.float32], mirrored: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the features that an image and its mirror image have in common.

    Parameters
    ----------
    features : ndarray of float32, shape (n, n_features)
    mirrored : ndarray of int64, shape (n_features,)
        As of `PatchFeatures.mirrored`.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
        Roots of the means over an image and its mirror image.

    Examples
    --------
    >>> symmetric(np.array([[1.0, 7.0, 3.0]], np.float32), np.array([1, 0, 2]))
    array([[5., 5., 3.]], dtype=float32)
    """
    found = np.empty_like(features)
    for row, own in enumerate(features):  # row by row, which takes less memory
        found[row] = own**2 + own[mirrored] ** 2
    found /= 2
    return np.sqrt(found, out=found)


def seen_size(height: int, width: int) -> tuple[int, int]:
    """Return rows and columns of the image that the codebooks see.

    Proportions are kept, unless an image is so narrow that it would have less than `LEAST` columns.

    Examples
    --------
    >>> seen_size(32, 32), seen_size(300, 200), seen_size(8, 20)
    ((32, 32), (48, 32), (16, 20))
    """
    scale = min(1.0, MOST / max(height, width))
    return max(LEAST, round(height * scale)), max(LEAST, round(width * scale))


def seen(images: NDArray[np.uint8], top: int) -> NDArray[np.float32]:
    """Return images with greys in [0, 1], resized by averaging if they are too small or too large.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
    top : int
        The brightest pixel, which becomes 1.

    Returns
    -------
    ndarray of float32, shape (n, rows, columns, channels)
    """
    n, height, width, n_channels = images.shape
    greys = images.astype(np.float32) / np.float32(max(top, 1))
    rows, columns = seen_size(height, width)
    if rows != height:
        greys = averaging(height, rows) @ greys.reshape(n, height, width * n_channels)
    if columns != width:
        greys = averaging(width, columns) @ greys.reshape(n, rows, width, n_channels)
    return greys.reshape(n, rows, columns, n_channels)


def maps_of(greys: NDArray[np.float32], first: Codebook) -> NDArray[np.float32]:
    """Return the maps of the first layer, shape (n, rows, columns, 2 * n_words)."""
    projections = first.projections(patches_of(greys, FIRST))
    _, rows, columns, _ = projections.shape
    return pooled(projections, (-(-rows // 2), -(-columns // 2)), THRESHOLD)
