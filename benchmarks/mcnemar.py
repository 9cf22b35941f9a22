"""Whether two methods differ on the same documents."""

from __future__ import annotations

from scipy.stats import binomtest

__all__ = ["mcnemar"]


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided exact p-value of McNemar's test.

    Parameters
    ----------
    gained, lost : int
        Documents that only the one method gets right, and that only the other does.
    """
    if gained + lost == 0:
        return 1.0
    return float(binomtest(gained, gained + lost).pvalue)
