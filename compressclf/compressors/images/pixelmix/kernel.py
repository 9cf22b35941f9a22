"""The pixel mixer as one kernel: it scores, encodes and decodes along the same path.

The decoder must predict exactly what the encoder predicted. The regressions use only additions,
multiplications, divisions and square roots of float64 in a fixed order, which IEEE 754 rounds alike
on every processor, and their predictions are rounded to 1/16; all that follows is on integers.

A sample is found by binary decisions whether it is at least some value m: first the rounded
prediction, then 1, 2, 4, 8 ... away from it on the side of the sample, and then by halves. The kind
of a decision is its node: 0; 1 to 16 by side and distance; 17 to 32 by side and length of the rest.
"""

# numba types the kernels.
# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from compressclf import coding
from compressclf._lib.jit import kernels_of
from compressclf.coding.rangecoder import decode_bit, encode_bit
from compressclf.compressors import contextmix
from compressclf.compressors.contextmix.logistic import SQUASH, SQUASH_LIMIT, STRETCH
from compressclf.compressors.images.pixelmix.tables import (
    CDF,
    CDF_END,
    CDF_STEPS,
    DECAY,
    LEVEL,
    N_EXPERTS,
    N_INPUTS,
    N_LEVELS,
    N_NODES,
    N_REGRESSIONS,
    N_REGRESSORS,
    PRIOR,
    REGRESSORS,
)

__all__ = ["DECODE", "ENCODE", "SCORE", "code_image"]

kernel: Any = kernels_of(
    Path(__file__).parent, Path(coding.__file__).parent, Path(contextmix.__file__).parent
)

SCORE, ENCODE, DECODE = 0, 1, 2
PRECISION = np.uint64(16)
BORDER = 3  # pixels around the image
SLOW = 8  # the slower regressions are solved in every eighth column
RIDGE = 1.0
MED, BLEND = N_REGRESSIONS, N_REGRESSIONS + 1
FIRST_GREY, FIRST_ERROR = 128, 64
RATE, RATE_HALF = 8, 128
COUNTER_LIMIT, ERRORS_LIMIT = 400, 2000
SHARE = 16  # of a uniform distribution in the logistic one: 1/1024


@kernel
def distribution(m, mean, scale):
    """Return the share below m − 1/2, in 1/2**22; `mean` and `scale` in 1/16."""
    z = ((16 * m - 8 - mean) * CDF_STEPS) // scale
    return CDF[min(max(z, -CDF_END), CDF_END) + CDF_END] + SHARE * m


@kernel
def log2(n):
    """Return the logarithm of an integer, rounded down, at most 7."""
    found = 0
    while n > 1:
        n >>= 1
        found += 1
    return min(found, 7)


@kernel
def near_error(errors, y, x, k, e):
    """Return the sum of errors of an expert near a sample: 12, or 14 or 15 with other channels."""
    total = 2 * (errors[y, x - 1, k, e] + errors[y - 1, x, k, e])
    total += errors[y - 1, x - 1, k, e] + errors[y - 1, x + 1, k, e]
    total += errors[y, x - 2, k, e] + errors[y - 2, x, k, e]
    total += errors[y - 1, x - 2, k, e] + errors[y - 1, x + 2, k, e]
    total += errors[y - 2, x - 1, k, e] + errors[y - 2, x + 1, k, e]
    if k > 0:
        total += 2 * errors[y, x, k - 1, e]
    if k > 1:
        total += errors[y, x, 0, e]
    return total


@kernel
def median_edge(known, y, x, k):
    """Return the prediction of LOCO-I, for the difference from the channel before."""
    w, n, nw = known[y, x - 1, k], known[y - 1, x, k], known[y - 1, x - 1, k]
    here = np.int64(0)
    if k > 0:
        w -= known[y, x - 1, k - 1]
        n -= known[y - 1, x, k - 1]
        nw -= known[y - 1, x - 1, k - 1]
        here = known[y, x, k - 1]
    low, high = min(w, n), max(w, n)
    found = low if nw >= high else high if nw <= low else w + n - nw
    return min(max(found + here, 0), 255)


