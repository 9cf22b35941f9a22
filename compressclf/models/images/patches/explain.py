"""Which pixels the features of an image come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.models.images.patches.features import (
    FIRST,
    GRID,
    SECOND,
    THRESHOLD,
    PatchFeatures,
    maps_of,
    seen,
)
from compressclf.models.images.patches.pooling import averaging, edges, pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["pixel_shares"]


def pixel_shares(
    learnt: PatchFeatures,
    image: NDArray[np.uint8],
    features: NDArray[np.float32],
    weights: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return the weighted sum of an image's features, divided among its pixels.

    Parameters
    ----------
    learnt : PatchFeatures
    image : ndarray of uint8, shape (height, width, channels)
    features : ndarray of float32, shape (n_features,)
        Of this image, or `symmetric` ones.
    weights : ndarray of float32, shape (n_features,)
        Weight of each feature; mirrored features have equal weights if they are symmetric.

    Returns
    -------
    ndarray of float64, shape (height, width)
        Their sum is ``features @ weights``.
    """
    greys = seen(image[np.newaxis], learnt.top)
    _, rows, columns, _ = greys.shape
    maps = maps_of(greys, learnt.first)
    projections = learnt.projections(maps)
    of_places = pooled(projections, projections.shape[1:3], THRESHOLD)
    # A feature is the root r of a mean m, and its share is w r = (w / r) m.
    roots = features.astype(np.float64)
    factors = np.divide(weights, roots, out=np.zeros_like(roots), where=roots > 0)
    of_cells = factors.reshape(GRID * GRID, -1)
    n_maps = maps.shape[3]

    shares = np.zeros((rows, columns))
    first = _by_place(maps[0], of_cells[:, :n_maps])
    down = edges(rows - FIRST + 1, first.shape[0])
    across = edges(columns - FIRST + 1, first.shape[1])
    _spread(shares, first, down, across)
    second = _by_place(of_places[0], of_cells[:, n_maps:])
    _spread(shares, second, _joined(down), _joined(across))

    height, width = image.shape[:2]
    return np.asarray(averaging(height, rows).T @ shares @ averaging(width, columns))


def _by_place(maps: NDArray[np.float32], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the means over cells times factors among the places of maps (rows, columns, n)."""
    found = np.zeros(maps.shape[:2])
    down, across = edges(maps.shape[0], GRID), edges(maps.shape[1], GRID)
    cells = [(rows, columns) for rows in down.tolist() for columns in across.tolist()]
    for (rows, columns), own in zip(cells, factors, strict=True):
        part = slice(*rows), slice(*columns)
        inside = maps[part].astype(np.float64)
        found[part] += inside @ own / (inside.shape[0] * inside.shape[1])
    return found


def _joined(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return begin and end of each `SECOND` places in succession, from those of each place."""
    return np.stack([places[: len(places) - SECOND + 1, 0], places[SECOND - 1 :, 1]], axis=1)


def _spread(
    shares: NDArray[np.float64],
    by_place: NDArray[np.float64],
    down: NDArray[np.int64],
    across: NDArray[np.int64],
) -> None:
    """Add the share of each place evenly to the pixels of its patches.

    `down` and `across` are the positions of the first pixels of these patches.
    """
    for row, (top, bottom) in enumerate(down.tolist()):
        for column, (left, right) in enumerate(across.tolist()):
            pixels = shares[top : bottom + FIRST - 1, left : right + FIRST - 1]
            pixels += by_place[row, column] / pixels.size
