"""Trees from quantised training images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import run_tiles
from compressclf.models.images.pixeltree.coding import Forest
from compressclf.models.images.pixeltree.contexts import cells_of, context_offsets, fill_words
from compressclf.models.images.pixeltree.trees import (
    grow,
    log_factorials,
    probabilities_of,
    quantised_log_odds,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models.images.pixeltree.settings import Settings

__all__ = ["layout", "learn"]


@dataclass(frozen=True)
class _Part:
    """One cell of one tree in one channel, the task of a thread."""

    tree: int
    channel: int
    pixels: NDArray[np.int64]  # numbers of the cell's pixels
    first_root: int
    cost: int


def layout(
    settings: Settings, shape: tuple[int, int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], int]:
    """Return cells, starts and offsets as in `Forest`, and the number of roots."""
    height, width, n_channels = shape
    cells = np.stack(
        [
            cells_of(height, width, settings.cell, settings.cell * t // settings.trees)
            for t in range(settings.trees)
        ]
    )
    n_cells = cells.reshape(settings.trees, -1).max(axis=1).astype(np.int64) + 1
    starts = np.concatenate([[0], np.cumsum(n_cells * n_channels << settings.bits)]).astype(
        np.int64
    )
    offsets = [
        [
            context_offsets(settings.bits, channel, settings.depth, far=t % 2 == 0)
            for channel in range(n_channels)
        ]
        for t in range(settings.trees)
    ]
    return cells, starts[:-1], np.array(offsets), int(starts[-1])


def learn(
    settings: Settings,
    levels: NDArray[np.uint8],
    y: NDArray[np.int64],
    n_classes: int,
    n_jobs: int | None,
) -> Forest:
    """Return the trees of training images; levels of shape (n, height, width, channels)."""
    n_channels = levels.shape[3]
    cells, starts, offsets, n_roots = layout(settings, levels.shape[1:])
    by_pixel = np.ascontiguousarray(levels.transpose(1, 2, 3, 0))
    labels = y.astype(np.uint64) << np.uint64(1)
    label_bits = (2 * int(n_classes) - 1).bit_length()
    parts = list(_parts(settings, cells, starts, n_channels, len(y)))
    most = max(part.cost for part in parts)
    logs = log_factorials(most, settings.alpha), log_factorials(most, 2 * settings.alpha)

    learn_part = partial(
        _learn_part,
        by_pixel=by_pixel,
        labels=labels,
        settings=settings,
        n_classes=n_classes,
        label_bits=label_bits,
        logs=logs,
    )
    order = {id(part): i for i, part in enumerate(parts)}
    trees: list[list[tuple[NDArray[np.int32], NDArray[np.uint8]]]] = [[] for _ in parts]
    for part, found in run_tiles(
        learn_part,
        parts,
        given=lambda part: (part, offsets[part.tree, part.channel]),
        n_jobs=n_jobs,
    ):
        trees[order[id(part)]] = found
    roots, child, log_odds = _joined(parts, trees, n_roots)
    return Forest(settings.bits, cells, starts, offsets, roots, child, log_odds)


def _learn_part(
    part: _Part,
    offsets: NDArray[np.int64],
    *,
    by_pixel: NDArray[np.uint8],
    labels: NDArray[np.uint64],
    settings: Settings,
    n_classes: int,
    label_bits: int,
    logs: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> list[tuple[NDArray[np.int32], NDArray[np.uint8]]]:
    """Return the children and log odds of a part's trees, one tree for each bit of a level."""
    values, samples = _samples(by_pixel, part, offsets, labels, label_bits)
    found = []
    for b in range(settings.bits):
        above = np.uint64(len(offsets) + label_bits)
        keys = samples | (values >> (settings.bits - b)).astype(np.uint64) << above
        keys |= ((values >> (settings.bits - 1 - b)) & 1).astype(np.uint64)
        keys.sort()
        shape = grow(keys, 1 << b, len(offsets), label_bits, settings.least)
        chances = probabilities_of(keys, shape, n_classes, label_bits, settings.alpha, logs)
        found.append((shape.child, quantised_log_odds(chances)))
    return found


def _parts(
    settings: Settings,
    cells: NDArray[np.int32],
    starts: NDArray[np.int64],
    n_channels: int,
    n_images: int,
) -> list[_Part]:
    parts = []
    for tree in range(settings.trees):
        flat = cells[tree].ravel()
        by_cell = np.argsort(flat, kind="stable")
        bounds = np.flatnonzero(np.diff(flat[by_cell])) + 1
        for cell, pixels in enumerate(np.split(by_cell, bounds)):
            for channel in range(n_channels):
                first = int(starts[tree]) + ((cell * n_channels + channel) << settings.bits)
                parts.append(_Part(tree, channel, pixels, first, len(pixels) * n_images))
    return parts


def _samples(
    by_pixel: NDArray[np.uint8],
    part: _Part,
    offsets: NDArray[np.int64],
    labels: NDArray[np.uint64],
    label_bits: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Return the values of the pixels of a cell in all images, and their contexts and classes."""
    _, width, _, n_images = by_pixel.shape
    values = np.empty((len(part.pixels), n_images), np.uint8)
    samples = np.empty((len(part.pixels), n_images), np.uint64)
    words = np.empty(n_images, np.uint32)
    for i, pixel in enumerate(part.pixels.tolist()):
        y, x = divmod(pixel, width)
        fill_words(by_pixel, y, x, part.channel, offsets, words)
        values[i] = by_pixel[y, x, part.channel]
        samples[i] = words.astype(np.uint64) << np.uint64(label_bits) | labels
    return values.ravel(), samples.ravel()


def _joined(
    parts: list[_Part],
    trees: list[list[tuple[NDArray[np.int32], NDArray[np.uint8]]]],
    n_roots: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Return roots, nodes and leaves of all parts in one array each."""
    roots = np.zeros(n_roots, np.int64)
    children, leaves, n_nodes, n_leaves = [], [], 0, 0
    for part, found in zip(parts, trees, strict=True):
        for b, (child, log_odds) in enumerate(found):
            first = part.first_root + (1 << b)  # a prefix is a 1 and the known bits
            roots[first : first + (1 << b)] = n_nodes + np.arange(1 << b)
            children.append(np.where(child >= 0, child + n_nodes, child - n_leaves))
            leaves.append(log_odds)
            n_nodes, n_leaves = n_nodes + len(child), n_leaves + len(log_odds)
    return roots, np.concatenate(children).astype(np.int32), np.concatenate(leaves)
