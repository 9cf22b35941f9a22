r"""Blocks of bytes, each coded on its own by how often a class has it: a true code that classifies.

A text, a blank before and after it, is cut into blocks of j bytes, and each block costs −log2 of
its probability in the class, whatever stands before it. There are j places where the first cut can
be (phases) and several lengths j; the bits of a document are the mean over all of them. What is
left over before the first and after the last whole block costs 8 bits a byte. A block that no
training document has costs an escape and 8 bits a byte.

*Each part is a code that can be decoded*: for given j and phase, the probabilities of all 256^j
blocks sum to 1. *The mean is the length of a code too*: the geometric mean of probabilities is at
most their arithmetic mean, so that Σ 2^−bits over all documents of a length is at most 1, and by
Kraft's inequality a prefix code with these lengths (rounded up) exists.

Three sets of counts can predict a block g, ``by``:

own
    The class's own: p(g) = (n_c(g) + 0.1) / total, over all blocks known from any class.
shared
    Its own, and what all classes share as a strong prior: p(g) ∝ n_c(g) + 10·N·q(g), where q is the
    frequency among all N training blocks. Since q counts ten times as much as all training data,
    rare classes are not surprised by what is common, and what is common tells nothing.
rest
    All other classes': p(g) = (n(g) − n_c(g) + 0.3) / total. The class whose absence makes the text
    dearest wins; what is returned is minus the bits, a comparison of codes and no codelength.

Why so poor a code (no context reaches over a cut) classifies better than `contextmix`, which takes
half the bits, is told in ``docs/true-codes.md``.

By hand: one class has seen "aba", which is " aba " between its boundaries, two known blanks. Its
blocks of three bytes are " ab", "aba" and "ba ", once each; with all unknown ones together that
makes four, each with 0.1 to begin with. " ab " has the blocks " ab" and "ab ", the second unknown.
Each is in one of three phases; what no block covers there costs 8 bits a byte, 16 bits together:

>>> docs = Corpus.from_documents(["aba"])
>>> fitted = BlockCode(shortest=3, longest=3, by="own").fit(docs, np.array([0]), 1)
>>> fitted.codelengths(Corpus.from_documents(["ab"])).round(3)
array([[15.572]])
>>> from math import log2
>>> total = 3 + 4 * 0.1
>>> round((-log2((1 + 0.1) / total) - log2(0.1 / total) + 3 * 8 + 2 * 8) / 3, 3)
15.572
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from compressclf._jit import read_only
from compressclf._progress import mention_compiling
from compressclf._threads import run_tiles
from compressclf.calibration import fit_temperature, label_bits, mean_length
from compressclf.compressors.base import check_int
from compressclf.distances.tiles import PAIR_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus
from compressclf.models._blockcounts import (
    BOUNDARY,
    NEW,
    OWN,
    REST,
    SHARED,
    BlockCounts,
    byte_costs,
    count_blocks,
    document_costs,
    framed,
)
from compressclf.models.base import ClassModel, FittedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BlockCode"]

SIDES = {"own": OWN, "shared": SHARED, "rest": REST}
TILE_BYTES = 200_000
SAMPLE = 2000  # training documents at most that are left out in turn


@dataclass(frozen=True)
class BlockCode(ClassModel):
    """The mean of block codes over all phases and several lengths.

    Parameters
    ----------
    shortest, longest : int, default=4, 8
        Lengths of the blocks in bytes, 3 to 8.
    by : {"auto", "own", "shared", "rest"}, default="auto"
        Whose counts predict a block. "auto" takes the one that gets most training documents
        right, each left out in turn (2,000 of them at most).

    Examples
    --------
    >>> docs = Corpus.from_documents(["salt and pepper, stock and salt", "wind and the main sail"])
    >>> fitted = BlockCode(by="shared").fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"])).argmin(axis=1)
    array([0])
    """

    shortest: int = 4
    longest: int = 8
    by: str = "auto"

    name = "blockcode"
    # Median of small draws of two classes; over 20 draws of four sets of texts it is 6, but too low
    # a temperature costs two classes more than too high a one costs many.
    temperature_centre = 20.0

    def __post_init__(self) -> None:
        check_int(self.name, "shortest", self.shortest, 3, 8)
        check_int(self.name, "longest", self.longest, self.shortest, 8)
        if self.by not in ("auto", *SIDES):
            raise ValueError(
                f"The 'by' parameter of {self.name} must be one of auto, own, shared and rest. "
                f"Got {self.by!r} instead."
            )

    @property
    def is_code(self) -> bool:  # type: ignore[override]  # a fact of the class for most models
        """Whether the bits are codelengths: not by the rest, and "auto" may choose the rest."""
        return self.by in ("own", "shared")

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedBlockCode:
        """Count the blocks of every class; see `ClassModel.fit`."""
        with mention_compiling("Compiling the block codes, once for this installation."):
            count_blocks(framed(docs[:0]), y[:0], 1, 8)
        lengths = range(self.shortest, self.longest + 1)
        tables: dict[int, BlockCounts] = {}
        texts = framed(docs)
        tiles = [Tile(slice(0, 0), slice(j, j + 1), docs.nbytes) for j in lengths]
        for tile, table in run_tiles(
            lambda tile: count_blocks(texts, y, n_classes, tile.columns.start), tiles, n_jobs=n_jobs
        ):
            tables[tile.columns.start] = table
        counts = [tables[j] for j in lengths]
        model = self if self.by != "auto" else replace(self, by="own")
        fitted = FittedBlockCode(model, counts, (docs, y), n_jobs)
        return fitted if self.by != "auto" else fitted.best_side()


class FittedBlockCode(FittedModel):
    """The counts, and the training documents for leaving them out."""

    model: BlockCode

    def __init__(
        self,
        model: BlockCode,
        counts: list[BlockCounts],
        training: tuple[Corpus, NDArray[np.int64]],
        n_jobs: int | None,
    ) -> None:
        self.model = model
        self.n_classes = len(counts[0].totals)
        self._counts = counts
        self._training = training
        self._n_jobs = n_jobs

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes)."""
        return self._bits(docs, np.full(len(docs), NEW), n_jobs)

    def held_out(self) -> NDArray[np.float64]:
        """Return the bits of the training documents, each left out in turn, exactly.

        At most 2,000 of them, drawn with a fixed seed; the other rows are NaN.
        """
        docs, y = self._training
        chosen = np.sort(np.random.default_rng(0).permutation(len(y))[:SAMPLE])
        bits = np.full((len(y), self.n_classes), np.nan)
        bits[chosen] = self._bits(docs.take(chosen), y[chosen], self._n_jobs)
        return bits

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `BlockCode.fit` chose the side; nothing else can be left open."""
        return "chosen by leave-one-out"

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte costs under each class, shape (n_bytes, n_classes).

        A block's bits are shared out evenly among its bytes.
        """
        text = np.frombuffer(bytearray(BOUNDARY + doc + BOUNDARY), np.uint8)
        bits = np.zeros((len(doc), self.n_classes))
        for counts in read_only(tuple(self._counts)):
            byte_costs(counts, self._side, text, bits)
        return self._signed(bits)

    def best_side(self) -> FittedBlockCode:
        """Return the same counts with the side that labels most training documents right.

        Of equally good ones the one that needs the fewest bits for the labels.
        """
        docs, y = self._training
        centre = self.model.expected_temperature(mean_length(docs.lengths))
        found = []
        for by in SIDES:
            fitted = FittedBlockCode(
                replace(self.model, by=by), self._counts, self._training, self._n_jobs
            )
            bits = fitted.held_out()
            kept = ~np.isnan(bits).any(axis=1)
            bits, truth = bits[kept], y[kept]
            n_right, cost = 0, 0.0
            if len(truth):
                n_right = int((bits.argmin(axis=1) == truth).sum())
                temperature = fit_temperature(bits, truth, centre=centre)
                cost = label_bits(bits, truth, temperature=temperature)
            found.append((n_right, -cost, fitted))
        return max(found, key=lambda item: item[:2])[2]

    @property
    def _side(self) -> int:
        return SIDES[self.model.by]

    def _signed(self, bits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the mean over the lengths; minus it, against the rest."""
        signed: NDArray[np.float64] = bits / (-1 if self._side == REST else 1) / len(self._counts)
        return signed

    def _bits(
        self, docs: Corpus, labels: NDArray[np.int64], n_jobs: int | None
    ) -> NDArray[np.float64]:
        bits = np.zeros((len(docs), self.n_classes))
        texts = framed(docs)
        buffer = np.require(texts.buffer, requirements="W")  # one numba signature
        of_lengths = read_only(tuple(self._counts))
        costs = docs.lengths + PAIR_BYTES
        tiles = [
            Tile(rows, slice(0, self.n_classes), int(costs[rows].sum()))
            for rows in split_by_cost(costs, TILE_BYTES)
        ]

        def score(tile: Tile) -> None:
            rows = tile.rows
            offsets = texts.offsets[rows.start : rows.stop + 1]
            for counts in of_lengths:
                document_costs(counts, self._side, buffer, offsets, labels[rows], bits[rows])

        for _ in run_tiles(score, tiles, n_jobs=n_jobs):
            pass
        return self._signed(bits)
