"""Indexed training documents, and their counts under a weighting."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.cluster import active_client
from compressclf._lib.executor import in_threads
from compressclf.models.blocks.counts import Counts, Postings, count, take_rows
from compressclf.models.blocks.features import LONGEST, N_KINDS
from compressclf.models.blocks.held_out import add_base, held_out_of, sums_of
from compressclf.models.blocks.mapped import read_on_cluster
from compressclf.models.blocks.rowbits import Correction, joined, no_correction
from compressclf.models.blocks.table import SHARDS, read_documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Counted", "Index", "Learned", "Weighting", "index"]

REFERENCE = 256.0
"""Length in bytes of a document with weight 1, if there are no training documents."""


@dataclass(frozen=True)
class Weighting:
    """How occurrences become counts, and counts become bits.

    Parameters
    ----------
    damping : float
        k occurrences in one document count k ** damping.
    shorten : float
        A document of n bytes has the weight (reference / n) ** shorten.
    add : float
        Pseudocount.
    own : float
        Share of the evidence that comes from the counts of the class itself, in [0, 1].

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
        """Damped number of 0, 1, ..., 255 occurrences."""
        table = np.arange(256, dtype=np.float64)
        table[1:] **= self.damping
        return table.astype(np.float32)

    def weights(self, lengths: NDArray[np.int64], reference: float) -> NDArray[np.float32]:
        """Return the weights of documents of these lengths."""
        relative = reference / np.maximum(lengths, 1)
        return np.asarray(relative**self.shorten, dtype=np.float32)


class Learned(NamedTuple):
    """The features with their counts and corrections, without the documents."""

    hashes: NDArray[np.uint64]
    """The hash of each row."""
    kinds: NDArray[np.int8]
    """The kind of each row."""
    counts: Counts
    correction: Correction

    @property
    def is_corrected(self) -> bool:
        """Whether any feature has a correction."""
        return len(self.correction.bits) > 0


class Index(NamedTuple):
    """Training documents by feature; each shard has a part of the features, in its own rows."""

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
    """Weight that the user gave to each document."""

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

        def kept(shard: int) -> tuple[NDArray[np.uint64], NDArray[np.int8], Postings]:
            hashes, kinds = self.hashes[shard], self.kinds[shard]
            rows = np.flatnonzero(used[kinds])
            return hashes[rows], kinds[rows], take_rows(self.postings[shard], rows)

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
    """Length in bytes of a document with weight 1."""
    weights: NDArray[np.float32]
    """Weight of each document."""
    shards: list[Counts]
    totals: NDArray[np.float64]
    """Counts of all features of a kind, shape (N_KINDS, n_classes)."""
    n_features: NDArray[np.int64]
    """Number of features of each kind."""
    sums: NDArray[np.float64]
    """Damped occurrences in each document by kind, shape (n_docs, N_KINDS)."""

    @classmethod
    def of(cls, index: Index, weighting: Weighting, *, n_jobs: int | None = None) -> Counted:
        """Count the features of all documents."""
        reference = max(float(index.doc_lengths.mean()) if len(index.y) else REFERENCE, 1.0)
        exact = weighting.weights(index.doc_lengths, reference) * index.multiples
        weights, damped = exact.astype(np.float32), weighting.damped

        def counted(shard: int) -> tuple[Counts, NDArray[np.float64]]:
            postings, kinds = index.postings[shard], index.kinds[shard]
            return (
                count(postings, kinds, index.y, weights, damped, index.n_classes),
                sums_of(postings, kinds, damped, len(index.y)),
            )

        shards, sums = map(list, zip(*in_threads(counted, range(SHARDS), n_jobs), strict=True))
        totals = np.sum([counts.totals for counts in shards], axis=0)
        n_features = np.sum([np.bincount(k, minlength=N_KINDS) for k in index.kinds], axis=0)
        total_sums = np.sum(sums, axis=0)
        return cls(index, weighting, reference, weights, shards, totals, n_features, total_sums)

    def learned(self, corrections: list[Correction] | None = None) -> Learned:
        """Return the counts without the documents, with the rows of all shards in one table."""
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
        """Return evidence and mass of training documents by leave-one-out.

        Parameters
        ----------
        scale : ndarray of shape (N_KINDS,)
            Factor of the evidence of each kind; 0 leaves the kind out.
        by_kind : bool, default=False
            Whether to return the evidence of each kind in `scale` separately, of shape
            (n_sampled, n_kinds, n_classes).
        sample : ndarray of int64, optional
            Positions of the documents; all by default.

        Returns
        -------
        evidence : ndarray of float64, shape (n_sampled, n_classes)
            Bits.
        mass : ndarray of float64, shape (n_sampled, N_KINDS)
            Damped occurrences of known features by kind.
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
        # The sums of the shards, in double precision.
        evidence, unknown = (
            functools.reduce(np.add, arrays[1:], arrays[0].astype(np.float64))
            for arrays in zip(*parts, strict=True)
        )
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
    """Return the features of documents, which are read once; `multiples` are their weights."""
    multiples = np.ones(len(y)) if multiples is None else multiples
    sizes = np.array(lengths, dtype=np.int64)
    read = read_documents if active_client() is None else read_on_cluster
    shards = read(docs, sizes, words, n_jobs=n_jobs)
    hashes, kinds, postings = map(list, zip(*shards, strict=True))
    return Index(hashes, kinds, postings, sizes, words, docs.lengths, y, n_classes, multiples)
