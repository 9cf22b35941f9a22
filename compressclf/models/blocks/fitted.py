"""What `Blocks` has learnt: scores, grows, shrinks, explains and goes to disk."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._threads import in_threads
from compressclf.documents import Corpus
from compressclf.models._checks import expect_array
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.blocks.counts import (
    Counts,
    base_of,
    counts_of,
    evidence_of,
    score,
)
from compressclf.models.blocks.distinct import MOST_TIMES, SHARDS
from compressclf.models.blocks.features import N_KINDS, PAIR, WORD
from compressclf.models.blocks.live import Live
from compressclf.models.blocks.settings import scale_of
from compressclf.models.blocks.table import (
    Table,
    find_documents,
    find_occurrences,
    slots_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.models.blocks.model import Blocks

__all__ = ["FittedBlocks", "restored"]

_expect = functools.partial(expect_array, model="blocks")

Shard = tuple[Table, "NDArray[np.int8]", Counts]
ENOUGH_FOR_A_THREAD = 64
"""Documents."""
LARGE = 1e30
"""No count is; a sum of them is still a float32."""


class FittedBlocks(FittedModel):
    """Counts of every feature, and the evidence in them.

    Parameters
    ----------
    model : Blocks
        The description, without "auto".
    n_classes : int
        Number of classes.
    shards : list of (Table, kinds, Counts)
        What was counted.
    reference : float
        Bytes of a document that counts once.
    held_out : ndarray of shape (n_training_docs, n_classes), optional
        Held-out codelengths of the training documents.
    """

    def __init__(
        self,
        model: Blocks,
        n_classes: int,
        shards: list[Shard],
        reference: float,
        *,
        held_out: NDArray[np.float64] | None = None,
    ) -> None:
        self.model: Blocks = model
        self.n_classes = n_classes
        self._reference = reference
        self._held_out = held_out
        self._lengths = np.array(model.given_lengths(), dtype=np.int64)
        self._scale = scale_of(model.given_lengths(), model.words)
        self._weighting = model.weighting()
        self._live: Live | None = None
        self._shards: list[Shard] = []
        self._evidence: list[NDArray[np.float32]] = []
        self._freeze(shards)

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return minus the evidence: bits that the class's documents save, shape (n, n_classes)."""
        if self._live is not None:
            return -self._live_evidence(self._live, docs, n_jobs)

        def score_shard(shard: int) -> NDArray[np.float64]:
            table, kinds, counts = self._shards[shard]
            rows = find_documents(table, docs, shard, self._lengths, self.model.words)
            evidence, mass = score(
                rows, counts, self._evidence[shard], kinds, self._weighting.damped
            )
            for kind in np.flatnonzero(self._scale):  # not a matrix product: its rounding depends
                evidence += mass[:, kind, None] * self._base[kind]  # on the number of documents
            return evidence

        parts = in_threads(score_shard, range(SHARDS), n_jobs)
        bits: NDArray[np.float64] = -np.sum(parts, axis=0)
        return bits

    def held_out(self) -> NDArray[np.float64] | None:
        """Return leave-one-out codelengths of (a sample of) the training documents.

        With rounds of recounting chosen by cross-validation they are those of the folds.
        """
        return self._held_out

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Blocks.fit` chose a setting."""
        if setting == "recount":
            return "chosen by cross-validation"
        if not self.model.recount or setting == "lengths":
            return "chosen by leave-one-out"
        if setting == "own":
            how = "leave-one-out" if getattr(given, "recount", 0) != "auto" else "cross-validation"
            return f"chosen by {how}"
        return "fixed for recounting"

    def update(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Count more documents, each once."""
        self._change(docs, y, 1.0)

    def forget(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Take documents away that were counted once.

        Raises
        ------
        ValueError
            If documents were counted again in rounds of recounting.
        """
        if self.model.recount:
            raise ValueError(
                "blocks cannot forget documents after recounting, since it does not know how "
                "often each was counted: use recount=0 with a window."
            )
        self._change(docs, y, -1.0)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte adds to the codelengths, shape (n_bytes, n_classes).

        An attribution: the evidence of a block or word is spread evenly over its bytes. Rows add
        up to `codelengths`, unless the document is empty.
        """
        corpus = Corpus.from_documents([doc])
        changes = np.zeros((len(doc) + 1, self.n_classes))
        if not doc:
            return changes[:0]
        if self._live is not None:
            shards = self._live.shards()  # what is live stays as it is
            frozen = FittedBlocks(self.model, self.n_classes, shards, self._reference)
            return frozen.explain_bits(doc)
        for shard, (table, kinds, counts) in enumerate(self._shards):
            rows, spans = find_occurrences(table, corpus, shard, self._lengths, self.model.words)
            distinct, row_of, times = np.unique(rows, return_inverse=True, return_counts=True)
            dense = self._base[kinds[distinct]]
            for i, row in enumerate(distinct):
                begin, end = counts.starts[row], counts.starts[row + 1]
                dense[i, counts.classes[begin:end]] += self._evidence[shard][begin:end]
            dense *= (self._weighting.damped[np.minimum(times, MOST_TIMES)] / times)[:, None]
            begins = spans[:, 0].clip(0, len(doc) - 1)
            ends = np.maximum(spans[:, 1].clip(1, len(doc)), begins + 1)
            for c in range(self.n_classes):
                share = dense[row_of, c] / (ends - begins)
                changes[:, c] += np.bincount(begins, share, len(doc) + 1)
                changes[:, c] -= np.bincount(ends, share, len(doc) + 1)
        bits: NDArray[np.float64] = -np.cumsum(changes, axis=0)[:-1]
        return bits

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the counts as plain arrays."""
        if self._live is not None:  # so that what is saved and what goes on predict the same
            self._freeze(self._live.shards())
        tables, kinds, counts = zip(*self._shards, strict=True)
        return {
            "n_rows": np.array([len(k) for k in kinds], dtype=np.int64),
            "hashes": np.concatenate([table.hashes[: table.n_rows] for table in tables]),
            "kinds": np.concatenate(kinds),
            "n_classes_of_row": np.concatenate([np.diff(c.starts) for c in counts]),
            "classes": np.concatenate([c.classes for c in counts]),
            "values": np.concatenate([c.values for c in counts]),
            "reference": np.array([self._reference]),
        }

    def _change(self, docs: Corpus, y: NDArray[np.int64], sign: float) -> None:
        if self._live is None:
            self._live = Live(self._shards, self.n_classes)
            self._shards, self._evidence = [], []
        weights = sign * self._weighting.weights(docs.lengths, self._reference)
        self._live.change(docs, y, weights, self._weighting.damped, self._lengths, self.model.words)
        self._held_out = None

    def _live_evidence(self, live: Live, docs: Corpus, n_jobs: int | None) -> NDArray[np.float64]:
        def score_part(part: slice) -> NDArray[np.float64]:
            return live.evidence(
                docs[part],
                self._weighting.damped,
                self._lengths,
                self.model.words,
                self._weighting.add,
                self._weighting.own,
                self._scale,
            )

        if len(docs) < 2 * ENOUGH_FOR_A_THREAD:
            return score_part(slice(None))
        parts = [
            slice(begin, begin + ENOUGH_FOR_A_THREAD)
            for begin in range(0, len(docs), ENOUGH_FOR_A_THREAD)
        ]
        return np.concatenate(in_threads(score_part, parts, n_jobs))

    def _freeze(self, shards: list[Shard]) -> None:
        """Compute all evidence."""
        self._shards, self._live = shards, None
        add, own = self._weighting.add, self._weighting.own
        scale = self._scale.astype(np.float32)
        self._evidence = [
            evidence_of(counts, kinds, add, own, scale) for _, kinds, counts in shards
        ]
        totals = np.sum([counts.totals for _, _, counts in shards], axis=0)
        n_features = np.sum(
            [np.bincount(kinds, minlength=N_KINDS) for _, kinds, _ in shards], axis=0
        )
        self._base = base_of(totals, n_features, add, own) * self._scale[:, None]


def restored(model: Blocks, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedBlocks:
    """Return the fitted model that `FittedBlocks.arrays` describes.

    Raises
    ------
    ValueError
        If anything in the arrays does not fit.
    """
    types = {
        "n_rows": np.int64, "hashes": np.uint64, "kinds": np.int8, "n_classes_of_row": np.int64,
        "classes": np.int32, "values": np.float32, "reference": np.float64,
    }  # fmt: skip
    for name, dtype in types.items():
        array = arrays.get(name)
        _expect(array is not None and array.dtype == dtype and array.ndim == 1, name)
    n_rows, hashes, kinds = arrays["n_rows"], arrays["hashes"], arrays["kinds"]
    per_row, classes, values = arrays["n_classes_of_row"], arrays["classes"], arrays["values"]
    known = [*model.given_lengths(), *(WORD, PAIR)[: model.words]]
    _expect(len(n_rows) == SHARDS and bool((n_rows >= 0).all()), "n_rows")
    _expect(sum(n_rows.tolist()) == len(hashes), "hashes")
    of_shard = np.repeat(np.arange(SHARDS), n_rows) if len(hashes) else np.empty(0, np.int64)
    _expect(bool((hashes >> np.uint64(62) == of_shard).all()), "hashes")
    _expect(len(kinds) == len(hashes) and bool(np.isin(kinds, known).all()), "kinds")
    _expect(len(per_row) == len(hashes), "n_classes_of_row")
    _expect(bool(((per_row >= 1) & (per_row <= n_classes)).all()), "n_classes_of_row")
    _expect(int(per_row.sum()) == len(classes) == len(values), "classes")
    _expect(bool(((classes >= 0) & (classes < n_classes)).all()), "classes")
    _expect(bool(((values > 0) & (values < LARGE)).all()), "values")
    reference = arrays["reference"]
    _expect(len(reference) == 1 and bool(1.0 <= reference[0] < np.inf), "reference")
    shards, row, entry = [], 0, 0
    for n in n_rows.tolist():
        rows = slice(row, row + n)
        starts = np.concatenate([[0], np.cumsum(per_row[rows])]).astype(np.int64)
        entries = slice(entry, entry + int(starts[-1]))
        row, entry = rows.stop, entries.stop
        counts = counts_of(starts, classes[entries], values[entries], kinds[rows], n_classes)
        table = Table(slots_of(hashes[rows]), hashes[rows], kinds[rows], n)
        shards.append((table, kinds[rows], counts))
    return FittedBlocks(model, n_classes, shards, float(reference[0]))
