"""Deskew and centre images: shear each figure by its second moments until it is upright.

The background is the median of the border pixels, and ink is the absolute difference from it, so
dark ink on white paper and light strokes on black are treated alike. The mean of the ink's
distribution is the position of the figure, and its covariance gives the slant, as LeCun et al.
(1998) computed them for MNIST.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf._lib.jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["centre", "deskew"]

PART = 4096  # images per thread at a time
STEEPEST = 2.0
"""Largest horizontal shift per row, in pixels; handwriting does not slant more."""
kernel = kernels_of(Path(__file__).parent)


def deskew(images: NDArray[np.uint8], *, n_jobs: int | None = None) -> NDArray[np.uint8]:
    """Return the images with each figure upright and centred.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        Pixels outside an image count as background.
    n_jobs : int or None, default=None
        Number of threads, by joblib's rules.

    Returns
    -------
    ndarray of uint8, shape (n, height, width, channels)
        Positions between pixels are interpolated; ink that leaves the image is lost.

    Examples
    --------
    >>> leaning = np.zeros((1, 3, 5, 1), np.uint8)
    >>> leaning[0, [0, 1, 2], [3, 2, 1]] = 9
    >>> deskew(leaning)[0, :, :, 0].tolist()
    [[0, 0, 9, 0, 0], [0, 0, 9, 0, 0], [0, 0, 9, 0, 0]]
    """
    return _changed(images, True, n_jobs)


def centre(images: NDArray[np.uint8], *, n_jobs: int | None = None) -> NDArray[np.uint8]:
    """Return the images with each figure moved to the centre by whole pixels; see `deskew`.

    Examples
    --------
    >>> corner = np.zeros((1, 3, 3, 1), np.uint8)
    >>> corner[0, 0, 0] = 9
    >>> centre(corner)[0, :, :, 0].tolist()
    [[0, 0, 0], [0, 9, 0], [0, 0, 0]]
    """
    return _changed(images, False, n_jobs)


def _changed(images: NDArray[np.uint8], straighten: bool, n_jobs: int | None) -> NDArray[np.uint8]:
    source = np.require(images, requirements=["C", "W"])
    changed = np.empty_like(source)

    def part(start: int) -> None:
        _move(source[start : start + PART], changed[start : start + PART], straighten)

    in_threads(part, range(0, len(source), PART), n_jobs)
    return changed


@kernel
def _background(image, ground):  # type: ignore[no-untyped-def]
    """Fill in the median of the border pixels of each channel."""
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
    """Centre the ink of each image and, if `straighten`, make it upright."""
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
        # An image without ink does not change.
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
