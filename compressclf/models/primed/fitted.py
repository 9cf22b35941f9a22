"""A fitted `PrimedModel`: the primed compressors of all classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.executor import count_threads, run_tiles
from compressclf.compressors.base import RereadText
from compressclf.compressors.primed import Primed
from compressclf.distances.tiles import PAIR_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus
from compressclf.models.base import FittedModel
from compressclf.models.primed.texts import unescaped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models.primed.model import OneCompressor, PrimedModel

__all__ = ["FittedPrimed", "Share", "TextAtEachCall"]

TILE_BYTES = 2_000_000
"""Bytes that are coded between two steps of progress, if the compressors are divisible."""


class Share(NamedTuple):
    """Compressors primed with the texts into which a class was divided, and a weight."""

    primed: list[Primed]
    weight: float


class TextAtEachCall(RereadText):
    """A short text that is read again in every call; no state is kept."""

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        return self.compressor.primed(self.text).bits(docs)

    def byte_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of a document after the text, shape (n_bytes,)."""
        return self.compressor.primed(self.text).byte_bits(doc)


class FittedPrimed(FittedModel):
    """The primed compressors of every class, and the bits that calibration subtracts.

    Parameters
    ----------
    model : OneCompressor
        The description.
    equivalent : PrimedModel
        The same model as a `PrimedModel`.
    classes : list of list of Share
        The compressors of each class.
    excess : ndarray of float64, shape (n_classes,), optional
        Bits per byte, or per document, that are subtracted; 0 by default.
    """

    def __init__(
        self,
        model: OneCompressor,
        equivalent: PrimedModel,
        classes: list[list[Share]],
        excess: NDArray[np.float64] | None = None,
    ) -> None:
        self.model: OneCompressor = model
        self.equivalent = equivalent
        self.classes = classes
        self.n_classes = len(classes)
        self.excess = np.zeros(self.n_classes) if excess is None else excess

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes).

        With ``against="rest"`` and without calibration they are all at most 0.
        """
        coded, n_before = docs, len(self._before)
        if n_before:
            coded = Corpus.from_documents([self._before + doc for doc in docs])
        lengths = docs.lengths + n_before + PAIR_BYTES
        primed = [[each for share in shares for each in share.primed] for shares in self.classes]
        n_texts = np.array([len(own) for own in primed])
        again = np.array([sum(each.rereads for each in own) for own in primed])
        # Documents are split if there are more threads than classes, and to show progress.
        costs = lengths * n_texts.max() + again.max()
        n_parts = -(-count_threads(n_jobs) // self.n_classes)
        tile_bytes = max(1, -(-int(costs.sum()) // n_parts))
        if all(each.divisible for own in primed for each in own):
            tile_bytes = min(tile_bytes, TILE_BYTES)
        parts = split_by_cost(costs, tile_bytes)
        # Each part gets its own copies, so that no thread waits for another.
        classes = {rows.start: self._copies() if rows.start else self.classes for rows in parts}
        bits = np.empty((len(docs), self.n_classes))
        tiles = [
            Tile(rows, slice(c, c + 1), int((lengths[rows] * n_texts[c] + again[c]).sum()))
            for rows in parts
            for c in range(self.n_classes)
        ]
        for tile, column in run_tiles(
            self._class_bits,
            tiles,
            given=lambda tile: (classes[tile.rows.start][tile.columns.start], coded[tile.rows]),
            n_jobs=n_jobs,
        ):
            bits[tile.rows, tile.columns.start] = column
        return self.calibrated(self._sign * bits, docs)

    def calibrated(self, bits: NDArray[np.float64], docs: Corpus) -> NDArray[np.float64]:
        """Return the bits after calibration, shape (n_docs, n_classes)."""
        if self.equivalent.calibrate is None:
            return bits
        calibrated: NDArray[np.float64] = bits - np.outer(self.sizes(docs), self.excess)
        return calibrated

    def sizes(self, docs: Corpus) -> NDArray[np.int64]:
        """Return how many times the excess is subtracted for each document, shape (n_docs,)."""
        return docs.lengths if self.equivalent.calibrate == "byte" else np.ones(len(docs), np.int64)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte under each class, shape (n_bytes, n_classes).

        The separator before the document counts as part of its first byte. Calibration subtracts
        the same from every byte.

        Raises
        ------
        NotImplementedError
            If the compressor does not code byte by byte.
        """
        before = self._before
        try:
            columns = [self._byte_bits(shares, before + doc) for shares in self.classes]
        except NotImplementedError:
            raise NotImplementedError(
                f"{self.model.name} has no bits of single bytes with {self.equivalent.compressor}, "
                f"which codes several at once: use contextmix or bytelm."
            ) from None
        if not doc:
            return np.zeros((0, self.n_classes))
        costs = self._sign * np.stack(columns, axis=1)
        bits: NDArray[np.float64] = costs[len(before) :].copy()
        bits[0] += costs[: len(before)].sum(axis=0)
        if self.equivalent.calibrate is not None:
            bits -= self.excess * self.sizes(Corpus.from_documents([doc]))[0] / len(doc)
        return bits

    def arrays(self) -> dict[str, NDArray[Any]] | None:
        """Return the arrays of a preset that can be restored, else None."""
        return self.model.arrays_of(self)

    def texts(self) -> list[bytes]:
        """Return the exemplar texts, those of the first class first."""
        return [
            each.text
            for shares in self.classes
            for share in shares
            for each in share.primed
            if isinstance(each, TextAtEachCall)
        ]

    @property
    def _before(self) -> bytes:
        """The separator before each document, which is coded with it."""
        return unescaped(self.equivalent.separator) if self.equivalent.text == "exemplars" else b""

    @property
    def _sign(self) -> float:
        return 1.0 if self.equivalent.against == "own" else -1.0

    def _copies(self) -> list[list[Share]]:
        return [
            [Share([each.copy() for each in share.primed], share.weight) for share in shares]
            for shares in self.classes
        ]

    def _class_bits(self, shares: list[Share], docs: Corpus) -> NDArray[np.float64]:
        bits = np.zeros(len(docs))
        for share in shares:
            bits += share.weight * self._pooled([each.bits(docs) for each in share.primed])
        return bits

    def _byte_bits(self, shares: list[Share], doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte under one class, shape (n_bytes,)."""
        bits = np.zeros(len(doc))
        for share in shares:
            each = [primed.byte_bits(doc) for primed in share.primed]
            if self.equivalent.pool == "mean":
                bits += share.weight * self._pooled(each)
            else:
                bits += share.weight * np.diff(self._pooled(list(map(np.cumsum, each))), prepend=0)
        return bits

    def _pooled(self, each: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the mean over the texts, or −log2 of the mean of 2^−bits."""
        bits = np.stack(each)
        if self.equivalent.pool == "mean":
            return np.asarray(bits.mean(axis=0))
        least = bits.min(axis=0)
        return np.asarray(least - np.log2(np.exp2(least - bits).mean(axis=0)))
