"""A fitted `Blocks`: its scores, updates and explanations, and arrays to save."""

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
from compressclf.models.blocks.counts import Counts, base_of, counts_of, evidence_of
from compressclf.models.blocks.distinct import MOST_TIMES
from compressclf.models.blocks.features import N_KINDS, PAIR, WORD
from compressclf.models.blocks.live import Live
from compressclf.models.blocks.rowbits import Correction, no_correction
from compressclf.models.blocks.scoring import find_occurrences, score, sum_of
from compressclf.models.blocks.settings import Settings, scale_of
from compressclf.models.blocks.slots import slots_of
from compressclf.models.blocks.state import Learned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


__all__ = ["Evidence", "FittedBlocks", "restored"]

_expect = functools.partial(expect_array, model="blocks")

ENOUGH_FOR_A_THREAD = 64
"""Documents that a thread scores at a time."""
CORRECTED_CENTRE = 16.5
"""The temperature to expect of corrected bits at 1,000 bytes with many classes."""
LARGE = 1e30
"""Bound of counts and corrections, whose sums still fit a float32."""


class Frozen(NamedTuple):
    """Counts with their evidence, which never change."""

    learned: Learned
    slots: NDArray[np.uint64]
    bits: Correction | NDArray[np.float32]
    base: NDArray[np.float64]


class Evidence(NamedTuple):
    """What `FittedBlocks.codelengths` adds up, for another program that computes the same."""

    settings: Settings
    hashes: NDArray[np.uint64]
    """The hash of each feature."""
    kinds: NDArray[np.int8]
    """The kind of each feature: its block length, `WORD` or `PAIR`."""
    pool: NDArray[np.float32]
    """The counts of each feature in all classes together."""
    bits: Correction | NDArray[np.float32]
    """Bits of each feature for each class, sparse or of shape (n_features, n_classes)."""
    base: NDArray[np.float64]
    """Bits that every occurrence of a known feature adds, shape (N_KINDS, n_classes)."""


