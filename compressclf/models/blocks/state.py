"""Everything counted: the features with their postings, and the counts made of them."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf.models.blocks.correction import Correction, joined, no_correction
from compressclf.models.blocks.counts import (
    Counts,
    Postings,
    count,
    take_rows,
)
from compressclf.models.blocks.features import LONGEST, N_KINDS
from compressclf.models.blocks.held_out import add_base, held_out_of, sums_of
from compressclf.models.blocks.table import SHARDS, read_documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Counted", "Index", "Learned", "Weighting", "index"]

REFERENCE = 256.0
"""Bytes of a document that counts once, when there was none to take the mean of."""


@dataclass(frozen=True)
class Weighting:
    """How occurrences become counts, and counts bits.

    Parameters
    ----------
    damping : float
        k occurrences in one document count k ** damping; 0 is once, 1 is each.
    shorten : float
        A document of n bytes counts (reference / n) ** shorten; 0 is all alike, 1 is all texts as
        if they were equally long.
    add : float
        What is added to every count.
    own : float
        Share of the evidence that is what the class itself saves, in [0, 1]; the rest is what the
        others would pay.

    Examples
    --------
    >>> weighting = Weighting(damping=0.5, shorten=0.5, add=1.0, own=0.0)
    >>> weighting.damped[[0, 1, 4, 9]].tolist()
    [0.0, 1.0, 2.0, 3.0]
    >>> weighting.weights(np.array([25, 100, 400]), reference=100.0).tolist()
    [2.0, 1.0, 0.5]
    """

    damping: float
    shorten: float
    add: float
    own: float

    @property
    def damped(self) -> NDArray[np.float32]:
        """What 0, 1, ..., 255 occurrences count."""
        table = np.arange(256, dtype=np.float64)
        table[1:] **= self.damping
        return table.astype(np.float32)

    def weights(self, lengths: NDArray[np.int64], reference: float) -> NDArray[np.float32]:
        """Return what documents of these lengths count."""
        relative = reference / np.maximum(lengths, 1)
        return np.asarray(relative**self.shorten, dtype=np.float32)


class Learned(NamedTuple):
    """What is kept of all features once the documents are gone."""

    hashes: NDArray[np.uint64]
    """The hash of each row."""
    kinds: NDArray[np.int8]
    """The kind of each row."""
    counts: Counts
    correction: Correction


class Index(NamedTuple):
    """Training documents by feature; the features are in shards, each with rows of its own."""

    hashes: list[NDArray[np.uint64]]
    """The hash of each row."""
    kinds: list[NDArray[np.int8]]
    """The kind of each row."""
    postings: list[Postings]
    lengths: NDArray[np.int64]
    """Block lengths."""
    words: int
    doc_lengths: NDArray[np.int64]
    """Bytes of each document."""
    y: NDArray[np.int64]
    n_classes: int
    multiples: NDArray[np.float64]
    """How many times each document counts."""

    def repeated(self) -> float:
        """Return the share of a document's distinct features that occur in it more than once."""
        n_repeated = sum(int((postings.counts > 1).sum()) for postings in self.postings)
        return n_repeated / max(1, sum(len(postings.counts) for postings in self.postings))

    def only(self, lengths: tuple[int, ...], *, n_jobs: int | None = None) -> Index:
        """Return the index without the blocks of other lengths."""
        if set(lengths) == set(self.lengths.tolist()):
            return self
        used = np.ones(N_KINDS, bool)
        used[: LONGEST + 1] = np.isin(np.arange(LONGEST + 1), lengths)

        def kept(
            shard: int,
        ) -> tuple[NDArray[np.uint64], NDArray[np.int8], Postings]:
            rows = np.flatnonzero(used[self.kinds[shard]])
            return (
                self.hashes[shard][rows],
                self.kinds[shard][rows],
                take_rows(self.postings[shard], rows),
            )

        shards = in_threads(kept, range(SHARDS), n_jobs)
        hashes, kinds, postings = map(list, zip(*shards, strict=True))
        return self._replace(
            hashes=hashes, kinds=kinds, postings=postings, lengths=np.array(lengths, np.int64)
        )


