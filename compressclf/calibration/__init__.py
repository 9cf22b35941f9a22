"""Convert bits to probabilities: a softmax with a temperature fitted to held-out documents.

The codelengths of a document under several classes differ by tens or hundreds of bits. Used
directly, p(c) ∝ 2^-bits, they give overconfident probabilities: the bytes of a text are not
independent evidence, and a score may count the same evidence several times. So bits are divided by
a temperature T, as Guo et al. (2017) did for neural networks.

One temperature does not suit documents of different lengths, because bits grow with the length
faster than the evidence in them. A document of L bytes has the temperature T · (L / L₀)^g, where L₀
is the geometric mean of the lengths of the training documents and g is the *growth*. Some labels
are wrong, and some documents fit several classes, however many bits favour one. So with probability
ε, the *lapse*, the label is drawn uniformly from all classes. Without the lapse, the few documents
that are misclassified by many bits would determine the temperature of all others.

T, g and ε have the highest posterior probability given n held-out documents, whose mean log loss is
CE nats. They minimise

    n · CE + (ln T - ln T₀)²/2 + (g - g₀)²/2s² + (logit ε - logit ε₀)²/2

A few dozen documents outweigh the prior expectations T₀, g₀ and ε₀. A handful of documents, all
classified correctly or all wrongly, cannot drive the temperature to zero or infinity.
"""

from compressclf.calibration.applying import Calibration, label_bits, mean_length, probabilities
from compressclf.calibration.fitting import (
    CENTRE,
    GROWTH,
    MOST_GROWTH,
    RANGE,
    expected_temperature,
    fit_calibration,
    fit_temperature,
)

__all__ = [
    "CENTRE",
    "GROWTH",
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
