"""Learn the codebooks of `PatchFeatures` from images, without their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf.models.images.patches.codebook import Codebook, Mirror, Scaling
from compressclf.models.images.patches.features import (
    FIRST,
    ROWS,
    SECOND,
    PatchFeatures,
    maps_of,
    seen,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SCALINGS", "learn_features", "n_components_of"]

N_COMPONENTS = 64
"""Principal components of the maps of the first layer, at most."""
SCALINGS = Scaling(10 / 255**2, is_centred=True), Scaling(0.1, is_centred=False)
"""How patches of pixels and of maps are scaled."""
RIDGE = 0.3
"""Variance that is added before whitening."""
N_PATCHES = 50_000
"""Training patches of a codebook, at most."""
N_IMAGES = 5000
"""Images that patches of pixels come from, at most."""
N_PLACES = 120_000
"""Places in the maps of the first layer that principal components are computed from, about."""


def n_components_of(n_maps: int) -> int:
    """Return the number of principal components of maps."""
    return min(N_COMPONENTS, n_maps)


def learn_features(
    images: NDArray[np.uint8],
    n_words: tuple[int, int],
    rng: np.random.Generator,
    *,
    n_jobs: int | None = None,
) -> PatchFeatures:
    """Return the codebooks of training images.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
    n_words : tuple of int
        Words of the two codebooks, even numbers.
    rng : numpy.random.Generator
        Chooses images and patches.
    n_jobs : int or None
        Number of threads.
    """
    top = int(images.max(initial=0))
    images = images[rng.permutation(len(images))[:N_IMAGES]]
    batches = [images[begin : begin + ROWS] for begin in range(0, len(images), ROWS)]
    greys = np.concatenate([seen(batch, top) for batch in batches])
    mirror = Mirror.of((FIRST, FIRST), np.ones(images.shape[3], np.float32))
    patches = _sampled(greys, FIRST, rng)
    first = Codebook.learn(patches, mirror, n_words[0], scaling=SCALINGS[0], ridge=RIDGE, rng=rng)

    n_places = maps_of(greys[:1], first)[..., 0].size
    n_enough = -(-N_PLACES // n_places)
    parts = [greys[i : min(i + ROWS, n_enough)] for i in range(0, min(n_enough, len(greys)), ROWS)]
    maps = np.concatenate(in_threads(lambda part: maps_of(part, first), parts, n_jobs))
    found = _components(maps.reshape(-1, maps.shape[3]))
    components = np.asarray((maps - found.means) @ found.basis, np.float32)
    scale = np.float32(1 / max(float(components.std()), 1e-12))
    mirror = Mirror.of((SECOND, SECOND), found.signs)
    patches = _sampled(components, SECOND, rng) * scale
    second = Codebook.learn(patches, mirror, n_words[1], scaling=SCALINGS[1], ridge=RIDGE, rng=rng)
    return PatchFeatures(top, first, found.means, found.basis * scale, second)


def _sampled(
    images: NDArray[np.float32], size: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return patches at random places of images, at most `N_PATCHES`."""
    n, height, width, _ = images.shape
    places = (n, height - size + 1, width - size + 1)
    n_places = int(np.prod(places))
    n_patches = min(N_PATCHES, n_places)
    which = np.sort(rng.choice(n_places, n_patches, replace=False))
    image, row, column = np.unravel_index(which, places)
    steps = np.arange(size)
    rows = (row[:, np.newaxis] + steps)[:, :, np.newaxis]
    columns = (column[:, np.newaxis] + steps)[:, np.newaxis, :]
    patches = images[image[:, np.newaxis, np.newaxis], rows, columns]
    return np.asarray(patches.reshape(n_patches, -1), np.float32)


class _Components(NamedTuple):
    """Principal components of maps."""

    means: NDArray[np.float32]
    """Shape (n_maps,)."""
    basis: NDArray[np.float32]
    """Shape (n_maps, n_components)."""
    signs: NDArray[np.float32]
    """1 for the components that mirroring leaves as they are, -1 for those that it negates."""


def _components(maps: NDArray[np.float32]) -> _Components:
    """Return the principal components of maps (n_places, n_maps) and of their mirror images.

    The maps of a word and of its mirror image have an even part, their sum, and an odd part, their
    difference. Over images and mirror images both are uncorrelated, so each has its own components.
    Components are divided by the square root of their standard deviation: half whitened.
    """
    n_places, n_maps = maps.shape
    n_half = n_maps // 4
    ways = maps.reshape(n_places, 2, 2, n_half)  # positive, negative; words, their mirror images
    means = ways.mean(axis=(0, 2))
    parts = ways[:, :, 0] + ways[:, :, 1] - 2 * means, ways[:, :, 0] - ways[:, :, 1]
    variances, axes, signs = [], [], []
    for part, sign in zip(parts, (1, -1), strict=True):
        flat = part.reshape(n_places, -1) * np.float32(np.sqrt(0.5))
        spread, directions = np.linalg.eigh((flat.T @ flat / n_places).astype(np.float64))
        halves = np.sqrt(0.5) * directions.T.reshape(-1, 2, 1, n_half)
        variances.append(spread)
        axes.append(np.concatenate([halves, sign * halves], axis=2).reshape(-1, n_maps))
        signs.append(np.full(len(spread), sign))
    spreads = np.concatenate(variances)
    best = np.argsort(-spreads, kind="stable")[: n_components_of(n_maps)]
    basis = np.concatenate(axes)[best].T / np.maximum(spreads[best], 1e-12) ** 0.25
    both = np.repeat(means[:, np.newaxis], 2, axis=1).ravel()
    best_signs = np.concatenate(signs)[best].astype(np.float32)
    return _Components(both, np.ascontiguousarray(basis, np.float32), best_signs)
