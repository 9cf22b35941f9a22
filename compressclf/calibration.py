"""Bits to probabilities: a soft-max with a temperature learnt on documents held out.

Codelengths of one document under several classes differ by tens or hundreds of bits, and taken at
face value, p(c) ∝ 2^-bits, they are far too sure of themselves: the bytes of a text are not
independent evidence, and a score may count the same evidence several times. A temperature T
divides the bits; it is the one that gives held-out documents the shortest labels, the minimum of
the mean of -log2 p(label) (Guo et al. 2017, there for neural networks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["fit_temperature", "label_bits", "probabilities"]

RANGE = (1e-3, 1e4)
"""Where temperatures are looked for."""


def probabilities(
    bits: ArrayLike, *, temperature: float = 1.0, prior: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the probability of each class.

    Parameters
    ----------
    bits : array-like of shape (n_docs, n_classes)
        Codelengths of the documents under the classes.
    temperature : float, default=1
        What the bits are divided by.
    prior : array-like of shape (n_classes,), optional
        Prior probabilities; equal ones by default.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)
        p(c) ∝ prior(c) · 2^(-bits(c) / temperature), computed without underflow.

    Examples
    --------
    >>> probabilities([[5000.0, 5001.0]]).round(3)
    array([[0.667, 0.333]])
    """
    exponent = -np.asarray(bits, dtype=np.float64) / temperature
    if prior is not None:
        with np.errstate(divide="ignore"):
            exponent = exponent + np.log2(np.asarray(prior, dtype=np.float64))
    exponent -= exponent.max(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.exp2(exponent)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def label_bits(
    bits: NDArray[np.float64],
    y: NDArray[np.int64],
    *,
    temperature: float = 1.0,
    prior: ArrayLike | None = None,
) -> float:
    """Return the mean of -log2 p(label): what a label costs who knows the document.

    Examples
    --------
    >>> round(label_bits(np.array([[8.0, 9.0], [9.0, 8.0]]), np.array([0, 1])), 3)
    0.585
    """
    shares = probabilities(bits, temperature=temperature, prior=prior)
    own = shares[np.arange(len(y)), y]
    return float(-np.log2(np.maximum(own, np.finfo(np.float64).tiny)).mean())


def fit_temperature(
    bits: NDArray[np.float64], y: NDArray[np.int64], *, prior: ArrayLike | None = None
) -> float:
    """Return the temperature with the shortest labels.

    Parameters
    ----------
    bits : ndarray of float64, shape (n_docs, n_classes)
        Codelengths of documents that the models have not learnt. Rows with NaN are passed over.
    y : ndarray of int64, shape (n_docs,)
        Their classes.
    prior : array-like of shape (n_classes,), optional
        Prior probabilities; equal ones by default.

    Returns
    -------
    float
        In [0.001, 10,000]; 1 if there is no document.

    Examples
    --------
    Bits of which only every tenth is evidence, and one document in four is misleading:

    >>> bits = np.array([[100.0, 115.8], [115.8, 100.0], [100.0, 115.8], [115.8, 100.0]])
    >>> round(fit_temperature(bits, np.array([0, 1, 0, 0])), 1)
    10.0
    """
    from scipy.optimize import minimize_scalar

    usable = ~np.isnan(bits).any(axis=1)
    if not usable.any():
        return 1.0
    bits, y = bits[usable], y[usable]

    def cost(log_temperature: float) -> float:
        return label_bits(bits, y, temperature=float(np.exp(log_temperature)), prior=prior)

    # The cost is convex in 1/T, so it has one minimum in log T too.
    found = minimize_scalar(cost, bounds=np.log(RANGE), method="bounded")
    return float(np.exp(found.x))
