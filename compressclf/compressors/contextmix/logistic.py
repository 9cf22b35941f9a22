"""Probabilities and log-odds as integers, so that every machine computes the same bits.

A probability is a multiple of 1/65,536; its log-odds ln(p / (1 − p)) are a multiple of 1/256.

>>> int(STRETCH[4095 // 2 + 1]), int(SQUASH[SQUASH_LIMIT]), int(SQUASH[SQUASH_LIMIT + 256])
(0, 32768, 47911)

The last number is 65,536 / (1 + 1/e): the probability whose log-odds are 1.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["SQUASH", "SQUASH_LIMIT", "STRETCH"]

# Log-odds beyond ±11 would need more than 16 bits of probability.
SQUASH_LIMIT = 2815

# Log-odds in 1/256 of the probability (i + 1/2) / 4096.
STRETCH = np.array(
    [round(256 * math.log((i + 0.5) / (4095.5 - i))) for i in range(4096)], dtype=np.int32
)

# Probability in 1/65536 of the log-odds (i − SQUASH_LIMIT) / 256.
SQUASH = np.array(
    [
        min(max(round(65536 / (1 + math.exp(-i / 256))), 1), 65535)
        for i in range(-SQUASH_LIMIT, SQUASH_LIMIT + 1)
    ],
    dtype=np.int32,
)
