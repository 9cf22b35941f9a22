"""`Blocks`: the parameters of the block-codelength model, and how it is fitted."""

from __future__ import annotations

import functools
import zlib
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, is_number
from compressclf._lib.progress import mention_compiling
from compressclf.documents import Corpus
from compressclf.models.base import ClassModel
from compressclf.models.blocks.batches import Pruned, counted_in_batches, scattered
from compressclf.models.blocks.correction import COST, learn_correction
from compressclf.models.blocks.features import LONGEST
from compressclf.models.blocks.fitted import FittedBlocks, restored
from compressclf.models.blocks.rowbits import Correction
from compressclf.models.blocks.settings import (
    LENGTHS,
    MOST_DOCUMENTS,
    WEIGHTINGS,
    Settings,
    best_of,
    choose,
    corrected_weightings,
    decided,
    lengths_for,
    lengths_to_try,
    scale_of,
    spread_sample,
)
from compressclf.models.blocks.state import Counted, Index, Weighting, index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["Blocks"]

CALIBRATION_DOCUMENTS = 2000
"""Training documents that are held out without a correction, at most."""
SELDOM = 0.05
"""Share of features that repeat within a document, below which damping is not chosen. Headlines and
questions have 1 to 4 %, articles 13 to 30 %."""

RANGES = {"damping": (0, 2), "shorten": (0, 2), "add": (1e-9, 1e9), "own": (0, 1)}
"""Outside these ranges, counts in single precision overflow or vanish."""


