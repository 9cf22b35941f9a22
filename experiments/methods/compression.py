"""The toolkit's own classifiers: kNN by compression distance, and one model per class."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import compressclf

from ..tuning import Choice
from ._contract import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.neighbors import Neighbors

__all__ = ["METHODS", "ClassModel", "CompressionNeighbors"]


class _Saved(Method):
    """A method whose classifier the toolkit can save."""

    compiles = True

    def model_bytes(self, classifier: Any) -> int:
        """Return the size of the saved model."""
        with tempfile.TemporaryDirectory() as place:
            compressclf.save_model(classifier, f"{place}/model")
            return sum(file.stat().st_size for file in Path(place).rglob("*") if file.is_file())


@dataclass(frozen=True)
class CompressionNeighbors(_Saved):
    """kNN by compression distance; k is chosen by leave-one-out on part of the training data."""

    compressor: str
    kind: str = "kNN"
    limit_test: int | None = 1000
    ks: tuple[int, ...] = (1, 3, 5, 9, 15)
    tuned_on: int = 1000

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Search the neighbours of each document among the others once, and try every k."""
        from compressclf.neighbors import Neighbors, vote

        rows = np.sort(np.random.default_rng(seed).permutation(len(docs))[: self.tuned_on])
        y = labels[rows]
        ks = [k for k in self.ks if k < len(rows)]
        classifier = self.build({"k": max(ks)}, threads=1, seed=seed)
        found = classifier.fit([docs[row] for row in rows], y).kneighbors()
        indices = np.unique(y, return_inverse=True)[1]
        scores: dict[tuple[tuple[str, Any], ...], list[float]] = {}
        for k in ks:
            nearest = Neighbors(found.distances[:, :k], found.indices[:, :k])
            winners = vote(nearest, indices, int(indices.max()) + 1).winners
            scores[(("k", k),)] = [float(np.mean(winners == indices))]
        return Choice.best_of(scores, scheme="leave-one-out", n=len(rows))

    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning."""
        return {"k": 1}

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Any:
        """Return the classifier with these settings."""
        return compressclf.NCDClassifier(settings["k"], compressor=self.compressor, n_jobs=threads)

    def nearest(self, classifier: Any, docs: Sequence[bytes], k: int) -> Neighbors:
        """Return the k nearest training documents."""
        found: Neighbors = classifier.kneighbors(docs, k)
        return found


@dataclass(frozen=True)
class ClassModel(_Saved):
    """`CodelengthClassifier`, which chooses its settings in its own ``fit``.

    That first fit counts as tuning; the final fit gets the chosen settings, as for the baselines.
    """

    model: str
    kind: str = "class model"
    limit_test: int | None = None

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Fit a classifier that chooses, and return its settings."""
        first = self.build(self.defaults(), threads=1, seed=seed).fit(docs, labels)
        return Choice({"model": self.learned(first)["spec"]}, {})

    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning."""
        return {"model": self.model}

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Any:
        """Return the classifier with these settings."""
        return compressclf.CodelengthClassifier(**settings, n_jobs=threads)

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return the spec with the chosen settings."""
        return {"spec": classifier.model_.model.spec}


class _OnNames:
    """A classifier whose labels are names, for documents whose labels are class indices."""

    def __init__(self, model: str, names: Sequence[str], threads: int) -> None:
        self.model, self.names, self.threads = model, list(names), threads

    def fit(self, docs: Sequence[bytes], labels: NDArray[np.int64]) -> _OnNames:
        """Fit to documents, if there are any."""
        self.classifier_ = None
        if len(docs):
            classifier = compressclf.CodelengthClassifier(self.model, n_jobs=self.threads)
            self.classifier_ = classifier.fit(docs, np.array(self.names)[labels])
        return self

    def predict(self, docs: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the class index of each document.

        Without training documents, the mean bits of each class over `docs` are subtracted.
        """
        classifier = self.classifier_
        if classifier is None:
            zero = compressclf.ZeroShotClassifier(self.names, model=self.model, n_jobs=self.threads)
            classifier = zero.fit(docs)
        index = {name: number for number, name in enumerate(self.names)}
        return np.array([index[str(name)] for name in classifier.predict(docs)], np.int64)


@dataclass(frozen=True)
class NamedModel(ClassModel):
    """A class model that reads the names of the classes; it also works without documents."""

    limit_test: int | None = 300
    names: tuple[str, ...] = ()

    def named(self, classes: Sequence[str]) -> NamedModel:
        """Return the method with the names of the classes."""
        return replace(self, names=tuple(classes))

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> _OnNames:
        """Return the classifier with these settings."""
        return _OnNames(settings["model"], self.names, threads)

    def learned(self, classifier: _OnNames) -> dict[str, Any]:
        """Return nothing: there is nothing to choose."""
        return {}


ALL_EXEMPLARS = "budget=1000000"

METHODS: dict[str, Method] = {
    "gzip kNN": CompressionNeighbors("gzip"),
    "lz77 kNN": CompressionNeighbors("lz77"),
    "zstd-dict": ClassModel("zstd-dict", limit_test=1000),
    "ppmd": ClassModel("ppmd", limit_test=200),  # seconds per document with many classes
    "contextmix": ClassModel("contextmix", limit_test=1000),
    "blocks": ClassModel("blocks"),
    "blocks uncorrected": ClassModel("blocks:correct=none"),
    # A language model after all exemplars of a class, alone and combined with blocks.
    "contextmix classes": ClassModel(f"lm:compressor=contextmix,{ALL_EXEMPLARS}", limit_test=300),
    "contextmix with bytelm classes": ClassModel(
        f"lm:compressor=contextmix:model=bytelm,{ALL_EXEMPLARS}", limit_test=300
    ),
    "bytelm classes": ClassModel(f"lm:compressor=bytelm,{ALL_EXEMPLARS}", limit_test=300),
    "smollm2 classes": ClassModel(f"lm:compressor=smollm2,{ALL_EXEMPLARS}", limit_test=300),
    "blocks + contextmix classes": ClassModel(
        f"blocks:correct=none+lm:compressor=contextmix,{ALL_EXEMPLARS}", limit_test=300
    ),
    # A language model that reads the names of the classes.
    "smollm2 channel": NamedModel("lm:compressor=smollm2,recipe=channel"),
    "smollm2 label": NamedModel("lm:compressor=smollm2,recipe=label"),
    "smollm2 both": NamedModel("lm:compressor=smollm2,recipe=both"),
    "blocks + smollm2 label": NamedModel("blocks+lm:compressor=smollm2,recipe=label"),
}
