"""Means over areas: of pixels when an image is resized, and of maps over the cells of a grid.

Areas are symmetric, so that the means of a mirror image are those of the image, mirrored.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.jit import kernels_of, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["averaging", "edges", "means_of_cells", "pooled"]

kernel = kernels_of(Path(__file__).parent, error_model="numpy")


def edges(size: int, n_cells: int) -> NDArray[np.int64]:
    """Return begin and end of each cell along one side, shape (n_cells, 2).

    Cells share a position where `size` is not a multiple of their number.

    Examples
    --------
    >>> edges(5, 2).tolist()
    [[0, 3], [2, 5]]
    """
    cells = np.arange(n_cells)
    return np.stack([cells * size // n_cells, -(-(cells + 1) * size // n_cells)], axis=1)


def averaging(size: int, n_cells: int) -> NDArray[np.float32]:
    """Return the matrix (n_cells, size) that averages `size` values over cells of equal width.

    A value is divided between two cells in proportion to what each covers of it.

    Examples
    --------
    >>> averaging(3, 2) * 3
    array([[2., 1., 0.],
           [0., 1., 2.]], dtype=float32)
    """
    bounds = np.arange(n_cells + 1) * size / n_cells
    values = np.arange(size)
    ends = np.minimum(bounds[1:, np.newaxis], values + 1)
    begins = np.maximum(bounds[:-1, np.newaxis], values)
    return ((ends - begins).clip(0) * (n_cells / size)).astype(np.float32)


def means_of_cells(maps: NDArray[np.float32], n_cells: int) -> NDArray[np.float32]:
    """Return the means of maps over a grid.

    Parameters
    ----------
    maps : ndarray of float32, shape (n, rows, columns, n_maps)
    n_cells : int
        Rows and columns of the grid.

    Returns
    -------
    ndarray of float32, shape (n, n_cells * n_cells, n_maps)
    """
    down, across = edges(maps.shape[1], n_cells), edges(maps.shape[2], n_cells)
    cells = [
        maps[:, top:bottom, left:right].mean(axis=(1, 2))
        for top, bottom in down.tolist()
        for left, right in across.tolist()
    ]
    return np.stack(cells, axis=1)


def pooled(
    projections: NDArray[np.float32], size: tuple[int, int], threshold: float
) -> NDArray[np.float32]:
    """Return the means of what exceeds a threshold, over the cells of a grid.

    Parameters
    ----------
    projections : ndarray of float32, shape (n, rows, columns, n_words)
    size : tuple of int
        Rows and columns of the grid.
    threshold : float

    Returns
    -------
    ndarray of float32, shape (n, *size, 2 * n_words)
        Of each word the mean of ``max(0, projection - threshold)``, then of each word the mean of
        ``max(0, -projection - threshold)``.

    Examples
    --------
    >>> line = np.array([1.0, 3.0, -2.0, 0.0], np.float32).reshape(1, 1, 4, 1)
    >>> pooled(line, (1, 2), 0.5)[0, 0].tolist()
    [[1.5, 0.0], [0.0, 0.75]]
    """
    n, height, width, n_words = projections.shape
    found = np.empty((n, *size, 2 * n_words), np.float32)
    down, across = edges(height, size[0]), edges(width, size[1])
    _pool(read_only(projections), down, across, np.float32(threshold), found)
    return found


@kernel
def _pool(projections, down, across, threshold, found):  # type: ignore[no-untyped-def]
    """Put the means of each cell into `found`: positive projections, then negative ones."""
    n, rows, columns, _ = found.shape
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
                    found[i, r, c, k] = sums[k] / np.float32(area)