@dataclass(frozen=True)
class Blocks(ClassModel):
    """Score classes by how many more bits a text needs without the counts of the class.

    Parameters
    ----------
    lengths : "auto" or str, default="auto"
        Block lengths in characters, from 1 to 8, as in ``"4+6"``; ``"none"`` for words only.
    words : int, default=2
        0 for no words, 1 for words, 2 for words and pairs of neighbouring words.
    damping : "auto" or float, default="auto"
        k occurrences in one document count k ** damping, in [0, 2]; k is at most 255.
    shorten : "auto" or float, default="auto"
        Length normalisation: a document of n bytes has a weight proportional to n ** -shorten, in
        [0, 2].
    add : "auto" or float, default="auto"
        Pseudocount, which is added to every count, in [1e-9, 1e9].
    own : "auto" or float, default="auto"
        Share of the evidence that comes from the counts of the class itself, in [0, 1]; the rest
        comes from those of the other classes.
    correct : float or None, default=0.5
        Cost of the squared hinge loss of a training document in the correction
        (`compressclf.models.blocks.correction`), in [0.001, 1000]; None for no correction.

    Notes
    -----
    ``fit`` chooses what is "auto" (`compressclf.models.blocks.settings`). Without a correction,
    everything is chosen by leave-one-out on the training documents. With a correction, only
    `damping` is chosen; `lengths` depends on the script and the mean length of the documents, and
    the other parameters are fixed, since choosing them gained nothing.

    Examples
    --------
    Every word counts once per document. Class 0 has tea and milk, class 1 has tea. Class 1 alone
    gives milk (0 + 1) / (1 + 1·2) of its counts, both classes (1 + 1) / (3 + 1·2). So milk takes
    log2 (2/5) / (1/3) = 0.263 bits more without class 0, and 0.322 bits less without class 1.

    >>> import numpy as np
    >>> from compressclf import Corpus
    >>> blocks = Blocks("none", words=1, damping=0, shorten=0, add=1, own=0, correct=None)
    >>> fitted = blocks.fit(Corpus.from_documents(["tea tea milk", "tea"]), np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["milk"])).round(3)
    array([[-0.263,  0.322]])
    >>> blocks.spec
    'blocks:lengths=none,words=1,damping=0,shorten=0,add=1,own=0,correct=none'
    """

    lengths: str | int = "auto"
    words: int = 2
    damping: str | float = "auto"
    shorten: str | float = "auto"
    add: str | float = "auto"
    own: str | float = "auto"
    correct: float | None = COST

    name: ClassVar[str] = "blocks"
    is_code: ClassVar[bool] = False
    incremental: ClassVar[bool] = True
    weighted: ClassVar[bool] = True
    leaves_one_out: ClassVar[bool] = True
    temperature_centre: ClassVar[float] = 20.0  # median of 20 small draws of four sets of texts

    def __post_init__(self) -> None:
        if self.lengths != "auto":  # 4, "4" and "4+4" make equal models
            object.__setattr__(self, "lengths", _joined(self.given_lengths()))
        check_int(self.name, "words", self.words, 0, 2)
        check_parameter(self, self.words > 0 or self.lengths != "none", "words", "1 or 2")
        for key, (least, most) in RANGES.items():
            value = getattr(self, key)
            ok = value == "auto" or is_number(value, least, most)
            check_parameter(self, ok, key, f"'auto' or a number in [{least:g}, {most:g}]")
        ok = self.correct is None or is_number(self.correct, 1e-3, 1e3)
        check_parameter(self, ok, "correct", "None or a number in [0.001, 1000]")

    @property
    def discriminative(self) -> bool:  # type: ignore[override]
        """Whether there is a correction, which is trained on the errors of the counts."""
        return self.correct is not None

    def fit(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> FittedBlocks:
        """Choose what is "auto", count, and fit the correction.

        `weights` says how much each document counts, > 0, shape (n_docs,).
        """
        return self.fit_held_out(docs, y, n_classes, weights=weights, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedBlocks, NDArray[np.float64]]:
        """Fit, and also return held-out codelengths of the training documents, or a sample of them.

        The counts leave out one document at a time, the correction a quarter of the documents.
        """
        compile_blocks()
        return self._fit(docs, y, n_classes, weights, n_jobs)

    def _fit(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedBlocks, NDArray[np.float64]]:
        if self.correct is None or len(y) == 0:
            read, lengths, weighting = self._chosen_alone(docs, y, n_classes, weights, n_jobs)
            counted = Counted.of(read, weighting, n_jobs=n_jobs)
            return self._fitted(counted, lengths), self._held_out(counted, lengths, n_jobs)
        read, lengths, weightings = self._read(docs, y, n_classes, weights, n_jobs)
        scale = scale_of(lengths, self.words)
        best = _best_counted(read, weightings, scale, n_jobs)
        corrections, held = self._corrected(*best, lengths, _order_of(docs, y), n_jobs)
        return self._fitted(best[0], lengths, corrections), -held

    def fit_batches(
        self,
        sample: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        batches: Iterable[tuple[Corpus, NDArray[np.int64]]],
        *,
        mean_length: float,
        memory: int,
        n_jobs: int | None = None,
    ) -> tuple[FittedBlocks, NDArray[np.float64], Pruned | None]:
        """Fit to documents that are read in batches (`compressclf.models.blocks.batches`).

        Parameters
        ----------
        sample : Corpus
            Documents on which settings are chosen and the correction is fitted, at most as many as
            `compressclf.models.sizes.documents_for` returns.
        y : ndarray of int64, shape (n_sampled,)
            Their classes.
        n_classes : int
            Number of classes.
        batches : iterable of (Corpus, ndarray of int64)
            All documents with their classes, also those of the sample.
        mean_length : float
            Mean length of all documents in bytes.
        memory : int
            Bytes that the fit may take.
        n_jobs : int or None, default=None
            As in `fit`.

        Returns
        -------
        fitted : FittedBlocks
        bits : ndarray of float64, shape (n_sampled, n_classes)
            Held-out bits of the sample, as `fit_held_out` returns them.
        pruned : Pruned or None
            What was pruned; None if all features were kept.
        """
        compile_blocks()
        if self.correct is None:
            read, lengths, weighting = self._chosen_alone(sample, y, n_classes, None, n_jobs)
        else:
            read, lengths, tried = self._read(sample, y, n_classes, None, n_jobs)
            weighting = tried[0]
            if len(tried) > 1:
                best = _best_counted(read, tried, scale_of(lengths, self.words), n_jobs)
                weighting = best[0].weighting
                del best
        reference = max(mean_length, 1.0)
        learned, counted, rows, pruned = counted_in_batches(
            read, weighting, batches, reference=reference, memory=memory, n_jobs=n_jobs
        )
        del read
        if self.correct is None:
            held = -self._held_out(counted, lengths, n_jobs)
        else:
            scale = scale_of(lengths, self.words)
            best = (counted, *counted.held_out(scale, n_jobs=n_jobs))
            corrections, held = self._corrected(*best, lengths, _order_of(sample, y), n_jobs)
            correction = scattered(corrections, rows, len(learned.hashes))
            learned = learned._replace(correction=correction)
            del best, corrections
        del counted
        model = replace(self, lengths=_joined(lengths), **asdict(weighting))
        return FittedBlocks(model, model.settings(), n_classes, learned, reference), -held, pruned

    def _read(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        weights: NDArray[np.float64] | None,
        n_jobs: int | None,
    ) -> tuple[Index, tuple[int, ...], list[Weighting]]:
        """Return documents, block lengths and the weightings to choose from with a correction."""
        lengths = lengths_for(docs) if self.lengths == "auto" else self.given_lengths()
        read = index(docs, y, n_classes, lengths, self.words, multiples=weights, n_jobs=n_jobs)
        weightings = self._weightings(corrected_weightings(n_classes))
        if read.repeated() < SELDOM:  # damping would change almost nothing
            weightings = weightings[:1]
        return read, lengths, weightings

    def _corrected(
        self,
        counted: Counted,
        evidence: NDArray[np.float64],
        mass: NDArray[np.float64],
        lengths: tuple[int, ...],
        order: NDArray[np.int64],
        n_jobs: int | None,
    ) -> tuple[list[Correction], NDArray[np.float64]]:
        """Return the corrections of all shards, and held-out evidence."""
        assert self.correct is not None
        return learn_correction(
            counted,
            evidence,
            mass,
            scale_of(lengths, self.words),
            lengths[len(lengths) // 2] if lengths else None,
            order,
            cost=float(self.correct),
            n_jobs=n_jobs,
        )

    def _chosen_alone(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        weights: NDArray[np.float64] | None,
        n_jobs: int | None,
    ) -> tuple[Index, tuple[int, ...], Weighting]:
        """Return documents, block lengths and weighting without a correction."""
        tried = lengths_to_try(docs) if self.lengths == "auto" else (self.given_lengths(),)
        every = tuple(sorted({length for lengths in tried for length in lengths}))
        read = index(docs, y, n_classes, every, self.words, multiples=weights, n_jobs=n_jobs)
        weightings = self._weightings(WEIGHTINGS)
        weighting, lengths = weightings[0], tried[0]
        if len(read.y) > 1 and len(weightings) * len(tried) > 1:
            weighting, lengths = choose(read, weightings, tried, n_jobs=n_jobs)
        return read.only(lengths, n_jobs=n_jobs), lengths, weighting

    def _held_out(
        self, counted: Counted, lengths: tuple[int, ...], n_jobs: int | None
    ) -> NDArray[np.float64]:
        """Return a sample of leave-one-out codelengths."""
        y = counted.index.y
        sample = spread_sample(y, CALIBRATION_DOCUMENTS)
        held = np.full((len(y), counted.index.n_classes), np.nan)
        scale = scale_of(lengths, self.words)
        held[sample], _ = counted.held_out(scale, sample=sample, n_jobs=n_jobs)
        return -held

    def _fitted(
        self,
        counted: Counted,
        lengths: tuple[int, ...],
        corrections: list[Correction] | None = None,
    ) -> FittedBlocks:
        weighting, n_classes = counted.weighting, counted.index.n_classes
        settled = replace(self, lengths=_joined(lengths), **asdict(weighting))
        learned = counted.learned(corrections)
        return FittedBlocks(settled, settled.settings(), n_classes, learned, counted.reference)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedBlocks:
        """Return the fitted model that `FittedBlocks.arrays` describes."""
        return restored(self, self.settings(), arrays, n_classes)

    def settings(self) -> Settings:
        """Return the settings, with the defaults for what is "auto"."""
        return Settings(
            self.given_lengths(), self.words, self.weighting(), corrected=self.correct is not None
        )

    def _weightings(self, presets: tuple[Weighting, ...]) -> list[Weighting]:
        """Return the distinct weightings that the presets give for what is "auto"."""
        return list(dict.fromkeys(self.weighting(preset) for preset in presets))

    def weighting(self, preset: Weighting = WEIGHTINGS[0]) -> Weighting:
        """Return the weighting, with the values of `preset` for what is "auto"."""
        values = {
            key: getattr(preset, key) if getattr(self, key) == "auto" else float(getattr(self, key))
            for key in ("damping", "shorten", "add", "own")
        }
        return Weighting(**values)

    def given_lengths(self) -> tuple[int, ...]:
        """Return the sorted block lengths; for "auto", the first set to try."""
        if self.lengths in ("none", None):
            return ()
        if self.lengths == "auto":
            return LENGTHS[0]
        parts = str(self.lengths).split("+")
        ok = all(part.isdecimal() and 1 <= int(part) <= LONGEST for part in parts)
        check_parameter(self, ok, "lengths", "'auto', 'none' or ints from 1 to 8 as in '4+6'")
        return tuple(sorted({int(part) for part in parts}))


def _best_counted(
    read: Index, weightings: list[Weighting], scale: NDArray[np.float64], n_jobs: int | None
) -> tuple[Counted, NDArray[np.float64], NDArray[np.float64]]:
    """Return the counts under the best weighting, and their held-out evidence and mass."""
    sample = spread_sample(read.y, MOST_DOCUMENTS)
    tried = []
    for number, weighting in enumerate(weightings):
        counted = Counted.of(read, weighting, n_jobs=n_jobs)
        rows = None if number == 0 else sample  # the first weighting usually wins
        evidence, mass = counted.held_out(scale, sample=rows, n_jobs=n_jobs)
        right = decided(evidence[sample] if rows is None else evidence, read.y[sample])
        tried.append(((counted, evidence, mass), right))
    counted, evidence, mass = best_of(tried, read.multiples[sample])
    if len(evidence) < len(read.y):
        evidence, mass = counted.held_out(scale, n_jobs=n_jobs)
    return counted, evidence, mass


@functools.cache
def compile_blocks() -> None:
    """Compile the kernels once, with a notice if they were not in the cache."""
    with mention_compiling("Compiling the block model, once for this installation: ten seconds."):
        docs, y = Corpus.from_documents([b"to be", b"or not"]), np.array([0, 1])
        fitted, _ = Blocks(lengths="4+6")._fit(docs, y, 2)
        fitted.codelengths(docs)
        fitted.update(docs, y)
        fitted.codelengths(docs)


def _order_of(docs: Corpus, y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an order of the documents that depends on their content, not on their positions."""
    hashes = np.fromiter((zlib.crc32(doc) for doc in docs), np.int64, len(docs))
    return np.lexsort((docs.lengths, y, hashes))


def _joined(lengths: tuple[int, ...]) -> str:
    return "+".join(map(str, lengths)) or "none"
