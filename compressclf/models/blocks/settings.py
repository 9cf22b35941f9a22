"""Settings chosen by exact leave-one-out on the training documents.

A setting is preferred to the one before it in the list only if it decides more documents rightly
by more than one standard error of the difference, which is the square root of the number of
documents that only one of the two has right. The list begins with what is safest on few and on
short documents.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from compressclf.models.blocks.features import N_KINDS, PAIR, WORD
from compressclf.models.blocks.state import Counted, Index, Weighting

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ALL_LENGTHS", "LENGTHS", "WEIGHTINGS", "best_of", "choose", "scale_of"]

WEIGHTINGS = (
    Weighting(damping=0.5, shorten=0.5, add=1.0, own=0.0),
    Weighting(damping=0.5, shorten=0.5, add=1.0, own=0.2),
    Weighting(damping=1.0, shorten=0.0, add=0.3, own=0.0),
    Weighting(damping=1.0, shorten=0.0, add=0.3, own=0.3),
)
LENGTHS = ((4, 6), (2, 3, 4), (3, 6), (6,))
"""Sets of block lengths to choose from: words and phrases of an alphabet, short texts, and scripts
whose characters take three bytes."""
ALL_LENGTHS = (2, 3, 4, 6)
MOST_DOCUMENTS = 4000
"""No more than these take part in a choice."""

Setting = TypeVar("Setting")


def scale_of(lengths: Iterable[int], words: int) -> NDArray[np.float64]:
    """Return what the evidence of each kind is multiplied by, 0 for those left out.

    A byte is in j blocks of j bytes; 1/j makes their sum the mean over the j ways to cut a text
    into blocks.
    """
    scale = np.zeros(N_KINDS)
    for j in lengths:
        scale[j] = 1.0 / j
    scale[WORD], scale[PAIR] = words > 0, words > 1
    return scale


def choose(
    index: Index,
    weightings: Iterable[Weighting],
    lengths: Iterable[tuple[int, ...]],
    *,
    n_jobs: int | None = None,
) -> tuple[Weighting, tuple[int, ...]]:
    """Return the weighting and the block lengths that decide most training documents rightly."""
    sample = spread_sample(len(index.y), MOST_DOCUMENTS)
    lengths = list(lengths)

    def right() -> Iterable[tuple[tuple[Weighting, tuple[int, ...]], NDArray[np.bool_]]]:
        for weighting in weightings:
            counted = Counted.of(index, weighting, n_jobs=n_jobs)
            used = np.sign(scale_of(itertools.chain(*lengths), index.words))
            evidence, _ = counted.held_out(used, by_kind=True, sample=sample, n_jobs=n_jobs)
            for chosen in lengths:
                scores = np.tensordot(evidence, scale_of(chosen, index.words), (1, 0))
                yield (weighting, chosen), decided(scores, index.y[sample])

    return best_of(right())


def best_of(tried: Iterable[tuple[Setting, NDArray[np.bool_]]]) -> Setting:
    """Return the first setting, or a later one that is better by more than a standard error.

    Parameters
    ----------
    tried : iterable of (setting, right)
        `right` tells which documents the setting decides rightly.

    Examples
    --------
    >>> few, more = np.array([1, 1, 0, 0, 0], bool), np.array([1, 1, 1, 1, 0], bool)
    >>> best_of([("a", few), ("b", more)]), best_of([("a", few), ("c", ~few)])
    ('b', 'a')
    """
    best: tuple[Setting, NDArray[np.bool_]] | None = None
    for setting, right in tried:
        if best is None:
            best = setting, right
            continue
        gained = int((right & ~best[1]).sum())
        lost = int((best[1] & ~right).sum())
        if gained - lost > np.sqrt(gained + lost):
            best = setting, right
    if best is None:
        raise ValueError("There is nothing to choose from.")
    return best[0]


def decided(scores: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which documents have the highest score in their own class, alone."""
    own = scores[np.arange(len(y)), y]
    rival = scores.copy()
    rival[np.arange(len(y)), y] = -np.inf
    return np.asarray(own > rival.max(axis=1, initial=-np.inf))


def spread_sample(n: int, most: int) -> NDArray[np.int64]:
    """Return at most `most` of n positions, evenly spread."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))
