"""Bit histories: the bits that followed a context, in one byte.

A history of up to four bits is exact; a longer one is a pair of counts and the latest bit. Counts
are bounded, and a bit that contradicts a long run shortens it, since recent bits predict best.

Histories are numbered by length, so that the number says how often a context has been seen; 0 is
the empty history.

>>> HISTORIES[:4]
[(0, 0, ''), (1, 0, '0'), (0, 1, '1'), (2, 0, '00')]
>>> state = 0
>>> for bit in (1, 1, 0):
...     state = int(NEXT[state, bit])
>>> HISTORIES[state]
(1, 2, '110')
"""

from __future__ import annotations

import numpy as np

__all__ = ["HISTORIES", "NEXT"]

History = tuple[int, int, str]  # zeros, ones, latest bits

_EXACT = 4
# Bound of the larger count, by the smaller count.
_BOUNDS = (44, 24, 12, 8, 6, 5)


def _after(history: History, bit: int) -> History:
    counts = [history[0], history[1]]
    other = counts[1 - bit]
    if other > 2:
        counts[1 - bit] = 2 + (other - 2) // 2
    counts[bit] += 1
    small = min(*counts, len(_BOUNDS) - 1)
    counts = [min(n, _BOUNDS[small]) for n in counts]
    latest = history[2] + str(bit)
    if len(latest) > _EXACT or len(latest) != sum(counts):
        latest = latest[-1]
    return counts[0], counts[1], latest


def _reachable() -> list[History]:
    start: History = (0, 0, "")
    seen, frontier = {start}, [start]
    while frontier:
        frontier = [
            after
            for after in {_after(history, bit) for history in frontier for bit in (0, 1)}
            if after not in seen
        ]
        seen.update(frontier)
    return sorted(seen, key=lambda history: (history[0] + history[1], history[2], history))


HISTORIES = _reachable()
_NUMBER = {history: number for number, history in enumerate(HISTORIES)}
NEXT = np.array(
    [[_NUMBER[_after(history, bit)] for bit in (0, 1)] for history in HISTORIES], dtype=np.uint8
)
