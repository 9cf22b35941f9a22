"""The output layer of a byte model, tuned on a little text; the rest of the model stays.

The states that the model goes through are computed once, and what is left is a linear model of the
next byte: the mean of −ln p is convex in its weights W and biases b, whose gradients are
Σ (p − y) hᵀ / n and Σ (p − y) / n for probabilities p, the bytes y that came, and states h.
Gradient descent with momentum (Polyak 1964), `BATCH` bytes drawn from anywhere in the text at a
time, begins at the trained layer and ends after a few passes over the text, which is what keeps the
layer near it. The second derivative is at most half of the largest eigenvalue λ of Σ h hᵀ / n
(Böhning 1992), so that a rate of `RATE` / λ suits any text.

It needs neither torch nor a choice of rate. What it does not do: change what the model's state
keeps of a text.

References
----------
D. Böhning, "Multinomial logistic regression algorithm", Annals of the Institute of Statistical
Mathematics 44 (1992).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.compressors.neural.bytelm.heads import traced
from compressclf.compressors.neural.bytelm.model import ByteModel
from compressclf.compressors.neural.bytelm.quantise import floating_head, quantise_head
from compressclf.compressors.neural.bytelm.weights import Weights
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["tuned"]

BATCH = 512
MOMENTUM = 0.9
RATE = 4.0
"""Over λ; descent with momentum μ is stable up to 2(1 + μ) over the curvature, 7.6 / λ here."""
_POWER_STEPS = 20
_UNIT = 1 << 7  # of the states


def tuned(model: ByteModel, docs: Corpus, passes: int) -> Weights:
    """Return the model with its output layer tuned on documents, each from a cold start.

    Parameters
    ----------
    model : ByteModel
    docs : Corpus
        All of their states are in memory: four bytes a number.
    passes : int
        How many times the descent sees each byte.
    """
    parts = list(traced(model, docs))
    n_bytes = sum(part.symbols.size for part in parts)
    if not n_bytes:
        return model.weights
    inputs = np.ones((n_bytes, model.weights.hidden + 1), np.float32)  # the last is for the bias
    symbols = np.concatenate([part.symbols for part in parts])
    states = np.concatenate([part.states for part in parts])
    np.divide(states, _UNIT, out=inputs[:, :-1], casting="unsafe")
    weight, bias = floating_head(model.weights)
    layer = np.column_stack([weight, bias]).astype(np.float32)
    found = _descend(layer, inputs, symbols, passes).astype(np.float64)
    head = quantise_head(found[:, :-1], found[:, -1])
    return Weights({**model.weights.tensors, **head})


def _descend(
    layer: NDArray[np.float32], inputs: NDArray[np.float32], symbols: NDArray[np.uint8], passes: int
) -> NDArray[np.float32]:
    rate = RATE / _largest_eigenvalue(inputs)
    rng = np.random.default_rng(0)
    momentum = np.zeros_like(layer)
    for _ in range(passes):
        order = rng.permutation(len(inputs))
        for rows in np.array_split(order, -(-len(inputs) // BATCH)):
            given = inputs[rows]
            wrong = given @ layer.T
            wrong -= wrong.max(axis=1, keepdims=True)
            np.exp(wrong, out=wrong)
            wrong /= wrong.sum(axis=1, keepdims=True)
            wrong[np.arange(len(rows)), symbols[rows]] -= 1
            momentum *= np.float32(MOMENTUM)
            momentum -= np.float32(rate / len(rows)) * (wrong.T @ given)
            layer = layer + momentum
    return layer


def _largest_eigenvalue(inputs: NDArray[np.float32]) -> float:
    """Return that of the mean of h hᵀ, by powers; it is at least 1, because a number of h is 1."""
    direction = inputs.mean(axis=0)
    for _ in range(_POWER_STEPS):
        direction = direction / np.linalg.norm(direction)
        direction = inputs.T @ (inputs @ direction) / len(inputs)
    return float(np.linalg.norm(direction))
