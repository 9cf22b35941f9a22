"""The documents of both parts of a data set, and where each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.datasets import Dataset

__all__ = ["Documents", "number", "share"]


@dataclass(frozen=True)
class Documents:
    """The documents of both parts in one corpus, training documents first.

    Attributes
    ----------
    docs : Corpus
        All documents.
    labels : ndarray of str, shape (n,), or None
        Their labels, "" where there is none; None if no document has a label.
    n_train : int
        The number of training documents.
    """

    docs: Corpus
    labels: NDArray[Any] | None
    n_train: int

    @classmethod
    def of(cls, dataset: Dataset) -> Documents:
        """Join the parts of a data set."""
        parts = [part for part in (dataset.train, dataset.test) if part is not None]
        docs = [doc for part in parts for doc in part.docs]
        if all(part.labels is None for part in parts):
            return cls(Corpus.from_documents(docs), None, len(dataset.train.docs))
        labels: list[str] = []
        for part in parts:
            known = [""] * len(part.docs) if part.labels is None else part.labels.tolist()
            labels += map(str, known)
        return cls(Corpus.from_documents(docs), np.array(labels), len(dataset.train.docs))

    def place(self, row: int) -> dict[str, Any]:
        """Return where a document is, and its label."""
        is_test = row >= self.n_train
        place: dict[str, Any] = {
            "part": "test" if is_test else "train",
            "document": row - self.n_train * is_test + 1,
        }
        if self.labels is not None:
            place["label"] = str(self.labels[row])
        return place

    def copies(self) -> Iterator[list[int]]:
        """Yield the rows of each document that occurs twice or more."""
        rows: dict[bytes, list[int]] = {}
        for row, doc in enumerate(self.docs):
            rows.setdefault(doc, []).append(row)
        yield from (group for group in rows.values() if len(group) > 1)

    def first_rows(self) -> list[int]:
        """Return the row of the first copy of each document that is not empty."""
        firsts: dict[bytes, int] = {}
        for row, doc in enumerate(self.docs):
            if doc:
                firsts.setdefault(doc, row)
        return list(firsts.values())


def number(n: int, one: str, many: str) -> str:
    """Return a number and what it counts.

    Examples
    --------
    >>> number(1, "pair is", "pairs are"), number(1200, "pair is", "pairs are")
    ('1 pair is', '1,200 pairs are')
    """
    return f"{n:,} {one if n == 1 else many}"


def share(part: float, whole: float) -> str:
    """Return a share in per cent.

    Examples
    --------
    >>> share(1, 3)
    '33.3 %'
    """
    return f"{part / whole:.1%}".replace("%", " %")
