"""The evidence in training documents, each as if it had not been counted.

Taking a document away takes t from a count x of the pool and of its own class alone, so for every
other class the evidence (see `compressclf.models.blocks.counts`) is made of log2 (x - t) with x
that do not depend on the document. Where t is small,

    log2 (x - t) = log2 x - (t/x + (t/x)^2 / 2 + (t/x)^3 / 3 + ...) / ln 2

is a polynomial in t whose coefficients are made once for each row, and all documents with the row
go through them, without a logarithm: frequent blocks with many classes are what costs time.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.jit import kernels_of
from compressclf.models.blocks.counts import PRIOR, Counts, Postings
from compressclf.models.blocks.features import N_KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["add_base", "held_out_of", "sums_of"]

SMALL = np.float32(0.02)
"""Of t/x: beyond, the polynomial is off by more than 10^-7 bits."""
LINEAR = np.float32(3e-4)
"""Of t/x: below, two terms of the polynomial are as exact as four are at `SMALL`."""
TINY = 1e-3
"""The same for sums over many features, which are to be exact to 10^-12 bits."""
HALF, THIRD, PER_LN2 = np.float32(1 / 2), np.float32(1 / 3), np.float32(1 / np.log(2))

# Checks for division by zero would keep loops from being vectorized.
kernel = kernels_of(Path(__file__).parent, error_model="numpy")


def held_out_of(
    postings: Postings,
    counts: Counts,
    kinds: NDArray[np.int8],
    y: NDArray[np.int64],
    weights: NDArray[np.float32],
    damped: NDArray[np.float32],
    add: float,
    own: float,
    sample: NDArray[np.int32],
    n_sampled: int,
    groups: NDArray[np.int64],
    scale: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Score training documents, each as if it had not been counted.

    Parameters
    ----------
    sample : ndarray of int32, shape (n_docs,)
        Where the scores of each document go; -1 for those not to be scored.
    n_sampled : int
        How many are to be scored.
    groups : ndarray of int64, shape (N_KINDS,)
        Which kinds are added up together.
    scale : ndarray of float32, shape (N_KINDS,)
        What the evidence of each kind is multiplied by; 0 leaves it out.

    Returns
    -------
    evidence : ndarray of float32, shape (n_sampled, n_groups, n_classes)
        The first half of the evidence, bits; off by less than a millionth part of a bit for each
        feature, since logarithms of nearly equal numbers are made of one another.
    unknown : ndarray of float32, shape (n_sampled, N_KINDS)
        What those features of the document count that no other document has. They say nothing, as
        at prediction.
    """
    return _held_out(
        *postings,
        *counts[:4],
        kinds,
        y,
        weights,
        damped,
        np.float32(add),
        np.float32(own),
        np.float32(counts.totals.shape[1] / PRIOR),
        sample,
        n_sampled,
        groups,
        scale,
        counts.totals.shape[1],
    )


def sums_of(
    postings: Postings, kinds: NDArray[np.int8], damped: NDArray[np.float32], n_docs: int
) -> NDArray[np.float64]:
    """Return what the features of a kind count in each document, shape (n_docs, N_KINDS)."""
    return _sums(*postings, kinds, damped, n_docs)


def add_base(
    evidence: NDArray[np.float64],
    group: int,
    mass: NDArray[np.float64],
    taken: NDArray[np.float64],
    y: NDArray[np.int64],
    totals: NDArray[np.float64],
    n_features: int,
    add: float,
    own: float,
) -> None:
    """Add the second half of the evidence, of one kind: `base_of`, less each document's share.

    Parameters
    ----------
    evidence : ndarray of float64, shape (n_docs, n_groups, n_classes)
        Bits; ``evidence[:, group]`` is added to.
    mass : ndarray of float64, shape (n_docs,)
        What the features of the documents count, times the scale of the kind.
    taken : ndarray of float64, shape (n_docs,)
        What each document had added to the totals.
    y : ndarray of int64, shape (n_docs,)
        The classes of the documents.
    totals : ndarray of float64, shape (n_classes,)
        Counts of the kind.
    n_features : int
        How many features of the kind there are.
    """
    room = max(add * float(n_features), float(np.finfo(np.float64).tiny))
    _add_base(evidence, group, mass, taken, y, totals, room, own, totals.size / PRIOR)


