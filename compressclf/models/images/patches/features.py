"""How much of each word of two codebooks an image has in each cell of a grid.

    image -> projections on words -> what exceeds the threshold -> means of 2 x 2 positions
          -> principal components -> projections on words of the second codebook -> ...

The means of both layers over the cells of a grid are the features of an image; their square roots
are taken, since a word that occurs twice as often does not say twice as much.

All steps treat an image and its mirror image alike: the principal components are even or odd, that
is, the mirror image has the same maps, mirrored, and the odd ones with the other sign. So
``features[..., mirrored]`` are the features of the mirror image.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf._lib.jit import kernels_of, read_only
from compressclf.models.images.patches.codebook import Codebook, Mirror, Scaling, patches_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FIRST",
    "GRID",
    "N_COMPONENTS",
    "ROWS",
    "SCALINGS",
    "SECOND",
    "PatchFeatures",
    "edges",
    "learn_features",
    "pooled",
]

FIRST, SECOND = 5, 4
"""Rows and columns of a patch of pixels, and of a patch of the maps of the first layer."""
GRID = 3
"""Rows and columns of cells."""
THRESHOLD = 0.5
"""Projections are counted as far as they exceed it, positive and negative ones apart."""
N_COMPONENTS = 64
SCALINGS = Scaling(10 / 255**2, centred=True), Scaling(0.1, centred=False)
RIDGE = 0.3
"""Scalings of patches, and the variance that is added before whitening."""
N_PATCHES, N_MAPS = 50_000, 600
"""Training patches of a codebook, and images from which the principal components are computed."""
ROWS = 32
"""Images per thread at a time."""
kernel = kernels_of(Path(__file__).parent, error_model="numpy")


@dataclass
class PatchFeatures:
    """The codebooks of both layers; `second` is None if images are too small for it.

    Attributes
    ----------
    top : int
        The brightest pixel of the training images.
    first, second : Codebook
    means, basis : ndarray of float32, shapes (n_maps,) and (n_maps, n_components)
        Principal components of the maps of the first layer.
    """

    top: int
    first: Codebook
    means: NDArray[np.float32] | None = None
    basis: NDArray[np.float32] | None = None
    second: Codebook | None = None

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the features of images, shape (n, GRID * GRID, n_channels)."""
        maps = self.maps(images)
        found = [_cells(maps)]
        if self.second is not None:
            patches = patches_of(self.components(maps), SECOND)
            projections = self.second.projections(patches)
            found.append(pooled(projections, GRID, GRID).reshape(len(images), GRID * GRID, -1))
        return np.sqrt(np.concatenate(found, axis=2))

    def of_many(
        self, images: NDArray[np.uint8], *, n_jobs: int | None = None
    ) -> NDArray[np.float32]:
        """Return the features of many images, computed in threads."""
        from threadpoolctl import threadpool_limits

        parts = [images[begin : begin + ROWS] for begin in range(0, len(images), ROWS)]
        with threadpool_limits(1, "blas"):  # the threads of this package are enough
            return np.concatenate(in_threads(self.features, parts, n_jobs))

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the maps of the first layer, shape (n, rows, columns, 2 * n_words)."""
        greys = images.astype(np.float32) / max(self.top, 1)
        projections = self.first.projections(patches_of(greys, FIRST))
        _, rows, columns, _ = projections.shape
        return pooled(projections, -(-rows // 2), -(-columns // 2))

    def components(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the principal components of maps, shape (n, rows, columns, n_components)."""
        assert self.means is not None
        assert self.basis is not None
        return np.asarray((maps - self.means) @ self.basis, np.float32)

    def mirrored(self) -> NDArray[np.int64]:
        """Return which features are those of the mirror image, by their place in a row.

        Returns
        -------
        ndarray of int64, shape (GRID * GRID * n_channels,)
            ``features.reshape(n, -1)[:, mirrored]`` are the features of the mirror images.
        """
        cells = np.arange(GRID * GRID).reshape(GRID, GRID)[:, ::-1].ravel()
        channels = [np.empty(0, np.int64)]
        for codebook in filter(None, (self.first, self.second)):
            places = np.arange(2 * codebook.filters.shape[1]).reshape(2, 2, -1)
            channels.append(sum(map(len, channels)) + places[:, ::-1].ravel())
        n_channels = sum(map(len, channels))
        return (cells[:, np.newaxis] * n_channels + np.concatenate(channels)).ravel()


def learn_features(
    images: NDArray[np.uint8], n_words: tuple[int, int], rng: np.random.Generator
) -> PatchFeatures:
    """Return the codebooks of training images, whose labels are not needed.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
    n_words : tuple of int
        Words of the two codebooks, even numbers.
    rng : numpy.random.Generator
    """
    n_channels = images.shape[3]
    top = int(images.max(initial=0))
    greys = images.astype(np.float32) / max(top, 1)
    patches = _sampled(greys, FIRST, rng)
    mirror = Mirror.of((FIRST, FIRST), np.ones(n_channels, np.float32))
    first = Codebook.learn(patches, mirror, n_words[0], scaling=SCALINGS[0], ridge=RIDGE, rng=rng)
    found = PatchFeatures(top, first)
    sample = images[rng.permutation(len(images))[:N_MAPS]]
    maps = np.concatenate([found.maps(sample[i : i + 50]) for i in range(0, len(sample), 50)])
    if min(maps.shape[1:3]) < SECOND:
        return found
    found.means, found.basis, signs = _components(maps.reshape(-1, maps.shape[3]))
    components = found.components(maps)
    scale = 1 / max(float(components.std()), 1e-12)
    found.basis *= np.float32(scale)
    patches = _sampled(components * np.float32(scale), SECOND, rng)
    mirror = Mirror.of((SECOND, SECOND), signs)
    found.second = Codebook.learn(
        patches, mirror, n_words[1], scaling=SCALINGS[1], ridge=RIDGE, rng=rng
    )
    return found