class FittedBlocks(FittedModel):
    """Counts of every feature, their evidence and its corrections.

    Several threads may use a model at once. After `update` or `forget` they wait for one another,
    since the counts are then changed in place.

    Parameters
    ----------
    model : ClassModel
        The description, without "auto".
    settings : Settings
        The settings in it.
    n_classes : int
        Number of classes.
    learned : Learned
        Counts and corrections.
    reference : float
        Length in bytes of a document with weight 1.
    """

    def __init__(
        self,
        model: ClassModel,
        settings: Settings,
        n_classes: int,
        learned: Learned,
        reference: float,
    ) -> None:
        self.model = model
        self.n_classes = n_classes
        self._reference = reference
        self._settings, self._weighting = settings, settings.weighting
        self._scale = scale_of(settings.lengths, settings.words)
        self._state: Frozen | Live = self._frozen(learned)
        self._lock = threading.RLock()  # held while a `Live` state is used

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the negative evidence in bits, shape (n_docs, n_classes)."""
        state = self._state
        if isinstance(state, Frozen):
            return self._scored(docs, state, n_jobs)
        with self._lock:
            return self._scored(docs, state, n_jobs)

    def _scored(
        self, docs: Corpus, state: Frozen | Live, n_jobs: int | None
    ) -> NDArray[np.float64]:
        weighting, features = self._weighting, (self._lengths, self._settings.words)

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
        """Return the temperature to expect of documents with a mean of `length` bytes.

        With two classes, their evidence differs only in its sign, so differences are twice as large
        as with many classes. With a correction, the median of 256 small draws of eight sets was 33
        with two classes and 17.5 with more, at 1,000 bytes.
        """
        if not self._settings.corrected:
            return super().expected_temperature(length)
        centre = CORRECTED_CENTRE * self.n_classes / max(1, self.n_classes - 1)
        return expected_temperature(centre, length)

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Blocks.fit` chose a parameter."""
        if self._settings.corrected and setting == "lengths":
            return "by script and mean length of the documents"
        fixed = self._settings.corrected and setting != "damping"
        return "fixed" if fixed else "chosen by leave-one-out"

    def update(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Add documents to the counts, each once; the correction does not change."""
        self._change(docs, y, 1.0)

    def forget(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Remove documents, each counted once, from the counts.

        Raises
        ------
        ValueError
            If there is a correction, from which documents cannot be removed.
        """
        state = self._state
        learned = state if isinstance(state, Live) else state.learned
        if learned.is_corrected:
            raise ValueError(
                "blocks can remove documents from its counts, but not from its correction: use "
                "blocks:correct=none with a window."
            )
        self._change(docs, y, -1.0)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte under each class, shape (n_bytes, n_classes).

        The evidence of a block or word is spread evenly over its bytes. Rows add up to
        `codelengths`, unless the document is empty.
        """
        bits: NDArray[np.float64] = np.sum(list(self.explain_parts(doc).values()), axis=0)
        return bits

    def evidence(self) -> Evidence:
        """Return the features with their bits; codelengths are minus the sum over a document."""
        learned, _, bits, base = self._as_frozen()
        counts = learned.counts
        return Evidence(self._settings, learned.hashes, learned.kinds, counts.pool, bits, base)

    def explain_parts(self, doc: bytes) -> dict[str, NDArray[np.float64]]:
        """Return two parts of `explain_bits`: "counted", and the correction as "corrected"."""
        parts = {
            part: np.zeros((len(doc) + 1, self.n_classes)) for part in ("counted", "corrected")
        }
        if not doc:
            return {part: changes[:0] for part, changes in parts.items()}
        state = self._as_frozen()
        corpus = Corpus.from_documents([doc])
        rows, spans = find_occurrences(state.slots, corpus, self._lengths, self._settings.words)
        distinct, row_of, times = np.unique(rows, return_inverse=True, return_counts=True)
        times_counted = self._weighting.damped[np.minimum(times, MOST_TIMES)][:, None]
        begins = spans[:, 0].clip(0, len(doc) - 1)
        ends = np.maximum(spans[:, 1].clip(1, len(doc)), begins + 1)
        _, kinds, counts, _ = state.learned
        taken = Correction(*counts[:3]).take(distinct)
        some = Counts(*taken, counts.pool[distinct], counts.totals)
        evidence = self._counted_bits(some, kinds[distinct])
        counted = evidence.dense(np.arange(len(distinct)), self.n_classes)
        if isinstance(state.bits, Correction):
            both = state.bits.dense(distinct, self.n_classes)
        else:
            both = state.bits[distinct].astype(np.float64)
        # Products in single precision, as `score` computes them: the sums are equal to it.
        counted, both = (
            (times_counted * bits.astype(np.float32)).astype(np.float64) for bits in (counted, both)
        )
        corrected = both - counted
        counted += times_counted * state.base[kinds[distinct]]
        for changes, bits in zip(parts.values(), (counted, corrected), strict=True):
            each = (bits / times[:, None])[row_of] / (ends - begins)[:, None]
            np.subtract.at(changes, begins, each)
            np.add.at(changes, ends, each)
        return {part: np.cumsum(changes, axis=0)[:-1] for part, changes in parts.items()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the counts as plain arrays."""
        with self._lock:
            state = self._state
            if isinstance(state, Live):  # the saved model and this one then predict the same
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
        if self._settings.corrected:
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
            state.change(
                docs, y, weights, self._weighting.damped, self._lengths, self._settings.words
            )

    def _as_frozen(self) -> Frozen:
        """Return the state with all evidence computed; the state of the model does not change."""
        state = self._state
        if isinstance(state, Frozen):
            return state
        with self._lock:
            learned = state.learned()
        return self._frozen(learned)

    def _frozen(self, learned: Learned) -> Frozen:
        """Return the counts with all evidence computed."""
        slots = slots_of(learned.hashes, len(learned.hashes))
        counted = self._counted_bits(learned.counts, learned.kinds)
        bits = sum_of(counted, learned.correction, self.n_classes)
        n_features = np.bincount(learned.kinds, minlength=N_KINDS)
        add, own = self._weighting.add, self._weighting.own
        base = base_of(learned.counts.totals, n_features, add, own)
        return Frozen(learned, slots, bits, base * self._scale[:, None])

    @property
    def _lengths(self) -> NDArray[np.int64]:
        return np.array(self._settings.lengths, dtype=np.int64)

    def _counted_bits(self, counts: Counts, kinds: NDArray[np.int8]) -> Correction:
        """Return the evidence of the counts of some rows, without correction."""
        scale = self._scale.astype(np.float32)
        bits = evidence_of(counts, kinds, self._weighting.add, self._weighting.own, scale)
        return Correction(counts.starts, counts.classes, bits)


def restored(
    model: ClassModel, settings: Settings, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedBlocks:
    """Return the fitted model that `FittedBlocks.arrays` describes.

    Raises
    ------
    ValueError
        If an array cannot belong to such a model.
    """
    types = {
        "row_hashes": np.uint64, "kinds": np.int8, "n_classes_of_row": np.int64,
        "classes": np.int32, "values": np.float32, "reference": np.float64,
    }  # fmt: skip
    if settings.corrected:
        types |= {
            "n_corrections_of_row": np.int64, "corrected_classes": np.int32,
            "corrections": np.float32,
        }  # fmt: skip
    if "hashes" in arrays and "row_hashes" not in arrays:
        raise ValueError(
            "the model counts blocks of bytes, as older versions did: fit and save it again."
        )
    expect_arrays(arrays, {name: (dtype, 1) for name, dtype in types.items()}, model="blocks")
    hashes, kinds = arrays["row_hashes"], arrays["kinds"]
    per_row, classes, values = arrays["n_classes_of_row"], arrays["classes"], arrays["values"]
    known = [*settings.lengths, *(WORD, PAIR)[: settings.words]]
    _expect(len(kinds) == len(hashes) and bool(np.isin(kinds, known).all()), "kinds")
    _expect(len(per_row) == len(hashes), "n_classes_of_row")
    _expect(bool(((per_row >= 1) & (per_row <= n_classes)).all()), "n_classes_of_row")
    _expect(int(per_row.sum()) == len(classes) == len(values), "classes")
    _expect(bool(((classes >= 0) & (classes < n_classes)).all()), "classes")
    _expect(bool(((values > 0) & (values < LARGE)).all()), "values")
    reference = arrays["reference"]
    _expect(len(reference) == 1 and bool(1.0 <= reference[0] < np.inf), "reference")
    correction = _restored_correction(settings, arrays, len(hashes), n_classes)
    starts = np.concatenate([[0], np.cumsum(per_row)])
    counts = counts_of(starts, classes, values, kinds, n_classes)
    learned = Learned(hashes, kinds, counts, correction)
    return FittedBlocks(model, settings, n_classes, learned, float(reference[0]))


def _restored_correction(
    settings: Settings, arrays: Mapping[str, NDArray[Any]], n_rows: int, n_classes: int
) -> Correction:
    if not settings.corrected:
        return no_correction(n_rows)
    per_row, classes = arrays["n_corrections_of_row"], arrays["corrected_classes"]
    bits = arrays["corrections"]
    _expect(len(per_row) == n_rows, "n_corrections_of_row")
    _expect(bool(((per_row >= 0) & (per_row <= n_classes)).all()), "n_corrections_of_row")
    _expect(int(per_row.sum()) == len(classes) == len(bits), "corrected_classes")
    _expect(bool(((classes >= 0) & (classes < n_classes)).all()), "corrected_classes")
    _expect(bool((np.abs(bits) < LARGE).all()), "corrections")
    return Correction(np.concatenate([[0], np.cumsum(per_row)]), classes, bits)
