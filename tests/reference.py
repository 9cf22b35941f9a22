"""The plainest possible oracle: real gzip, nested loops, nothing shared, nothing fast.

Every engine is judged by these functions.
"""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Callable

Length = Callable[[bytes], float]


def gzip_bits(data: bytes) -> float:
    return 8.0 * len(gzip.compress(data, 9))


def ncd(x: bytes, y: bytes, *, length: Length = gzip_bits, separator: bytes = b" ") -> float:
    joint = length(x + separator + y)
    return (joint - min(length(x), length(y))) / max(length(x), length(y))


def neighbors(query: bytes, training: list[bytes], k: int, **options) -> list[tuple[float, int]]:
    """The k nearest as (distance, position); equal distances by position."""
    return sorted((ncd(query, doc, **options), i) for i, doc in enumerate(training))[:k]


def predict(query: bytes, training: list[bytes], labels: list[str], k: int, **options) -> str:
    """Majority of the k nearest; of classes with equally many votes the nearest one's."""
    ranked = [labels[i] for _, i in neighbors(query, training, k, **options)]
    votes = Counter(ranked)
    most = max(votes.values())
    return next(label for label in ranked if votes[label] == most)


def entropy_bits(counts: list[int]) -> float:
    total = sum(counts)
    return -sum(n * math.log2(n / total) for n in counts if n)
