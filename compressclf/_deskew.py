"""Straighten and centre images: what leans is sheared until it stands.

The darkness or brightness of a pixel is its mass. Centre and covariance of the masses say where
the figure stands and how far it leans to the side for every row down; the image is read along
that slope, so that afterwards the centre of the figure is the centre of the image and its columns
no longer depend on its rows (LeCun et al. 1998 did so for MNIST).
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["deskewed"]

STEEPEST = 2.0
"""Pixels to the side for one down; what leans more is no figure that leans."""
kernel = kernels_of(Path(__file__).parent, error_model="numpy")


def deskewed(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images straightened and centred.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        Bright on dark. Pixels beyond the edge are those of the edge.

    Examples
    --------
    >>> leaning = np.zeros((1, 3, 5, 1), np.uint8)
    >>> leaning[0, [0, 1, 2], [3, 2, 1]] = 9
    >>> deskewed(leaning)[0, :, :, 0].tolist()
    [[0, 0, 9, 0, 0], [0, 0, 9, 0, 0], [0, 0, 9, 0, 0]]
    """
    images = np.require(images, requirements=["C", "W"])
    out = np.empty_like(images)
    _deskew(images, out)
    return out


@kernel
def _deskew(images, out):  # type: ignore[no-untyped-def]
    n, height, width, channels = images.shape
    for i in range(n):
        mass = sum_x = sum_y = sum_xy = sum_yy = 0.0
        for y in range(height):
            for x in range(width):
                for c in range(channels):
                    value = float(images[i, y, x, c])
                    mass += value
                    sum_x += value * x
                    sum_y += value * y
                    sum_xy += value * x * y
                    sum_yy += value * y * y
        if mass == 0:
            out[i] = images[i]
            continue
        centre_x, centre_y = sum_x / mass, sum_y / mass
        variance = sum_yy / mass - centre_y * centre_y
        slope = 0.0
        if variance > 1e-9:
            slope = (sum_xy / mass - centre_x * centre_y) / variance
            slope = min(max(slope, -STEEPEST), STEEPEST)
        for y in range(height):
            from_middle = y - (height - 1) / 2
            source_y = min(max(centre_y + from_middle, 0.0), height - 1.0)
            top = int(source_y)
            below = min(top + 1, height - 1)
            share_y = source_y - top
            for x in range(width):
                source_x = centre_x + x - (width - 1) / 2 + slope * from_middle
                source_x = min(max(source_x, 0.0), width - 1.0)
                left = int(source_x)
                right = min(left + 1, width - 1)
                share_x = source_x - left
                for c in range(channels):
                    upper = images[i, top, left, c] * (1 - share_x)
                    upper += images[i, top, right, c] * share_x
                    lower = images[i, below, left, c] * (1 - share_x)
                    lower += images[i, below, right, c] * share_x
                    out[i, y, x, c] = np.uint8(upper * (1 - share_y) + lower * share_y + 0.5)
