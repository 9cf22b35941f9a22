"""Context-tree weighting in plain Python: recursive, one sample after the other."""

from __future__ import annotations

import math


def shape_of(contexts_and_bits, depth, least):
    """Nested pairs where nodes are split, None at leaves."""
    bits = [bit for _, bit in contexts_and_bits]
    if depth == 0 or len(bits) < least or len(set(bits)) < 2:
        return None
    sides = ([(c[1:], b) for c, b in contexts_and_bits if c[0] == side] for side in (0, 1))
    return tuple(shape_of(side, depth - 1, least) for side in sides)


def log_weighted(shape, contexts_and_bits, alpha):
    """log P_w of the samples, by the definition."""
    counts, own = [0, 0], 0.0
    for _, bit in contexts_and_bits:
        own += math.log((counts[bit] + alpha) / (sum(counts) + 2 * alpha))
        counts[bit] += 1
    if shape is None:
        return own
    split = sum(
        log_weighted(shape[side], [(c[1:], b) for c, b in contexts_and_bits if c[0] == side], alpha)
        for side in (0, 1)
    )
    most = max(own, split)
    return most + math.log(math.exp(own - most) / 2 + math.exp(split - most) / 2)


def probability_of_one(shape, contexts_and_bits, context, alpha):
    """The probability of the samples and a 1 after them, divided by that of the samples."""
    more = [*contexts_and_bits, (context, 1)]
    before = log_weighted(shape, contexts_and_bits, alpha)
    return math.exp(log_weighted(shape, more, alpha) - before)


def context_of(levels, y, x, channel, taps):
    """The bits of a context, the most important first; levels (height, width, channels)."""
    context = []
    for down, right, on, plane in taps:
        inside = y + down >= 0 and 0 <= x + right < levels.shape[1]
        level = int(levels[y + down, x + right, channel + on]) if inside else 0
        context.append(level >> plane & 1)
    return context


def decisions(levels, bits):
    """All decisions of an image: y, x, channel, the pixel's known bits, the bit."""
    height, width, channels = levels.shape
    for y in range(height):
        for x in range(width):
            for channel in range(channels):
                text = format(int(levels[y, x, channel]), f"0{bits}b")
                for b in range(bits):
                    yield y, x, channel, text[:b], int(text[b])


def codelengths(train, y, test, n_classes, *, bits, cell, shifts, taps, depth, least, alpha):
    """Bits of test images under each class, the log odds of all trees in steps and averaged."""
    samples = [{} for _ in shifts]
    for label, image in zip(y, train, strict=True):
        for row, column, channel, known, bit in decisions(image, bits):
            for t, shift in enumerate(shifts):
                place = ((row + shift) // cell, (column + shift) // cell, channel, known)
                context = context_of(image, row, column, channel, taps[t][channel][:depth])
                samples[t].setdefault(place, []).append((label, context, bit))
    found = []
    for image in test:
        total = [0.0] * n_classes
        for row, column, channel, known, bit in decisions(image, bits):
            for c in range(n_classes):
                steps = 0
                for t, shift in enumerate(shifts):
                    place = ((row + shift) // cell, (column + shift) // cell, channel, known)
                    all_there = samples[t].get(place, [])
                    shape = shape_of([s[1:] for s in all_there], depth, least)
                    own = [s[1:] for s in all_there if s[0] == c]
                    context = context_of(image, row, column, channel, taps[t][channel][:depth])
                    p = probability_of_one(shape, own, context, alpha)
                    log_odds = math.log(p / (1 - p))
                    steps += min(255, max(0, math.floor((log_odds + 10) / 20 * 255 + 0.5)))
                mean = (steps / (255 * len(shifts)) * 2 - 1) * 10
                ones = math.floor(65536 / (1 + math.exp(-mean)) + 0.5)
                total[c] -= math.log2((ones if bit else 65536 - ones) / 65536)
        found.append(total)
    return found
