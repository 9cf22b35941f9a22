"""Scores of documents: the evidence of the features that training documents have."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.jit import read_only
from compressclf.models.blocks.distinct import distinct_features, most_at_once, nothing, scratch
from compressclf.models.blocks.features import N_KINDS, features_of, kernel, most_features
from compressclf.models.blocks.rowbits import Correction, no_correction
from compressclf.models.blocks.slots import AHEAD, find_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["find_occurrences", "score", "sum_of"]

_NOTHING = np.empty((0, 0), np.float32)


def sum_of(
    counted: Correction, corrected: Correction, n_classes: int
) -> Correction | NDArray[np.float32]:
    """Return the sum of the bits of each row and class, as a matrix if that takes less memory."""
    n_rows = len(counted.starts) - 1
    if n_rows * n_classes > 2 * (n_rows + len(counted.bits) + len(corrected.bits)):
        return Correction(*_sum(*counted, *corrected, n_classes))
    matrix = np.zeros((n_rows, n_classes), np.float32)
    for part in (counted, corrected):
        _add_rows(*part, matrix)
    return matrix


def score(
    docs: Corpus,
    lengths: NDArray[np.int64],
    words: int,
    slots: NDArray[np.uint64],
    bits: Correction | NDArray[np.float32],
    damped: NDArray[np.float32],
    base: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the evidence of documents in bits, shape (n_docs, n_classes).

    The result is batch-invariant: each document is summed up in the order of its features.
    """
    most = most_at_once(docs, len(lengths), words)
    sparse, dense = (bits, _NOTHING) if isinstance(bits, Correction) else (no_correction(0), bits)
    evidence: NDArray[np.float64] = _score(
        read_only(docs.buffer),
        read_only(docs.offsets),
        lengths,
        words,
        most,
        *read_only((slots, *sparse, dense, damped, base)),
    )
    return evidence


def find_occurrences(
    slots: NDArray[np.uint64], doc: Corpus, lengths: NDArray[np.int64], words: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row and span of each occurrence of a known feature in a corpus of one document."""
    most = most_features(int(doc.lengths[0]), len(lengths), words)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    spans, rows = np.empty((most, 2), np.int64), np.empty(most, np.int64)
    begin, end = doc.offsets
    n = features_of(read_only(doc.buffer), begin, end, lengths, words, hashes, kinds, spans)
    find_rows(read_only(slots), hashes, 0, n, rows)
    known = np.flatnonzero(rows[:n] >= 0)
    return rows[known], spans[known]


@kernel
def _score(
    buffer, offsets, lengths, words, most, slots, starts, classes, bits, dense, damped, base
):  # fmt: skip
    n_docs, n_classes = offsets.size - 1, base.shape[1]
    work, found = scratch(most), nothing()
    rows, values = np.empty(AHEAD, np.int64), np.empty(AHEAD, np.float32)
    begins, ends = np.empty(AHEAD, np.int64), np.empty(AHEAD, np.int64)
    scores, mass = np.zeros((n_docs, n_classes)), np.empty(N_KINDS)
    for doc in range(n_docs):
        total = scores[doc]
        mass[:] = 0.0
        n, found = distinct_features(
            buffer, offsets[doc], offsets[doc + 1], lengths, words, work, found, 0
        )
        # In separate loops, so that the cache misses of each loop overlap.
        for first in range(0, n, AHEAD):
            last = min(first + AHEAD, n)
            find_rows(slots, found.hashes, first, last, rows)
            m = 0
            for i in range(first, last):
                row = rows[i - first]
                if row >= 0:
                    rows[m] = row
                    values[m] = damped[found.times[i]]
                    mass[found.kinds[i]] += values[m]
                    m += 1
            if dense.size:
                for i in range(m):
                    for c in range(n_classes):
                        total[c] += values[i] * dense[rows[i], c]
                continue
            for i in range(m):
                begins[i], ends[i] = starts[rows[i]], starts[rows[i] + 1]
            for i in range(m):
                for j in range(begins[i], ends[i]):
                    total[classes[j]] += values[i] * bits[j]
        for kind in range(N_KINDS):
            for c in range(n_classes):
                total[c] += mass[kind] * base[kind, c]
    return scores


@kernel
def _add_rows(starts, classes, bits, matrix):
    for row in range(starts.size - 1):
        for j in range(starts[row], starts[row + 1]):
            matrix[row, classes[j]] += bits[j]


@kernel
def _sum(starts, classes, bits, more_starts, more_classes, more_bits, n_classes):
    n_rows, most = starts.size - 1, bits.size + more_bits.size
    sum_starts = np.zeros(n_rows + 1, np.int64)
    sum_classes, sums = np.empty(most, np.int32), np.empty(most, np.float32)
    place = np.full(n_classes, -1, np.int64)
    n = 0
    for row in range(n_rows):
        first = n
        for j in range(starts[row], starts[row + 1]):
            sum_classes[n], sums[n], place[classes[j]] = classes[j], bits[j], n
            n += 1
        for j in range(more_starts[row], more_starts[row + 1]):
            at = place[more_classes[j]]
            if at >= first:
                sums[at] += more_bits[j]
            else:
                sum_classes[n], sums[n] = more_classes[j], more_bits[j]
                n += 1
        sum_starts[row + 1] = n
    return sum_starts, sum_classes[:n].copy(), sums[:n].copy()
