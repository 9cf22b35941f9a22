"""Blocks and their shifts: what a pair of images costs, what it teaches, and the code itself.

Images are planes of levels, (height, width · channels): the colours of a pixel stand side by side,
and a shift by one pixel is one by as many columns as there are channels. References have a margin
of level 0 on all sides, as wide as the largest shift.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._jit import kernels_of
from compressclf.coding import rangecoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "N_CONTEXTS",
    "PRECISION",
    "as_planes",
    "code_image",
    "count_pairs",
    "pair_costs",
    "rows_of",
    "with_margin",
]

kernel: Any = kernels_of(Path(__file__).parent, Path(__file__).parents[2] / "coding")

PRECISION = 16
COARSE = 3  # levels of a neighbour that matter
N_CONTEXTS = COARSE**3


def with_margin(levels: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """Return images (n, height, width, channels) as planes with a margin of level 0."""
    around = ((0, 0), (reach, reach), (reach, reach), (0, 0))
    padded = np.pad(levels, around)
    return np.ascontiguousarray(padded.reshape(*padded.shape[:2], -1))


@kernel
def _context(image, i, j, n_channels, n_levels):
    """Return what the pixels left and above, and the colour before, say of a pixel."""
    left = np.int64(image[i, j - n_channels]) if j >= n_channels else 0
    above = np.int64(image[i - 1, j]) if i > 0 else 0
    before = np.int64(image[i, j - 1]) if j % n_channels > 0 else 0
    coarse = left * COARSE // n_levels * COARSE + above * COARSE // n_levels
    return coarse * COARSE + before * COARSE // n_levels


@kernel
def contexts_of(image, n_channels, n_levels, contexts):
    """Fill in the context of each pixel of one image, both (height, width · channels)."""
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            contexts[i, j] = _context(image, i, j, n_channels, n_levels)


def as_planes(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images (n, height, width, channels) as (n, height, width · channels)."""
    return np.ascontiguousarray(levels.reshape(*levels.shape[:2], -1))


def rows_of(
    planes: NDArray[np.uint8], n_channels: int, n_levels: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return, for each pixel, where its costs by the reference's level begin, and its context."""
    contexts = np.empty(planes.shape, np.int32)
    for plane, context in zip(planes, contexts, strict=True):
        contexts_of(plane, n_channels, n_levels, context)
    return (contexts * n_levels + planes) * np.int32(n_levels), contexts


@kernel
def _best_shift(rows, reference, top, start, size, n_channels, reach, costs, shift_costs):
    """Return the cheapest shift of a block, and its cost with all pixels.

    `rows` holds, for each pixel of the image, where in `costs` the levels of the reference begin.
    """
    bottom = min(top + size, rows.shape[0])
    end = min(start + size * n_channels, rows.shape[1])
    best, found = np.float32(np.inf), 0
    side = 2 * reach + 1
    for shift in range(side * side):
        down, right = shift // side, shift % side * n_channels
        cost = shift_costs[shift]
        for i in range(top, bottom):
            for j in range(start, end):
                cost += costs[rows[i, j] + reference[i + down, j + right]]
            if cost >= best:
                break
        if cost < best:
            best, found = cost, shift
    return found, best


@kernel
def pair_costs(rows, references, candidates, size, n_channels, reach, costs, shift_costs, found):
    """Fill in the bits of each image with each of its candidates, shape (n, n_candidates)."""
    height, width = rows.shape[1], rows.shape[2]
    for k in range(candidates.shape[0]):
        for r in range(candidates.shape[1]):
            reference = references[candidates[k, r]]
            total = 0.0
            for top in range(0, height, size):
                for start in range(0, width, size * n_channels):
                    _, cost = _best_shift(
                        rows[k], reference, top, start, size, n_channels, reach, costs, shift_costs
                    )
                    total += cost
            found[k, r] = total


@kernel
def count_pairs(
    rows, contexts, images, references, pairs, size, n_channels, reach, costs, shift_costs,
    counts, shift_counts,
):  # fmt: skip
    """Count levels (context, reference, image) and shifts of pairs, each block at its cheapest."""
    height, width = rows.shape[1], rows.shape[2]
    side = 2 * reach + 1
    for k in range(pairs.size):
        reference = references[pairs[k]]
        for top in range(0, height, size):
            for start in range(0, width, size * n_channels):
                shift, _ = _best_shift(
                    rows[k], reference, top, start, size, n_channels, reach, costs, shift_costs
                )
                shift_counts[shift] += 1
                down, right = shift // side, shift % side * n_channels
                for i in range(top, min(top + size, height)):
                    for j in range(start, min(start + size * n_channels, width)):
                        counts[
                            contexts[k, i, j], reference[i + down, j + right], images[k, i, j]
                        ] += 1


@kernel
def _put(state, stream, table, symbol):
    """Code a symbol; `table` holds where each one's share begins, and the whole."""
    begin = np.uint64(table[symbol])
    rangecoder.encode_interval(
        state, stream, begin, np.uint64(table[symbol + 1]) - begin, np.uint64(PRECISION)
    )


@kernel
def _take(state, stream, table):
    """Return the next symbol."""
    target = rangecoder.decode_target(state, np.uint64(PRECISION))
    symbol = 0
    while np.uint64(table[symbol + 1]) <= target:
        symbol += 1
    begin = np.uint64(table[symbol])
    rangecoder.decode_interval(
        state, stream, begin, np.uint64(table[symbol + 1]) - begin, np.uint64(PRECISION)
    )
    return symbol


@kernel
def code_image(
    image, rows, reference, size, n_channels, reach, costs, shift_costs, shares, shift_shares,
    state, stream, decodes,
):  # fmt: skip
    """Write shifts and pixels of one image, or read them and fill in `image`.

    Parameters
    ----------
    shares, shift_shares : ndarray of uint32
        Where the share of each level begins, shape (n_contexts, n_levels, n_levels + 1), by the
        reference's level; the same for shifts.
    """
    height, width = image.shape
    side, n_levels = 2 * reach + 1, shares.shape[1]
    for top in range(0, height, size):
        for start in range(0, width, size * n_channels):
            if decodes:
                shift = _take(state, stream, shift_shares)
            else:
                shift, _ = _best_shift(
                    rows, reference, top, start, size, n_channels, reach, costs, shift_costs
                )
                _put(state, stream, shift_shares, shift)
            down, right = shift // side, shift % side * n_channels
            for i in range(top, min(top + size, height)):
                for j in range(start, min(start + size * n_channels, width)):
                    context = _context(image, i, j, n_channels, n_levels)
                    table = shares[context, reference[i + down, j + right]]
                    if decodes:
                        image[i, j] = _take(state, stream, table)
                    else:
                        _put(state, stream, table, image[i, j])
