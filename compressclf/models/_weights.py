"""Weights of the models in a combination."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.calibration import label_bits, probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fit_weights"]

PRIOR_WEIGHT = 3.0
"""Weight of the squared distance of the weights from expected ones, in nats of log loss."""
LEAST_GAIN = 0.01
"""Bits per document that a model tells about the labels, at least."""


def fit_weights(
    scaled: NDArray[np.float64], y: NDArray[np.int64], *, prior: float = PRIOR_WEIGHT
) -> NDArray[np.float64]:
    """Return the weights that minimise the log loss; few documents change the expected ones little.

    A model is expected to have a weight proportional to its information on the labels: by how many
    bits its log loss is below that of a guess. Models that agree deserve less confidence together
    than models that differ. So the sum of the weights is free while the log loss
    (`compressclf.calibration.label_bits`) is minimised, a convex problem. Then the weights are
    divided by their sum; a later temperature makes up for that.

    Parameters
    ----------
    scaled : ndarray of float64, shape (n_models, n_docs, n_classes)
        Held-out bits of each model, divided by its temperature. Documents with NaN are ignored.
    y : ndarray of int64, shape (n_docs,)
        Classes of the documents.
    prior : float, default=3
        λ: λ/2 times the sum of squared distances from the expected weights is added to the log loss
        of all documents, in nats.

    Returns
    -------
    ndarray of float64, shape (n_models,)
        Numbers >= 0 with a sum of 1; all equal if no model knows anything about the labels.

    Examples
    --------
    The second model is right where the first is; four documents are not enough to be sure of it:

    >>> one = [[0.0, 3.0], [3.0, 0.0], [0.5, 0.0], [0.0, 3.0]]
    >>> other = [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    >>> bits, y = np.array([one, other]), np.array([0, 1, 0, 0])
    >>> fit_weights(bits, y, prior=0).round(2), fit_weights(bits, y).round(2)
    (array([1., 0.]), array([0.85, 0.15]))
    """
    from scipy.optimize import minimize

    n_models = len(scaled)
    usable = ~np.isnan(scaled).any(axis=(0, 2))
    scaled, y = scaled[:, usable], y[usable]
    equal = np.full(n_models, 1 / n_models)
    if not len(y):
        return equal
    possible = len(np.unique(y))
    gains = [max(LEAST_GAIN, np.log2(possible) - label_bits(one, y)) for one in scaled]
    expected = np.array(gains) / np.sum(gains)
    own = scaled[:, np.arange(len(y)), y]
    relative = scaled - own[:, :, None]

    def cost(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        bits = np.tensordot(weights, relative, axes=1)
        shares = probabilities(bits)
        least = bits.min(axis=1, keepdims=True)
        labels = np.log2(np.exp2(least - bits).sum(axis=1)) - least[:, 0]
        slope = -np.einsum("nc,mnc->m", shares, relative) / len(y)
        away, pull = weights - expected, prior / (np.log(2) * len(y))  # bits per document
        return float(labels.mean() + pull / 2 * away @ away), slope + pull * away

    found = minimize(cost, expected, jac=True, method="L-BFGS-B", bounds=[(0, None)] * n_models)
    total = float(found.x.sum())
    weights: NDArray[np.float64] = found.x / total if total > 1e-9 else equal
    return weights
