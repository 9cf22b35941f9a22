"""Counts of documents that are read in batches, within a limit of memory.

Each shard of the features (see `table`) has a hash table of rows, and each row a chain of entries,
one for each class that has the feature. A batch is added to the counts and thrown away, so that
memory grows with the number of different features only. When it reaches the limit, features with a
small count are pruned, as in the lossy counting of Manku and Motwani (2002), "Approximate Frequency
Counts over Data Streams": if counts of at most t₁, t₂, ... were pruned, every count is at most
D = t₁ + t₂ + ... too low, and never too high.

So with the pseudocount a and n classes, the evidence of one occurrence of a feature for a class is
wrong by at most

    (1 - own) · log2 (1 + D / a)  +  own · log2 (1 + n / PRIOR)

bits, times the scale of its kind, besides the part that all features of a kind have in common. In
log2 (n(f) + a) - log2 (n(f) - n(f, c) + a) (see `counts`), each logarithm loses at most
log2 (1 + D / a), and both lose bits in the same direction.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.executor import in_threads
from compressclf.models.blocks.counts import PRIOR, Counts
from compressclf.models.blocks.features import N_KINDS, kernel
from compressclf.models.blocks.slots import (
    AHEAD,
    find_rows,
    place_of,
    row_in,
    slot_for,
    slots_of,
)
from compressclf.models.blocks.table import SHARDS, in_shards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.blocks.state import Weighting

__all__ = ["Tally"]

LAST = -1
"""Ends a chain."""
ROW, ENTRY, SLOT = 13, 16, 8
"""Bytes of a row, of an entry and of a slot."""
FULL = 3 / 5
"""Share of the slots in use at which their number is doubled."""
SHARES = (0.5, 0.75, 0.9, 0.98)
"""Shares of the features to prune: the first that makes enough room is taken."""


class Chains(NamedTuple):
    """Counts of a shard; all arrays can be longer than the part in use."""

    slots: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    kinds: NDArray[np.int8]
    heads: NDArray[np.int32]
    """The last entry of each row; its chain leads to the first."""
    following: NDArray[np.int32]
    classes: NDArray[np.int32]
    values: NDArray[np.float64]
    n_rows: int
    n_entries: int

    def nbytes(self, n_more: int = 0) -> int:
        """Return the bytes of the part in use after adding `n_more` features, at most."""
        n_rows, n_slots = self.n_rows + n_more, len(self.slots)
        while n_rows > FULL * n_slots:
            n_slots *= 2
        return ROW * n_rows + ENTRY * (self.n_entries + n_more) + SLOT * n_slots


class Tally:
    """Counts that batches of documents are added to.

    Parameters
    ----------
    weighting : Weighting
        How occurrences become counts.
    reference : float
        Length in bytes of a document with weight 1.
    lengths : ndarray of int64
        Block lengths.
    words : int
        As in `Blocks`.
    n_classes : int
        Number of classes.
    memory : int
        Bytes that the counts may take.
    kept : sequence of (hashes, kinds), optional
        Features of each shard that are never pruned.
    """

    def __init__(
        self,
        weighting: Weighting,
        reference: float,
        lengths: NDArray[np.int64],
        words: int,
        n_classes: int,
        *,
        memory: int,
        kept: Sequence[tuple[NDArray[np.uint64], NDArray[np.int8]]] = (),
    ) -> None:
        self._weighting, self._reference = weighting, reference
        self._lengths, self._words, self._n_classes = lengths, words, n_classes
        self.n_pruned = np.zeros(N_KINDS, np.int64)
        """Features of each kind that were pruned. One that occurs again can be pruned again."""
        self.too_low = 0.0
        """D: every count is at most this much too low."""
        self.totals = np.zeros((N_KINDS, n_classes))
        """Counts of all features of a kind, with those that were pruned."""
        self._limit = memory // SHARDS
        nothing = (np.empty(0, np.uint64), np.empty(0, np.int8))
        kept = kept or [nothing] * SHARDS
        self._n_kept = [len(hashes) for hashes, _ in kept]
        self._shards = [_chains(*features, self._limit) for features in kept]

    def add(self, docs: Corpus, y: NDArray[np.int64], *, n_jobs: int | None = None) -> None:
        """Add documents of the classes `y`."""
        weights = self._weighting.weights(docs.lengths, self._reference)
        end = 0
        for found in in_shards(docs, self._lengths, self._words, n_jobs=n_jobs):
            sizes = sum(starts[:, -1] - starts[:, 0] for starts, *_ in found)
            is_small = sizes.max() * (ROW + ENTRY) < self._limit / 4
            for parts in [found] if is_small else [[part] for part in found]:
                n_docs = sum(starts.shape[1] - 1 for starts, *_ in parts)
                rows = slice(end, end := end + n_docs)
                self._add(parts, y[rows], weights[rows], n_jobs)

    def _add(
        self,
        parts: list[tuple[NDArray[Any], ...]],
        y: NDArray[np.int64],
        weights: NDArray[np.float32],
        n_jobs: int | None,
    ) -> None:
        """Add the features of parts of the documents, as `in_shards` yields them."""
        damped = self._weighting.damped

        def add(shard: int) -> NDArray[np.float64]:
            totals, end = np.zeros((N_KINDS, self._n_classes)), 0
            for starts, hashes, kinds, times in parts:
                rows = slice(end, end := end + starts.shape[1] - 1)
                ours = slice(starts[shard, 0], starts[shard, -1])
                features = (hashes[ours], kinds[ours], times[ours], starts[shard] - ours.start)
                self._shards[shard] = Chains(
                    *_add(*features, y[rows], weights[rows], damped, totals, *self._shards[shard])
                )
            return totals

        self._make_room(sum(starts[:, -1] - starts[:, 0] for starts, *_ in parts), n_jobs)
        self.totals += sum(in_threads(add, range(SHARDS), n_jobs))

    def rows_of(self, shard: int, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the rows of features in the result of `counts`, -1 for those that it lacks."""
        rows = np.empty(len(hashes), np.int64)
        find_rows(self._shards[shard].slots, hashes, 0, len(hashes), rows)
        before = sum(chains.n_rows for chains in self._shards[:shard])
        return np.where(rows < 0, rows, rows + before)

    def counts(self) -> tuple[NDArray[np.uint64], NDArray[np.int8], Counts]:
        """Return hash, kind and counts of all features, and give up the memory of this object."""
        n_rows = sum(chains.n_rows for chains in self._shards)
        n_entries = sum(chains.n_entries for chains in self._shards)
        hashes, kinds = np.empty(n_rows, np.uint64), np.empty(n_rows, np.int8)
        starts, pool = np.zeros(n_rows + 1, np.int64), np.empty(n_rows, np.float32)
        classes, values = np.empty(n_entries, np.int32), np.empty(n_entries, np.float32)
        totals = np.zeros((N_KINDS, self._n_classes))
        row = 0
        while self._shards:
            chains = self._shards.pop(0)
            end = row + chains.n_rows
            hashes[row:end] = chains.hashes[: chains.n_rows]
            kinds[row:end] = chains.kinds[: chains.n_rows]
            _sort(*chains[2:7], chains.n_rows, row, starts, classes, values, pool, totals)
            row = end
        return hashes, kinds, Counts(starts, classes, values, pool, totals)

    def lost_bits(self) -> float:
        """Return the bits by which the evidence of one occurrence of a word is wrong, at most."""
        own = self._weighting.own
        rest = np.log2(1.0 + self.too_low / self._weighting.add)
        saved = np.log2(1.0 + self._n_classes / PRIOR) if own and self.too_low else 0.0
        return float((1.0 - own) * rest + own * saved)

    def _make_room(self, sizes: NDArray[np.int64], n_jobs: int | None) -> None:
        """Prune all shards if one may not have room for so many more features.

        Raises
        ------
        ValueError
            If pruning does not make enough room.
        """

        def fits() -> bool:
            return all(
                chains.nbytes(int(size)) <= self._limit
                for chains, size in zip(self._shards, sizes, strict=True)
            )

        def prune(shard: int) -> NDArray[np.int64]:
            chains, gone = self._shards[shard], np.zeros(N_KINDS, np.int64)
            self._shards[shard] = Chains(*_prune(most, self._n_kept[shard], gone, *chains))
            return gone

        if fits():
            return
        parts = in_threads(lambda chains: _pools(*chains[3:]), self._shards, n_jobs)
        pools = np.concatenate([pool[n:] for pool, n in zip(parts, self._n_kept, strict=True)])
        most = 0.0
        for share in SHARES if len(pools) else ():
            most = float(np.quantile(pools, share, method="higher"))
            self.n_pruned += sum(in_threads(prune, range(SHARDS), 1))  # a copy of one shard
            if fits():
                self.too_low += most
                return
        raise ValueError(
            f"{self._limit * SHARDS / 1e6:,.0f} MB are too little for the counts of these "
            f"documents, even without rare features: allow more memory."
        )


