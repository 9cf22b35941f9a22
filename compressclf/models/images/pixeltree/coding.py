"""Bits of images by walking the trees, and the encoder and decoder.

For each decision, every tree leads to a leaf, whose log odds are an integer from 0 to 255. The sum
of the log odds is an index into a table of frequencies out of 2**16, so that encoder and decoder
agree in integers.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf import coding
from compressclf._lib.jit import kernels_of
from compressclf.coding import rangecoder
from compressclf.models.images.pixeltree.contexts import fill_words
from compressclf.models.images.pixeltree.trees import LARGEST_LOG_ODDS, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PRECISION", "Forest", "add_bits", "cost_table", "decode", "encode", "frequency_table"]

kernel: Any = kernels_of(Path(__file__).parent, Path(coding.__file__).parent)

PRECISION = 16


class Forest(NamedTuple):
    """All trees of a model, and the pixels that use them.

    Attributes
    ----------
    bits : int
        Bits of a pixel.
    cells : ndarray of int32, shape (n_trees, height, width)
        The cell of each pixel; every tree has cells of its own.
    starts : ndarray of int64, shape (n_trees,)
        Position in `roots` of the first cell of each tree.
    offsets : ndarray of int64, shape (n_trees, n_channels, depth, 4)
        Contexts, see `contexts.context_offsets`.
    roots : ndarray of int64, shape (n_roots,)
        The root node of each cell, channel and prefix, at (cell · channels + channel) · 2**bits +
        prefix; the prefix is a 1 followed by the known bits of the pixel.
    child : ndarray of int32, shape (n_nodes,)
        The child of an inner node for bit 0; −1 − its number for a leaf.
    log_odds : ndarray of uint8, shape (n_leaves, n_classes)
        Quantised log odds, see `trees.quantised_log_odds`.
    """

    bits: int
    cells: NDArray[np.int32]
    starts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    roots: NDArray[np.int64]
    child: NDArray[np.int32]
    log_odds: NDArray[np.uint8]


def frequency_table(n_trees: int) -> NDArray[np.uint64]:
    """Return the frequency of a 1, out of 2**16, for each sum of log odds.

    Examples
    --------
    >>> table = frequency_table(1)
    >>> table[[0, 128, 255]].tolist(), bool((np.diff(table.astype(int)) >= 0).all())
    ([3, 33410, 65533], True)
    """
    log_odds = (np.arange(n_trees * STEPS + 1) / (n_trees * STEPS) * 2 - 1) * LARGEST_LOG_ODDS
    return np.floor((1 << PRECISION) / (1 + np.exp(-log_odds)) + 0.5).astype(np.uint64)


def cost_table(frequencies: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the bits of a 0 and of a 1 for each sum of log odds, shape (2, n)."""
    ones = frequencies.astype(np.float64)
    return PRECISION - np.log2(np.stack([(1 << PRECISION) - ones, ones]))


@kernel
def _leaf(child, node, word, depth):
    """Follow a context from a root; return the number of the leaf."""
    below = child[node]
    while below >= 0:
        depth -= 1
        below = child[below + np.int64((word >> np.uint32(depth)) & np.uint32(1))]
    return -1 - below


@kernel
def add_bits(levels, bits, cells, starts, offsets, roots, child, log_odds, costs, apart, total):
    """Add the bits of each image under each class to `total`, one row per image.

    Parameters
    ----------
    levels : ndarray of uint8, shape (height, width, channels, n)
        Levels of the pixels, in [0, 2**bits).
    bits, cells, starts, offsets, roots, child, log_odds
        The fields of `Forest`.
    costs : ndarray of float64, shape (2, n)
        `cost_table`.
    apart : bool
        Whether `total` has one row per pixel and channel of a single image instead.
    """
    height, width, n_channels, n_images = levels.shape
    n_trees, depth, n_classes = len(cells), offsets.shape[2], log_odds.shape[1]
    words = np.empty((n_trees, n_images), np.uint32)
    sums = np.empty(n_classes, np.int64)
    pixel = -1
    for y in range(height):
        for x in range(width):
            for channel in range(n_channels):
                pixel += 1
                for t in range(n_trees):
                    fill_words(levels, y, x, channel, offsets[t, channel], words[t])
                for k in range(n_images):
                    value = np.int64(levels[y, x, channel, k])
                    row = pixel if apart else k
                    for b in range(bits):
                        prefix = (1 << b) | (value >> (bits - b))
                        bit = (value >> (bits - 1 - b)) & 1
                        sums[:] = 0
                        for t in range(n_trees):
                            cell = np.int64(cells[t, y, x])
                            root = starts[t] + ((cell * n_channels + channel) << bits) + prefix
                            leaf = log_odds[_leaf(child, roots[root], words[t, k], depth)]
                            for c in range(n_classes):
                                sums[c] += leaf[c]
                        cost = costs[bit]
                        for c in range(n_classes):
                            total[row, c] += cost[sums[c]]


@kernel
def _code(
    levels, bits, cells, starts, offsets, roots, child, log_odds, ones, c, state, stream, decodes
):
    """Encode one image in class `c`, or decode it and fill in `levels`."""
    height, width, n_channels, _ = levels.shape
    n_trees, depth = len(cells), offsets.shape[2]
    words = np.empty((n_trees, 1), np.uint32)
    precision = np.uint64(PRECISION)
    for y in range(height):
        for x in range(width):
            for channel in range(n_channels):
                for t in range(n_trees):
                    fill_words(levels, y, x, channel, offsets[t, channel], words[t])
                value, prefix = np.int64(levels[y, x, channel, 0]), np.int64(1)
                for b in range(bits):
                    total = np.int64(0)
                    for t in range(n_trees):
                        cell = np.int64(cells[t, y, x])
                        root = starts[t] + ((cell * n_channels + channel) << bits) + prefix
                        total += log_odds[_leaf(child, roots[root], words[t, 0], depth), c]
                    if decodes:
                        bit = rangecoder.decode_bit(state, stream, ones[total], precision)
                    else:
                        bit = (value >> (bits - 1 - b)) & 1
                        rangecoder.encode_bit(state, stream, bit, ones[total], precision)
                    prefix = prefix << 1 | bit
                if decodes:
                    levels[y, x, channel, 0] = prefix - (1 << bits)


def encode(
    levels: NDArray[np.uint8], forest: Forest, frequencies: NDArray[np.uint64], label: int
) -> bytes:
    """Return the code of one image in a class; levels (height, width, channels)."""
    state = rangecoder.encoder()
    most = levels.size * forest.bits * PRECISION // 8 + 1
    stream = rangecoder.with_room(np.zeros(0, np.uint8), state, most)
    one = np.ascontiguousarray(levels)[..., np.newaxis].copy()
    _code(one, *forest, frequencies, label, state, stream, False)
    return stream[: rangecoder.finish(state, stream)].tobytes()


def decode(
    code: bytes,
    shape: tuple[int, int, int],
    forest: Forest,
    frequencies: NDArray[np.uint64],
    label: int,
) -> NDArray[np.uint8]:
    """Return the levels of the image, shape (height, width, channels).

    Raises
    ------
    ValueError
        If the code is too short or too long for the image.
    """
    stream = np.frombuffer(code, np.uint8).copy()
    state = rangecoder.decoder(stream)
    levels = np.zeros((*shape, 1), np.uint8)
    _code(levels, *forest, frequencies, label, state, stream, True)
    rangecoder.check_end(state, len(code))
    return levels[..., 0]