@kernel
def solve(products, targets, coefficients, prior, n, factor, half):
    """Solve the regression, with a little of the prior, by Cholesky's factors."""
    for i in range(n):
        for j in range(i):
            rest = products[i, j]
            for q in range(j):
                rest -= factor[i, q] * factor[j, q]
            factor[i, j] = rest / factor[j, j]
        rest = products[i, i] + RIDGE
        for q in range(i):
            rest -= factor[i, q] * factor[i, q]
        factor[i, i] = math.sqrt(max(rest, 1e-3))
        rest = targets[i] + RIDGE * prior[i]
        for q in range(i):
            rest -= factor[i, q] * half[q]
        half[i] = rest / factor[i, i]
    for i in range(n - 1, -1, -1):
        rest = half[i]
        for q in range(i + 1, n):
            rest -= factor[q, i] * coefficients[q]
        coefficients[i] = rest / factor[i, i]


@kernel
def code_image(state, mode, image, coder, stream):
    """Code an image (height, width, channels) and learn it; return its bits.

    `coder` and `stream` are state and bytes of the range coder. DECODE fills in `image`.
    """
    products, targets, coefficients, mean_errors, weights, trained, counters = state
    height, width, channels = image.shape
    columns, y = width + 2 * BORDER, BORDER
    # The row that is coded, and those above.
    known = np.full((y + 1, columns, channels), FIRST_GREY, np.int64)
    errors = np.full((y + 1, columns, channels, N_EXPERTS), FIRST_ERROR, np.int64)
    most = products.shape[2]
    near, half, factor = np.zeros(most), np.zeros(most), np.zeros((most, most))
    means, scales = np.zeros(N_EXPERTS, np.int64), np.zeros(N_EXPERTS, np.int64)
    levels = np.zeros(N_EXPERTS, np.int64)
    below, above = np.zeros(N_EXPERTS, np.int64), np.zeros(N_EXPERTS, np.int64)
    at = np.zeros(N_EXPERTS, np.int64)
    inputs = np.zeros(N_INPUTS, np.int64)
    cells, mixers, votes = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64)
    bits = 0.0
    for row in range(height):
        if row > 0:  # the border repeats the first pixel of the row above
            for i in range(y):
                known[i] = known[i + 1]
                errors[i] = errors[i + 1]
            for x in range(BORDER):
                known[y, x] = known[y - 1, BORDER]
                errors[y, x] = errors[y - 1, BORDER]
        for column in range(width):
            x = column + BORDER
            for k in range(channels):
                kind = k if channels == 3 else 3
                n = N_REGRESSORS[kind]
                for j in range(n):
                    of, down, right = REGRESSORS[kind, j]
                    near[j] = known[y + down, x + right, of]
                for e in range(N_REGRESSIONS):
                    guess = 0.0
                    for j in range(n):
                        guess += coefficients[k, e, j] * near[j]
                    means[e] = np.int64(min(max(guess, 0.0), 255.0) * 16.0 + 0.5)
                means[MED] = 16 * median_edge(known, y, x, k)
                blended, mass = np.int64(0), np.int64(0)
                for e in range(BLEND):
                    scales[e] = near_error(errors, y, x, k, e)
                    error = scales[e] // 8 + 6
                    weight = np.int64(1 << 50) // (error * error * error)
                    blended += weight * means[e]
                    mass += weight
                means[BLEND] = blended // mass
                scales[BLEND] = near_error(errors, y, x, k, BLEND)
                n_near = 12 if k == 0 else 14 if k == 1 else 15
                for e in range(N_EXPERTS):
                    level = LEVEL[min(scales[e] // n_near, 4095)]
                    levels[e] = level
                    error = max(mean_errors[k, e, level, 0] // mean_errors[k, e, level, 1], 3)
                    scales[e] = max(error * 47 // 65, 3)  # the mean error is 2 ln 2 scales
                    below[e] = 0
                    above[e] = CDF[2 * CDF_END] + SHARE * 256
                sample = np.int64(image[row, column, k])
                centre = (means[BLEND] + 8) // 16
                low, high, side, distance = 0, 256, -1, 0
                if centre == 0:
                    side, distance = 1, 1
                while high - low > 1:
                    if side < 0:
                        m, node = centre, 0
                    else:
                        m = low + distance if side == 1 else high - distance
                        if distance > 0 and low < m < high:
                            node = 1 + 8 * side + log2(distance)
                        else:
                            distance = 0
                            m = (low + high) >> 1
                            node = 17 + 8 * side + log2(high - low)
                    for e in range(N_EXPERTS):
                        at[e] = distribution(m, means[e], scales[e])
                        share = ((above[e] - at[e]) << 16) // (above[e] - below[e])
                        inputs[e] = STRETCH[min(max(share, 16), 65520) >> 4]
                    level = levels[BLEND]
                    cells[0] = ((k * N_LEVELS + level) * N_NODES + node) * 2
                    cells[1] = ((k * N_LEVELS + levels[0]) * N_NODES + node) * 2 + 1
                    inputs[N_EXPERTS] = STRETCH[counters[cells[0], 0] >> 10]
                    inputs[N_EXPERTS + 1] = STRETCH[counters[cells[1], 0] >> 10]
                    mixers[0] = k * (N_LEVELS + 1) * N_NODES + node
                    mixers[1] = (k * (N_LEVELS + 1) + 1 + level) * N_NODES + node
                    mixed = np.int64(0)
                    for i in range(2):
                        dot = np.int64(0)
                        for j in range(N_INPUTS):
                            dot += weights[mixers[i], j] * inputs[j]
                        votes[i] = min(max(dot >> 16, -SQUASH_LIMIT), SQUASH_LIMIT)
                        mixed += votes[i]
                    ones = np.int64(SQUASH[(mixed >> 1) + SQUASH_LIMIT])
                    if mode == DECODE:
                        bit = decode_bit(coder, stream, np.uint64(ones), PRECISION)
                    else:
                        bit = np.int64(sample >= m)
                        if mode == ENCODE:
                            encode_bit(coder, stream, bit, np.uint64(ones), PRECISION)
                    bits -= math.log2((ones if bit else 65536 - ones) / 65536.0)
                    for i in range(2):
                        mixer = mixers[i]
                        trained[mixer] += 1
                        rate = max(1, RATE // (1 + trained[mixer] // RATE_HALF))
                        step = ((bit << 16) - np.int64(SQUASH[votes[i] + SQUASH_LIMIT])) * rate
                        for j in range(N_INPUTS):
                            weights[mixer, j] += (inputs[j] * step + (1 << 15)) >> 16
                        counter = counters[cells[i]]
                        pace = np.int64(655360) // (10 * counter[1] + 15)
                        counter[0] += ((bit * 4194303 - counter[0]) * pace) >> 16
                        counter[1] = min(counter[1] + 1, COUNTER_LIMIT)
                    if bit:
                        low = m
                        below[:] = at
                    else:
                        high = m
                        above[:] = at
                    if side < 0:
                        side, distance = bit, 1
                    elif distance > 0:
                        distance = 2 * distance if bit == side else 0
                sample = np.int64(low)
                image[row, column, k] = sample
                known[y, x, k] = sample
                for e in range(N_EXPERTS):
                    error = abs(16 * sample - means[e])
                    errors[y, x, k, e] = error
                    mean_errors[k, e, levels[e], 0] += error
                    mean_errors[k, e, levels[e], 1] += 1
                    if mean_errors[k, e, levels[e], 1] > ERRORS_LIMIT:
                        mean_errors[k, e, levels[e], 0] >>= 1
                        mean_errors[k, e, levels[e], 1] >>= 1
                for e in range(N_REGRESSIONS):
                    for i in range(n):
                        for j in range(i + 1):
                            old = products[k, e, i, j] * DECAY[e]
                            products[k, e, i, j] = old + near[i] * near[j]
                        targets[k, e, i] = targets[k, e, i] * DECAY[e] + near[i] * sample
                    if e == 0 or column % SLOW == 0:
                        solve(
                            products[k, e],
                            targets[k, e],
                            coefficients[k, e],
                            PRIOR[kind],
                            n,
                            factor,
                            half,
                        )
        for x in range(width + BORDER, columns):
            known[y, x] = known[y, width + BORDER - 1]
            errors[y, x] = errors[y, width + BORDER - 1]
    return bits
