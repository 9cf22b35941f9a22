"""Convert bits to probabilities, given temperature, growth and lapse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["LENGTH", "Calibration", "label_bits", "mean_length", "probabilities"]

REPRESENTABLE = (1e-200, 1e200)
"""Range of temperatures by which bits can be divided without overflow."""
LENGTH = 1000.0
"""Length in bytes of the document to which a model's `temperature_centre` refers."""


def probabilities(
    bits: ArrayLike,
    *,
    temperature: ArrayLike = 1.0,
    prior: ArrayLike | None = None,
    lapse: float = 0.0,
) -> NDArray[np.float64]:
    """Return the probability of each class.

    Parameters
    ----------
    bits : array-like of shape (n_docs, n_classes)
        Codelengths of the documents under the classes.
    temperature : float or array-like of shape (n_docs,), default=1
        Divisor of the bits, one for all documents or one for each.
    prior : array-like of shape (n_classes,), optional
        Prior probabilities; equal ones by default.
    lapse : float, default=0
        Probability that the label is drawn uniformly from the classes with a prior above 0. It does
        not change the order of the classes.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)
        (1 - lapse) · p(c) + lapse / n_classes with p(c) ∝ prior(c) · 2^(-bits(c) / temperature),
        computed without underflow.

    Examples
    --------
    >>> probabilities([[5000.0, 5001.0]]).round(3)
    array([[0.667, 0.333]])
    >>> probabilities([[5000.0, 5100.0]], lapse=0.02).round(3)
    array([[0.99, 0.01]])
    """
    exponent = -np.asarray(bits, dtype=np.float64) / _column(temperature)
    possible: NDArray[np.bool_] | None = None
    if prior is not None:
        weights = np.asarray(prior, dtype=np.float64)
        possible = weights > 0
        with np.errstate(divide="ignore"):
            exponent = exponent + np.log2(weights)
    exponent -= exponent.max(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.exp2(exponent)
    shares /= shares.sum(axis=1, keepdims=True)
    if lapse:
        alike = np.ones(shares.shape[1]) if possible is None else possible.astype(np.float64)
        shares = (1 - lapse) * shares + lapse * alike / alike.sum()
    return shares


def label_bits(
    bits: NDArray[np.float64],
    y: NDArray[np.int64],
    *,
    temperature: ArrayLike = 1.0,
    prior: ArrayLike | None = None,
    lapse: float = 0.0,
) -> float:
    """Return the log loss in bits: the mean of -log2 p(label given document).

    Parameters
    ----------
    bits : ndarray of float64, shape (n_docs, n_classes)
        Codelengths.
    y : ndarray of int64, shape (n_docs,)
        The classes of the documents.
    temperature, prior, lapse : object
        As in `probabilities`.

    Returns
    -------
    float
        Bits per document.

    Examples
    --------
    >>> round(label_bits(np.array([[8.0, 9.0], [9.0, 8.0]]), np.array([0, 1])), 3)
    0.585
    """
    shares = probabilities(bits, temperature=temperature, prior=prior, lapse=lapse)
    own = shares[np.arange(len(y)), y]
    return float(-np.log2(np.maximum(own, np.finfo(np.float64).tiny)).mean())


@dataclass(frozen=True)
class Calibration:
    """A conversion of bits to probabilities.

    Parameters
    ----------
    temperature : float
        Divisor of the bits of a document of `length` bytes.
    growth : float, default=0
        The temperature of a document of n bytes is ``temperature * (n / length) ** growth``.
    length : float, default=1
        Length in bytes at which the temperature is `temperature`.
    lapse : float, default=0
        Probability that the label is drawn uniformly from all classes.

    Examples
    --------
    >>> calibration = Calibration(10.0, growth=0.5, length=100.0)
    >>> calibration.temperatures([100, 400])
    array([10., 20.])
    >>> print(calibration)
    temperature 10 at 100 bytes, growth 0.50, lapse 0
    """

    temperature: float
    growth: float = 0.0
    length: float = 1.0
    lapse: float = 0.0

    def __str__(self) -> str:
        if not (self.growth or self.lapse):
            return f"temperature {self.temperature:.3g}"
        return (
            f"temperature {self.temperature:.3g} at {self.length:,.0f} bytes, "
            f"growth {self.growth:.2f}, lapse {self.lapse:.2g}"
        )

    def temperatures(self, lengths: ArrayLike) -> NDArray[np.float64]:
        """Return the temperatures of documents by length; an empty document counts as one byte.

        Parameters
        ----------
        lengths : array-like of int, shape (n_docs,)
            Length of each document in bytes.

        Returns
        -------
        ndarray of float64, shape (n_docs,)
            Divisors of the bits of each document.
        """
        relative = np.maximum(np.asarray(lengths, dtype=np.float64), 1.0) / self.length
        with np.errstate(over="ignore", under="ignore"):
            grown = self.temperature * relative**self.growth
        return np.asarray(np.clip(grown, *REPRESENTABLE), dtype=np.float64)

    def probabilities(
        self, bits: ArrayLike, lengths: ArrayLike, *, prior: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        bits : array-like of shape (n_docs, n_classes)
            Codelengths of the documents under the classes.
        lengths : array-like of shape (n_docs,)
            Length of each document in bytes.
        prior : array-like of shape (n_classes,), optional
            Prior probabilities; equal ones by default.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
        """
        return probabilities(
            bits, temperature=self.temperatures(lengths), prior=prior, lapse=self.lapse
        )

    def log_probabilities(
        self, bits: ArrayLike, lengths: ArrayLike, *, prior: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the natural logarithm of `probabilities`, computed without underflow.

        Parameters
        ----------
        bits, lengths, prior
            As in `probabilities`.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            -inf only for classes with a prior of 0.
        """
        logs = -np.asarray(bits, dtype=np.float64) / self.temperatures(lengths)[:, None]
        weights = np.ones(logs.shape[1]) if prior is None else np.asarray(prior, dtype=np.float64)
        with np.errstate(divide="ignore"):
            logs = np.log(2.0) * logs + np.log(weights)
            alike = np.log(self.lapse * (weights > 0) / (weights > 0).sum())
        logs -= logs.max(axis=1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
        return np.asarray(np.logaddexp(np.log1p(-self.lapse) + logs, alike))


def mean_length(lengths: ArrayLike) -> float:
    """Return the geometric mean of lengths in bytes; an empty document counts as one byte.

    Parameters
    ----------
    lengths : array-like of int, shape (n_docs,)
        Bytes of each document.

    Returns
    -------
    float
        Bytes.

    Examples
    --------
    >>> round(mean_length([10, 1000]), 6)
    100.0
    """
    counted = np.maximum(np.asarray(lengths, dtype=np.float64), 1.0)
    return float(np.exp(np.log(counted).mean())) if len(counted) else LENGTH


def _column(temperature: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(temperature, dtype=np.float64)
    return array[:, None] if array.ndim else array
