"""A linear soft-max over averaged embeddings of hashed n-grams, after fastText.

A document is the mean of the vectors of its words, word pairs and character n-grams, and a soft-max
on that mean predicts the class. Vectors and soft-max are trained together, one document at a time,
with a learning rate that falls to zero (Joulin et al. 2017, *Bag of tricks for efficient text
classification*). N-grams with equal hashes share a vector. Left out: pretrained vectors, the
hierarchical soft-max, and several threads, whose races make every run different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from compressclf.documents import Corpus

from ..tuning import Choice, draw_bytes, folds_of
from ._contract import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "FastTextStyle"]

BASIS, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a
EPOCHS = 25
MIN_STEPS = 10_000  # few documents get more epochs


class HashedEmbedding:
    """The classifier."""

    def __init__(self, rate: float, *, dimensions: int = 16, bits: int = 20, seed: int = 0) -> None:
        self.rate = rate
        self.dimensions = dimensions
        self.bits = bits
        self.seed = seed

    def fit(self, docs: Sequence[bytes], labels: NDArray[np.int64]) -> HashedEmbedding:
        """Fit vectors and soft-max to all documents, in a new order each epoch."""
        self.classes_, classes = np.unique(labels, return_inverse=True)
        generator = np.random.default_rng(self.seed)
        shape = (2**self.bits, self.dimensions)
        self.vectors_ = (generator.random(shape, np.float32) * 2 - 1) / np.float32(shape[1])
        self.weights_ = np.zeros((len(self.classes_), shape[1]), np.float32)
        epochs = max(EPOCHS, -(-MIN_STEPS // len(docs)))
        order = np.concatenate([generator.permutation(len(docs)) for _ in range(epochs)])
        corpus = Corpus.from_documents(docs)
        _train(
            corpus.buffer, corpus.offsets, classes, order, self.rate, self.vectors_, self.weights_
        )
        return self

    def predict(self, docs: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the class index of each document."""
        corpus = Corpus.from_documents(docs)
        means = _means(corpus.buffer, corpus.offsets, self.vectors_)
        winners: NDArray[np.int64] = self.classes_[(means @ self.weights_.T).argmax(axis=1)]
        return winners


@dataclass(frozen=True)
class FastTextStyle(Method):
    """`HashedEmbedding` with a tuned learning rate."""

    kind: str = "trained"
    compiles: bool = True
    rates: tuple[float, ...] = (3.0, 1.0, 10.0)
    """Learning rates, the default first; large, because a mean of many vectors changes little."""
    tuning_bytes: int = 2_000_000

    @property
    def tuned_on_few(self) -> bool:
        """Return True: the grid can be searched on few documents."""
        return True

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Search the grid."""
        rows = draw_bytes(docs, self.tuning_bytes, seed)
        docs, labels = [docs[row] for row in rows], labels[rows]
        scheme, folds = folds_of(docs, labels, seed)
        scores: dict[tuple[tuple[str, Any], ...], list[float]] = {}
        for seen, held_out in folds:
            for rate in self.rates:
                classifier = self.build({"rate": rate}, 1, seed)
                classifier.fit([docs[row] for row in seen], labels[seen])
                predicted = classifier.predict([docs[row] for row in held_out])
                accuracy = float(np.mean(predicted == labels[held_out]))
                scores.setdefault((("rate", rate),), []).append(accuracy)
        return Choice.best_of(scores, scheme=scheme, n=len(docs))

    def defaults(self) -> dict[str, Any]:
        """Return the default settings."""
        return {"rate": self.rates[0]}

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> HashedEmbedding:
        """Return the classifier with these settings; it uses one thread."""
        return HashedEmbedding(**settings, seed=seed)

    def model_bytes(self, classifier: HashedEmbedding) -> int:
        """Return the bytes of both arrays."""
        return classifier.vectors_.nbytes + classifier.weights_.nbytes


METHODS: dict[str, Method] = {"fastText-style": FastTextStyle()}


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _ids(data, start, end, mask, out):  # type: ignore[no-untyped-def]
    """Write the bucket of each n-gram of a document; return the number of n-grams."""
    n = 0
    word, before = BASIS, np.uint64(0)
    for i in range(start, end + 1):  # words: letters and digits, and all that is not ASCII
        byte = data[i] if i < end else np.uint8(32)
        if 65 <= byte <= 90:
            byte += np.uint8(32)
        if byte >= 128 or 48 <= byte <= 57 or 97 <= byte <= 122:
            word = (word ^ np.uint64(byte)) * PRIME
        elif word != BASIS:
            out[n] = np.int64((word ^ (word >> np.uint64(32))) & mask)
            n += 1
            if before:
                pair = (before * PRIME) ^ word
                out[n] = np.int64((pair ^ (pair >> np.uint64(29))) & mask)
                n += 1
            before, word = word, BASIS
    for i in range(start, end):  # 2, 3 and 4 characters; their hashes differ from those of words
        if data[i] & 0xC0 == 0x80:  # inside a character of UTF-8
            continue
        gram, size = np.uint64(1), 0
        for j in range(i, end):
            if data[j] & 0xC0 != 0x80:
                size += 1
                if size == 5:
                    break
            gram = (gram ^ np.uint64(data[j])) * PRIME
            if size >= 2 and (j + 1 == end or data[j + 1] & 0xC0 != 0x80):
                out[n] = np.int64((gram ^ (gram >> np.uint64(32))) & mask)
                n += 1
    return n


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _mean(ids, n, vectors, mean):  # type: ignore[no-untyped-def]
    mean[:] = 0
    for i in range(n):
        vector = vectors[ids[i]]
        for d in range(len(mean)):
            mean[d] += vector[d]
    if n:
        mean /= np.float32(n)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _means(data, offsets, vectors):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(vectors) - 1)
    found = np.zeros((len(offsets) - 1, vectors.shape[1]), np.float32)
    ids = np.empty(4 * np.diff(offsets).max() + 4, np.int64)
    for doc in range(len(found)):
        n = _ids(data, offsets[doc], offsets[doc + 1], mask, ids)
        _mean(ids, n, vectors, found[doc])
    return found


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _train(data, offsets, labels, order, rate, vectors, weights):  # type: ignore[no-untyped-def]
    """Take a gradient step on the log loss of each document, in the given order."""
    mask = np.uint64(len(vectors) - 1)
    ids = np.empty(4 * np.diff(offsets).max() + 4, np.int64)
    mean = np.zeros(vectors.shape[1], np.float32)
    back = np.zeros_like(mean)
    shares = np.zeros(len(weights))
    for step in range(len(order)):
        doc = order[step]
        speed = rate * (1 - step / len(order))
        n = _ids(data, offsets[doc], offsets[doc + 1], mask, ids)
        if n == 0:
            continue
        _mean(ids, n, vectors, mean)
        for c in range(len(weights)):
            shares[c] = (weights[c] * mean).sum()
        shares -= shares.max()
        shares[:] = np.exp(shares)
        shares /= shares.sum()
        back[:] = 0
        for c in range(len(weights)):
            slope = np.float32(speed * ((c == labels[doc]) - shares[c]))
            for d in range(len(mean)):
                back[d] += slope * weights[c, d]
                weights[c, d] += slope * mean[d]
        back /= np.float32(n)
        for i in range(n):
            vector = vectors[ids[i]]
            for d in range(len(mean)):
                vector[d] += back[d]
