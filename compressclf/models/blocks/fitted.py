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
from compressclf.models.blocks.correction import Correction, no_correction
from compressclf.models.blocks.counts import base_of, counts_of, evidence_of, score
from compressclf.models.blocks.distinct import MOST_TIMES, SHARDS
from compressclf.models.blocks.features import N_KINDS, PAIR, WORD
from compressclf.models.blocks.live import Live
from compressclf.models.blocks.settings import scale_of
from compressclf.models.blocks.state import Shard
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

ENOUGH_FOR_A_THREAD = 64
"""Documents."""
LARGE = 1e30
"""No count is; a sum of them is still a float32."""


class FittedBlocks(FittedModel):
    """Counts of every feature with the evidence in them, and corrections of it.

    Parameters
    ----------
    model : Blocks
        The description, without "auto".
    n_classes : int
        Number of classes.
    shards : list of Shard
        What was counted and corrected.
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
        self._corrected = model.correct is not None
        self._live: Live | None = None
        self._shards: list[Shard] = []
        self._evidence: list[NDArray[np.float32]] = []
        self._freeze(shards)

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return minus the evidence: bits that the class's documents save, shape (n, n_classes)."""
        if self._live is not None:
            return -self._live_evidence(self._live, docs, n_jobs)

        def score_shard(shard: int) -> NDArray[np.float64]:
            table, kinds, counts, correction = self._shards[shard]
            rows = find_documents(table, docs, shard, self._lengths, self.model.words)
            evidence, mass = score(
                rows, counts, self._evidence[shard], correction, kinds, self._weighting.damped
            )
            for kind in np.flatnonzero(self._scale):  # not a matrix product: its rounding depends
                evidence += mass[:, kind, None] * self._base[kind]  # on the number of documents
            return evidence

        parts = in_threads(score_shard, range(SHARDS), n_jobs)
        bits: NDArray[np.float64] = -np.sum(parts, axis=0)
        return bits

    def held_out(self) -> NDArray[np.float64] | None:
        """Return held-out codelengths of (a sample of) the training documents.

        The counts leave out each document alone, the correction a quarter of them at a time.
        """
        return self._held_out

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Blocks.fit` chose a setting."""
        return "fixed" if self._corrected and setting != "lengths" else "chosen by leave-one-out"

    def update(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Count more documents, each once; the correction stays as it is."""
        self._change(docs, y, 1.0)

    def forget(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Take documents away that were counted once.

        Raises
        ------
        ValueError
            If there is a correction, in which the documents of `fit` cannot be told apart.
        """
        if self._has_learned_a_correction():
            raise ValueError(
                "blocks can take documents away from its counts, but not from its correction: use "
                "blocks:correct=none with a window."
            )
        self._change(docs, y, -1.0)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte adds to the codelengths, shape (n_bytes, n_classes).

        An attribution: the evidence of a block or word is spread evenly over its bytes. Rows add
        up to `codelengths`, unless the document is empty.
        """
        bits: NDArray[np.float64] = np.sum(list(self.explain_parts(doc).values()), axis=0)
        return bits

    def explain_parts(self, doc: bytes) -> dict[str, NDArray[np.float64]]:
        """Return `explain_bits` in two parts: "counted" bits, and how they were "corrected"."""
        parts = {
            part: np.zeros((len(doc) + 1, self.n_classes)) for part in ("counted", "corrected")
        }
        if not doc:
            return {part: changes[:0] for part, changes in parts.items()}
        if self._live is not None:
            shards = self._live.shards()  # what is live stays as it is
            frozen = FittedBlocks(self.model, self.n_classes, shards, self._reference)
            return frozen.explain_parts(doc)
        corpus = Corpus.from_documents([doc])
        for shard, (table, kinds, counts, correction) in enumerate(self._shards):
            rows, spans = find_occurrences(table, corpus, shard, self._lengths, self.model.words)
            distinct, row_of, times = np.unique(
                rows.astype(np.int64), return_inverse=True, return_counts=True
            )
            share = self._weighting.damped[np.minimum(times, MOST_TIMES)] / times
            begins = spans[:, 0].clip(0, len(doc) - 1)
            ends = np.maximum(spans[:, 1].clip(1, len(doc)), begins + 1)
            counted = self._base[kinds[distinct]]
            entries = Correction(counts.starts, counts.classes, self._evidence[shard])
            counted += entries.dense(distinct, self.n_classes)
            corrected = correction.dense(distinct, self.n_classes)
            for changes, bits in zip(parts.values(), (counted, corrected), strict=True):
                each = (bits * share[:, None])[row_of] / (ends - begins)[:, None]
                np.subtract.at(changes, begins, each)
                np.add.at(changes, ends, each)
        return {part: np.cumsum(changes, axis=0)[:-1] for part, changes in parts.items()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the counts as plain arrays."""
        if self._live is not None:  # so that what is saved and what goes on predict the same
            self._freeze(self._live.shards())
        tables, kinds, counts, corrections = zip(*self._shards, strict=True)
        arrays = {
            "n_rows": np.array([len(k) for k in kinds], dtype=np.int64),
            "hashes": np.concatenate([table.hashes[: table.n_rows] for table in tables]),
            "kinds": np.concatenate(kinds),
            "n_classes_of_row": np.concatenate([np.diff(c.starts) for c in counts]),
            "classes": np.concatenate([c.classes for c in counts]),
            "values": np.concatenate([c.values for c in counts]),
            "reference": np.array([self._reference]),
        }
        if self._corrected:
            arrays |= {
                "n_corrections_of_row": np.concatenate([np.diff(c.starts) for c in corrections]),
                "corrected_classes": np.concatenate([c.classes for c in corrections]),
                "corrections": np.concatenate([c.bits for c in corrections]),
            }
        return arrays

    def _change(self, docs: Corpus, y: NDArray[np.int64], sign: float) -> None:
        if self._live is None:
            self._live = Live(self._shards, self.n_classes)
            self._shards, self._evidence = [], []
        weights = sign * self._weighting.weights(docs.lengths, self._reference)
        self._live.change(docs, y, weights, self._weighting.damped, self._lengths, self.model.words)
        self._held_out = None

    def _has_learned_a_correction(self) -> bool:
        if self._live is not None:
            return self._live.corrected
        return any(len(shard.correction.bits) for shard in self._shards)

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
            evidence_of(shard.counts, shard.kinds, add, own, scale) for shard in shards
        ]
        totals = np.sum([shard.counts.totals for shard in shards], axis=0)
        n_features = np.sum(
            [np.bincount(shard.kinds, minlength=N_KINDS) for shard in shards], axis=0
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
    if model.correct is not None:
        types |= {
            "n_corrections_of_row": np.int64, "corrected_classes": np.int32,
            "corrections": np.float32,
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
    corrections = _restored_correction(model, arrays, len(hashes), n_classes)
    shards, row, entry = [], 0, 0
    for n in n_rows.tolist():
        rows = slice(row, row + n)
        starts = np.concatenate([[0], np.cumsum(per_row[rows])]).astype(np.int64)
        entries = slice(entry, entry + int(starts[-1]))
        row, entry = rows.stop, entries.stop
        counts = counts_of(starts, classes[entries], values[entries], kinds[rows], n_classes)
        table = Table(slots_of(hashes[rows]), hashes[rows], kinds[rows], n)
        correction = corrections.take(np.arange(rows.start, rows.stop))
        shards.append(Shard(table, kinds[rows], counts, correction))
    return FittedBlocks(model, n_classes, shards, float(reference[0]))


def _restored_correction(
    model: Blocks, arrays: Mapping[str, NDArray[Any]], n_rows: int, n_classes: int
) -> Correction:
    if model.correct is None:
        return no_correction(n_rows)
    per_row, classes = arrays["n_corrections_of_row"], arrays["corrected_classes"]
    bits = arrays["corrections"]
    _expect(len(per_row) == n_rows, "n_corrections_of_row")
    _expect(bool(((per_row >= 0) & (per_row <= n_classes)).all()), "n_corrections_of_row")
    _expect(int(per_row.sum()) == len(classes) == len(bits), "corrected_classes")
    _expect(bool(((classes >= 0) & (classes < n_classes)).all()), "corrected_classes")
    _expect(bool((np.abs(bits) < LARGE).all()), "corrections")
    return Correction(np.concatenate([[0], np.cumsum(per_row)]), classes, bits)