def _chains(hashes: NDArray[np.uint64], kinds: NDArray[np.int8], limit: int) -> Chains:
    """Return chains without entries for these features, with room for `limit` bytes.

    Memory that is never written to takes no place.
    """
    n_rows = len(hashes)
    most_rows, most_entries = n_rows + limit // (ROW + ENTRY), limit // ENTRY
    slots = slots_of(hashes, 2 * max(n_rows, 1 << 10))
    chains = Chains(
        slots,
        np.empty(most_rows, np.uint64),
        np.empty(most_rows, np.int8),
        np.empty(most_rows, np.int32),
        np.empty(most_entries, np.int32),
        np.empty(most_entries, np.int32),
        np.empty(most_entries, np.float64),
        n_rows,
        0,
    )
    chains.hashes[:n_rows], chains.kinds[:n_rows] = hashes, kinds
    chains.heads[:n_rows] = LAST
    return chains


@kernel
def _add(
    found, found_kinds, times, starts, y, weights, damped, totals, slots, hashes, kinds, heads,
    following, classes, values, n_rows, n_entries,
):  # fmt: skip
    """Return the chains with these features of some documents added."""
    rows, entries = np.empty(AHEAD, np.int64), np.empty(AHEAD, np.int32)
    seen = np.empty(AHEAD)
    doc = 0
    for first in range(0, found.size, AHEAD):
        last = min(first + AHEAD, found.size)
        if 5 * (n_rows + last - first) > 3 * slots.size:
            slots = slots_of(hashes[:n_rows], 2 * (n_rows + last - first))
        find_rows(slots, found, first, last, rows)
        for i in range(first, last):
            if rows[i - first] < 0:
                place = place_of(slots, found[i])
                row = row_in(slots[place])
                if row < 0:  # not added just now either
                    row = n_rows
                    hashes[row], kinds[row], heads[row] = found[i], found_kinds[i], LAST
                    slots[place] = slot_for(found[i], row)
                    n_rows += 1
                rows[i - first] = row
        # In separate loops, so that the cache misses of each loop overlap.
        for i in range(last - first):
            entries[i] = heads[rows[i]]
        for i in range(last - first):
            if entries[i] != LAST:
                seen[i] = values[entries[i]] + classes[entries[i]] + following[entries[i]]
        for i in range(first, last):
            while i >= starts[doc + 1]:
                doc += 1
            row, c = rows[i - first], y[doc]
            entry = heads[row]
            while entry != LAST and classes[entry] != c:
                entry = following[entry]
            if entry == LAST:
                entry = n_entries
                following[entry], classes[entry], values[entry] = heads[row], c, 0.0
                heads[row] = entry
                n_entries += 1
            value = weights[doc] * damped[times[i]]
            values[entry] += value
            totals[found_kinds[i], c] += value
    return slots, hashes, kinds, heads, following, classes, values, n_rows, n_entries


