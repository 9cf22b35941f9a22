"""Counts that documents can be added to and removed from, for `partial_fit`.

`counts` keeps entries sorted by row, for speed; here they are in linked lists, which can grow. Each
row has a chain of entries, one for each class that has the feature. Adding a document of n features
walks n short chains; logarithms are computed when documents are scored.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.jit import read_only, writable
from compressclf.models.blocks.counts import PRIOR, base_of, counts_of
from compressclf.models.blocks.distinct import (
    distinct_features,
    most_at_once,
    nothing,
    roomy,
    scratch,
)
from compressclf.models.blocks.features import N_KINDS, kernel
from compressclf.models.blocks.slots import (
    counted_on,
    find_rows,
    place_of,
    row_in,
    slot_for,
    slots_of,
)
from compressclf.models.blocks.state import Learned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Live"]

LAST = -1
"""Ends a chain."""
GHOST = 1e-4
"""When a document is removed, a remainder below this share of a count becomes 0: counts from
`counts` are sums over many documents, rounded to 24 bits."""
DUST = 1e-9
"""The same for the sums of the counts over the classes, which are rounded to 53 bits."""
CROWD = 1 << 16
"""With at most this many rows, empty rows are not dropped."""


class Chains(NamedTuple):
    """The arrays; all but `totals` and `n_features` can be longer than the part in use."""

    slots: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    kinds: NDArray[np.int8]
    pool: NDArray[np.float64]
    """Sum over the classes, per row."""
    heads: NDArray[np.int32]
    """The first entry of each row."""
    following: NDArray[np.int32]
    classes: NDArray[np.int32]
    values: NDArray[np.float64]
    totals: NDArray[np.float64]
    """Shape (N_KINDS, n_classes)."""
    n_features: NDArray[np.int64]
    """Rows of each kind whose pool is not 0."""
    n_rows: int
    n_entries: int


class Live:
    """Counts that documents can be added to and removed from; corrections do not change."""

    def __init__(self, learned: Learned, n_classes: int) -> None:
        hashes, kinds, counts, self._correction = learned
        self._chains = _chained(
            hashes, kinds, np.diff(counts.starts), counts.classes,
            counts.values.astype(np.float64), n_classes,
        )  # fmt: skip

    @property
    def is_corrected(self) -> bool:
        """Whether any feature has a correction."""
        return len(self._correction.bits) > 0

    def change(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        weights: NDArray[np.float32],
        damped: NDArray[np.float32],
        lengths: NDArray[np.int64],
        words: int,
    ) -> None:
        """Add documents, or remove those with `weights` below 0."""
        most = most_at_once(docs, len(lengths), words)
        self._chains = Chains(
            *_change(
                read_only(docs.buffer),
                read_only(docs.offsets),
                y,
                weights,
                damped,
                lengths,
                words,
                most,
                *writable(self._chains),
            )
        )
        if self._chains.n_rows > max(CROWD, 2 * int(self._chains.n_features.sum())):
            self._sweep()

    def evidence(
        self,
        docs: Corpus,
        damped: NDArray[np.float32],
        lengths: NDArray[np.int64],
        words: int,
        add: float,
        own: float,
        scale: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the evidence of documents in bits, shape (n_docs, n_classes)."""
        most = most_at_once(docs, len(lengths), words)
        chains = read_only(self._chains)
        base = base_of(chains.totals, chains.n_features, add, own) * scale[:, None]
        times = chains.totals.shape[1] / PRIOR
        evidence: NDArray[np.float64] = _evidence(
            read_only(docs.buffer), read_only(docs.offsets), damped, lengths, words, most, add,
            own, times, read_only(scale), base,
            chains.slots, chains.pool, chains.heads, chains.following, chains.classes,
            chains.values, *read_only(self._correction),
        )  # fmt: skip
        return evidence

    def learned(self) -> Learned:
        """Return the counts sorted by row."""
        filled, hashes, kinds, per_row, classes, values = _entries(self._chains)
        starts = np.concatenate([[0], np.cumsum(per_row)])
        n_classes = self._chains.totals.shape[1]
        counts = counts_of(starts, classes, values.astype(np.float32), kinds, n_classes)
        return Learned(hashes, kinds, counts, self._correction.take(filled))

    def _sweep(self) -> None:
        """Drop features that no longer occur in any document."""
        filled, hashes, kinds, per_row, classes, values = _entries(self._chains)
        n_classes = self._chains.totals.shape[1]
        self._chains = _chained(hashes, kinds, per_row, classes, values, n_classes)
        self._correction = self._correction.take(filled)


def _chained(
    hashes: NDArray[np.uint64],
    kinds: NDArray[np.int8],
    per_row: NDArray[np.int64],
    classes: NDArray[np.int32],
    values: NDArray[np.float64],
    n_classes: int,
) -> Chains:
    """Return chains of rows with `per_row` entries each."""
    n_rows, n_entries = len(hashes), counted_on(len(values)) - 1
    ends = np.cumsum(per_row)
    following = np.arange(1, n_entries + 1, dtype=np.int32)
    following[ends[per_row > 0] - 1] = LAST
    heads = np.where(per_row > 0, ends - per_row, LAST).astype(np.int32)
    row_of = np.repeat(np.arange(n_rows), per_row)
    pool = np.bincount(row_of, values, minlength=n_rows).astype(np.float64)
    totals = np.zeros((N_KINDS, n_classes))
    np.add.at(totals, (kinds[row_of], classes), values)
    n_features = np.bincount(kinds[pool > 0], minlength=N_KINDS)
    return Chains(
        slots_of(hashes, 2 * n_rows), hashes, kinds, pool, heads, following, classes, values,
        totals, n_features, n_rows, n_entries,
    )  # fmt: skip


