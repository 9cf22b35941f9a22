"""Fit `Blocks` to documents that are read in batches, within a limit of memory.

Settings are chosen on a sample of the documents, which fits into memory. Then all documents are
counted (`tally`). The correction and the held-out bits are those of the sample, whose documents are
left out one at a time from the counts of all documents. If the sample has all documents, the model
is the same as that of `Blocks.fit`.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.models.blocks.counts import Counts, base_of, take_rows
from compressclf.models.blocks.features import N_KINDS, WORD
from compressclf.models.blocks.held_out import sums_of
from compressclf.models.blocks.rowbits import Correction, joined, no_correction
from compressclf.models.blocks.state import Counted, Index, Learned, Weighting
from compressclf.models.blocks.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Pruned", "counted_in_batches", "scattered"]

COUNTS = 0.5
"""Share of the memory for the counts; a model takes less than twice as much while it is fitted."""


class Pruned(NamedTuple):
    """What was pruned to stay within the limit of memory."""

    n_features: int
    """Features that were pruned; one that occurred again may have been pruned again."""
    share: float
    """Share of the features of a document that are missing in the model, in the sample."""
    too_low: float
    """Every count is at most this much too low. A document of mean length counts 1."""
    bits: float
    """How much one occurrence of a word can change the score of a class, at most."""


def counted_in_batches(
    read: Index,
    weighting: Weighting,
    batches: Iterable[tuple[Corpus, NDArray[np.int64]]],
    *,
    reference: float,
    memory: int,
    n_jobs: int | None = None,
) -> tuple[Learned, Counted, NDArray[np.int64], Pruned | None]:
    """Count the documents of all batches.

    Parameters
    ----------
    read : Index
        The sample.
    weighting : Weighting
        How occurrences become counts.
    batches : iterable of (Corpus, ndarray of int64)
        All documents with their classes, also those of the sample.
    reference : float
        Their mean length.
    memory : int
        Bytes.

    Returns
    -------
    learned : Learned
        The counts, without a correction.
    counted : Counted
        The sample with the counts of all documents.
    rows : ndarray of int64
        The row in `learned` of each row of `counted`, shard by shard.
    pruned : Pruned or None
        None if all features were kept.
    """
    several = [np.diff(postings.starts) > 1 for postings in read.postings]
    kept = [
        (hashes[often], kinds[often])  # they may get a correction
        for hashes, kinds, often in zip(read.hashes, read.kinds, several, strict=True)
    ]
    tally = Tally(
        weighting, reference, read.lengths, read.words, read.n_classes,
        memory=int(COUNTS * memory), kept=kept,
    )  # fmt: skip
    for docs, y in batches:
        tally.add(docs, y, n_jobs=n_jobs)
    found = [tally.rows_of(shard, hashes) for shard, hashes in enumerate(read.hashes)]
    n_pruned, totals = tally.n_pruned, tally.totals
    lost, too_low = tally.lost_bits(), tally.too_low
    hashes, kinds, counts = tally.counts()
    if (np.diff(counts.starts) == 0).any():
        raise ValueError("The batches differ from those that were read before.")
    learned = Learned(hashes, kinds, counts, no_correction(len(hashes)))
    n_features = np.bincount(kinds, minlength=N_KINDS)
    sample, rows = _known(read, found)
    taken = [Correction(*counts[:3]).take(own) for own in rows]
    damped, n_docs = weighting.damped, len(read.y)
    counted = Counted(
        sample,
        weighting,
        reference,
        weighting.weights(read.doc_lengths, reference),
        [Counts(*t, counts.pool[own], counts.totals) for t, own in zip(taken, rows, strict=True)],
        counts.totals,
        n_features,
        np.sum(
            [
                sums_of(postings, own, damped, n_docs)
                for postings, own in zip(sample.postings, sample.kinds, strict=True)
            ],
            axis=0,
        ),
    )
    if not n_pruned.any():
        return learned, counted, np.concatenate(rows), None
    known = (counts.totals[WORD], n_features[WORD])
    every = (totals[WORD], n_features[WORD] + n_pruned[WORD])
    bases = [base_of(*each, weighting.add, weighting.own) for each in (known, every)]
    lost += sum(float(np.ptp(base)) for base in bases)
    n_read, n_known = (
        sum(len(postings.docs) for postings in each.postings) for each in (read, sample)
    )
    share = 1.0 - n_known / max(1, n_read)
    return learned, counted, np.concatenate(rows), Pruned(int(n_pruned.sum()), share, too_low, lost)


def scattered(corrections: list[Correction], rows: NDArray[np.int64], n_rows: int) -> Correction:
    """Return the corrections of some rows as those of a table of `n_rows` rows."""
    order = np.argsort(rows)
    taken = joined(corrections).take(order)
    sizes = np.zeros(n_rows + 1, np.int64)
    sizes[rows[order] + 1] = np.diff(taken.starts)
    return Correction(np.cumsum(sizes), taken.classes, taken.bits)


def _known(read: Index, found: list[NDArray[np.int64]]) -> tuple[Index, list[NDArray[np.int64]]]:
    """Return the sample without the features that were pruned, and the rows of the others."""
    own = [np.flatnonzero(rows >= 0) for rows in found]
    if all(len(kept) == len(rows) for kept, rows in zip(own, found, strict=True)):
        return read, found
    sample = read._replace(
        hashes=[hashes[kept] for hashes, kept in zip(read.hashes, own, strict=True)],
        kinds=[kinds[kept] for kinds, kept in zip(read.kinds, own, strict=True)],
        postings=[take_rows(each, kept) for each, kept in zip(read.postings, own, strict=True)],
    )
    return sample, [rows[kept] for rows, kept in zip(found, own, strict=True)]