@kernel
def _held_out(
    begins, docs, tallies, starts, classes, values, pool, kinds, y, weights, damped, add, own,
    times, sample, n_sampled, groups, scale, n_classes,
):  # fmt: skip
    evidence = np.zeros((n_sampled, groups.max() + 1, n_classes), np.float32)
    unknown = np.zeros((n_sampled, N_KINDS), np.float32)
    shares, logs = np.empty((2, n_classes), np.float32)
    a, b, c, d = np.empty((4, n_classes), np.float32)  # of the series, see `_expand`
    place = np.zeros(n_classes, np.int64)
    rest_of = np.float32(1.0) - own  # the part that the others' counts have in the evidence
    for row in range(begins.size - 1):
        kind, factor = kinds[row], scale[kinds[row]]
        alone = begins[row + 1] - begins[row] == 1
        first, n = starts[row], starts[row + 1] - starts[row]
        crowded = 3 * n > n_classes  # then all classes in order are quicker to visit
        seen, expanded = False, False
        least, top, inverse = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for i in range(begins[row], begins[row + 1]):
            doc = docs[i]
            to = sample[doc]
            if to < 0:
                continue
            value = damped[tallies[i]]
            less = weights[doc] * value
            others = pool[row] - less
            if alone or others <= np.float32(1e-6) * pool[row]:
                unknown[to, kind] += value
                continue
            if factor == 0:
                continue
            value *= factor
            bits = evidence[to, groups[kind]]
            if not seen:
                seen = True
                least, top = pool[row], np.log2(pool[row] + add)
                inverse = np.float32(1.0) / (pool[row] + add)
                for j in range(n):
                    place[classes[first + j]] = j
                    rest = max(pool[row] - values[first + j], np.float32(0.0)) + add
                    least, logs[j] = min(least, rest), np.log2(rest)
            near = less < SMALL * least
            whole = top - _decrease(less * inverse) if near else np.log2(others + add)
            # Its own class has lost the document, the others' counts are as they were.
            at = place[y[doc]]
            mine = bits[y[doc]] + value * rest_of * (whole - logs[at])
            if own > 0:
                count = max(values[first + at] - less, np.float32(0.0))
                mine += value * own * np.log2(np.float32(1.0) + times * count / others)
            if near and not expanded:
                expanded = True
                size = n_classes if crowded else n
                shares[:size] = 0
                for j in range(n):
                    shares[classes[first + j] if crowded else j] = values[first + j]
                _expand(shares[:size], pool[row], add, own, times, a, b, c, d)
            if near and crowded:
                if less < LINEAR * least:
                    _add_lines(bits, value, less, a, b)
                else:
                    _add_sums(bits, value, less, a, b, c, d)
            elif near:
                for j in range(n):
                    bits[classes[first + j]] += value * _sum_of(less, a[j], b[j], c[j], d[j])
            else:
                for j in range(n):
                    if j == at:
                        continue
                    rest = max(others - values[first + j], np.float32(0.0)) + add
                    gain = rest_of * (whole - np.log2(rest))
                    if own > 0:
                        gain += own * np.log2(np.float32(1.0) + times * values[first + j] / others)
                    bits[classes[first + j]] += value * gain
            bits[y[doc]] = mine
    return evidence, unknown


@kernel
def _sums(begins, docs, tallies, kinds, damped, n_docs):
    sums = np.zeros((n_docs, N_KINDS))
    for row in range(begins.size - 1):
        for i in range(begins[row], begins[row + 1]):
            sums[docs[i], kinds[row]] += damped[tallies[i]]
    return sums


@kernel
def _add_base(evidence, group, mass, taken, y, totals, room, own, times):
    # The base is the evidence of a feature with these counts and this addition, but for its sign.
    n_classes = totals.size
    pool = totals.sum()
    a, b, c, d = np.empty((4, n_classes))
    _expand(totals, pool, room, own, times, a, b, c, d)
    least = min(pool, pool - totals.max() + room)
    for doc in range(mass.size):
        bits, t = evidence[doc, group], taken[doc]
        mine = bits[y[doc]] - mass[doc] * _bits(totals, y[doc], t, t, pool, room, own, times)
        if t < TINY * least:
            _add_sums(bits, -mass[doc], t, a, b, c, d)
        else:
            for j in range(n_classes):
                bits[j] -= mass[doc] * _bits(totals, j, 0.0, t, pool, room, own, times)
        bits[y[doc]] = mine


@kernel
def _bits(totals, j, mine, t, pool, room, own, times):
    """Return the evidence when t is taken from the pool, and `mine` of it from class j."""
    smallest = np.finfo(np.float64).tiny
    left = max(pool - t, 0.0)
    count = min(max(totals[j] - mine, 0.0), left)
    rest = np.log2(left + room) - np.log2(left - count + room)
    return (1.0 - own) * rest + own * np.log2(1.0 + times * count / max(left, smallest))


@kernel
def _expand(counts, pool, add, own, times, a, b, c, d):
    """Write the coefficients of the evidence of each class; a class without counts has 0."""
    one = np.float32(1.0)
    u0, v0 = one / (pool + add), one / pool
    for j in range(counts.size):
        rest, many = max(pool - counts[j], np.float32(0.0)) + add, pool + times * counts[j]
        u, v = one / rest, one / many
        a[j] = (one - own) * np.log2((pool + add) * u) + own * np.log2(many * v0)
        b[j] = PER_LN2 * ((one - own) * (u - u0) + own * (v0 - v))
        c[j] = PER_LN2 * HALF * ((one - own) * (u * u - u0 * u0) + own * (v0 * v0 - v * v))
        d[j] = (
            PER_LN2
            * THIRD
            * ((one - own) * (u * u * u - u0 * u0 * u0) + own * (v0 * v0 * v0 - v * v * v))
        )


@kernel
def _add_sums(bits, value, t, a, b, c, d):
    for j in range(bits.size):
        bits[j] += value * _sum_of(t, a[j], b[j], c[j], d[j])


@kernel
def _add_lines(bits, value, t, a, b):
    for j in range(bits.size):
        bits[j] += value * (a[j] + t * b[j])


@kernel
def _sum_of(t, a, b, c, d):
    return a + t * (b + t * (c + t * d))


@kernel
def _decrease(t):
    """Return log2 x - log2 (x - t x) for small t."""
    return t * (np.float32(1.0) + t * (HALF + t * THIRD)) * PER_LN2
