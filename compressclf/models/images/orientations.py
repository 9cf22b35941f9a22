"""Orientation maps: histograms of the gradients of an image (Dalal and Triggs 2005).

An image is divided into a grid of overlapping Gaussian cells. Each cell sums the lengths of its
gradients by direction, in 8 bins; a gradient is shared between the two nearest bins. The sums are
divided by the energy of the cells around, which normalises the contrast, and the square root is
taken. The mean greys of the cells are added.

`transform` codes these maps, and `motion` finds candidates by them.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf._lib.jit import kernels_of, read_only
from compressclf.documents.deskew import deskew

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["N_BINS", "View", "cell_weights", "grey_levels", "orientation_maps"]

N_BINS = 8
"""Directions over the whole circle: dark to light differs from light to dark."""
ENERGY = 0.01
"""Added to the energy of a cell, so that noise on a plain background is not taken for an edge."""
BLUR = 0.6
"""Standard deviation of a cell, in distances between cells."""
PART = 512
"""Images per thread at a time."""
kernel = kernels_of(Path(__file__).parent, error_model="numpy")


class View(NamedTuple):
    """How a model sees images: deskewed or not, with which greys and cells.

    Attributes
    ----------
    levels : ndarray of float32, shape (256,)
        The grey of each byte, see `grey_levels`.
    deskew : bool
        Whether images are deskewed and centred first.
    cells : int
        Rows and columns of cells of the orientation maps.
    """

    levels: NDArray[np.float32]
    deskew: bool
    cells: int = 7

    def seen(self, images: NDArray[np.uint8], n_jobs: int | None = None) -> NDArray[np.uint8]:
        """Return the images, deskewed if `deskew` is set, shape (n, height, width, channels)."""
        return deskew(images, n_jobs=n_jobs) if self.deskew else images

    def maps(self, seen: NDArray[np.uint8], n_jobs: int | None = None) -> NDArray[np.float32]:
        """Return the orientation maps of images as `seen` returns them."""
        return orientation_maps(seen, self.levels, cells=self.cells, n_jobs=n_jobs)


def grey_levels(top: int, gamma: float) -> NDArray[np.float32]:
    """Return the grey of each byte: (byte / top) ** gamma, at most 1; shape (256,).

    Examples
    --------
    >>> grey_levels(16, 0.5)[[0, 4, 16, 255]].tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    shares = np.minimum(np.arange(256) / max(top, 1), 1.0)
    return (shares**gamma).astype(np.float32)


def orientation_maps(
    images: NDArray[np.uint8],
    levels: NDArray[np.float32],
    *,
    cells: int = 7,
    pixels: float = 0.5,
    n_jobs: int | None = None,
) -> NDArray[np.float32]:
    """Return the orientation map of each image, one row per image.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        The gradients of all channels are counted together.
    levels : ndarray of float32, shape (256,)
        The grey of each byte, see `grey_levels`.
    cells : int, default=7
        Rows and columns of cells; at most as many as the image has of pixels.
    pixels : float, default=0.5
        Weight of the mean greys.

    Returns
    -------
    ndarray of float32, shape (n, cells * cells * (N_BINS + channels))

    Examples
    --------
    In an image with a bright right half, greys rise to the right, the first of 8 directions:

    >>> image = np.zeros((1, 4, 4, 1), np.uint8)
    >>> image[:, :, 2:] = 255
    >>> orientation_maps(image, grey_levels(255, 1.0), cells=1).round(2)
    array([[0.58, 0.  , 0.  , 0.  , 0.  , 0.  , 0.  , 0.  , 0.35]], dtype=float32)
    """
    n, height, width, channels = images.shape
    down, across = cell_weights(height, width, cells)
    n_features = len(down) * len(across) * (N_BINS + channels)
    maps = np.empty((n, n_features), np.float32)
    images = np.require(images, requirements=["C", "W"])
    parts = [slice(begin, begin + PART) for begin in range(0, n, PART)]

    def fill(part: slice) -> None:
        _fill_maps(images[part], read_only(levels), down, across, np.float32(pixels), maps[part])

    in_threads(fill, parts, n_jobs)
    return maps


