"""What `Blocks` has learnt: scores, grows, shrinks, explains and goes to disk."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.checks import expect_array, expect_arrays
from compressclf._lib.executor import in_threads
from compressclf.calibration import expected_temperature
from compressclf.documents import Corpus
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.blocks.correction import Correction, no_correction
from compressclf.models.blocks.counts import Counts, base_of, counts_of, evidence_of
from compressclf.models.blocks.distinct import MOST_TIMES
from compressclf.models.blocks.features import N_KINDS, PAIR, WORD
from compressclf.models.blocks.live import Live
from compressclf.models.blocks.scoring import find_occurrences, score, sum_of
from compressclf.models.blocks.settings import scale_of
from compressclf.models.blocks.slots import slots_of
from compressclf.models.blocks.state import Learned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.models.blocks.model import Blocks

__all__ = ["FittedBlocks", "restored"]

_expect = functools.partial(expect_array, model="blocks")

ENOUGH_FOR_A_THREAD = 64
"""Documents."""
CORRECTED_CENTRE = 16.5
"""The temperature to expect of corrected bits at 1,000 bytes beside many classes."""
LARGE = 1e30
"""No count is; a sum of them is still a float32."""


class Frozen(NamedTuple):
    """Counts with all evidence in them computed: made whole, and never changed."""

    learned: Learned
    slots: NDArray[np.uint64]
    bits: Correction | NDArray[np.float32]
    base: NDArray[np.float64]


class FittedBlocks(FittedModel):
    """Counts of every feature with the evidence in them, and corrections of it.

    Threads may ask at once. Once documents were added or taken away, they wait for one another:
    counts that grow are changed in place.

    Parameters
    ----------
    model : Blocks
        The description, without "auto".
    n_classes : int
        Number of classes.
    learned : Learned
        What was counted and corrected.
    reference : float
        Bytes of a document that counts once.
    """

    def __init__(
        self,
        model: Blocks,
        n_classes: int,
        learned: Learned,
        reference: float,
    ) -> None:
        self.model: Blocks = model
        self.n_classes = n_classes
        self._reference = reference
        self._scale = scale_of(model.given_lengths(), model.words)
        self._weighting = model.weighting()
        self._corrected = model.correct is not None
        self._state: Frozen | Live = self._frozen(learned)
        self._lock = threading.RLock()  # held by whoever uses what is live

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return minus the evidence: bits that the class's documents save, shape (n, n_classes)."""
        state = self._state
        if isinstance(state, Frozen):
            return self._scored(docs, state, n_jobs)
        with self._lock:
            return self._scored(docs, state, n_jobs)

    def _scored(
        self, docs: Corpus, state: Frozen | Live, n_jobs: int | None
    ) -> NDArray[np.float64]:
        weighting, features = self._weighting, (self._lengths, self.model.words)

        def score_part(part: slice) -> NDArray[np.float64]:
            if isinstance(state, Frozen):
                return score(
                    docs[part], *features, state.slots, state.bits, weighting.damped, state.base
                )  # fmt: skip
            return state.evidence(
                docs[part], weighting.damped, *features, weighting.add, weighting.own, self._scale
            )

        if len(docs) < 2 * ENOUGH_FOR_A_THREAD:
            return -score_part(slice(None))
        parts = [
            slice(begin, begin + ENOUGH_FOR_A_THREAD)
            for begin in range(0, len(docs), ENOUGH_FOR_A_THREAD)
        ]
        return -np.concatenate(in_threads(score_part, parts, n_jobs))

    def expected_temperature(self, length: float) -> float:
        """Return the temperature to expect of documents of `length` bytes on average.

        With two classes each one's evidence is the other's with the opposite sign, so differences
        are twice as large as beside many. With a correction, 256 small draws of eight sets had a
        median of 33 with two classes and of 17.5 with more, at 1,000 bytes.
        """
        if not self._corrected:
            return super().expected_temperature(length)
        centre = CORRECTED_CENTRE * self.n_classes / max(1, self.n_classes - 1)
        return expected_temperature(centre, length)

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Blocks.fit` chose a setting."""
        if self._corrected and setting == "lengths":
            return "by script and mean length of the documents"
        fixed = self._corrected and setting != "damping"
        return "fixed" if fixed else "chosen by leave-one-out"

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
        state = self._state
        if isinstance(state, Live):
            with self._lock:
                learned = state.learned()
            state = self._frozen(learned)  # what is live stays as it is
        corpus = Corpus.from_documents([doc])
        rows, spans = find_occurrences(state.slots, corpus, self._lengths, self.model.words)
        distinct, row_of, times = np.unique(rows, return_inverse=True, return_counts=True)
        share = self._weighting.damped[np.minimum(times, MOST_TIMES)] / times
        begins = spans[:, 0].clip(0, len(doc) - 1)
        ends = np.maximum(spans[:, 1].clip(1, len(doc)), begins + 1)
        _, kinds, counts, correction = state.learned
        counted = state.base[kinds[distinct]]
        taken = Correction(*counts[:3]).take(distinct)
        some = Counts(*taken, counts.pool[distinct], counts.totals)
        evidence = self._counted_bits(some, kinds[distinct])
        counted += evidence.dense(np.arange(len(distinct)), self.n_classes)
        corrected = correction.dense(distinct, self.n_classes)
        for changes, bits in zip(parts.values(), (counted, corrected), strict=True):
            each = (bits * share[:, None])[row_of] / (ends - begins)[:, None]
            np.subtract.at(changes, begins, each)
            np.add.at(changes, ends, each)
        return {part: np.cumsum(changes, axis=0)[:-1] for part, changes in parts.items()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the counts as plain arrays."""
        with self._lock:
            state = self._state
            if isinstance(state, Live):  # so that what is saved and what goes on predict the same
                self._state = state = self._frozen(state.learned())
        hashes, kinds, counts, correction = state.learned
        arrays: dict[str, NDArray[Any]] = {
            "row_hashes": hashes,
            "kinds": kinds,
            "n_classes_of_row": np.diff(counts.starts),
            "classes": counts.classes,
            "values": counts.values,
            "reference": np.array([self._reference]),
        }
        if self._corrected:
            arrays |= {
                "n_corrections_of_row": np.diff(correction.starts),
                "corrected_classes": correction.classes,
                "corrections": correction.bits,
            }
        return arrays

    def _change(self, docs: Corpus, y: NDArray[np.int64], sign: float) -> None:
        weights = sign * self._weighting.weights(docs.lengths, self._reference)
        with self._lock:
            state = self._state
            if isinstance(state, Frozen):
                self._state = state = Live(state.learned, self.n_classes)
            state.change(docs, y, weights, self._weighting.damped, self._lengths, self.model.words)
            self._held_out = None

    @property
    def _lengths(self) -> NDArray[np.int64]:
        return np.array(self.model.given_lengths(), dtype=np.int64)

    def _has_learned_a_correction(self) -> bool:
        state = self._state
        if isinstance(state, Live):
            return state.corrected
        return len(state.learned.correction.bits) > 0

    def _frozen(self, learned: Learned) -> Frozen:
        """Compute all evidence."""
        slots = slots_of(learned.hashes, len(learned.hashes))
        counted = self._counted_bits(learned.counts, learned.kinds)
        bits = sum_of(counted, learned.correction, self.n_classes)
        n_features = np.bincount(learned.kinds, minlength=N_KINDS)
        add, own = self._weighting.add, self._weighting.own
        base = base_of(learned.counts.totals, n_features, add, own)
        return Frozen(learned, slots, bits, base * self._scale[:, None])

    def _counted_bits(self, counts: Counts, kinds: NDArray[np.int8]) -> Correction:
        """Return the evidence in the counts of some rows, uncorrected."""
        scale = self._scale.astype(np.float32)
        bits = evidence_of(counts, kinds, self._weighting.add, self._weighting.own, scale)
        return Correction(counts.starts, counts.classes, bits)


def restored(model: Blocks, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedBlocks:
    """Return the fitted model that `FittedBlocks.arrays` describes.

    Raises
    ------
    ValueError
        If anything in the arrays does not fit.
    """
    types = {
        "row_hashes": np.uint64, "kinds": np.int8, "n_classes_of_row": np.int64,
        "classes": np.int32, "values": np.float32, "reference": np.float64,
    }  # fmt: skip
    if model.correct is not None:
        types |= {
            "n_corrections_of_row": np.int64, "corrected_classes": np.int32,
            "corrections": np.float32,
        }  # fmt: skip
    if "hashes" in arrays and "row_hashes" not in arrays:
        raise ValueError(
            "the model counts blocks of bytes, as versions before this one did: fit and save it "
            "again."
        )
    expect_arrays(arrays, {name: (dtype, 1) for name, dtype in types.items()}, model="blocks")
    hashes, kinds = arrays["row_hashes"], arrays["kinds"]
    per_row, classes, values = arrays["n_classes_of_row"], arrays["classes"], arrays["values"]
    known = [*model.given_lengths(), *(WORD, PAIR)[: model.words]]
    _expect(len(kinds) == len(hashes) and bool(np.isin(kinds, known).all()), "kinds")
    _expect(len(per_row) == len(hashes), "n_classes_of_row")
    _expect(bool(((per_row >= 1) & (per_row <= n_classes)).all()), "n_classes_of_row")
    _expect(int(per_row.sum()) == len(classes) == len(values), "classes")
    _expect(bool(((classes >= 0) & (classes < n_classes)).all()), "classes")
    _expect(bool(((values > 0) & (values < LARGE)).all()), "values")
    reference = arrays["reference"]
    _expect(len(reference) == 1 and bool(1.0 <= reference[0] < np.inf), "reference")
    correction = _restored_correction(model, arrays, len(hashes), n_classes)
    starts = np.concatenate([[0], np.cumsum(per_row)])
    counts = counts_of(starts, classes, values, kinds, n_classes)
    learned = Learned(hashes, kinds, counts, correction)
    return FittedBlocks(model, n_classes, learned, float(reference[0]))


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
