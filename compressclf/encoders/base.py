"""The contract of a sentence encoder, and the cache of vectors.

A new encoder needs three members:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Letters(Encoder):
...     name = "letters"
...     n_features = 26
...     digest = ""
...     def encode(self, texts, *, n_jobs=None):
...         alphabet = "abcdefghijklmnopqrstuvwxyz"
...         rows = [[text.count(letter) for letter in alphabet] for text in texts]
...         return np.array(rows, np.float32)
>>> Letters().vectors(Corpus.from_documents(["abba", "b"]))[:, :3]
array([[2., 2., 0.],
       [0., 1., 0.]], dtype=float32)

Vectors are kept in memory by the hash of the document (`MOST_BYTES`), so that a document which is
read again, in another fold or by another model, is encoded once per process. They are not kept on
disk, since a copy of a user's documents in vectors is not expected there.
"""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compressclf._lib.executor import count_threads
from compressclf._lib.progress import track
from compressclf._lib.registry import format_spec
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_BYTES", "MOST_READ", "Encoder", "one_at_a_time"]

MOST_BYTES = 256 << 20
"""Largest size in bytes of the vectors that are kept in memory, for all encoders together."""
MOST_READ = 1 << 20
"""Number of bytes of a document that are read, at most."""
TOGETHER = 1024
"""Documents given to an encoder at a time."""
OVERHEAD = 250
"""Bytes that a vector in the cache takes besides its numbers."""


class Encoder(ABC):
    """Texts to vectors. Subclasses are frozen dataclasses with the parameters of the spec.

    Attributes
    ----------
    name : str
        Name in a spec.
    n_features : int
        Length of the vectors.
    digest : str
        SHA-256 of everything that decides the vectors, in hexadecimal digits: a saved model is
        refused if its encoder has another digest.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Length of the vectors."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of the weights and of how they are used."""

    @abstractmethod
    def encode(self, texts: Sequence[str], *, n_jobs: int | None = None) -> NDArray[np.float32]:
        """Return the vectors of texts, without the cache.

        Parameters
        ----------
        texts : sequence of str
            The texts.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.

        Returns
        -------
        ndarray of float32, shape (n_texts, n_features)
        """

    def vectors(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float32]:
        """Return the vectors of documents; equal documents are encoded once.

        Parameters
        ----------
        docs : Corpus
            The documents. Their first `MOST_READ` bytes are decoded as UTF-8, with U+FFFD in place
            of what is not UTF-8.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.

        Returns
        -------
        ndarray of float32, shape (n_docs, n_features)
        """
        found = np.empty((len(docs), self.n_features), np.float32)
        places: dict[bytes, list[int]] = {}
        for place, doc in enumerate(docs):
            places.setdefault(_hash(doc), []).append(place)
        missing = []
        for key, at in places.items():
            vector = _CACHE.get((self.spec, key))
            if vector is None:
                missing.append((key, at))
            else:
                found[at] = vector
        with track(sum(len(docs[at[0]]) for _, at in missing)) as advance:
            for start in range(0, len(missing), TOGETHER):
                part = missing[start : start + TOGETHER]
                chunk = [docs[at[0]] for _, at in part]
                texts = [doc[:MOST_READ].decode(errors="replace") for doc in chunk]
                for (key, at), vector in zip(part, self.encode(texts, n_jobs=n_jobs), strict=True):
                    found[at] = vector
                    _CACHE.put((self.spec, key), vector)
                advance(sum(map(len, chunk)))
        return found

    def remember(self, docs: Corpus, vectors: ArrayLike) -> None:
        """Keep vectors that are already known, so that these documents are not encoded again.

        Parameters
        ----------
        docs : Corpus
            The documents.
        vectors : array-like of float32, shape (n_docs, n_features)
            Their vectors, as `vectors` returned them, perhaps on another machine.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        found = np.asarray(vectors, np.float32)
        if found.shape != (len(docs), self.n_features):
            raise ValueError(
                f"The vectors must have shape {(len(docs), self.n_features)}. Got {found.shape}."
            )
        for doc, vector in zip(docs, found, strict=True):
            _CACHE.put((self.spec, _hash(doc)), vector)

    def spread(self) -> NDArray[np.float32] | None:
        """Return the covariance of the vectors of words, divided by the mean variance.

        Directions in which words vary much are those in which the topics of texts differ.

        Returns
        -------
        ndarray of float32, shape (n_features, n_features), or None
            None if the words that the encoder knows cannot be listed.
        """
        return None

    @property
    def spec(self) -> str:
        """The spec that builds this encoder again."""
        parameters = fields(self) if is_dataclass(self) else tuple[Field[object]]()
        return format_spec(self.name, {item.name: getattr(self, item.name) for item in parameters})

    def check_from_file(self) -> None:  # noqa: B027 (some have nothing to refuse)
        """Refuse parameters that a file must not choose, like `Compressor.check_from_file`."""


def _hash(doc: bytes) -> bytes:
    return hashlib.blake2b(doc, digest_size=16).digest()


_BUSY = threading.RLock()


@contextmanager
def one_at_a_time(n_jobs: int | None) -> Iterator[None]:
    """Let one thread at a time encode, on so many threads of the numerical libraries.

    Their number is one for the whole process: two threads that set it at the same time could leave
    it changed. Parallel calls would not be faster.

    Parameters
    ----------
    n_jobs : int or None
        Number of threads, by joblib's rules.
    """
    from threadpoolctl import threadpool_limits

    with _BUSY, threadpool_limits(count_threads(n_jobs)):
        yield


class _Cache:
    """The vectors used last, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, bytes], NDArray[np.float32]] = OrderedDict()

    def get(self, key: tuple[str, bytes]) -> NDArray[np.float32] | None:
        with self._lock:
            vector = self._kept.get(key)
            if vector is not None:
                self._kept.move_to_end(key)
            return vector

    def put(self, key: tuple[str, bytes], vector: NDArray[np.float32]) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = vector.copy()  # not a view, which would keep the whole batch
            self.size += vector.nbytes + OVERHEAD
            while self.size > self.most:
                _, oldest = self._kept.popitem(last=False)
                self.size -= oldest.nbytes + OVERHEAD


_CACHE = _Cache(MOST_BYTES)