def cell_weights(
    height: int, width: int, cells: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights of rows and of columns of pixels in each row and column of cells.

    Their shapes are (n_down, height) and (n_across, width), at most `cells` each. The weights of a
    cell have the sum 1.

    Examples
    --------
    >>> down, across = cell_weights(4, 2, 2)
    >>> down.round(2)
    array([[0.38, 0.38, 0.19, 0.05],
           [0.05, 0.19, 0.38, 0.38]], dtype=float32)
    """
    return _cells(height, min(cells, height)), _cells(width, min(cells, width))


def _cells(size: int, n_cells: int) -> NDArray[np.float32]:
    """Return the weight of each pixel in each cell along one side, shape (n_cells, size)."""
    step = size / n_cells
    centres = (np.arange(n_cells) + 0.5) * step - 0.5
    weights: NDArray[np.float64] = np.exp(
        -0.5 * ((np.arange(size) - centres[:, np.newaxis]) / (BLUR * step)) ** 2
    )
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


@kernel
def _fill_maps(images, levels, down, across, pixels, maps):  # type: ignore[no-untyped-def]
    n, height, width, channels = images.shape
    n_down, n_across = len(down), len(across)
    n_cells = n_down * n_across
    grey = np.empty((height, width), np.float32)
    planes = np.empty((N_BINS, height, width), np.float32)
    rows = np.empty((n_down, width), np.float32)
    energy = np.empty((n_down, n_across), np.float32)
    for i in range(n):
        out = maps[i].reshape((N_BINS + channels, n_down, n_across))
        planes[:] = 0
        for c in range(channels):
            for y in range(height):
                for x in range(width):
                    grey[y, x] = levels[images[i, y, x, c]]
            _add_gradients(grey, planes)
            _pool(grey, down, across, rows, out[N_BINS + c])
            for k in range(n_cells):
                value = out[N_BINS + c, k // n_across, k % n_across]
                out[N_BINS + c, k // n_across, k % n_across] = pixels * np.sqrt(value)
        for b in range(N_BINS):
            _pool(planes[b], down, across, rows, out[b])
        for y in range(n_down):
            for x in range(n_across):
                total = np.float32(0)
                for b in range(N_BINS):
                    total += out[b, y, x] * out[b, y, x]
                energy[y, x] = total
        for y in range(n_down):
            for x in range(n_across):
                around = np.float32(ENERGY)
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        near_y = min(max(y + dy, 0), n_down - 1)
                        near_x = min(max(x + dx, 0), n_across - 1)
                        around += energy[near_y, near_x]
                scale = np.float32(1) / np.sqrt(around)
                for b in range(N_BINS):
                    out[b, y, x] = np.sqrt(out[b, y, x] * scale)


@kernel
def _add_gradients(grey, planes):  # type: ignore[no-untyped-def]
    """Add every pixel's gradient to the planes of the two directions next to its own."""
    height, width = grey.shape
    turn = np.float32(N_BINS / (2 * np.pi))
    for y in range(height):
        above, below = grey[max(y - 1, 0)], grey[min(y + 1, height - 1)]
        here = grey[y]
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            across = above[right] - above[left] + below[right] - below[left]
            across += 2 * (here[right] - here[left])
            down = below[left] - above[left] + below[right] - above[right]
            down += 2 * (below[x] - above[x])
            if across == 0 and down == 0:
                continue
            length = np.float32(0.25) * np.sqrt(across * across + down * down)
            angle = np.float32(np.arctan2(down, across)) * turn
            floor = np.floor(angle)
            share = angle - floor
            first = int(floor) % N_BINS
            planes[first, y, x] += length * (np.float32(1) - share)
            planes[(first + 1) % N_BINS, y, x] += length * share


@kernel
def _pool(plane, down, across, rows, out):  # type: ignore[no-untyped-def]
    """Put the sums of a plane, weighted by the cells, into `out`."""
    n_down, n_across = out.shape
    width = plane.shape[1]
    for k in range(n_down):
        rows[k] = 0
        for y in range(plane.shape[0]):
            weight = down[k, y]
            for x in range(width):
                rows[k, x] += weight * plane[y, x]
    for k in range(n_down):
        for j in range(n_across):
            total = np.float32(0)
            for x in range(width):
                total += rows[k, x] * across[j, x]
            out[k, j] = total