@kernel
def _pools(heads, following, classes, values, n_rows, n_entries):
    """Return the sum over the classes, per row."""
    pools = np.zeros(n_rows, np.float64)
    for row in range(n_rows):
        entry = heads[row]
        while entry != LAST:
            pools[row] += values[entry]
            entry = following[entry]
    return pools


@kernel
def _prune(
    most, n_kept, gone, slots, hashes, kinds, heads, following, classes, values, n_rows, n_entries
):
    """Return the chains without the rows from `n_kept` on whose counts are at most `most`.

    Their number by kind is added to `gone`.
    """
    new_following, new_classes = (
        np.empty(following.size, np.int32),
        np.empty(classes.size, np.int32),
    )
    new_values = np.empty(values.size, np.float64)
    n, m = 0, 0
    for row in range(n_rows):
        pool, entry = 0.0, heads[row]
        while entry != LAST:
            pool += values[entry]
            entry = following[entry]
        if row >= n_kept and pool <= most:
            gone[kinds[row]] += 1
            continue
        entry = heads[row]
        hashes[n], kinds[n], heads[n] = hashes[row], kinds[row], LAST
        if entry != LAST:
            heads[n] = m
        while entry != LAST:
            entry_after = following[entry]
            new_classes[m], new_values[m] = classes[entry], values[entry]
            new_following[m] = LAST
            if entry_after != LAST:
                new_following[m] = m + 1
            m += 1
            entry = entry_after
        n += 1
    slots[:] = 0
    for row in range(n):
        slots[place_of(slots, hashes[row])] = slot_for(hashes[row], row)
    return slots, hashes, kinds, heads, new_following, new_classes, new_values, n, m


@kernel
def _sort(
    kinds, heads, following, classes, values, n_rows, first, starts, sorted_classes, sorted_values,
    pool, totals,
):  # fmt: skip
    """Write the counts of the rows as rows `first` and more of `Counts`."""
    at = starts[first]
    for row in range(n_rows):
        n, entry = 0, heads[row]
        while entry != LAST:
            n += 1
            entry = following[entry]
        entry, i = heads[row], at + n - 1  # the chain begins with the last entry
        while entry != LAST:
            sorted_classes[i], sorted_values[i] = classes[entry], values[entry]
            i -= 1
            entry = following[entry]
        whole = np.float64(0.0)
        for i in range(at, at + n):
            whole += sorted_values[i]
            totals[kinds[row], sorted_classes[i]] += sorted_values[i]
        pool[first + row] = whole
        at += n
        starts[first + row + 1] = at
