"""Candidates for the nearest neighbours: an approximation that codes a few pairs instead of all.

When gzip codes y after x, it saves bits on the passages of y that also occur in x. So the byte
n-grams that two documents share are a good estimate of the bits they have in common, and an
inverted index counts them in a fraction of the time:

    I(x; y) = C(x) + C(y) − C(xy)
            ≈  w₄·h₄ + w₆·h₆ + w₁·h₁ + u·n(x) + v·n(y) + a·log C(x) + b·log C(y) + c,

where hₙ is the number of distinct n-grams of x that also occur in y, and n the number of distinct
bytes: DEFLATE also sends a code table, which is longer the fewer bytes both have in common. The
eight numbers are fitted by least squares to pairs of training documents that are coded, so that
they suit the compressor and the kind of text. A pair is weighted by how much a bit changes its
distance; otherwise a few long documents would decide the fit. The estimate ranks the training
documents, and only the best are coded. Distances are exact, but a true neighbour may be missing
from the candidates.

The n-grams count equally, frequent ones too: an estimate of bits needs all that gzip can copy. Sums
of idf and MinHash find fewer of the nearest documents at the same cost (docs/how-to/scale.md).

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
SAMPLE = (100, 100)  # the fit codes pairs of this many rows and columns of training documents
FEWEST = 30  # smallest number of candidates


@dataclass(frozen=True)
class NgramIndex:
    """An inverted index: n-gram with hash h is in ``documents[starts[h] : starts[h + 1]]``."""

    size: int
    hash_bits: int
    starts: NDArray[np.integer[Any]]
    documents: NDArray[np.uint32]

    @classmethod
    def of(cls, docs: Corpus, size: int) -> NgramIndex:
        """Index the n-grams of `size` bytes."""
        hash_bits = int(np.clip(np.ceil(np.log2(docs.nbytes + 1)), 10, 22))
        text = read_only((docs.buffer, docs.offsets))
        counts = np.full((1 << hash_bits, 2), -1, dtype=np.int32)
        repeated = np.zeros(docs.buffer.size, dtype=np.bool_)
        _count_documents(*text, size, hash_bits, counts, repeated)
        number: Any = np.uint32 if docs.nbytes < 2**32 else np.int64
        starts = np.zeros((1 << hash_bits) + 2, dtype=number)
        _add_up(counts, starts[2:])
        documents = np.empty(starts[-1], dtype=np.uint32)
        _list_documents(*text, size, hash_bits, repeated, starts[1:], documents)
        return cls(size, hash_bits, starts[:-1], documents)

    def add_shared(
        self, text: NDArray[np.uint8], weight: float, shared: NDArray[np.float32]
    ) -> None:
        """Add `weight` to each document for each distinct n-gram that it shares with a text."""
        index = read_only((self.starts, self.documents))
        _add_shared(text, self.size, self.hash_bits, *index, np.float32(weight), shared)


@dataclass(frozen=True)
class ByteSets:
    """The distinct bytes of each document, as 256 bits in ``words[document]``."""

    words: NDArray[np.uint64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, docs: Corpus) -> ByteSets:
        """Collect the distinct bytes of documents."""
        words = np.zeros((len(docs), 4), dtype=np.uint64)
        _collect_bytes(*read_only((docs.buffer, docs.offsets)), words)
        sizes = np.unpackbits(words.view(np.uint8), axis=1).sum(axis=1, dtype=np.int64)
        return cls(words, sizes)

    def add_shared(
        self, own: NDArray[np.uint64], weight: float, shared: NDArray[np.float32]
    ) -> None:
        """Add `weight` to each document for each distinct byte that it shares with a text."""
        _add_shared_bytes(read_only(self.words), own, np.float32(weight), shared)


class NgramCandidates:
    """Propose the training documents that share most with a query.

    Parameters
    ----------
    measure : Measure
        How distances are computed.
    training : Coded
        The training documents, from ``measure.code``.
    share : float, default=0.01
        Share of the training documents to propose.
    seed : int, default=0
        Seed for drawing the pairs of the fit.
    by : str, optional
        The spec of the compressor to which the estimate is fitted; by default, that of the measure.

    Attributes
    ----------
    n_candidates : int
        Number of documents proposed per query.
    weights : ndarray of float64, shape (8,)
        w₄, w₆, w₁, u, v, a, b and c of the module's formula, in bits.
    """

    def __init__(
        self,
        measure: Measure,
        training: Coded,
        *,
        share: float = 0.01,
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
        self._bytes = ByteSets.of(training.docs)
        self.weights = self._fit(np.random.default_rng(seed))
        *_, v, _, b, c = self.weights
        self._own_mutual = v * self._bytes.sizes + b * _log2(training.bits) + c

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
        estimate = self.estimate(query, bits)
        n = min(max(n, self.n_candidates), len(estimate))
        return np.sort(np.argpartition(estimate, n - 1)[:n])

    def estimate(self, query: Corpus, bits: float) -> NDArray[np.float64]:
        """Return the estimated distance of the query to each training document.

        Parameters
        ----------
        query : Corpus
            One document.
        bits : float
            Its codelength by the measure.

        Returns
        -------
        ndarray of float64, shape (n_training,)
        """
        if self._other is not None:
            query, one = self._other.code(query)
            bits = float(one[0])
        text, own = _parts(query)
        shared = np.zeros(len(self._training.docs), dtype=np.float32)
        *weights, w, u, _, a, _, _ = self.weights
        for weight, index in zip(weights, self._indexes, strict=True):
            index.add_shared(text, weight, shared)
        self._bytes.add_shared(own.words, w, shared)
        mutual = shared + (self._own_mutual + u * own.sizes[0] + a * _log2(bits))
        own_bits = self._training.bits
        estimate: NDArray[np.float64] = FORMULAS[self._measure.metric](
            bits, own_bits, bits + own_bits - mutual
        )
        return estimate

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

    def _fit(self, rng: np.random.Generator) -> NDArray[np.float64]:
        docs, bits = self._training
        rows, columns = (np.sort(rng.permutation(len(docs))[:size]) for size in SAMPLE)
        x, y = (Coded(docs.take(some), bits[some]) for some in (rows, columns))
        joint = self._measure.joint(x.docs, y.docs)
        mutual = x.bits[:, None] + y.bits - joint
        features = np.ones((len(rows), len(columns), len(SIZES) + 6))
        for row, position in enumerate(rows):
            text, own = _parts(docs[int(position) : int(position) + 1])
            for n in range(len(SIZES) + 1):
                shared = np.zeros(len(docs), dtype=np.float32)
                if n < len(SIZES):
                    self._indexes[n].add_shared(text, 1.0, shared)
                else:
                    self._bytes.add_shared(own.words, 1.0, shared)
                features[row, :, n] = shared[columns]
        features[:, :, -5] = self._bytes.sizes[rows, None]
        features[:, :, -4] = self._bytes.sizes[columns]
        features[:, :, -3] = _log2(x.bits)[:, None]
        features[:, :, -2] = _log2(y.bits)
        formula = FORMULAS[self._measure.metric]
        pair = x.bits[:, None], y.bits[None, :]
        slopes = np.asarray(formula(*pair, joint + 1.0) - formula(*pair, joint))
        slopes[rows[:, None] == columns] = 0.0  # a document with itself is not a typical pair
        weights, *_ = np.linalg.lstsq(
            (features * slopes[:, :, None]).reshape(-1, features.shape[-1]),
            (mutual * slopes).ravel(),
            rcond=None,
        )
        return np.asarray(weights, dtype=np.float64)


def _parts(query: Corpus) -> tuple[NDArray[np.uint8], ByteSets]:
    """Return the text of a single document, and its distinct bytes."""
    return read_only(query.buffer[query.offsets[0] : query.offsets[-1]]), ByteSets.of(query)


def _log2(bits: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(np.log2(np.maximum(bits, 1.0)))


@kernel
def _codes(text, size, hash_bits):  # type: ignore[no-untyped-def]
    """Return the hash of each n-gram of a text, in order."""
    if text.size < size:
        return np.empty(0, np.int64)
    codes = np.empty(text.size - size + 1, np.int64)
    mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 8 * size)
    word = np.uint64(0)
    for i in range(text.size):
        word = ((word << np.uint64(8)) | np.uint64(text[i])) & mask
        if i >= size - 1:
            product = word * np.uint64(0x9E3779B97F4A7C15)
            codes[i - size + 1] = np.int64(product >> np.uint64(64 - hash_bits))
    return codes


@kernel
def _count_documents(buffer, offsets, size, hash_bits, counts, repeated):  # type: ignore[no-untyped-def]
    """Count the documents of each n-gram, less one, beside the last of them.

    Both numbers start at -1. `repeated` marks n-grams that the document had before.
    """
    for i in range(offsets.size - 1):
        codes = _codes(buffer[offsets[i] : offsets[i + 1]], size, hash_bits)
        for j in range(codes.size):
            if counts[codes[j], 1] == i:
                repeated[offsets[i] + j] = True
            else:
                counts[codes[j], 1] = i
                counts[codes[j], 0] += 1


@kernel
def _add_up(counts, ends):  # type: ignore[no-untyped-def]
    """Compute where the documents of each n-gram end, from `_count_documents`."""
    end = 0
    for h in range(ends.size):
        end += counts[h, 0] + 1
        ends[h] = end


@kernel
def _list_documents(buffer, offsets, size, hash_bits, repeated, place, documents):  # type: ignore[no-untyped-def]
    """List the documents of each n-gram from its `place` on, which moves to their end."""
    for i in range(offsets.size - 1):
        codes = _codes(buffer[offsets[i] : offsets[i + 1]], size, hash_bits)
        for j in range(codes.size):
            if not repeated[offsets[i] + j]:
                documents[place[codes[j]]] = i
                place[codes[j]] += 1


@kernel
def _add_shared(text, size, hash_bits, starts, documents, weight, shared):  # type: ignore[no-untyped-def]
    """Add `weight` to each document for each distinct n-gram that it shares with the text."""
    codes = _codes(text, size, hash_bits)
    codes.sort()
    for i in range(codes.size):
        code = codes[i]
        if i == 0 or code != codes[i - 1]:
            for document in documents[starts[code] : starts[code + 1]]:  # unsigned: no wraparound
                shared[document] += weight


@kernel
def _collect_bytes(buffer, offsets, words):  # type: ignore[no-untyped-def]
    """Set the bits of the bytes that occur in each document."""
    for i in range(offsets.size - 1):
        for byte in buffer[offsets[i] : offsets[i + 1]]:
            words[i, byte >> 6] |= np.uint64(1) << np.uint64(byte & 63)


@kernel
def _add_shared_bytes(words, own, weight, shared):  # type: ignore[no-untyped-def]
    """Add `weight` to each document for each distinct byte that it shares with a text."""
    for i in range(words.shape[0]):
        n = np.uint64(0)
        for j in range(4):
            bits = words[i, j] & own[0, j]  # count them: Hacker's Delight, section 5-1
            bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
            pairs = bits & np.uint64(0x3333333333333333)
            bits = pairs + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
            bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
            n += (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
        shared[i] += weight * np.float32(n)
