"""Contexts: the bits of earlier pixels that predict a pixel, the most important first.

A context is a word; its highest bit is the most important. Bits of near pixels come before those of
far ones, and the high bits of a pixel before its low ones. Earlier colours of the same pixel come
first. There are two orders: *near* sorts pixels by distance; *far* takes eight pixels at a distance
of three and five after the four nearest, since strokes and edges reach that far and a tree of a few
thousand images is too shallow to reach them pixel by pixel.

Only pixels that a decoder knows take part: rows above, pixels to the left in the same row, and
earlier colours of the same pixel. Beyond the edge of the image all bits are 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf import coding
from compressclf._lib.jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cells_of", "context_offsets", "fill_words"]

kernel: Any = kernels_of(Path(__file__).parent, Path(coding.__file__).parent)

REACH = 6
FAR = ((-3, 0), (0, -3), (-3, 3), (-3, -3), (-5, 0), (0, -5), (-5, 5), (-5, -5))
N_NEAREST = 4
PLANE_RANK = 2  # a bit one plane lower ranks like the bit of a pixel two places farther


def context_offsets(bits: int, channel: int, depth: int, *, far: bool) -> NDArray[np.int64]:
    """Return the offsets of the bits of a context, the most important first.

    Returns
    -------
    ndarray of int64, shape (depth or fewer, 4)
        Rows down, columns to the right, channels forward (rows and channels are at most 0), and the
        plane of the bit, 0 for the lowest.

    Examples
    --------
    >>> context_offsets(2, 0, 4, far=False).tolist()
    [[0, -1, 0, 1], [-1, 0, 0, 1], [-1, -1, 0, 1], [0, -1, 0, 0]]
    """
    near = [
        (dy, dx) for dy in range(-REACH, 1) for dx in range(-REACH, REACH + 1) if dy < 0 or dx < 0
    ]
    near.sort(key=lambda at: (at[0] ** 2 + at[1] ** 2, abs(at[1]), at[1]))
    near = [(0, -1), (-1, 0), *(at for at in near if at not in ((0, -1), (-1, 0)))]
    if far:
        rest = [at for at in near[N_NEAREST:] if at not in FAR]
        near = [*near[:N_NEAREST], *FAR, *rest]
    pixels = [(0, 0, -back) for back in range(1, channel + 1)] + [(dy, dx, 0) for dy, dx in near]
    ranked = sorted(
        (rank + PLANE_RANK * down, down, (*pixel, bits - 1 - down))
        for rank, pixel in enumerate(pixels)
        for down in range(bits)
    )
    return np.array([offset for _, _, offset in ranked[:depth]], np.int64).reshape(-1, 4)


def cells_of(height: int, width: int, size: int, shift: int) -> NDArray[np.int32]:
    """Return the number of the square cell of each pixel, shape (height, width).

    Parameters
    ----------
    size : int
        Width of a cell.
    shift : int
        Pixels by which the first cell begins left of and above the image.

    Examples
    --------
    >>> cells_of(2, 4, 2, 1).tolist()
    [[0, 1, 1, 2], [3, 4, 4, 5]]
    """
    rows, columns = ((np.arange(length) + shift) // size for length in (height, width))
    cells: NDArray[np.int32] = (rows[:, None] * (columns[-1] + 1) + columns).astype(np.int32)
    return cells


@kernel
def fill_words(levels, y, x, channel, offsets, words):  # type: ignore[no-untyped-def]
    """Fill in the contexts of one pixel in all images; levels (height, width, channels, n)."""
    _, width, _, n_images = levels.shape
    depth = len(offsets)
    words[:] = 0
    for i in range(depth):
        row, column, of = y + offsets[i, 0], x + offsets[i, 1], channel + offsets[i, 2]
        if row < 0 or column < 0 or column >= width:
            continue
        plane, place = np.uint32(offsets[i, 3]), np.uint32(depth - 1 - i)
        pixels = levels[row, column, of]
        for k in range(n_images):
            words[k] |= ((np.uint32(pixels[k]) >> plane) & np.uint32(1)) << place
