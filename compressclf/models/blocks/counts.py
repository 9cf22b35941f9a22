"""Class counts of every row, and their evidence.

n(f, c) is the number of occurrences of feature f in the documents of class c, damped and weighted
(`Weighting`); n(f) is the sum over the classes. With the pseudocount a, and V features of its kind,
the codelength of the feature under all OTHER classes is

    -log2 (n(f) - n(f, c) + a) / (N - N(c) + a·V)

bits, where N is the sum over the features of the kind. The evidence for class c is how much longer
this is than the codelength under all classes:

    log2 (n(f) + a) - log2 (n(f) - n(f, c) + a)  +  log2 (N - N(c) + a·V) - log2 (N + a·V)

The first half is 0 for every class that does not have the feature, so that only nonzero counts are
stored and visited. The second half depends only on the kind. Complement counts are those of Rennie
et al. 2003, "Tackling the Poor Assumptions of Naive Bayes Text Classifiers".

With many classes, removing one of them changes little: a feature with half of its counts in one of
150 classes gives one bit. So a share of the evidence, `own`, can be the bits that the counts of the
class itself save over those of all classes. They are smoothed by a prior of M = PRIOR · N /
n_classes counts, distributed as in the pool of all classes:

    log2 (n(f, c) + M · n(f) / N) / (N(c) + M)  -  log2 n(f) / N
    = log2 (1 + K · n(f, c) / n(f))  -  log2 (1 + K · N(c) / N),    K = n_classes / PRIOR

Again the first part is 0 for classes without the feature, and the second depends only on the kind.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.models.blocks.features import N_KINDS, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "PRIOR",
    "Counts",
    "Postings",
    "Rows",
    "base_of",
    "count",
    "counts_of",
    "evidence_of",
    "postings_of",
    "take_rows",
]

PRIOR = 0.1
"""Counts of the prior, as a share of the mean count of a class."""


class Rows(NamedTuple):
    """Rows of each document; those of document i are at ``starts[i]:starts[i + 1]``."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]
    """Occurrences of the feature in the document, at most 255."""


class Postings(NamedTuple):
    """Documents of each row, the transpose of `Rows`.

    The documents with row r are at ``starts[r]:starts[r + 1]``.
    """

    starts: NDArray[np.int64]
    docs: NDArray[np.int32]
    counts: NDArray[np.uint8]


class Counts(NamedTuple):
    """Nonzero class counts; those of row r are at ``starts[r]:starts[r + 1]``."""

    starts: NDArray[np.int64]
    classes: NDArray[np.int32]
    values: NDArray[np.float32]
    pool: NDArray[np.float32]
    """The sum over the classes, per row."""
    totals: NDArray[np.float64]
    """The sum over the rows of a kind, shape (N_KINDS, n_classes)."""


def postings_of(parts: list[Rows], n_rows: int) -> Postings:
    """Return the documents of each row, from consecutive parts of the documents."""
    sizes = np.zeros(n_rows + 1, np.int64)
    for part in parts:
        _add_sizes(part.rows, sizes[1:])
    starts = np.cumsum(sizes)
    free, n, n_docs = starts[:-1].copy(), int(starts[-1]), 0
    postings = Postings(starts, np.empty(n, np.int32), np.empty(n, np.uint8))
    for part in parts:
        _fill(*part, n_docs, free, postings.docs, postings.counts)
        n_docs += len(part.starts) - 1
    return postings


def take_rows(postings: Postings, rows: NDArray[np.int64]) -> Postings:
    """Return the postings of some rows."""
    sizes = np.diff(postings.starts)[rows]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return Postings(starts, *_taken(*postings, rows, starts))


def count(
    postings: Postings,
    kinds: NDArray[np.int8],
    y: NDArray[np.int64],
    weights: NDArray[np.float32],
    damped: NDArray[np.float32],
    n_classes: int,
) -> Counts:
    """Return the class counts of rows with these `kinds`.

    Documents have the classes `y` and the `weights`; `damped` is as in `Weighting`.
    """
    return Counts(*_count(*postings, kinds, y, weights, damped, n_classes))


def counts_of(
    starts: NDArray[np.int64],
    classes: NDArray[np.int32],
    values: NDArray[np.float32],
    kinds: NDArray[np.int8],
    n_classes: int,
) -> Counts:
    """Return the counts with their sums, bit for bit the same as `count` returns."""
    row_of = np.repeat(np.arange(len(kinds)), np.diff(starts))
    totals = np.zeros((N_KINDS, n_classes))
    np.add.at(totals, (kinds[row_of], classes), values)
    pool = np.bincount(row_of, values, minlength=len(kinds)).astype(np.float32)
    return Counts(starts, classes, values, pool, totals)


