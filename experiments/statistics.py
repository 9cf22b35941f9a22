"""Whether methods differ: on the same documents, and over several data sets.

On one data set two methods predict the same documents, so the comparison is paired: `mcnemar` tests
the documents on which they disagree, `bootstrap_interval` says how large the difference may be. A
table of tests needs `holm`. Over data sets methods are ranked (`friedman_ranks`), and a difference
of mean ranks below `nemenyi_difference` is not significant (`cliques`; Demšar 2006).

None of this covers the variation between training sets: that takes several seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Interval",
    "Ranks",
    "bootstrap_interval",
    "cliques",
    "friedman_ranks",
    "holm",
    "mcnemar",
    "nemenyi_difference",
]

METRICS = ("accuracy", "macro_f1")
METHODS = ("percentile", "bca")
BLOCK = 2**22  # counts held at a time


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval."""

    value: float
    low: float
    high: float
    stderr: float
    """Standard deviation over the resamples."""


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided exact p-value of McNemar's test.

    Parameters
    ----------
    gained, lost : int
        Numbers of documents that only the first method gets right, and only the second.

    References
    ----------
    McNemar 1947, *Note on the sampling error of the difference between correlated proportions*.

    Examples
    --------
    >>> mcnemar(1, 5)  # 2 · (1 + 6) / 2^6
    0.21875
    """
    from scipy.stats import binomtest

    if gained + lost == 0:
        return 1.0
    return float(binomtest(gained, gained + lost).pvalue)


def bootstrap_interval(
    labels: ArrayLike,
    predicted: ArrayLike,
    other: ArrayLike | None = None,
    *,
    metric: str = "accuracy",
    method: str = "percentile",
    confidence: float = 0.95,
    n_resamples: int = 10_000,
    random_state: int = 0,
) -> Interval:
    """Return a bootstrap interval of a score, or of the difference between two methods' scores.

    Documents are drawn with replacement together with the predictions of both methods, so that
    documents which are hard for both cancel out.

    Parameters
    ----------
    labels, predicted : array-like of shape (n,)
        True and predicted labels.
    other : array-like of shape (n,), optional
        Another method's predictions; the interval is then of ``score(predicted) - score(other)``.
    metric : {"accuracy", "macro_f1"}
    method : {"percentile", "bca"}
        BCa corrects bias and skew (Efron 1987); it matters for small n and for macro F1.
    confidence : float
    n_resamples : int
    random_state : int
        The same seed gives the same interval.

    Raises
    ------
    ValueError
        If lengths differ, there is nothing to score, or a parameter is out of range.

    Examples
    --------
    >>> labels, one, two = list("aabb") * 25, list("aabb") * 25, list("abbb") * 25
    >>> gain = bootstrap_interval(labels, one, two)
    >>> gain.value, gain.low > 0.15, gain.high < 0.35
    (0.25, True, True)
    """
    _check_bootstrap(metric, method, confidence, n_resamples)
    columns = [np.asarray(column) for column in (labels, predicted, other) if column is not None]
    n = len(columns[0])
    if not n or any(len(column) != n for column in columns):
        sizes = " and ".join(str(len(column)) for column in columns[1:])
        raise ValueError(f"Cannot score {sizes} predictions against {n} labels.")
    # Documents with the same label and predictions are interchangeable: draw their counts.
    codes = _codes(columns)
    kinds, counts = np.unique(codes, axis=1, return_counts=True)
    score = _Score(kinds, metric)
    generator = np.random.default_rng(random_state)
    drawn = np.concatenate(
        [
            score(generator.multinomial(n, counts / n, size=size))
            for size in _blocks(n_resamples, len(counts))
        ]
    )
    value = float(score(counts[None])[0])
    tails = np.array([1 - confidence, 1 + confidence]) / 2
    if method == "bca":
        tails = _bca(tails, value, drawn, score, counts)
    low, high = np.quantile(drawn, tails)
    return Interval(value, float(low), float(high), float(drawn.std(ddof=1)))


def _check_bootstrap(metric: str, method: str, confidence: float, n_resamples: int) -> None:
    from compressclf._lib.registry import choose_from

    if metric not in METRICS:
        raise ValueError(choose_from("metric", metric, list(METRICS)))
    if method not in METHODS:
        raise ValueError(choose_from("bootstrap method", method, list(METHODS)))
    if not 0 < confidence < 1:
        raise ValueError(f"'confidence' must lie between 0 and 1. Got {confidence} instead.")
    if n_resamples < 2:
        raise ValueError(f"'n_resamples' must be an int >= 2. Got {n_resamples} instead.")


def _codes(columns: list[NDArray[Any]]) -> NDArray[np.int64]:
    """Return the columns as rows of small integers; equal names get equal integers."""
    names = np.unique(np.concatenate(columns))
    return np.stack([np.searchsorted(names, column) for column in columns]).astype(np.int64)


def _blocks(n_resamples: int, n_kinds: int) -> list[int]:
    size = max(1, BLOCK // n_kinds)
    whole, rest = divmod(n_resamples, size)
    return [size] * whole + [rest] * (rest > 0)


class _Score:
    """A score, or a difference of two, from how often each kind of document was drawn."""

    def __init__(self, kinds: NDArray[np.int64], metric: str) -> None:
        self.true, self.guesses = kinds[0], kinds[1:]
        self.metric = metric
        self.classes = np.arange(kinds.max() + 1)

    def __call__(self, counts: NDArray[Any]) -> NDArray[np.float64]:
        first, *rest = [self._score(guess, counts) for guess in self.guesses]
        return first - rest[0] if rest else first

    def _score(self, guess: NDArray[np.int64], counts: NDArray[Any]) -> NDArray[np.float64]:
        right = self.true == guess
        if self.metric == "accuracy":
            shares: NDArray[np.float64] = counts @ right / counts.sum(axis=1)
            return shares
        is_true = self.true[:, None] == self.classes
        is_guess = guess[:, None] == self.classes
        hits = counts @ (is_true & is_guess).astype(np.int64)
        size = counts @ (is_true.astype(np.int64) + is_guess)
        # As scikit-learn has it: a class that is neither drawn nor predicted does not count.
        f1: NDArray[np.float64] = 2 * hits / np.maximum(size, 1)
        means: NDArray[np.float64] = f1.sum(axis=1) / (size > 0).sum(axis=1)
        return means


def _bca(
    tails: NDArray[np.float64],
    value: float,
    drawn: NDArray[np.float64],
    score: _Score,
    counts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the quantiles to read, corrected for bias and for skew (by the jackknife)."""
    from scipy.stats import norm

    below = ((drawn < value).mean() + (drawn <= value).mean()) / 2
    if not 0 < below < 1 or counts.sum() == 1:  # no variation to correct for
        return tails
    left_out = score(counts - np.eye(len(counts), dtype=np.int64))
    gaps = np.average(left_out, weights=counts) - left_out
    spread = (counts * gaps**2).sum()
    skew = (counts * gaps**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    bias = norm.ppf(below)
    moved = bias + norm.ppf(tails)
    corrected: NDArray[np.float64] = norm.cdf(bias + moved / (1 - skew * moved))
    return corrected


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values adjusted for multiple testing (Holm 1979).

    An adjusted value of at most α is significant. The probability that any significant result is
    wrong is then at most α, however the tests depend on each other.

    Parameters
    ----------
    p_values : array-like of shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        Adjusted values in the same order; each is at least the given one.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005]).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    p = np.asarray(p_values, np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("'p_values' must be a list of numbers from 0 to 1.")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    # The k-th smallest is multiplied by the number of those left; the results must not decrease.
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


@dataclass(frozen=True)
class Ranks:
    """Ranks of methods over data sets, and a test of whether they could be chance."""

    mean_ranks: NDArray[np.float64]
    """Mean rank of each method; 1 means best on every data set."""
    n_datasets: int
    chi_square: float
    """Friedman's statistic, corrected for ties."""
    f_statistic: float
    """Iman and Davenport's statistic, a less conservative function of `chi_square`."""
    p_value: float
    """p-value of the F statistic for the hypothesis that all methods are equal."""


def friedman_ranks(scores: ArrayLike, *, higher_is_better: bool = True) -> Ranks:
    """Rank methods on each data set and test whether they are equal (Friedman 1937).

    Parameters
    ----------
    scores : array-like of shape (n_datasets, n_methods)
        For example accuracies. Equal scores share the mean of their ranks.
    higher_is_better : bool
        False for errors or bits.

    Raises
    ------
    ValueError
        If there are fewer than two of either, or a score is missing.

    References
    ----------
    Demšar 2006, *Statistical comparisons of classifiers over multiple data sets*, JMLR 7.

    Examples
    --------
    >>> ranks = friedman_ranks([[0.9, 0.8, 0.7], [0.6, 0.5, 0.4], [0.8, 0.9, 0.1]])
    >>> ranks.mean_ranks.round(3).tolist(), round(ranks.chi_square, 3)
    ([1.333, 1.667, 3.0], 4.667)
    """
    from scipy.stats import f, rankdata

    table = np.asarray(scores, np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(
            f"Ranks need at least two data sets and two methods. Got scores of shape {table.shape}."
        )
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise ValueError(
            f"Method {column} has no score on data set {row}: leave one of them out; ranks "
            f"need every method on every data set."
        )
    n, k = table.shape
    ranks = rankdata(-table if higher_is_better else table, axis=1)
    means = ranks.mean(axis=0)
    # Conover's form. Without ties `within` is k·(k + 1)/12, and this is Friedman's.
    between = n * ((means - (k + 1) / 2) ** 2).sum()
    within = ((ranks - (k + 1) / 2) ** 2).sum() / (n * (k - 1))
    chi_square = between / within if within > 0 else 0.0
    rest = n * (k - 1) - chi_square
    statistic = (n - 1) * chi_square / rest if rest > 1e-12 * n else np.inf
    return Ranks(
        mean_ranks=means,
        n_datasets=n,
        chi_square=float(chi_square),
        f_statistic=float(statistic),
        p_value=float(f.sf(statistic, k - 1, (k - 1) * (n - 1))),
    )


def nemenyi_difference(n_methods: int, n_datasets: int, *, alpha: float = 0.05) -> float:
    """Return the critical difference; smaller ones of mean ranks may be chance (Nemenyi 1963).

    It holds for all pairs of methods at once.

    Examples
    --------
    >>> round(nemenyi_difference(4, 14), 2)  # Demšar 2006, section 3.2.2: 1.25
    1.25
    """
    from scipy.stats import studentized_range

    if n_methods < 2 or n_datasets < 1 or not 0 < alpha < 1:
        raise ValueError(
            f"A critical difference needs two methods, a data set and 0 < alpha < 1. Got "
            f"{n_methods}, {n_datasets} and {alpha}."
        )
    q = studentized_range.ppf(1 - alpha, n_methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(n_methods * (n_methods + 1) / (6 * n_datasets)))


def cliques(
    mean_ranks: Sequence[float] | NDArray[np.float64], difference: float
) -> list[list[int]]:
    """Return the largest groups of methods whose mean ranks differ by less than `difference`.

    Parameters
    ----------
    mean_ranks : sequence of float
    difference : float
        The critical difference, from `nemenyi_difference`.

    Returns
    -------
    list of lists of int
        Methods of each group, best first; groups may overlap, and single methods are left out.

    Examples
    --------
    >>> cliques([3.143, 2.0, 2.893, 1.964], 1.12)
    [[3, 1, 2], [2, 0]]
    """
    ranks = np.asarray(mean_ranks, np.float64)
    order = np.argsort(ranks, kind="stable")
    groups: list[list[int]] = []
    end = 0
    for start in range(len(order)):
        reach = start + int((ranks[order[start:]] - ranks[order[start]] < difference).sum())
        if reach > end and reach - start > 1:
            groups.append(order[start:reach].tolist())
        end = max(end, reach)
    return groups
