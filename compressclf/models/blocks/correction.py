"""A linear correction of counted codelengths, fitted to documents near the decision boundary.

Counts treat features as independent. So they are too confident about documents whose features
depend on each other, and classify some of them wrongly. The correction keeps the counted evidence
as a fixed offset and fits weights on top of it (`descent`). With

    g(d, c)   the leave-one-out evidence of training document d for class c, in bits
    M(d)      the mass of the document: the sum over its features of scale(f) · t(d, f),
              t(d, f) its damped occurrences
    m         the median over the documents of |margin of g| / sqrt M

the offsets and features of the descent are

    o(d, c) = TRUST · g(d, c) / (m · sqrt M(d))
    x(d, f) = t(d, f) · sqrt scale(f) · (1 + ln(n / n(f))) / (z · sqrt M(d))

for words, pairs of words and blocks of one length that occur in at least two documents. Here n is
the number of documents, n(f) of which have the feature, and z makes the mean of |x(d)|^2 one. The
weights W(f, c) are converted to bits by the inverse of the scale of the offsets, in which M(d)
cancels: every occurrence of a feature adds

    bits(f, c) = m / (TRUST · z) · sqrt scale(f) · (1 + ln(n / n(f))) · W(f, c)

to the evidence for class c. So the corrected evidence is still a sum over features.

Corrections below a fifth of their root mean square are dropped. Between 40 and 70 % remain; on six
development sets this changed at most 0.7 % of the labels and 0.2 points of accuracy.

TRUST and COST were chosen on training documents of fourteen sets and are the same for all; see
docs/evidence/class-models.md.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf.models._samples import ROUNDING, spread_sample
from compressclf.models.blocks.descent import Examples, descend, linear_scores
from compressclf.models.blocks.features import N_KINDS, PAIR, WORD, kernel
from compressclf.models.blocks.rowbits import Correction
from compressclf.models.blocks.state import Counted, Index

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["COST", "folds_of", "learn_correction"]

TRUST = 0.8
"""Weight of the counted evidence."""
COST = 0.5
"""Cost of the squared hinge loss of a training document."""
N_FOLDS = 4
"""Number of folds for held-out bits."""
ENOUGH = 1000
"""With more training documents than this, one fold is held out, otherwise every fold."""
NEGLIGIBLE = 0.2
"""Corrections below this share of their root mean square are dropped."""
MOST_WEIGHTS = 2**27
"""Features times classes, at most (512 MiB); rare features are left out to get there."""


def learn_correction(
    counted: Counted,
    evidence: NDArray[np.float64],
    mass: NDArray[np.float64],
    scale: NDArray[np.float64],
    length: int | None,
    order: NDArray[np.int64],
    *,
    cost: float = COST,
    seed: int = 0,
    n_jobs: int | None = None,
) -> tuple[list[Correction], NDArray[np.float64]]:
    """Fit the corrections of all shards.

    Parameters
    ----------
    counted : Counted
        The training documents and their counts.
    evidence, mass : ndarray of float64
        As returned by ``counted.held_out(scale)``.
    scale : ndarray of float64, shape (N_KINDS,)
        Factor of the evidence of each kind.
    length : int or None
        The block length that is corrected; None for words only.
    order : ndarray of int64, shape (n_docs,)
        The documents in an order that does not depend on their positions.
    cost : float
        Cost of the squared hinge loss of a document.

    Returns
    -------
    corrections : list of Correction
    held_out : ndarray of float64, shape (n_docs, n_classes)
        Evidence in bits with a correction fitted without the fold of the document, and counts
        without the document alone: counts without the whole fold gave no better calibration on
        seven sets. Rows of documents that were not held out are NaN.
    """
    index, n_docs = counted.index, len(counted.index.y)
    used = np.zeros(N_KINDS, bool)
    used[[WORD, PAIR] if length is None else [WORD, PAIR, length]] = True
    rows = _corrected_rows(index, used & (scale > 0), index.n_classes)
    factors = [
        np.sqrt(scale[kinds[r]]) * (1.0 + np.log(n_docs / np.diff(postings.starts)[r]))
        for postings, kinds, r in zip(index.postings, index.kinds, rows, strict=True)
    ]
    sparse = _sparse(index, rows, factors, counted.weighting.damped)
    problem = _problem(index, sparse, sum(map(len, rows)), evidence, mass @ scale, cost)

    held = np.full((n_docs, index.n_classes), np.nan)

    def learn(test: NDArray[np.int64]) -> NDArray[np.floating] | None:
        """Fit to all documents but `test`; return the weights, or score `test` if not empty."""
        fitted = np.ones(n_docs, bool)
        fitted[test] = False
        weights, _ = descend(problem.examples, order[fitted[order]], seed=seed)
        if not len(test):
            return weights
        bits = problem.unit[test, None] * linear_scores(problem.examples, weights, test)
        held[test] = evidence[test] + bits
        return None

    weights = in_threads(learn, [np.empty(0, np.int64), *folds_of(index.y)], n_jobs)[0]
    assert weights is not None
    weights *= np.concatenate(factors)[:, None] * problem.per_weight
    least = NEGLIGIBLE * float(np.sqrt(np.mean(np.square(weights)))) if weights.size else 0.0
    corrections, first = [], 0
    for kinds, r in zip(index.kinds, rows, strict=True):
        corrections.append(_correction_of(len(kinds), r, weights[first : first + len(r)], least))
        first += len(r)
    return corrections, held


class _Problem(NamedTuple):
    """Input of the descent, and the conversion of its results to bits."""

    examples: Examples
    unit: NDArray[np.float64]
    """Bits of a score of 1, per document."""
    per_weight: float
    """Bits of a weight of 1, before the factor of the feature."""


def _problem(
    index: Index,
    sparse: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]],
    n_features: int,
    evidence: NDArray[np.float64],
    mass: NDArray[np.float64],
    cost: float,
) -> _Problem:
    starts, _, values = sparse
    n_docs = len(index.y)
    present = np.bincount(index.y, minlength=index.n_classes) > 0
    possible = evidence if present.all() else np.where(present, evidence, -np.inf)
    root = np.sqrt(np.maximum(mass, 1.0))
    unit = root * _typical_margin(possible, index.y, root) / TRUST
    squares = np.bincount(np.repeat(np.arange(n_docs), np.diff(starts)), np.square(values), n_docs)
    norm = float(np.sqrt(np.mean(squares / root**2))) or 1.0  # 1: no features at all
    offsets = np.empty(evidence.shape, np.float32)
    np.subtract(possible, possible.max(axis=1, keepdims=True), out=offsets, casting="same_kind")
    offsets /= unit[:, None].astype(np.float32)
    examples = Examples(
        *sparse,
        (1.0 / (norm * root)).astype(np.float32),
        offsets,
        index.y,
        (cost * index.multiples).astype(np.float32),
        n_features,
    )
    return _Problem(examples, unit, unit[0] / (root[0] * norm))


def _typical_margin(
    evidence: NDArray[np.float64], y: NDArray[np.int64], root: NDArray[np.float64]
) -> float:
    """Return the median of |evidence of the label - evidence of the best rival| / root."""
    here = np.arange(len(y))
    rival = evidence.copy()
    rival[here, y] = -np.inf
    margin = np.abs(evidence[here, y] - rival.max(axis=1)) / root
    median = float(np.median(margin)) if len(y) else 0.0
    return median if ROUNDING < median < np.inf else 1.0


def folds_of(y: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the documents of each fold; a single fold if there are many documents."""
    if len(y) > ENOUGH:
        return [spread_sample(y, len(y) // N_FOLDS)]
    by_class = np.argsort(y, kind="stable")
    n_folds = min(N_FOLDS, len(y))
    return [by_class[fold::n_folds] for fold in range(n_folds)] if n_folds > 1 else []


def _corrected_rows(
    index: Index, used: NDArray[np.bool_], n_classes: int
) -> list[NDArray[np.int64]]:
    """Return the rows of each shard that occur in at least two documents, or more if too many."""
    sizes = [np.diff(postings.starts) for postings in index.postings]
    sizes = [np.where(used[kinds], n, 0) for kinds, n in zip(index.kinds, sizes, strict=True)]
    least = 2
    while sum(int((n >= least).sum()) for n in sizes) * n_classes > MOST_WEIGHTS:
        least += 1
    return [np.flatnonzero(n >= least) for n in sizes]


def _sparse(
    index: Index,
    rows: list[NDArray[np.int64]],
    factors: list[NDArray[np.float64]],
    damped: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return the documents as sparse rows: damped occurrences times the factor of the feature."""
    free = np.zeros(len(index.y) + 1, np.int64)
    for postings, kept in zip(index.postings, rows, strict=True):
        _add_sizes(*postings[:2], kept, free[1:])
    starts = np.cumsum(free)
    free = starts[:-1].copy()
    features, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    first = 0
    for postings, kept, factor in zip(index.postings, rows, factors, strict=True):
        _fill(*postings, kept, first, factor.astype(np.float32), damped, free, features, values)
        first += len(kept)
    return starts, features, values


def _correction_of(
    n_rows: int, rows: NDArray[np.int64], bits: NDArray[np.floating], least: float
) -> Correction:
    kept = (bits != 0) & (np.abs(bits) >= least)
    sizes = np.zeros(n_rows, np.int64)
    sizes[rows] = kept.sum(axis=1)
    return Correction(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.nonzero(kept)[1].astype(np.int32),
        bits[kept].astype(np.float32),
    )


@kernel
def _add_sizes(starts, docs, rows, sizes):
    for row in rows:
        for i in range(starts[row], starts[row + 1]):
            sizes[docs[i]] += 1


@kernel
def _fill(starts, docs, tallies, rows, first, factors, damped, free, features, values):
    for at in range(rows.size):
        for i in range(starts[rows[at]], starts[rows[at] + 1]):
            to = free[docs[i]]
            free[docs[i]] = to + 1
            features[to] = first + at
            values[to] = damped[tallies[i]] * factors[at]