def _sampled(
    images: NDArray[np.float32], size: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return patches at random places of images, at most `N_PATCHES`."""
    n, height, width, _ = images.shape
    places = (n, height - size + 1, width - size + 1)
    n_patches = min(N_PATCHES, int(np.prod(places)))
    which = np.sort(rng.choice(int(np.prod(places)), n_patches, replace=False))
    image, row, column = np.unravel_index(which, places)
    steps = np.arange(size)
    rows = (row[:, np.newaxis] + steps)[:, :, np.newaxis]
    columns = (column[:, np.newaxis] + steps)[:, np.newaxis, :]
    patches = images[image[:, np.newaxis, np.newaxis], rows, columns]
    return np.asarray(patches.reshape(n_patches, -1), np.float32)


def _components(
    maps: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return means, principal components and their signs under mirroring, of maps (n, n_maps).

    The maps of a word and of its mirror image have an even part, their sum, and an odd part, their
    difference. Over images and mirror images both are uncorrelated, so each has its own components.
    Components are divided by the square root of their standard deviation: half whitened.
    """
    n_half = maps.shape[1] // 4
    ways = maps.reshape(len(maps), 2, 2, n_half)
    parts = [(ways[:, :, 0] + ways[:, :, 1]), (ways[:, :, 0] - ways[:, :, 1])]
    means = parts[0].mean(axis=0) / 2
    found = []
    for part, sign in zip(parts, (1, -1), strict=True):
        flat = part.reshape(len(maps), -1) * np.float32(np.sqrt(0.5))
        if sign > 0:
            flat = flat - flat.mean(axis=0)
        variances, axes = np.linalg.eigh((flat.T @ flat / len(flat)).astype(np.float64))
        whole = np.sqrt(0.5) * axes.T.reshape(-1, 2, 1, n_half) * np.array([[1], [sign]])
        found.append((variances, whole.reshape(len(axes), -1), np.full(len(axes), sign)))
    variances, axes, signs = (np.concatenate(each) for each in zip(*found, strict=True))
    best = np.argsort(-variances, kind="stable")[:N_COMPONENTS]
    basis = axes[best].T / np.maximum(variances[best], 1e-12) ** 0.25
    both = np.repeat(means[:, np.newaxis], 2, axis=1).ravel()
    return both, basis.astype(np.float32), signs[best].astype(np.float32)


def pooled(projections: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the means of what exceeds the threshold, shape (n, rows, columns, 2 * n_words)."""
    n, height, width, n_words = projections.shape
    found = np.empty((n, rows, columns, 2 * n_words), np.float32)
    down, across = edges(height, rows), edges(width, columns)
    _pool(read_only(projections), down, across, np.float32(THRESHOLD), found)
    return found


def _cells(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of maps over the cells of the grid, shape (n, GRID * GRID, n_maps)."""
    down, across = edges(maps.shape[1], GRID), edges(maps.shape[2], GRID)
    cells = [
        maps[:, top:bottom, left:right].mean(axis=(1, 2))
        for top, bottom in down.tolist()
        for left, right in across.tolist()
    ]
    return np.stack(cells, axis=1)


def edges(size: int, n_cells: int) -> NDArray[np.int64]:
    """Return begin and end of each cell along one side, symmetric, shape (n_cells, 2).

    Examples
    --------
    >>> edges(5, 2).tolist()
    [[0, 3], [2, 5]]
    """
    cells = np.arange(n_cells)
    return np.stack([cells * size // n_cells, -(-(cells + 1) * size // n_cells)], axis=1)


@kernel
def _pool(projections, down, across, threshold, pooled):  # type: ignore[no-untyped-def]
    """Put the means of each cell into `pooled`: positive projections, then negative ones."""
    n, rows, columns, _ = pooled.shape
    n_words = projections.shape[3]
    sums = np.empty(2 * n_words, np.float32)
    for i in range(n):
        for r in range(rows):
            for c in range(columns):
                sums[:] = 0
                for y in range(down[r, 0], down[r, 1]):
                    for x in range(across[c, 0], across[c, 1]):
                        for k in range(n_words):
                            value = projections[i, y, x, k]
                            sums[k] += max(value - threshold, np.float32(0))
                            sums[n_words + k] += max(-value - threshold, np.float32(0))
                area = (down[r, 1] - down[r, 0]) * (across[c, 1] - across[c, 0])
                for k in range(2 * n_words):
                    pooled[i, r, c, k] = sums[k] / np.float32(area)
