"""Power laws fitted to all sizes but the largest, and their prediction of the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..powerlaw import PowerLaw, fit_power_law
from ..statistics import Interval

__all__ = ["Foretold", "foretell", "write_interval"]


@dataclass(frozen=True)
class Foretold:
    """A law, and the largest size, which was held out of the fit."""

    law: PowerLaw
    n_sizes: int
    """Number of sizes that the law was fitted to."""
    size: float
    expected: Interval
    measured: float
    """The measured value; the mean of several."""

    @property
    def inside(self) -> bool:
        """Return whether the measured value is inside the interval."""
        return self.expected.low <= self.measured <= self.expected.high


def foretell(
    sizes: Sequence[float], values: Sequence[float], groups: Sequence[float], last: int | None
) -> Foretold | None:
    """Fit a law to all groups but the largest; None if there are too few groups.

    Parameters
    ----------
    sizes, values : sequences of float
        For example training bytes and error; zeros, which have no logarithm, are left out.
    groups : sequence of float
        The group of each point. Points of one group have nearly the same size (it differs a
        little from seed to seed), which is replaced by the mean.
    last : int, optional
        Fit only this many groups below the largest.

    Examples
    --------
    >>> found = foretell([1, 2, 4, 8], [0.8, 0.4, 0.2, 0.3], [1, 2, 4, 8], None)
    >>> found.n_sizes, round(found.expected.value, 6), found.measured, found.inside
    (3, 0.1, 0.3, False)
    """
    n, y, group = (np.array(one, np.float64) for one in (sizes, values, groups))
    names = np.unique(group)
    for name in names:  # draws of one size do not determine the slope
        n[group == name] = n[group == name].mean()
    below = names[:-1] if last is None else names[:-1][-last:]
    rows = np.isin(group, below) & (y > 0)
    if len(np.unique(group[rows])) < 2 or rows.sum() < 3:
        return None
    law = fit_power_law(n[rows], y[rows])
    largest = group == names[-1]
    size = float(n[largest].mean())
    n_sizes = len(np.unique(group[rows]))
    return Foretold(law, n_sizes, size, law.prediction_interval(size), float(y[largest].mean()))


def write_interval(interval: Interval, digits: int = 3) -> str:
    """Return an estimate with its bounds as text.

    Examples
    --------
    >>> write_interval(Interval(0.25, 0.2, 0.3, 0.01), 2)
    '0.25 [0.20, 0.30]'
    """
    value, low, high = (f"{x:.{digits}f}" for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"
