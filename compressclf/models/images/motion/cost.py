"""The cost of motion compensation: the residual of an image given another one.

For each pixel of x, block matching finds the 3 x 3 window of y, at most `reach` pixels away, with
the smallest squared residuals. The cost is the sum over the pixels. The windows overlap and each
pixel has a vector of its own, so that this is not a code (see `compressclf.models.images.motion`).

Residuals are those of the greys and of the two gradients. Gradients may be `evened`, which
normalises their contrast: they are divided by the energy around them, and the square root of their
length is taken.

All values are integers of at most 16 bits, so that a processor treats 16 or 32 pixels at a time and
results are equal on all machines.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call, assignment"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf._lib.jit import kernels_of, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LARGEST", "largest_feature", "motion_costs", "pixel_features"]

LARGEST = 2**15 - 1
"""Largest cost of a window."""
WINDOW = 9
PART = 512
"""Images per thread at a time."""
EVENED_ENERGY = 0.01
EVENED_SHARE = 0.6
"""Share of the range for evened gradients, of length about 1, and for the greys beside them."""
GREY_SHARE = 0.5
"""Share of the range for greys beside gradients that are not evened."""
kernel = kernels_of(Path(__file__).parent, error_model="numpy")
i16 = np.int16


def pixel_features(
    images: NDArray[np.uint8],
    levels: NDArray[np.float32],
    *,
    evened: bool,
    n_jobs: int | None = None,
) -> NDArray[np.int8]:
    """Return greys and gradients of each pixel as small integers.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        Images with one or three channels.
    levels : ndarray of float32, shape (256,)
        The grey of each byte, in [0, 1].
    evened : bool
        Whether gradients are divided by the energy around them.

    Returns
    -------
    ndarray of int8, shape (n, channels + 2, height, width)
        The greys, and the gradient of the mean grey to the right and down. Nine squared
        differences of all channels fit 15 bits.

    Examples
    --------
    >>> step = np.array([[[[0], [0], [255], [255]]]], np.uint8)
    >>> levels = np.linspace(0, 1, 256, dtype=np.float32)
    >>> pixel_features(step, levels, evened=False)[0].tolist()
    [[[0, 0, 8, 8]], [[0, 17, 17, 0]], [[0, 0, 0, 0]]]
    """
    n, height, width, channels = images.shape
    features = np.empty((n, channels + 2, height, width), np.int8)
    images = np.require(images, requirements=["C", "W"])
    largest = largest_feature(channels + 2)

    def fill(part: slice) -> None:
        _fill_features(images[part], read_only(levels), evened, largest, features[part])

    in_threads(fill, [slice(begin, begin + PART) for begin in range(0, n, PART)], n_jobs)
    return features


def largest_feature(channels: int) -> int:
    """Return the largest absolute value of a feature whose nine squared differences fit 15 bits.

    Examples
    --------
    >>> largest_feature(3), 9 * 3 * (2 * 17) ** 2, 9 * 3 * (2 * 18) ** 2 > 2**15
    (17, 31212, True)
    """
    return int(np.sqrt(LARGEST / (WINDOW * channels)) / 2)


def motion_costs(
    features: NDArray[np.int8],
    references: NDArray[np.int8],
    candidates: NDArray[np.int32],
    *,
    reach: int,
    price: int = 0,
) -> NDArray[np.int64]:
    """Return the cost of each image given each of its candidates.

    Parameters
    ----------
    features, references : ndarray of int8, shape (n, channels, height, width)
        As `pixel_features` returns them.
    candidates : ndarray of int32, shape (n, n_candidates)
        Positions in `references`; -1 for no candidate, whose cost is -1.
    reach : int
        Largest motion in each direction, in pixels; edges are continued.
    price : int, default=0
        Cost of a vector for each pixel of its length.

    Returns
    -------
    ndarray of int64, shape (n, n_candidates)
        Sum over the pixels of the smallest cost of a window.

    Examples
    --------
    A bar that has moved by one pixel costs 0 if vectors reach that far:

    >>> images = np.zeros((2, 1, 5, 5), np.int8)
    >>> images[0, 0, :, 2] = images[1, 0, :, 3] = 10
    >>> first, second = images[:1], images[1:]
    >>> which = np.zeros((1, 1), np.int32)
    >>> [int(motion_costs(first, second, which, reach=reach)[0, 0]) for reach in (0, 1)]
    [9000, 0]
    """
    costs = np.empty(candidates.shape, np.int64)
    _fill_costs(*read_only((features, references, candidates)), reach, price, costs)
    return costs


@kernel
def _fill_features(images, levels, evened, largest, features):  # type: ignore[no-untyped-def]
    n, height, width, channels = images.shape
    mean = np.empty((height, width), np.float32)
    across = np.empty((height, width), np.float32)
    down = np.empty((height, width), np.float32)
    energy = np.empty((height, width), np.float32)
    grey_scale = np.float32((EVENED_SHARE if evened else GREY_SHARE) * largest)
    scale = np.float32(EVENED_SHARE * largest if evened else largest)
    for i in range(n):
        mean[:] = 0
        for c in range(channels):
            for y in range(height):
                for x in range(width):
                    level = levels[images[i, y, x, c]]
                    mean[y, x] += level
                    features[i, c, y, x] = np.int8(np.floor(level * grey_scale))
        for y in range(height):
            above, here, below = mean[max(y - 1, 0)], mean[y], mean[min(y + 1, height - 1)]
            for x in range(width):
                left, right = max(x - 1, 0), min(x + 1, width - 1)
                gx = above[right] - above[left] + below[right] - below[left]
                gx += 2 * (here[right] - here[left])
                gy = below[left] - above[left] + below[right] - above[right]
                gy += 2 * (below[x] - above[x])
                gx *= np.float32(0.25) / channels
                gy *= np.float32(0.25) / channels
                across[y, x], down[y, x], energy[y, x] = gx, gy, gx * gx + gy * gy
        for y in range(height):
            for x in range(width):
                gx, gy = across[y, x], down[y, x]
                factor = scale
                if evened and energy[y, x] > 0:
                    around = np.float32(0)
                    for near_y in range(y - 1, y + 2):
                        for near_x in range(x - 1, x + 2):
                            around += energy[
                                min(max(near_y, 0), height - 1), min(max(near_x, 0), width - 1)
                            ]
                    # sqrt(length / energy around) is the new length.
                    even = np.sqrt(around / np.float32(9) + np.float32(EVENED_ENERGY))
                    factor = scale / np.sqrt(np.sqrt(energy[y, x]) * even)
                features[i, channels, y, x] = _rounded(gx * factor, largest)
                features[i, channels + 1, y, x] = _rounded(gy * factor, largest)


@kernel
def _rounded(value, largest):  # type: ignore[no-untyped-def]
    return np.int8(min(max(np.floor(value + np.float32(0.5)), -largest), largest))


@kernel
def _fill_costs(features, references, candidates, reach, price, costs):  # type: ignore[no-untyped-def]
    _, channels, height, width = features.shape
    # Rows of x and y are as long as the longest, those of y: then a vector is one offset, and all
    # pixels of a shift are one long row. The pixels between the rows of x count for nothing.
    stride = width + 2 + 2 * reach
    size = (height + 2 + 2 * reach) * stride + 2
    x = np.zeros((channels, size), np.int16)
    y = np.zeros((channels, size), np.int16)
    residual = np.zeros(size, np.int16)
    column = np.zeros(size, np.int16)
    best = np.zeros(size, np.int16)
    for i in range(len(candidates)):
        _lay_out(features[i], 1, stride, x)
        for j in range(candidates.shape[1]):
            if candidates[i, j] < 0:
                costs[i, j] = -1
                continue
            _lay_out(references[candidates[i, j]], 1 + reach, stride, y)
            best[:] = LARGEST
            for down in range(2 * reach + 1):
                for across in range(2 * reach + 1):
                    away = abs(down - reach) + abs(across - reach)
                    _residuals(x, y, down * stride + across, (height + 2) * stride, residual)
                    n = (height - 1) * stride + width
                    _columns(residual, residual[stride:], residual[2 * stride :], n + 2, column)
                    _keep_best(column, column[1:], column[2:], n, min(price * away, LARGEST), best)
            total = 0
            for row in range(height):
                here = best[row * stride : row * stride + width]
                for k in range(width):
                    total += here[k]
            costs[i, j] = total


@kernel
def _lay_out(image, margin, stride, rows):  # type: ignore[no-untyped-def]
    """Copy an image, its edges continued by `margin` pixels, into rows of `stride`."""
    channels, height, width = image.shape
    for c in range(channels):
        for row in range(height + 2 * margin):
            source = image[c, min(max(row - margin, 0), height - 1)]
            target = rows[c, row * stride : (row + 1) * stride]
            for k in range(margin):
                target[k] = source[0]
                target[margin + width + k] = source[width - 1]
            middle = target[margin : margin + width]
            for k in range(width):
                middle[k] = source[k]


@kernel
def _residuals(x, y, offset, n, out):  # type: ignore[no-untyped-def]
    """Put the squared residuals, summed over the channels, into `out`."""
    channels, size = x.shape
    n = min(n, size - offset)
    first, second, third = x[0], x[1 % channels], x[2 % channels]
    one, two, three = y[0, offset:], y[1 % channels, offset:], y[2 % channels, offset:]
    if channels == 3:  # in one go, for speed
        for k in range(n):
            a, b, c = i16(first[k] - one[k]), i16(second[k] - two[k]), i16(third[k] - three[k])
            out[k] = i16(i16(a * a) + i16(b * b)) + i16(c * c)
        return
    for k in range(n):
        a = i16(first[k] - one[k])
        out[k] = i16(a * a)
    for channel in range(1, channels):
        first, one = x[channel], y[channel, offset:]
        for k in range(n):
            a = i16(first[k] - one[k])
            out[k] = i16(out[k] + i16(a * a))


@kernel
def _columns(above, here, below, n, out):  # type: ignore[no-untyped-def]
    for k in range(n):
        out[k] = i16(i16(above[k] + here[k]) + below[k])


@kernel
def _keep_best(left, here, right, n, price, best):  # type: ignore[no-untyped-def]
    if price == 0:
        for k in range(n):
            window = i16(i16(left[k] + here[k]) + right[k])
            best[k] = window if window < best[k] else best[k]
        return
    for k in range(n):
        window = np.int32(left[k]) + np.int32(here[k]) + np.int32(right[k]) + np.int32(price)
        best[k] = np.int16(window) if window < best[k] else best[k]
