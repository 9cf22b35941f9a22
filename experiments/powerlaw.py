"""Power laws of error against training data: error = a · n^−b, or a · n^−b + c, in log-log.

The fit minimises the squared error of the logarithm, because relative errors matter. Intervals come
from a bootstrap over the points, or over whole curves (seeds), since the points of one curve share
a draw of documents and are not independent.

An interval is valid only if the law holds. Nothing here can show that it holds beyond the largest
size; a held-out size can show that it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .statistics import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PowerLaw", "fit_power_law"]

STARTS = (0.3, 0.9)  # shares of the smallest error: starting points of the search for the offset


@dataclass(frozen=True)
class PowerLaw:
    """The fitted law error = a · n^−b + c."""

    a: Interval
    b: Interval
    c: Interval
    """The offset and its interval; all zero unless an offset was fitted."""
    residual: float
    """Standard deviation of the logarithm of the error about the law."""
    _resamples: NDArray[np.float64] = field(repr=False)
    _residuals: NDArray[np.float64] = field(repr=False)
    _confidence: float = field(repr=False)

    def predict(self, sizes: ArrayLike) -> NDArray[np.float64]:
        """Return the error at these sizes."""
        parameters = np.array([np.log(self.a.value), self.b.value, self.c.value])
        return _law(parameters, np.asarray(sizes, np.float64))

    def prediction_interval(self, size: float) -> Interval:
        """Return the prediction interval of one more measurement at `size`.

        It covers the uncertainty of the parameters and the scatter of single measurements.
        """
        means = np.log(_law(self._resamples.T, np.asarray(size, np.float64)))
        drawn = np.exp((means[:, None] + self._residuals).ravel())
        return _interval(float(self.predict(size)), drawn, self._confidence)


def fit_power_law(
    sizes: ArrayLike,
    errors: ArrayLike,
    *,
    curves: ArrayLike | None = None,
    offset: bool = False,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: int = 0,
) -> PowerLaw:
    """Fit a power law to errors measured at several training sizes.

    Parameters
    ----------
    sizes : array-like of shape (n,)
        Training documents or bytes, > 0.
    errors : array-like of shape (n,)
        Such as 1 − accuracy, > 0.
    curves : array-like of shape (n,), optional
        The learning curve (seed) of each point; whole curves are then resampled.
    offset : bool
        Also fit the error c ≥ 0 that more data cannot remove. Many sizes are needed to
        distinguish c from a small b.
    confidence : float
    n_resamples : int
    random_state : int

    Raises
    ------
    ValueError
        If there are too few points to determine the law, or a value has no logarithm.

    Examples
    --------
    >>> law = fit_power_law([100, 200, 400, 800], [0.4, 0.2, 0.1, 0.05])
    >>> round(law.a.value, 6), round(law.b.value, 6), law.predict([1600]).round(6)
    (40.0, 1.0, array([0.025]))
    """
    n, error = np.asarray(sizes, np.float64), np.asarray(errors, np.float64)
    groups = _groups(len(n), curves)
    _check(n, error, offset)
    fitted = _fit(n, error, offset)
    generator = np.random.default_rng(random_state)
    needed = 3 if offset else 2
    resamples = np.array(
        [
            _fit(n[rows], error[rows], offset)
            for rows in (_draw(generator, groups, n, needed) for _ in range(n_resamples))
        ]
    )
    residuals = np.log(error) - np.log(_law(fitted, n))
    # Residuals are smaller than the errors, since the fit has used degrees of freedom: rescale.
    residuals *= np.sqrt(len(n) / max(1, len(n) - needed))
    a, b, c = fitted[0], fitted[1], fitted[2]
    return PowerLaw(
        a=_interval(float(np.exp(a)), np.exp(resamples[:, 0]), confidence),
        b=_interval(float(b), resamples[:, 1], confidence),
        c=_interval(float(c), resamples[:, 2], confidence),
        residual=float(np.sqrt((residuals**2).mean())),
        _resamples=resamples,
        _residuals=residuals,
        _confidence=confidence,
    )


def _check(n: NDArray[np.float64], error: NDArray[np.float64], offset: bool) -> None:
    if n.ndim != 1 or n.shape != error.shape:
        raise ValueError(
            f"'sizes' and 'errors' must be equally long. Got {n.size} and {error.size}."
        )
    for name, values in (("size", n), ("error", error)):
        bad = ~((values > 0) & np.isfinite(values))
        if bad.any():
            raise ValueError(
                f"The {name} {values[bad][0]:g} has no logarithm: leave that point out."
            )
    needed = 3 if offset else 2
    if len(np.unique(n)) < needed:
        raise ValueError(
            f"A power law {'with' if offset else 'without'} offset needs {needed} sizes or more. "
            f"Got {len(np.unique(n))}."
        )
    if len(n) == needed:
        raise ValueError(
            f"{needed} points always lie on a law and leave no error to estimate: measure more "
            f"sizes or seeds."
        )


def _groups(n_points: int, curves: ArrayLike | None) -> list[NDArray[np.intp]]:
    """Return the groups of rows that are resampled together."""
    names = np.arange(n_points) if curves is None else np.asarray(curves)
    if len(names) != n_points:
        raise ValueError(f"{len(names)} curves and {n_points} points: give one curve per point.")
    groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    if curves is not None and len(groups) < 2:
        raise ValueError("One curve does not show how curves differ: measure more seeds.")
    return groups


def _draw(
    generator: np.random.Generator,
    groups: list[NDArray[np.intp]],
    n: NDArray[np.float64],
    needed: int,
) -> NDArray[np.intp]:
    """Return resampled rows; a draw of too few sizes does not determine the law and is repeated."""
    while True:
        rows = np.concatenate(
            [groups[i] for i in generator.integers(len(groups), size=len(groups))]
        )
        if len(np.unique(n[rows])) >= needed:
            return rows


def _law(parameters: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the errors at sizes `n`; the parameters log a, b and c may be arrays."""
    log_a, b, c = parameters
    errors: NDArray[np.float64] = np.exp(log_a - b * np.log(n)) + c
    return errors


def _fit(n: NDArray[np.float64], error: NDArray[np.float64], offset: bool) -> NDArray[np.float64]:
    """Return log a, b, c."""
    x, y = np.log(n), np.log(error)
    centre = x.mean()  # about it, level and slope are found independently
    slope = ((x - centre) * y).sum() / ((x - centre) ** 2).sum()
    best = np.array([y.mean(), -slope, 0.0])
    if offset:
        best = _with_offset(x - centre, y, best)
    level, b, root = best
    return np.array([level + b * centre, b, root**2])


def _with_offset(
    x: NDArray[np.float64], y: NDArray[np.float64], plain: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return level, b and √c of the best of several searches; never worse than `plain`."""
    from scipy.optimize import least_squares

    def misfit(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        level, b, root = parameters
        gaps: NDArray[np.float64] = np.logaddexp(level - b * x, 2 * np.log(abs(root) + 1e-150)) - y
        return gaps

    smallest = float(np.exp(y.min()))
    best, least = plain, float((misfit(plain) ** 2).sum())
    for share in STARTS:
        c = share * smallest
        # Start from the line through the errors minus that offset.
        b, level = np.polyfit(x, np.log(np.exp(y) - c), 1)
        found = least_squares(misfit, [level, -b, np.sqrt(c)])
        if 2 * found.cost < least:
            best, least = found.x, 2 * found.cost
    return best


def _interval(value: float, drawn: NDArray[np.float64], confidence: float) -> Interval:
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high), float(drawn.std(ddof=1)))
