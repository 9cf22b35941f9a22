"""Fit temperature, growth and lapse to held-out documents (maximum a posteriori)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf.calibration.applying import LENGTH, Calibration, mean_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CENTRE",
    "GROWTH",
    "MOST_GROWTH",
    "RANGE",
    "expected_temperature",
    "fit_calibration",
    "fit_temperature",
]

RANGE = (1e-3, 1e4)
"""Range in which temperatures are searched."""
MOST_GROWTH = 2.0
LAPSES = (1e-6, 0.5)
"""Range in which lapses are searched."""

CENTRE = 20.0
"""T₀ at 1,000 bytes for a model that does not state one; it is the value of `blocks`."""
GROWTH = 0.6
"""g₀, about the median over twelve data sets and five models of texts; most are 0.3 to 1."""
LAPSE = 0.01
"""ε₀"""
SPREADS = np.array([1.0, 0.3, 1.0])
"""Standard deviations of ln T, g (s) and logit ε before any document is seen."""

MOST_NUMBERS = 2**18
"""Largest number of held-out documents times classes used; more hardly change the result."""
N_STARTS = 4
ENOUGH_TO_LOOK = 200
"""Number of documents used to find the start of the search for the minimum."""


def expected_temperature(centre: float, length: float, growth: float = GROWTH) -> float:
    """Return the temperature expected a priori, without held-out documents.

    Parameters
    ----------
    centre : float
        The temperature of a document of 1,000 bytes.
    length : float
        Mean length of the documents in bytes.
    growth : float, default=0.6
        g₀, the growth expected a priori.

    Returns
    -------
    float
        The expected temperature, the divisor of the bits.

    Examples
    --------
    >>> round(expected_temperature(20.0, 250), 2)
    8.71
    """
    return float(np.clip(centre * (length / LENGTH) ** growth, *RANGE))


def fit_temperature(
    bits: NDArray[np.float64],
    y: NDArray[np.int64],
    *,
    centre: float = CENTRE,
    prior: ArrayLike | None = None,
) -> float:
    """Return the most probable temperature, the same for all documents.

    Parameters
    ----------
    bits : ndarray of float64, shape (n_docs, n_classes)
        Codelengths of held-out documents. Rows with NaN are ignored.
    y : ndarray of int64, shape (n_docs,)
        Their classes.
    centre : float, default=20
        T₀, the temperature expected a priori.
    prior : array-like of shape (n_classes,), optional
        Prior probabilities of the classes; equal ones by default.

    Returns
    -------
    float
        The T in [0.001, 10,000] that minimises n · CE(T) + (ln T - ln T₀)²/2; `centre` if there are
        no documents.

    Examples
    --------
    Bits of which only one in ten is evidence, with one misleading document in four:

    >>> bits = np.array([[100.0, 115.8], [115.8, 100.0], [100.0, 115.8], [115.8, 100.0]])
    >>> round(fit_temperature(np.tile(bits, (50, 1)), np.array([0, 1, 0, 0] * 50), centre=5), 1)
    9.8

    With only four documents, the result is nearer to T₀:

    >>> round(fit_temperature(bits, np.array([0, 1, 0, 0]), centre=5), 1)
    7.4
    """
    from scipy.optimize import minimize_scalar

    evidence, own, _ = _usable(bits, y, prior)
    log_centre, (low, high) = np.log(centre), np.log(RANGE)

    def cost(log_temperature: float) -> float:
        temperature = np.full(len(own), np.exp(log_temperature))
        value = _log_loss(evidence, own, temperature, 0.0, np.ones(len(own)))[0]
        return value + float(log_temperature - log_centre) ** 2 / 2

    # Far from the minimum the log loss can be flat, so search a grid first.
    grid = np.linspace(low, high, 65)
    best = int(np.argmin([cost(point) for point in grid]))
    around = grid[max(0, best - 1)], grid[min(len(grid) - 1, best + 1)]
    found = minimize_scalar(cost, bounds=around, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def fit_calibration(
    bits: NDArray[np.float64],
    y: NDArray[np.int64],
    lengths: ArrayLike,
    *,
    centre: float = CENTRE,
    growth: float = GROWTH,
    prior: ArrayLike | None = None,
    weights: NDArray[np.float64] | None = None,
) -> Calibration:
    """Return the most probable calibration: temperature, growth and lapse.

    Parameters
    ----------
    bits : ndarray of float64, shape (n_docs, n_classes)
        Codelengths of held-out documents. Rows with NaN are ignored.
    y : ndarray of int64, shape (n_docs,)
        Their classes.
    lengths : array-like of shape (n_docs,)
        Bytes of the documents.
    centre : float, default=20
        T₀, the temperature expected a priori at the mean length.
    growth : float, default=0.6
        g₀, the growth expected a priori.
    prior : array-like of shape (n_classes,), optional
        Prior probabilities of the classes; equal ones by default.
    weights : ndarray of float64, shape (n_docs,), optional
        Weights of the documents' log losses; 1 by default.

    Returns
    -------
    Calibration
        With temperature in [0.001, 10,000], growth in [0, 2] and lapse in [10⁻⁶, 0.5].

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, lengths = rng.integers(0, 2, 400), rng.integers(100, 1000, 400)
    >>> bits = rng.normal(0, 1, (400, 2)) * lengths[:, None] ** 0.5 + 20 * np.eye(2)[1 - y]
    >>> fit_calibration(bits, y, lengths).growth > 0.7
    True
    """
    from scipy.optimize import minimize

    evidence, own, used = _usable(bits, y, prior)
    all_lengths = np.asarray(lengths, dtype=np.float64)
    length = mean_length(all_lengths)
    relative = np.log(np.maximum(all_lengths[used], 1.0) / length)
    centres = np.array([np.log(centre), growth, _logit(LAPSE)])
    times = np.ones(len(own)) if weights is None else weights[used]
    posterior = _Posterior(evidence, own, times, relative, centres)
    bounds = [tuple(np.log(RANGE)), (0.0, MOST_GROWTH), tuple(map(_logit, LAPSES))]
    found = [
        minimize(posterior.cost, start, jac=True, method="L-BFGS-B", bounds=bounds)
        for start in posterior.starts()
    ]
    best = min(found, key=lambda one: float(one.fun)).x
    return Calibration(
        temperature=float(np.exp(best[0])),
        growth=float(best[1]),
        length=length,
        lapse=float(1 / (1 + np.exp(-best[2]))),
    )


@dataclass(frozen=True)
class _Posterior:
    """The function that `fit_calibration` minimises, of the point (ln T, g, logit ε)."""

    evidence: tuple[NDArray[np.float64], NDArray[np.float64]]
    own: NDArray[np.int64]
    weights: NDArray[np.float64]
    relative: NDArray[np.float64]
    """Logarithm of each document's length divided by the mean length."""
    centres: NDArray[np.float64]

    def cost(self, point: NDArray[np.float64], step: int = 1) -> tuple[float, NDArray[np.float64]]:
        """Return the cost in nats and its gradient, estimated from every `step`-th document."""
        log_temperature, growth, odds = point
        relative, (nats, log_prior) = self.relative[::step], self.evidence
        lapse = 1 / (1 + np.exp(-odds))
        loss, by_temperature, by_lapse = _log_loss(
            (nats[::step], log_prior),
            self.own[::step],
            np.exp(log_temperature + growth * relative),
            lapse,
            self.weights[::step],
        )
        slopes = [by_temperature.sum(), by_temperature @ relative, by_lapse * lapse * (1 - lapse)]
        away = (point - self.centres) / SPREADS
        return step * loss + float(away @ away) / 2, step * np.array(slopes) + away / SPREADS

    def starts(self) -> list[NDArray[np.float64]]:
        """Return points from which to search: the best of a grid, since far away the cost is flat.

        With few documents the cost can have several minima. With many documents it has one, and
        some of the documents are enough to find a point near it.
        """
        step = max(1, len(self.own) // ENOUGH_TO_LOOK)
        expected = self.centres[1]
        grid = [
            np.array([log_temperature, growth, odds])
            for log_temperature in np.log(np.geomspace(*RANGE, 17))
            for growth in (max(0.0, expected - SPREADS[1]), expected, expected + SPREADS[1], 1.5)
            for odds in (_logit(LAPSE), _logit(0.1))
        ]
        grid.sort(key=lambda point: self.cost(point, step)[0])
        return [*grid[:N_STARTS], self.centres] if step == 1 else grid[:1]


def _usable(
    bits: NDArray[np.float64], y: NDArray[np.int64], prior: ArrayLike | None
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int64], NDArray[np.int64]]:
    """Return bits and log priors of the possible classes, their labels, and which rows are used.

    The bits are converted to nats, less the smallest value of the row.
    """
    n_classes = bits.shape[1]
    weights = np.ones(n_classes) if prior is None else np.asarray(prior, dtype=np.float64)
    possible = weights > 0
    rows = np.flatnonzero(~np.isnan(bits).any(axis=1) & possible[y])
    most = max(1, MOST_NUMBERS // n_classes)
    used = rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    index_of = np.cumsum(possible) - 1
    nats = bits[used][:, possible] * np.log(2)
    least = nats.min(axis=1, keepdims=True) if nats.size else nats
    relative = np.nan_to_num(nats - least, nan=0.0, posinf=1e15)
    return (relative, np.log(weights[possible])), index_of[y[used]], used


def _log_loss(
    evidence: tuple[NDArray[np.float64], NDArray[np.float64]],
    own: NDArray[np.int64],
    temperature: NDArray[np.float64],
    lapse: float,
    weights: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], float]:
    """Return the weighted sum of the log loss in nats, and its derivatives.

    The derivatives are with respect to the logarithm of each temperature, and to the lapse.
    """
    nats, log_prior = evidence
    if not len(own):
        return 0.0, np.zeros(0), 0.0
    scaled = nats / temperature[:, None]
    exponent = log_prior - scaled
    exponent -= exponent.max(axis=1, keepdims=True)
    shares = np.exp(exponent)
    total = shares.sum(axis=1)
    shares /= total[:, None]
    rows = np.arange(len(own))
    right = shares[rows, own]
    rise = right * (scaled[rows, own] - (shares * scaled).sum(axis=1))
    if not lapse:  # exact even if the probability of the label underflows
        value = float(weights @ (np.log(total) - exponent[rows, own]))
        return value, np.zeros(len(own)), 0.0
    mixed = (1 - lapse) * right + lapse / len(log_prior)
    slopes = -(1 - lapse) * weights * rise / mixed
    by_lapse = float(weights @ ((right - 1 / len(log_prior)) / mixed))
    return -float(weights @ np.log(mixed)), slopes, by_lapse


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))
