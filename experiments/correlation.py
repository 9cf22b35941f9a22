"""Whether two numbers rise and fall together, over things that come in families."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .statistics import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["spearman", "spearman_interval"]

CONFIDENCE = 0.95


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Return the rank correlation (Spearman 1904); equal values share the mean of their ranks.

    nan if either does not vary.

    Examples
    --------
    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])  # 1 - 6 · (0 + 0 + 1 + 1) / (4 · 15)
    0.8
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.stack([np.asarray(x, np.float64), np.asarray(y, np.float64)]), axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1).prod())
    return (
        float(round((centred[0] * centred[1]).sum() / spread, 12)) if spread > 0 else float("nan")
    )


def spearman_interval(
    x: ArrayLike,
    y: ArrayLike,
    families: Sequence[Hashable] | None = None,
    *,
    n_resamples: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the rank correlation with a 95 % percentile bootstrap interval.

    Parameters
    ----------
    x, y : array-like of shape (n,)
    families : sequence of hashable of length n, optional
        What is drawn together: levels of one compressor are no independent witnesses. Default:
        each by itself.
    n_resamples : int
        Those in which one of both does not vary count nowhere.
    random_state : int
        The same seed gives the same interval.

    Raises
    ------
    ValueError
        If lengths differ or there are fewer than three pairs or families.

    Examples
    --------
    >>> spearman_interval([1, 2, 3, 4], [1, 2, 3, 4]).low
    1.0
    """
    pair = np.asarray(x, np.float64), np.asarray(y, np.float64)
    names = list(range(len(pair[0]))) if families is None else list(families)
    if not len(pair[0]) == len(pair[1]) == len(names):
        raise ValueError(
            f"A correlation needs pairs. Got {len(pair[0])} and {len(pair[1])} numbers of "
            f"{len(names)}."
        )
    members = [
        np.array([row for row, name in enumerate(names) if name == one])
        for one in dict.fromkeys(names)
    ]
    if len(members) < 3:
        raise ValueError(f"An interval needs three families or more. Got {len(members)}.")
    drawn = _resampled(*pair, members, n_resamples, random_state)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(spearman(*pair), float(low), float(high), float(drawn.std(ddof=1)))


def _resampled(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    members: list[NDArray[np.int64]],
    n_resamples: int,
    random_state: int,
) -> NDArray[np.float64]:
    generator = np.random.default_rng(random_state)
    found = []
    for _ in range(n_resamples):
        chosen = generator.integers(len(members), size=len(members))
        rows = np.concatenate([members[one] for one in chosen])
        found.append(spearman(x[rows], y[rows]))
    values = np.array(found, np.float64)
    varied: NDArray[np.float64] = values[~np.isnan(values)]
    return varied
