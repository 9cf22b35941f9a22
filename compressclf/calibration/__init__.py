"""Bits to probabilities: a soft-max with a temperature fitted to held-out documents.

Codelengths of one document under several classes differ by tens or hundreds of bits, and taken at
face value, p(c) ∝ 2^-bits, they are far too sure: the bytes of a text are not independent
evidence, and a score may count the same evidence several times. A temperature T divides the bits
(Guo et al. 2017, there for neural networks).

One temperature does not suit documents of different lengths: bits grow with the length, and the
evidence in them grows more slowly. A document of L bytes has the temperature T · (L / L₀)^g, where
L₀ is the geometric mean of the training documents' lengths and g is the *growth*. Some labels are
wrong, and some documents fit several classes, however many bits speak for one. So the label comes,
with a probability ε, the *lapse*, from all classes alike. Without it the few documents that are
wrong by many bits would set the temperature of all others.

T, g and ε are the most probable ones after n held-out documents with the mean log loss CE in nats.
They minimise

    n · CE + (ln T - ln T₀)²/2 + (g - g₀)²/2s² + (logit ε - logit ε₀)²/2

Some dozens of documents outweigh what was expected, T₀, g₀ and ε₀. A handful of them, all labelled
right or all labelled wrong, cannot drive the temperature to zero or infinity.
"""

from compressclf.calibration.applying import Calibration, label_bits, mean_length, probabilities
from compressclf.calibration.fitting import (
    CENTRE,
    MOST_GROWTH,
    RANGE,
    expected_temperature,
    fit_calibration,
    fit_temperature,
)

__all__ = [
    "CENTRE",
    "MOST_GROWTH",
    "RANGE",
    "Calibration",
    "expected_temperature",
    "fit_calibration",
    "fit_temperature",
    "label_bits",
    "mean_length",
    "probabilities",
]