def _entries(chains: Chains) -> tuple[NDArray[Any], ...]:
    """Return number, hash, kind and number of entries of each row, class and value of each entry.

    Entries that are 0 are left out.
    """
    per_row, classes, values = _sorted(
        chains.n_rows,
        *read_only((chains.heads, chains.following, chains.classes, chains.values)),
    )
    rows = np.flatnonzero(per_row)
    return rows, chains.hashes[rows], chains.kinds[rows], per_row[rows], classes, values


@kernel
def _change(
    buffer, offsets, y, weights, damped, lengths, words, most, slots, hashes, kinds, pool, heads,
    following, classes, values, totals, n_features, n_rows, n_entries,
) -> Any:  # fmt: skip
    work, found = scratch(most), nothing()
    for doc in range(offsets.size - 1):
        m, found = distinct_features(
            buffer, offsets[doc], offsets[doc + 1], lengths, words, work, found, 0
        )
        c = y[doc]
        for i in range(m):
            place = place_of(slots, found.hashes[i])
            row = row_in(slots[place])
            if row < 0:
                hashes, kinds = roomy(hashes, n_rows + 1), roomy(kinds, n_rows + 1)
                pool, heads = roomy(pool, n_rows + 1), roomy(heads, n_rows + 1)
                hashes[n_rows], kinds[n_rows] = found.hashes[i], found.kinds[i]
                pool[n_rows], heads[n_rows] = 0.0, LAST
                row = n_rows
                n_rows = counted_on(n_rows)
                slots[place] = slot_for(found.hashes[i], row)
                if 5 * n_rows > 3 * slots.size:
                    slots = slots_of(hashes[:n_rows], 2 * n_rows)
            value = weights[doc] * np.float64(damped[found.times[i]])
            kind = found.kinds[i]
            entry = heads[row]
            while entry != LAST and classes[entry] != c:
                entry = following[entry]
            if entry == LAST:
                following, classes = roomy(following, n_entries + 1), roomy(classes, n_entries + 1)
                values = roomy(values, n_entries + 1)
                entry = n_entries
                following[entry], classes[entry], values[entry] = heads[row], c, 0.0
                heads[row] = entry
                n_entries = counted_on(n_entries)
            was, had = pool[row], values[entry]
            has = had + value
            if value < 0.0 and has < GHOST * had:
                has = 0.0
            values[entry] = has
            totals[kind, c] += has - had
            pool[row] += has - had
            if pool[row] < DUST * -value:
                pool[row] = 0.0
            n_features[kind] += int(pool[row] > 0.0) - int(was > 0.0)
    return (
        slots, hashes, kinds, pool, heads, following, classes, values, totals, n_features, n_rows,
        n_entries,
    )  # fmt: skip


@kernel
def _evidence(
    buffer, offsets, damped, lengths, words, most, add, own, times, scale, base, slots, pool, heads,
    following, classes, values, corrected, corrected_classes, corrections,
):  # fmt: skip
    n_docs, n_classes = offsets.size - 1, base.shape[1]
    work, found = scratch(most), nothing()
    rows, firsts = np.empty(most, np.int64), np.empty(most, np.int32)
    pools = np.empty(most, np.float64)
    evidence = np.zeros((n_docs, n_classes))
    mass = np.empty(N_KINDS)
    for doc in range(n_docs):
        mass[:] = 0.0
        m, found = distinct_features(
            buffer, offsets[doc], offsets[doc + 1], lengths, words, work, found, 0
        )
        rows, firsts, pools = roomy(rows, m), roomy(firsts, m), roomy(pools, m)
        # In separate loops, so that the cache misses of each loop overlap.
        find_rows(slots, found.hashes, 0, m, rows)
        for i in range(m):
            if rows[i] >= 0:
                pools[i], firsts[i] = pool[rows[i]], heads[rows[i]]
        for i in range(m):
            if rows[i] < 0 or pools[i] == 0.0:
                continue
            value = np.float64(damped[found.times[i]])
            mass[found.kinds[i]] += value
            value *= scale[found.kinds[i]]
            whole = np.log2(pools[i] + add)
            entry = firsts[i]
            while entry != LAST:
                rest = max(pools[i] - values[entry], 0.0)
                bits = (1.0 - own) * (whole - np.log2(rest + add))
                if own > 0.0:
                    bits += own * np.log2(1.0 + times * values[entry] / pools[i])
                evidence[doc, classes[entry]] += value * bits
                entry = following[entry]
            if rows[i] + 1 < corrected.size:  # features added later have no correction
                for j in range(corrected[rows[i]], corrected[rows[i] + 1]):
                    more = np.float64(damped[found.times[i]]) * corrections[j]
                    evidence[doc, corrected_classes[j]] += more
        for kind in range(N_KINDS):
            for c in range(n_classes):
                evidence[doc, c] += mass[kind] * base[kind, c]
    return evidence


@kernel
def _sorted(n_rows, heads, following, classes, values):
    per_row = np.zeros(n_rows, np.int64)
    sorted_classes = np.empty(classes.size, np.int32)
    sorted_values = np.empty(values.size, np.float64)
    n = 0
    for row in range(n_rows):
        first, entry = n, heads[row]
        while entry != LAST:
            if values[entry] > 0.0:
                sorted_classes[n], sorted_values[n] = classes[entry], values[entry]
                n += 1
            entry = following[entry]
        per_row[row] = n - first
    return per_row, sorted_classes[:n].copy(), sorted_values[:n].copy()
