"""Rank correlations of two quantities, with intervals for observations that come in families."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .statistics import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["spearman", "spearman_interval"]

CONFIDENCE = 0.95
ROUNDING = 1e-9
"""A product of two sums of squares below this is zero but for rounding."""


def spearman(x: ArrayLike, y: ArrayLike, given: ArrayLike | None = None) -> float:
    """Return the rank correlation (Spearman 1904); equal values share the mean of their ranks.

    The result is nan if either does not vary.

    Parameters
    ----------
    x, y : array-like of shape (n,)
    given : array-like of shape (n,), optional
        A possible common cause. The result is then the partial rank correlation given it.

    Examples
    --------
    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])  # 1 - 6 · (0 + 0 + 1 + 1) / (4 · 15)
    0.8
    """
    return float(_spearman(_columns(x, y, given)[:, None])[0])


def spearman_interval(
    x: ArrayLike,
    y: ArrayLike,
    families: Sequence[Hashable] | None = None,
    *,
    given: ArrayLike | None = None,
    n_resamples: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the rank correlation with a 95 % percentile bootstrap interval.

    Parameters
    ----------
    x, y : array-like of shape (n,)
    families : sequence of hashable of length n, optional
        Observations of one family are resampled together, since, for example, the levels of one
        compressor are not independent. Default: each observation is its own family.
    given : array-like of shape (n,), optional
        See `spearman`.
    n_resamples : int
        Resamples in which `x` or `y` does not vary are left out.
    random_state : int
        The same seed gives the same interval.

    Raises
    ------
    ValueError
        If lengths differ, there are fewer than three pairs or families, or `x` or `y` does not
        vary or is completely explained by `given`.

    Examples
    --------
    >>> spearman_interval([1, 2, 3, 4], [1, 2, 3, 4]).low
    1.0
    """
    columns = _columns(x, y, given)
    n = columns.shape[1]
    names = list(range(n)) if families is None else list(families)
    if len(names) != n:
        raise ValueError(f"A correlation needs pairs. Got {n} and {n} numbers of {len(names)}.")
    members = [
        np.array([row for row, name in enumerate(names) if name == one])
        for one in dict.fromkeys(names)
    ]
    if len(members) < 3:
        raise ValueError(f"An interval needs three families or more. Got {len(members)}.")
    value = spearman(*columns)
    if np.isnan(value):
        raise ValueError("One of the two does not vary, or 'given' explains it completely.")
    drawn = _resampled(columns, members, n_resamples, random_state)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(value, float(low), float(high), float(drawn.std(ddof=1)))


def _columns(x: ArrayLike, y: ArrayLike, given: ArrayLike | None) -> NDArray[np.float64]:
    columns = [np.asarray(one, np.float64) for one in (x, y, given) if one is not None]
    if len({len(one) for one in columns}) > 1:
        sizes = " and ".join(str(len(one)) for one in columns)
        raise ValueError(f"A correlation needs pairs. Got {sizes} numbers of {len(columns[0])}.")
    return np.stack(columns)


def _resampled(
    columns: NDArray[np.float64],
    members: list[NDArray[np.int64]],
    n_resamples: int,
    random_state: int,
) -> NDArray[np.float64]:
    generator = np.random.default_rng(random_state)
    n = len(members)
    by_length = defaultdict(list)  # samples of one length are correlated together
    for _ in range(n_resamples):
        rows = np.concatenate([members[one] for one in generator.integers(n, size=n)])
        by_length[len(rows)].append(rows)
    found = np.concatenate([_spearman(columns[:, np.stack(same)]) for same in by_length.values()])
    varied: NDArray[np.float64] = found[~np.isnan(found)]
    return varied


def _spearman(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank correlation of each of many samples; `columns` is (2 or 3, many, n)."""
    from scipy.stats import rankdata

    x, y, *given = rankdata(columns, axis=-1) - (columns.shape[-1] + 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        for z in given:
            x, y = (one - z * ((one * z).sum(-1) / (z**2).sum(-1))[..., None] for one in (x, y))
        spread = (x**2).sum(-1) * (y**2).sum(-1)
        spread[spread < ROUNDING] = np.nan
        found: NDArray[np.float64] = ((x * y).sum(-1) / np.sqrt(spread)).round(12)
    return found
