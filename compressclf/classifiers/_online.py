"""Learning document by document: what `CodelengthClassifier.partial_fit` does."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_consistent_length

from compressclf._pixels import joined
from compressclf.calibration import Calibration
from compressclf.classifiers._base import check_labels
from compressclf.documents import Corpus
from compressclf.models import auto_model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from compressclf.classifiers.codelength import CodelengthClassifier

__all__ = ["Memory", "learn_more"]


class Memory:
    """Documents and their classes, the oldest first.

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
        copy = joined([docs, docs[:0]])  # the caller may write over an array of images
        self._held.append((copy, y))
        self._n += len(docs)

    def drop(self, n: int) -> tuple[Corpus, NDArray[np.int64]]:
        """Remove and return the oldest n."""
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
        """Return everything."""
        together = _joined(list(self._held))
        self._held = deque([together])
        return together


def learn_more(
    classifier: CodelengthClassifier, X: object, y: ArrayLike, classes: ArrayLike | None
) -> None:
    """Bring the classifier to know X and y too."""
    first = not hasattr(classifier, "model_")
    if classifier.class_weight is not None:
        raise ValueError(
            "partial_fit counts every document once and cannot use class_weight: set "
            "class_weight=None, or call fit with all documents."
        )
    if not first and classifier._class_mass is not None and classifier._memory is not None:
        raise ValueError(
            f"partial_fit would fit {classifier.model_.model.name} anew without the weights that "
            f"fit was given: call fit with all documents and weights."
        )
    if first:
        if classes is None or np.size(classes) == 0:
            raise ValueError("The first call of partial_fit needs classes: all labels to come.")
        classifier.classes_ = _sorted_classes(classes)
    elif classes is not None:
        if not np.array_equal(_sorted_classes(classes), classifier.classes_):
            raise ValueError("The classes differ from those of the first call.")
    docs = classifier._documents(X, fitting=first)
    check_labels(y)
    added = _class_indices(np.atleast_1d(np.asarray(y)), classifier.classes_)
    check_consistent_length(docs, added)
    if first:
        classifier._auto = auto_model(docs, window=classifier.window)
        classifier._class_mass = None
    model = classifier._built_model() if first else classifier.model_.model
    n_classes = len(classifier.classes_)
    if first:
        if model.incremental:
            classifier._learn(docs[:0], added[:0])
        else:  # not all of them can learn from nothing
            classifier.class_count_ = np.zeros(n_classes, np.int64)
            classifier._memory = Memory(docs[:0], added[:0])
        classifier.calibration_ = Calibration(
            1.0 if isinstance(classifier.calibration, str) else float(classifier.calibration)
        )
        classifier.codelengths_ = np.full(len(classifier.classes_), np.nan)
    memory, window = classifier._memory, classifier.window
    if window is not None and memory is None:
        raise ValueError("A window needs a fit with it: the documents learnt so far are not kept.")
    gone = docs[:0], added[:0]
    if window is not None and model.incremental:
        try:  # a model that cannot forget says so before anything has changed
            classifier.model_.forget(*gone)
        except ValueError:
            if first:
                del classifier.model_
            raise
    before = None if model.incremental or memory is None else memory.all()
    if memory is not None:
        memory.append(docs, added)
        if window is not None and len(memory) > window:
            gone = memory.drop(len(memory) - window)
    if model.incremental:
        classifier.model_.update(docs, added)
        if len(gone[0]):
            classifier.model_.forget(*gone)
    else:
        assert memory is not None
        assert before is not None
        if not classifier.class_count_.any():  # what was chosen without any document was not chosen
            model = classifier._built_model()
        try:
            classifier.model_ = model.fit(*memory.all(), n_classes, n_jobs=classifier.n_jobs)
        except ValueError:  # images of another size, say: the next call is not to meet them again
            classifier._memory = Memory(*before)
            raise
    more, less = (np.bincount(part, minlength=n_classes) for part in (added, gone[1]))
    # New arrays: the old ones may be in a memory map.
    classifier.class_count_ = classifier.class_count_ + more - less
    if classifier._class_mass is not None:
        classifier._class_mass = classifier._class_mass + more
    classifier.class_prior_ = classifier._prior(n_classes)


def _sorted_classes(classes: ArrayLike) -> NDArray[np.generic]:
    given = np.asarray(classes)
    try:
        check_labels(classes)
        return np.unique(given)
    except (TypeError, ValueError):  # text and numbers have no order
        pass
    raise ValueError("All classes must be text, or all of them numbers, and none of them missing.")


def _class_indices(labels: NDArray[np.generic], classes: NDArray[np.generic]) -> NDArray[np.int64]:
    if labels.ndim > 1:
        raise ValueError(f"y must have one label for each document. Got shape {labels.shape}.")
    index_of = {label: index for index, label in enumerate(classes.tolist())}
    indices = [index_of.get(label) for label in labels.tolist()]
    if None in indices:
        label = labels.tolist()[indices.index(None)]
        raise ValueError(f"The label {label!r} is not among the classes of the first call.")
    return np.array(indices, dtype=np.int64)


def _joined(parts: list[tuple[Corpus, NDArray[np.int64]]]) -> tuple[Corpus, NDArray[np.int64]]:
    filled = [part for part in parts if len(part[0])] or parts[:1]
    return joined([docs for docs, _ in filled]), np.concatenate([y for _, y in filled])
