"""Which pixels the features of an image come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.models.images.patches.codebook import patches_of
from compressclf.models.images.patches.features import (
    FIRST,
    GRID,
    SECOND,
    PatchFeatures,
    edges,
    pooled,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["pixel_shares"]


def pixel_shares(
    learnt: PatchFeatures, image: NDArray[np.uint8], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the weighted sum of an image's features, divided among its pixels.

    Parameters
    ----------
    learnt : PatchFeatures
    image : ndarray of uint8, shape (height, width, channels)
    weights : ndarray of float32, shape (n_features,)
        Weight of each feature.

    Returns
    -------
    ndarray of float64, shape (height, width)
        Their sum is ``features @ weights``.
    """
    maps = learnt.maps(image[np.newaxis])
    of_cells = weights.reshape(GRID * GRID, -1).astype(np.float64)
    n_maps = maps.shape[3]
    shares = np.zeros(image.shape[:2])
    by_place = _by_place(maps[0], of_cells[:, :n_maps])
    height, width = image.shape[:2]
    down = edges(height - FIRST + 1, by_place.shape[0])
    across = edges(width - FIRST + 1, by_place.shape[1])
    _spread(shares, by_place, down, across, FIRST - 1)
    if learnt.second is not None:
        patches = patches_of(learnt.components(maps), SECOND)
        projections = learnt.second.projections(patches)
        places = pooled(projections, *projections.shape[1:3])
        by_place = _by_place(places[0], of_cells[:, n_maps:])
        down, across = (
            np.stack([cells[: len(cells) - SECOND + 1, 0], cells[SECOND - 1 :, 1]], axis=1)
            for cells in (down, across)
        )
        _spread(shares, by_place, down, across, FIRST - 1)
    return shares


def _by_place(maps: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide weighted roots of the means over cells among the places of maps (rows, columns, n)."""
    found = np.zeros(maps.shape[:2])
    down, across = edges(maps.shape[0], GRID), edges(maps.shape[1], GRID)
    cells = [(rows, columns) for rows in down.tolist() for columns in across.tolist()]
    for (rows, columns), own in zip(cells, weights, strict=True):
        part = slice(*rows), slice(*columns)
        inside = maps[part].astype(np.float64)
        means = inside.mean(axis=(0, 1))
        factors = np.divide(own, np.sqrt(means), out=np.zeros_like(own), where=means > 0)
        found[part] += inside @ factors / (inside.shape[0] * inside.shape[1])
    return found


def _spread(
    shares: NDArray[np.float64],
    by_place: NDArray[np.float64],
    down: NDArray[np.int64],
    across: NDArray[np.int64],
    more: int,
) -> None:
    """Add the share of each place evenly to the pixels that it sees."""
    for row, (top, bottom) in enumerate(down.tolist()):
        for column, (left, right) in enumerate(across.tolist()):
            seen = shares[top : bottom + more, left : right + more]
            seen += by_place[row, column] / seen.size
