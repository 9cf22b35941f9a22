"""Set images upright and in the middle: what leans is sheared until it stands.

What is drawn is what differs from the background, which is the median of the pixels at the border,
so that dark ink on white paper and light strokes on black are treated alike. Centre and covariance
of the ink say where the figure is and how far it leans to the side for every row down; the image is
read along that slope (LeCun et al. 1998 did so for MNIST).
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._jit import kernels_of
from compressclf._threads import in_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["moved"]

PART = 4096  # images that a thread treats at a time
STEEPEST = 2.0
"""Pixels to the side for one down; what leans more is no figure that leans."""
kernel = kernels_of(Path(__file__).parent)


def moved(
    images: NDArray[np.uint8], *, straighten: bool, n_jobs: int | None = None
) -> NDArray[np.uint8]:
    """Return the images with what is drawn in the middle.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        What is beyond their edges is background.
    straighten : bool
        Whether they are set upright too; else they are moved by whole pixels.
    n_jobs : int or None, default=None
        Number of threads, by joblib's rules.

    Examples
    --------
    >>> leaning = np.zeros((1, 3, 5, 1), np.uint8)
    >>> leaning[0, [0, 1, 2], [3, 2, 1]] = 9
    >>> moved(leaning, straighten=True)[0, :, :, 0].tolist()
    [[0, 0, 9, 0, 0], [0, 0, 9, 0, 0], [0, 0, 9, 0, 0]]
    """
    source = np.require(images, requirements=["C", "W"])
    changed = np.empty_like(source)

    def part(start: int) -> None:
        _move(source[start : start + PART], changed[start : start + PART], straighten)

    in_threads(part, range(0, len(source), PART), n_jobs)
    return changed


@kernel
def _background(image, ground):  # type: ignore[no-untyped-def]
    """Write down the median of the pixels at the border, of each channel."""
    height, width, channels = image.shape
    counts = np.empty(256, np.int64)
    for c in range(channels):
        counts[:] = 0
        for y in range(height):
            counts[image[y, 0, c]] += 1
            counts[image[y, width - 1, c]] += 1
        for x in range(width):
            counts[image[0, x, c]] += 1
            counts[image[height - 1, x, c]] += 1
        below = 0
        for value in range(256):
            below += counts[value]
            if below > height + width:
                ground[c] = value
                break


@kernel
def _pixel(image, ground, y, x, c):  # type: ignore[no-untyped-def]
    """Return a pixel, or the background outside the image."""
    if y < 0 or x < 0 or y >= image.shape[0] or x >= image.shape[1]:
        return np.float64(ground[c])
    return np.float64(image[y, x, c])


@kernel
def _move(stack, changed, straighten):  # type: ignore[no-untyped-def]
    """Move the centre of the ink of each image to its centre, and upright with `straighten`."""
    n, height, width, channels = stack.shape
    ink, ground = np.empty((height, width)), np.zeros(channels)
    for i in range(n):
        image = stack[i]
        _background(image, ground)
        total = sum_x = sum_y = 0.0
        for y in range(height):
            for x in range(width):
                here = 0.0
                for c in range(channels):
                    here += abs(image[y, x, c] - ground[c])
                ink[y, x] = here
                total += here
                sum_x += x * here
                sum_y += y * here
        # Without ink the image stays where it is.
        centre_x = sum_x / total if total > 0.0 else (width - 1) / 2
        centre_y = sum_y / total if total > 0.0 else (height - 1) / 2
        shear = spread = 0.0
        for y in range(height):
            for x in range(width):
                shear += ink[y, x] * (x - centre_x) * (y - centre_y)
                spread += ink[y, x] * (y - centre_y) * (y - centre_y)
        slant = shear / spread if straighten and spread > 0.0 else 0.0
        slant = min(max(slant, -STEEPEST), STEEPEST)
        shift_x, shift_y = centre_x - (width - 1) / 2, centre_y - (height - 1) / 2
        if not straighten:
            shift_x, shift_y = float(round(shift_x)), float(round(shift_y))
        for y in range(height):
            low_y = math.floor(y + shift_y)
            part_y = y + shift_y - low_y
            for x in range(width):
                from_x = x + shift_x + slant * (y + shift_y - centre_y)
                low_x = math.floor(from_x)
                part_x = from_x - low_x
                for c in range(channels):
                    above = (1.0 - part_x) * _pixel(image, ground, low_y, low_x, c)
                    above += part_x * _pixel(image, ground, low_y, low_x + 1, c)
                    below = (1.0 - part_x) * _pixel(image, ground, low_y + 1, low_x, c)
                    below += part_x * _pixel(image, ground, low_y + 1, low_x + 1, c)
                    changed[i, y, x, c] = int((1.0 - part_y) * above + part_y * below + 0.5)