@dataclass(frozen=True)
class Counted:
    """An index with its counts under one weighting."""

    index: Index
    weighting: Weighting
    reference: float
    """Bytes of a document that counts once."""
    weights: NDArray[np.float32]
    """What each document counts."""
    shards: list[Counts]
    totals: NDArray[np.float64]
    """Counts of all features of a kind, shape (N_KINDS, n_classes)."""
    n_features: NDArray[np.int64]
    """How many there are of each kind."""
    sums: NDArray[np.float64]
    """What the features of each document count by kind, shape (n_docs, N_KINDS)."""

    @classmethod
    def of(cls, index: Index, weighting: Weighting, *, n_jobs: int | None = None) -> Counted:
        """Count the features of all documents."""
        reference = float(index.doc_lengths.mean()) if len(index.y) else REFERENCE
        reference = max(reference, 1.0)
        weights = (weighting.weights(index.doc_lengths, reference) * index.multiples).astype(
            np.float32
        )
        shards = in_threads(
            lambda shard: count(
                index.postings[shard],
                index.kinds[shard],
                index.y,
                weights,
                weighting.damped,
                index.n_classes,
            ),
            range(SHARDS),
            n_jobs,
        )
        totals = np.sum([counts.totals for counts in shards], axis=0)
        n_features = np.sum([np.bincount(k, minlength=N_KINDS) for k in index.kinds], axis=0)
        of_shards = in_threads(
            lambda shard: sums_of(
                index.postings[shard], index.kinds[shard], weighting.damped, len(index.y)
            ),
            range(SHARDS),
            n_jobs,
        )
        sums = np.sum(of_shards, axis=0)
        return cls(index, weighting, reference, weights, shards, totals, n_features, sums)

    def learned(self, corrections: list[Correction] | None = None) -> Learned:
        """Return the counts without the documents, the rows of all shards one after another."""
        corrections = corrections or [no_correction(len(kinds)) for kinds in self.index.kinds]
        sizes = np.concatenate([np.diff(counts.starts) for counts in self.shards])
        classes, values, pool = (
            np.concatenate(arrays) for arrays in list(zip(*self.shards, strict=True))[1:4]
        )
        return Learned(
            np.concatenate(self.index.hashes),
            np.concatenate(self.index.kinds),
            Counts(np.concatenate([[0], np.cumsum(sizes)]), classes, values, pool, self.totals),
            joined(corrections),
        )

    def held_out(
        self,
        scale: NDArray[np.float64],
        *,
        by_kind: bool = False,
        sample: NDArray[np.int64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return evidence and mass of training documents as if each had not been counted.

        Parameters
        ----------
        scale : ndarray of shape (N_KINDS,)
            What the evidence of each kind is multiplied by; 0 leaves it out.
        by_kind : bool, default=False
            Return the evidence of each kind apart that `scale` does not leave out, in the order
            of the kinds, shape (n_sampled, n_kinds, n_classes).
        sample : ndarray of int64, optional
            Which documents; all by default.

        Returns
        -------
        evidence : ndarray of float64, shape (n_sampled, n_classes)
            Bits.
        mass : ndarray of float64, shape (n_sampled, N_KINDS)
            What the features of the documents count.
        """
        y = self.index.y
        sample = np.arange(len(y)) if sample is None else sample
        target = np.full(len(y), -1, np.int32)
        target[sample] = np.arange(len(sample))
        used = scale != 0
        groups = np.cumsum(used) * used - used if by_kind else np.zeros(N_KINDS, np.int64)
        damped = self.weighting.damped
        parts = in_threads(
            lambda shard: held_out_of(
                self.index.postings[shard],
                self.shards[shard],
                self.index.kinds[shard],
                y,
                self.weights,
                damped,
                self.weighting.add,
                self.weighting.own,
                target,
                len(sample),
                groups,
                scale.astype(np.float32),
            ),
            range(SHARDS),
            n_jobs,
        )
        evidence, unknown = (_added(arrays) for arrays in zip(*parts, strict=True))
        sums = self.sums[sample]
        mass, taken = sums - unknown, sums * self.weights[sample, None]
        for kind in np.flatnonzero(self.n_features * scale):
            add_base(
                evidence,
                groups[kind],
                scale[kind] * mass[:, kind],
                taken[:, kind],
                y[sample],
                self.totals[kind],
                int(self.n_features[kind]),
                self.weighting.add,
                self.weighting.own,
            )
        return (evidence if by_kind else evidence[:, 0]), mass


def _added(arrays: tuple[NDArray[np.float32], ...]) -> NDArray[np.float64]:
    """Return the sum of the shards' arrays in double precision."""
    total = arrays[0].astype(np.float64)
    for array in arrays[1:]:
        total += array
    return total


def index(
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    lengths: tuple[int, ...],
    words: int,
    *,
    multiples: NDArray[np.float64] | None = None,
    n_jobs: int | None = None,
) -> Index:
    """Read the documents once: all features, and which documents have them.

    `multiples` says how many times each document counts, once by default.
    """
    multiples = np.ones(len(y)) if multiples is None else multiples
    sizes = np.array(lengths, dtype=np.int64)

    shards = read_documents(docs, sizes, words, n_jobs=n_jobs)
    hashes, kinds, postings = map(list, zip(*shards, strict=True))
    return Index(hashes, kinds, postings, sizes, words, docs.lengths, y, n_classes, multiples)
