"""Candidates for the nearest neighbours: an approximation that codes a few pairs instead of all.

When gzip codes y after x, it saves bits on the passages of y that also occur in x. So the byte
n-grams that two documents share are a good estimate of the bits they have in common, and an
inverted index counts them in a fraction of the time:

    I(x; y) = C(x) + C(y) − C(xy)  ≈  w₄·h₄ + w₆·h₆ + a·log C(x) + b·log C(y) + c,

where hₙ is the number of distinct n-grams of x that also occur in y. The five numbers are fitted by
least squares to pairs of training documents that are coded, so that they suit the compressor and
the kind of text. The estimate ranks the training documents, and only the best are coded. Distances
are exact, but a true neighbour may be missing from the candidates.

With a compressor that needs a second per pair, such as a language model, even the pairs for the fit
are too many. ``by="gzip"`` fits the estimate to another compressor: the index finds the near
neighbours by gzip, and the slow compressor orders them (*re-ranking*).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.jit import kernels_of, read_only
from compressclf.compressors import build_compressor
from compressclf.distances import Coded, Measure
from compressclf.distances.formulas import FORMULAS
from compressclf.distances.tiles import PAIR_BYTES, TILE_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NgramCandidates"]

kernel: Any = kernels_of(Path(__file__).parent)

SIZES = (4, 6)
SAMPLE = (40, 250)  # the fit codes pairs of this many rows and columns of training documents
FEWEST = 30  # smallest number of candidates


@dataclass(frozen=True)
class NgramIndex:
    """An inverted index: n-gram with hash h is in ``documents[starts[h] : starts[h + 1]]``."""

    size: int
    hash_bits: int
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]

    @classmethod
    def of(cls, docs: Corpus, size: int) -> NgramIndex:
        """Index the n-grams of `size` bytes."""
        hash_bits = int(np.clip(np.ceil(np.log2(docs.nbytes + 1)), 10, 22))
        starts, documents = _index(*read_only((docs.buffer, docs.offsets)), size, hash_bits)
        return cls(size, hash_bits, starts, documents)


class NgramCandidates:
    """Propose the training documents that share most with a query.

    Parameters
    ----------
    measure : Measure
        How distances are computed.
    training : Coded
        The training documents, from ``measure.code``.
    share : float, default=0.03
        Share of the training documents to propose.
    seed : int, default=0
        Seed for drawing the pairs of the fit.
    by : str, optional
        The spec of the compressor to which the estimate is fitted; by default, that of the measure.

    Attributes
    ----------
    n_candidates : int
        Number of documents proposed per query.
    weights : ndarray of float64, shape (5,)
        w₄, w₆, a, b and c of the module's formula, in bits.
    """

    def __init__(
        self,
        measure: Measure,
        training: Coded,
        *,
        share: float = 0.03,
        seed: int = 0,
        by: str | None = None,
    ) -> None:
        if not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise ValueError(
                f"The 'share' parameter of candidates must be in (0, 1]. Got {share!r} instead."
            )
        check_int("candidates", "seed", seed, 0, 2**32 - 1)
        self._other: Measure | None = None
        if by is not None:
            measure = self._other = replace(measure, compressor=build_compressor(by))
            training = measure.code(training.docs)
        self._measure = measure
        self._training = training
        n = len(training.docs)
        self.n_candidates = min(n, max(FEWEST, int(np.ceil(share * n))))
        self._indexes = [NgramIndex.of(training.docs, size) for size in SIZES]
        self.weights = self._fit(np.random.default_rng(seed))

    def propose(self, query: Corpus, bits: float, n: int) -> NDArray[np.int64]:
        """Return the positions of the training documents to compare with the query, ascending.

        Parameters
        ----------
        query : Corpus
            One document.
        bits : float
            Its codelength by the measure.
        n : int
            Smallest number of documents to propose.

        Returns
        -------
        ndarray of int64, shape (n_candidates,)
        """
        if self._other is not None:
            query, one = self._other.code(query)
            bits = float(one[0])
        shared = np.zeros(len(self._training.docs), dtype=np.float32)
        for weight, index in zip(self.weights, self._indexes, strict=False):
            self._count(index, query, weight, shared)
        own = self._training.bits
        _, _, a, b, c = self.weights
        mutual = shared + a * _log2(bits) + b * _log2(own) + c
        estimate = FORMULAS[self._measure.metric](bits, own, bits + own - mutual)
        n = min(max(n, self.n_candidates), len(own))
        return np.sort(np.argpartition(estimate, n - 1)[:n])

    def plan(self, query_lengths: NDArray[np.int64]) -> list[Tile]:
        """Divide the queries into tiles by the cost of coding their candidates, in bytes.

        Parameters
        ----------
        query_lengths : ndarray of int64, shape (n_queries,)
            Length of each query in bytes.

        Returns
        -------
        list of Tile
        """
        lengths = self._training.docs.lengths
        typical = int(lengths.mean()) + PAIR_BYTES
        costs = self.n_candidates * (query_lengths + typical)
        return [
            Tile(rows, slice(0, len(lengths)), int(costs[rows].sum()))
            for rows in split_by_cost(costs, TILE_BYTES)
        ]

    @staticmethod
    def _count(
        index: NgramIndex, query: Corpus, weight: float, shared: NDArray[np.float32]
    ) -> None:
        _add_shared(
            read_only(query.buffer[query.offsets[0] : query.offsets[-1]]),
            index.size,
            index.hash_bits,
            *read_only((index.starts, index.documents)),
            np.float32(weight),
            shared,
        )

    def _fit(self, rng: np.random.Generator) -> NDArray[np.float64]:
        docs, bits = self._training
        rows, columns = (np.sort(rng.permutation(len(docs))[:size]) for size in SAMPLE)
        x, y = (Coded(docs.take(some), bits[some]) for some in (rows, columns))
        joint = self._measure.joint(x.docs, y.docs)
        mutual = x.bits[:, None] + y.bits - joint
        features = np.ones((len(rows), len(columns), len(SIZES) + 3))
        for row, position in enumerate(rows):
            query = docs[int(position) : int(position) + 1]
            for n, index in enumerate(self._indexes):
                shared = np.zeros(len(docs), dtype=np.float32)
                self._count(index, query, 1.0, shared)
                features[row, :, n] = shared[columns]
        features[:, :, -3] = _log2(x.bits)[:, None]
        features[:, :, -2] = _log2(y.bits)
        different = rows[:, None] != columns  # a document with itself is not a typical pair
        weights, *_ = np.linalg.lstsq(features[different], mutual[different], rcond=None)
        return np.asarray(weights, dtype=np.float64)


def _log2(bits: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(np.log2(np.maximum(bits, 1.0)))


@kernel
def _hashes(text, size, hash_bits):  # type: ignore[no-untyped-def]
    """Return the hashes of the distinct n-grams of a text, ascending."""
    if text.size < size:
        return np.empty(0, np.int64)
    hashes = np.empty(text.size - size + 1, np.int64)
    mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 8 * size)
    word = np.uint64(0)
    for i in range(text.size):
        word = ((word << np.uint64(8)) | np.uint64(text[i])) & mask
        if i >= size - 1:
            product = word * np.uint64(0x9E3779B97F4A7C15)
            hashes[i - size + 1] = np.int64(product >> np.uint64(64 - hash_bits))
    hashes.sort()
    n = 0
    for i in range(hashes.size):
        if n == 0 or hashes[i] != hashes[n - 1]:
            hashes[n] = hashes[i]
            n += 1
    return hashes[:n]


@kernel
def _index(buffer, offsets, size, hash_bits):  # type: ignore[no-untyped-def]
    """List the documents of each n-gram: count them first, then fill in."""
    starts = np.zeros((1 << hash_bits) + 1, np.int64)
    for i in range(offsets.size - 1):
        for code in _hashes(buffer[offsets[i] : offsets[i + 1]], size, hash_bits):
            starts[code + 1] += 1
    for code in range(1 << hash_bits):
        starts[code + 1] += starts[code]
    documents = np.empty(starts[-1], np.int32)
    place = starts[:-1].copy()
    for i in range(offsets.size - 1):
        for code in _hashes(buffer[offsets[i] : offsets[i + 1]], size, hash_bits):
            documents[place[code]] = i
            place[code] += 1
    return starts, documents


@kernel
def _add_shared(text, size, hash_bits, starts, documents, weight, shared):  # type: ignore[no-untyped-def]
    """Add `weight` to each document for each n-gram that it shares with the text."""
    for code in _hashes(text, size, hash_bits):
        for place in range(starts[code], starts[code + 1]):
            shared[documents[place]] += weight
