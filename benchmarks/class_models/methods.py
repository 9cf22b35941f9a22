"""The methods of the table. To add a class model, add a line to `CLASS_MODELS`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

import compressclf
from benchmarks.class_models.baselines import BASELINES
from benchmarks.class_models.tuning import Choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "CompressionNeighbors", "Method"]

CLASS_MODELS = {  # name in the table: model of CodelengthClassifier
    "zstd-dict": "zstd-dict",
    "contextmix": "contextmix",
    "blocks": "blocks",
    "blocks recount": "blocks:recount=auto",
    "blockcode": "blockcode",
}


class Method(Protocol):
    """What the harness needs to know of a method; documents are bytes, labels are indices."""

    @property
    def kind(self) -> str:
        """One of trained, control, kNN, class model."""

    @property
    def limit_test(self) -> int | None:
        """How many test documents are drawn from a set that has more."""

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Choose settings on training data."""

    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning."""

    def build(self, settings: dict[str, Any], threads: int) -> Any:
        """Return an estimator with ``fit`` and ``predict``."""

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return what `classifier` chose in its own ``fit``, for the record."""


@dataclass(frozen=True)
class CompressionNeighbors:
    """kNN by compression distance; k by leave-one-out on part of the training data."""

    compressor: str
    kind: str = "kNN"
    limit_test: int | None = 1000
    ks: tuple[int, ...] = (1, 3, 5, 9, 15)
    tuned_on: int = 1000

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Find each document's neighbours among the others once, and try every k on them."""
        from compressclf.neighbors import Neighbors, vote

        rows = np.sort(np.random.default_rng(seed).permutation(len(docs))[: self.tuned_on])
        y = labels[rows]
        classifier = self.build({"k": max(self.ks)}, threads=1)
        found = classifier.fit([docs[row] for row in rows], y).kneighbors()
        indices = np.unique(y, return_inverse=True)[1]
        scores = {}
        for k in self.ks:
            nearest = Neighbors(found.distances[:, :k], found.indices[:, :k])
            winners = vote(nearest, indices, int(indices.max()) + 1).winners
            scores[(("k", k),)] = [float(np.mean(winners == indices))]
        return Choice.best_of(scores, scheme="leave-one-out", n=len(rows))

    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning."""
        return {"k": 1}

    def build(self, settings: dict[str, Any], threads: int) -> compressclf.NCDClassifier:
        """Return the classifier with these settings."""
        return compressclf.NCDClassifier(settings["k"], compressor=self.compressor, n_jobs=threads)

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return nothing."""
        return {}


@dataclass(frozen=True)
class ClassModel:
    """`CodelengthClassifier`; what there is to choose, it chooses in its own ``fit``.

    That first fit counts as tuning; the final one is given what was chosen, as the baselines are.
    """

    model: str
    kind: str = "class model"
    limit_test: int | None = None

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Leave it to ``fit``."""
        chosen = self.learned(self.build({"model": self.model}, threads=1).fit(docs, labels))
        return Choice({"model": chosen["spec"]}, {})

    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning."""
        return {"model": self.model}

    def build(self, settings: dict[str, Any], threads: int) -> Any:
        """Return the classifier with these settings."""
        return compressclf.CodelengthClassifier(**settings, n_jobs=threads)

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return the spec with the settings that were chosen."""
        return {"spec": classifier.model_.model.spec}


METHODS: dict[str, Method] = {
    **BASELINES,
    "gzip kNN": CompressionNeighbors("gzip"),
    "lz77 kNN": CompressionNeighbors("lz77"),
    **{name: ClassModel(model) for name, model in CLASS_MODELS.items()},
}