def evidence_of(
    counts: Counts, kinds: NDArray[np.int8], add: float, own: float, scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the first half of the evidence of each entry of `counts`, scaled by its kind."""
    times = np.float32(counts.totals.shape[1] / PRIOR)
    return _evidence(
        counts.starts, counts.values, counts.pool, kinds, np.float32(add), np.float32(own), times,
        scale,
    )  # fmt: skip


def base_of(
    totals: NDArray[np.float64], n_features: NDArray[np.int64], add: float, own: float
) -> NDArray[np.float64]:
    """Return the second half of the evidence of one occurrence of each kind, in bits.

    `totals` has shape (..., n_classes), `n_features` shape (...).

    Examples
    --------
    Class 0 has two of three counts, class 1 the third, of two features:

    >>> base_of(np.array([2.0, 1.0]), np.array(2), add=1.0, own=0.0).round(3)
    array([-0.737, -0.322])
    """
    totals = np.maximum(totals, 0.0)  # removing a document can leave a negative rest
    pool = totals.sum(axis=-1, keepdims=True)
    room = np.maximum(add * np.asarray(n_features)[..., None], np.finfo(np.float64).tiny)
    rest = np.log2(np.maximum(pool - totals, 0.0) + room) - np.log2(pool + room)
    share = totals / np.maximum(pool, np.finfo(np.float64).tiny)
    saved = -np.log2(1.0 + totals.shape[-1] / PRIOR * share)
    return np.asarray((1.0 - own) * rest + own * saved)


@kernel
def _add_sizes(rows, sizes):
    for row in rows:
        sizes[row] += 1


@kernel
def _fill(starts, rows, counts, first, free, docs, sorted_counts):
    for doc in range(starts.size - 1):
        for i in range(starts[doc], starts[doc + 1]):
            at = free[rows[i]]
            free[rows[i]] = at + 1
            docs[at] = first + doc
            sorted_counts[at] = counts[i]


@kernel
def _count(begins, docs, tallies, kinds, y, weights, damped, n_classes):
    n_rows = begins.size - 1
    starts = np.zeros(n_rows + 1, np.int64)
    classes = np.empty(docs.size, np.int32)
    values = np.empty(docs.size, np.float32)
    pool = np.zeros(n_rows, np.float32)
    totals = np.zeros((N_KINDS, n_classes))
    place = np.full(n_classes, -1, np.int64)
    sums = np.zeros(n_classes)
    n = 0
    for row in range(n_rows):
        first = n
        for i in range(begins[row], begins[row + 1]):
            c = y[docs[i]]
            value = weights[docs[i]] * damped[tallies[i]]
            if place[c] < first:
                place[c] = n
                classes[n], sums[c] = c, value
                n += 1
            else:
                sums[c] += value
        whole = np.float64(0.0)
        for i in range(first, n):
            values[i] = sums[classes[i]]
            whole += values[i]
            totals[kinds[row], classes[i]] += values[i]
        pool[row] = whole
        starts[row + 1] = n
    return starts, classes[:n].copy(), values[:n].copy(), pool, totals


@kernel
def _evidence(starts, values, pool, kinds, add, own, times, scale):
    evidence = np.empty_like(values)
    for row in range(starts.size - 1):
        whole = np.log2(pool[row] + add)
        for i in range(starts[row], starts[row + 1]):
            rest = max(pool[row] - values[i], np.float32(0.0))
            bits = (np.float32(1.0) - own) * (whole - np.log2(rest + add))
            if own > 0:
                bits += own * np.log2(np.float32(1.0) + times * values[i] / pool[row])
            evidence[i] = scale[kinds[row]] * bits
    return evidence


@kernel
def _taken(starts, docs, counts, rows, new_starts):
    taken = np.empty(new_starts[-1], np.int32)
    taken_counts = np.empty(new_starts[-1], np.uint8)
    for at in range(rows.size):
        begin, end = starts[rows[at]], starts[rows[at] + 1]
        taken[new_starts[at] : new_starts[at + 1]] = docs[begin:end]
        taken_counts[new_starts[at] : new_starts[at + 1]] = counts[begin:end]
    return taken, taken_counts
