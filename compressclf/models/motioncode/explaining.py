"""One image coded after one training image, in full: the shift of each block, bits of each pixel.

`compressclf.models.motioncode.blocks` has only the sum, fast; this says the same plainly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.models.motioncode.blocks import as_planes, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models.motioncode.fitted import Shares
    from compressclf.models.motioncode.model import MotionCode

__all__ = ["shifts_and_bits"]


def shifts_and_bits(
    levels: NDArray[np.uint8], reference: NDArray[np.uint8], model: MotionCode, shares: Shares
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the shift and the bits of each pixel.

    Parameters
    ----------
    levels : ndarray of uint8, shape (height, width, channels)
        The quantised image.
    reference : ndarray of uint8, shape (height + 2 * reach, (width + 2 * reach) * channels)
        Levels with a margin.
    model, shares
        Of the fitted model. The sum of the bits is what `pair_costs` has for this pair.

    Returns
    -------
    vectors : ndarray of int64, shape (height, width, 2)
        Pixels down and to the right.
    bits : ndarray of float64, shape (height, width)
        Of all channels. The pixels of a block share the bits of its shift.
    """
    height, width, n_channels = levels.shape
    rows = rows_of(as_planes(levels[np.newaxis]), n_channels, 1 << model.bits)[0][0]
    block, reach = model.block, model.reach
    side = 2 * reach + 1
    by_shift = np.empty((side * side, height, width))
    for shift in range(side * side):
        down, right = divmod(shift, side)
        begin = right * n_channels
        shifted = reference[down : down + height, begin : begin + width * n_channels]
        single = shares.costs[rows + shifted].astype(np.float64)
        by_shift[shift] = single.reshape(height, width, n_channels).sum(axis=2)
    vectors = np.empty((height, width, 2), np.int64)
    bits = np.empty((height, width))
    for top in range(0, height, block):
        for left in range(0, width, block):
            here = slice(top, top + block), slice(left, left + block)
            inside = by_shift[(slice(None), *here)]
            best = int((inside.sum(axis=(1, 2)) + shares.shift_costs).argmin())
            bits[here] = inside[best] + float(shares.shift_costs[best]) / inside[best].size
            vectors[here] = best // side - reach, best % side - reach
    return vectors, bits
