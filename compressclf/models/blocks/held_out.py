"""Leave-one-out evidence of training documents.

Removing a document subtracts t from a count x of the pool and of its own class only. So for every
other class the evidence (see `compressclf.models.blocks.counts`) consists of log2 (x - t), where x
does not depend on the document. For small t,

    log2 (x - t) = log2 x - (t/x + (t/x)^2 / 2 + (t/x)^3 / 3 + ...) / ln 2

is a polynomial in t. Its coefficients are computed once per row and used for all documents with the
row, without logarithms, which saves most time for frequent blocks with many classes.
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
"""Largest t/x at which the error of the polynomial is at most 10^-7 bits."""
LINEAR = np.float32(3e-4)
"""Largest t/x at which two terms of the polynomial are as exact as four at `SMALL`."""
TINY = 1e-3
"""Largest t/x for sums over many features, which must be exact to 10^-12 bits."""
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
    """Return the leave-one-out evidence of training documents.

    Parameters
    ----------
    sample : ndarray of int32, shape (n_docs,)
        Row of the result for each document; -1 for documents that are not scored.
    n_sampled : int
        Number of documents that are scored.
    groups : ndarray of int64, shape (N_KINDS,)
        Group of each kind; the kinds of a group are added up.
    scale : ndarray of float32, shape (N_KINDS,)
        Factor of the evidence of each kind; 0 leaves the kind out.

    Returns
    -------
    evidence : ndarray of float32, shape (n_sampled, n_groups, n_classes)
        The first half of the evidence in bits; the error of the polynomials is less than 10^-6 bits
        per feature.
    unknown : ndarray of float32, shape (n_sampled, N_KINDS)
        Damped occurrences of features that no other document has. As at prediction, they give no
        evidence.
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
    """Return the damped occurrences of each kind in each document, shape (n_docs, N_KINDS)."""
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
    """Add the second half of the evidence of one kind, `base_of` without the document itself.

    Parameters
    ----------
    evidence : ndarray of float64, shape (n_docs, n_groups, n_classes)
        Bits; ``evidence[:, group]`` is added to.
    mass : ndarray of float64, shape (n_docs,)
        Damped occurrences in each document, times the scale of the kind.
    taken : ndarray of float64, shape (n_docs,)
        Part of the totals that comes from each document.
    y : ndarray of int64, shape (n_docs,)
        The classes of the documents.
    totals : ndarray of float64, shape (n_classes,)
        Counts of the kind.
    n_features : int
        Number of features of the kind.
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
    rest_of = np.float32(1.0) - own  # the share of the other classes in the evidence
    for row in range(begins.size - 1):
        kind, factor = kinds[row], scale[kinds[row]]
        first, n = starts[row], starts[row + 1] - starts[row]
        crowded = 3 * n > n_classes  # then visiting all classes in order is faster
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
            if others <= np.float32(1e-6) * pool[row]:  # no other document has the feature
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
            # Only the count of its own class changes without the document.
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
    # The base is the negative evidence of a feature with these counts and this pseudocount.
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
    """Return the evidence after subtracting t from the pool, and `mine` of it from class j."""
    smallest = np.finfo(np.float64).tiny
    left = max(pool - t, 0.0)
    count = min(max(totals[j] - mine, 0.0), left)
    rest = np.log2(left + room) - np.log2(left - count + room)
    return (1.0 - own) * rest + own * np.log2(1.0 + times * count / max(left, smallest))


@kernel
def _expand(counts, pool, add, own, times, a, b, c, d):
    """Write the coefficients of the evidence of each class, 0 for classes without counts."""
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
