"""A set as the methods get it: bytes and class indices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.datasets import hold_out, load_dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TEST_SEED", "TextSet", "read_set", "rows_drawn"]

TEST_SEED = 0


@dataclass(frozen=True)
class TextSet:
    """Training and test documents with their class indices (-1: unknown to training)."""

    name: str
    docs: list[bytes]
    labels: NDArray[np.int64]
    test_docs: list[bytes]
    test_labels: NDArray[np.int64]
    n_classes: int

    def limit_test(self, limit: int | None) -> TextSet:
        """Return the set with at most `limit` test documents."""
        rows = rows_drawn(len(self.test_docs), limit)
        test_docs = [self.test_docs[row] for row in rows]
        return TextSet(
            self.name, self.docs, self.labels, test_docs, self.test_labels[rows], self.n_classes
        )


def read_set(source: str) -> TextSet:
    """Read SOURCE; a fifth is held out for testing if it has no test part."""
    dataset = load_dataset(source)
    train, test = dataset.train, dataset.test
    if test is None:
        train, test = hold_out(train, 0.2, seed=TEST_SEED)
    assert train.labels is not None
    assert test.labels is not None
    classes, labels = np.unique(train.labels, return_inverse=True)
    index: dict[Any, int] = {label: position for position, label in enumerate(classes.tolist())}
    test_labels = np.array([index.get(label, -1) for label in test.labels.tolist()])
    return TextSet(
        dataset.name,
        list(train.docs),
        labels.astype(np.int64),
        list(test.docs),
        test_labels,
        len(classes),
    )


def rows_drawn(n: int, limit: int | None) -> NDArray[np.int64]:
    """Return the rows of a test set of `n` documents that are used under a limit."""
    if limit is None or limit >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(TEST_SEED).permutation(n)[:limit])
