"""Class models for tests: bytes coded by their frequency in the class."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from compressclf.models import ClassModel, FittedModel


@dataclass(frozen=True)
class Bytes(ClassModel):
    """Counts of single bytes; saved as its documents."""

    add: float | None = None  # None: chosen by fit

    name = "bytes"
    is_code = True

    def __post_init__(self):
        if self.add is not None and not (isinstance(self.add, (int, float)) and self.add > 0):
            raise ValueError(f"The 'add' parameter of {self.name} must be > 0.")

    def fit(self, docs, y, n_classes, *, n_jobs=None):
        add = self.add if self.add is not None else 0.1 + docs.nbytes % 7 / 3
        return FittedBytes(replace(self, add=add), np.zeros((n_classes, 256), np.int64)).learn(
            docs, y, 1
        )


class FittedBytes(FittedModel):
    def __init__(self, model, counts):
        self.model, self.counts, self.n_classes = model, counts, len(counts)

    def learn(self, docs, y, sign):
        buffer = docs.buffer[docs.offsets[0] : docs.offsets[-1]]
        np.add.at(self.counts, (np.repeat(y, docs.lengths), buffer), sign)
        return self

    def codelengths(self, docs, *, n_jobs=None):
        smooth = self.counts + self.model.add
        bits = -np.log2(smooth / smooth.sum(axis=1, keepdims=True))
        rows = [bits[:, np.frombuffer(doc, np.uint8)].sum(axis=1) for doc in docs]
        return np.array(rows).reshape(len(docs), self.n_classes)


@dataclass(frozen=True)
class OnlineBytes(Bytes):
    """The same, learning document by document; still saved as its documents."""

    name = "online-bytes"
    incremental = True

    def fit(self, docs, y, n_classes, *, n_jobs=None):
        fitted = super().fit(docs, y, n_classes)
        return FittedOnlineBytes(fitted.model, fitted.counts)


class FittedOnlineBytes(FittedBytes):
    def update(self, docs, y):
        self.learn(docs, y, 1)

    def forget(self, docs, y):
        self.learn(docs, y, -1)


@dataclass(frozen=True)
class CountedBytes(OnlineBytes):
    """The same, saved as its counts."""

    name = "counted-bytes"

    def fit(self, docs, y, n_classes, *, n_jobs=None):
        fitted = super().fit(docs, y, n_classes)
        return FittedCountedBytes(fitted.model, fitted.counts)

    def restore(self, arrays, n_classes):
        counts = arrays["counts"]
        if counts.shape != (n_classes, 256) or counts.dtype != np.int64 or (counts < 0).any():
            raise ValueError("counts are not counts.")
        return FittedCountedBytes(self, counts.copy())


class FittedCountedBytes(FittedOnlineBytes):
    def arrays(self):
        return {"counts": self.counts}
