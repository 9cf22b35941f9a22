"""The training documents that a classifier keeps, in their order of arrival."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from compressclf.documents import Corpus
from compressclf.documents.pixels import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Memory"]


class Memory:
    """A queue of documents and their class indices, the oldest first.

    Examples
    --------
    >>> memory = Memory(Corpus.from_documents(["a", "b"]), np.array([0, 1]))
    >>> memory.append(Corpus.from_documents(["c"]), np.array([0]))
    >>> memory.drop(2)
    (Corpus of 2 documents, 2 bytes, array([0, 1]))
    >>> memory.all()
    (Corpus of 1 document, 1 bytes, array([0]))
    """

    def __init__(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        self._held: deque[tuple[Corpus, NDArray[np.int64]]] = deque()
        self._n = 0
        self.append(docs, y)

    def __len__(self) -> int:
        return self._n

    def append(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Add documents."""
        copy = joined([docs, docs[:0]])  # the caller may overwrite an array of images
        self._held.append((copy, y))
        self._n += len(docs)

    def drop(self, n: int) -> tuple[Corpus, NDArray[np.int64]]:
        """Remove and return the n oldest documents."""
        dropped = []
        while n > 0:
            docs, y = self._held.popleft()
            if len(docs) > n:
                self._held.appendleft((docs[n:], y[n:]))
            dropped.append((docs[:n], y[:n]))
            n -= len(docs)
            self._n -= len(dropped[-1][0])
        return _joined(dropped)

    def all(self) -> tuple[Corpus, NDArray[np.int64]]:
        """Return all documents."""
        together = _joined(list(self._held))
        self._held = deque([together])
        return together


def _joined(parts: list[tuple[Corpus, NDArray[np.int64]]]) -> tuple[Corpus, NDArray[np.int64]]:
    filled = [part for part in parts if len(part[0])] or parts[:1]
    return joined([docs for docs, _ in filled]), np.concatenate([y for _, y in filled])
