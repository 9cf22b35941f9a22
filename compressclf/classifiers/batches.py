"""Predict the labels of many documents in batches, so that a killed run can continue.

If the classifier is batch-invariant to the last bit, a batch takes about ten seconds: the number of
documents begins at `FIRST` and is doubled until then. It is doubled further where more documents in
a batch are much faster. Other models multiply matrices, and rounding depends on the number of their
rows. Their batches have `FIXED` documents, so that a continued run gives the same bits as one that
was not stopped.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.cluster import active_client
from compressclf._lib.progress import listen, track
from compressclf.classifiers._base import DocumentClassifier, Predictions
from compressclf.compressors import build_compressor

if TYPE_CHECKING:
    from compressclf._lib.journal import Journal
    from compressclf.compressors.base import Compressor
    from compressclf.documents import Corpus

__all__ = ["BATCH_SECONDS", "predictions_in_batches"]

FIRST, MOST = 16, 1 << 16  # documents in a batch
FIXED = 512  # images that the image models multiply at a time, or a multiple of their number
INVARIANT = {"blocks", "contextmix", "motion", "pixel-tree", "ppmd", "zstd-dict"}
"""Class models whose bits are the same in every batch."""
BATCH_SECONDS = 10.0
CLUSTER_SECONDS = 60.0  # on a Dask cluster, to which the model is sent once for each batch
FASTER = 1.2  # ratio of documents per second that is worth a larger batch


class _Batch(NamedTuple):
    """Predictions as arrays of plain numbers."""

    winners: np.ndarray[Any, np.dtype[np.int64]]
    """Positions in ``classes_``."""
    probabilities: np.ndarray[Any, np.dtype[np.float64]]
    tied: np.ndarray[Any, np.dtype[np.bool_]]


def predictions_in_batches(
    classifier: DocumentClassifier, docs: Corpus, journal: Journal | None = None
) -> Predictions:
    """Return the `predictions` of a fitted classifier, batch by batch.

    Parameters
    ----------
    classifier : DocumentClassifier
        A fitted classifier.
    docs : Corpus
        The documents.
    journal : Journal, optional
        Each finished batch is appended to it, and batches that it holds are not computed again. Its
        settings must identify the classifier and the documents. Without one, all documents are one
        batch.

    Returns
    -------
    Predictions

    Raises
    ------
    MemoryError
        If memory is not enough for one document; a batch that takes too much is halved.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from compressclf import Corpus, NCDClassifier
    >>> from compressclf._lib.journal import Journal
    >>> clf = NCDClassifier(1, n_jobs=1).fit(["to be or not", "all the world"], ["be", "world"])
    >>> docs, path = Corpus.from_documents(["not to be", "the world"]), Path(tempfile.mkdtemp())
    >>> with Journal(path / "journal", "predictions", {"docs": docs.digest()}) as journal:
    ...     predictions_in_batches(clf, docs, journal).labels.tolist()
    ['be', 'world']
    """
    n_classes = len(classifier.classes_)
    if journal is None:
        sizes = _Sizes(len(docs), growing=False)
        batches = []
    else:
        batches = [_unpacked(record.payload, n_classes) for record in journal.replay()]
        if _is_invariant(classifier):
            sizes = _Sizes(len(batches[-1].winners) if batches else FIRST)
        else:
            sizes = _Sizes(FIXED, growing=False)
    position = sum(len(batch.winners) for batch in batches)
    with track(int(docs[position:].nbytes)) as advance:
        while position < len(docs) or not batches:
            part = docs[position : position + sizes.n]
            batch = None
            begin = time.perf_counter()
            with suppress(MemoryError):
                batch = _predicted(classifier, part, quiet=journal is not None)
            if batch is None:
                sizes.halve(part)
                continue
            sizes.adapt(len(part), time.perf_counter() - begin)
            if journal is not None:
                entry = {"rows": [position, position + len(part)]}
                journal.append(entry, b"".join(array.tobytes() for array in batch))
                advance(part.nbytes)
            batches.append(batch)
            position += len(part)
    winners, probabilities, tied = map(np.concatenate, zip(*batches, strict=True))
    return Predictions(classifier.classes_[winners], probabilities, tied)


class _Sizes:
    """How many documents the next batch has."""

    def __init__(self, n: int, *, growing: bool = True) -> None:
        self.n = max(1, n)
        self.growing = growing
        self._usual = np.inf  # seconds
        self._rate = 0.0  # documents per second
        self._enough = BATCH_SECONDS if active_client() is None else CLUSTER_SECONDS

    def adapt(self, n: int, seconds: float) -> None:
        """Take into account that a batch of `n` documents took so long."""
        rate = n / max(seconds, 1e-9)
        if self.growing:
            is_faster = rate > FASTER * self._rate
            self.growing = n < MOST and (seconds < self._enough / 2 or is_faster)
            if self.growing:
                self.n = min(2 * self.n, MOST)
            else:
                self._usual = max(seconds, self._enough)
        elif seconds > 2 * self._usual:  # longer documents
            self.n = max(1, self.n // 2)
        self._rate = rate

    def halve(self, part: Corpus) -> None:
        """Take into account that there was not enough memory for a batch."""
        if len(part) < 2:
            raise MemoryError(
                f"There is not enough memory for a document of {part.nbytes:,} bytes: leave it "
                f"out, or use fewer threads or another model."
            )
        self.n, self.growing = len(part) // 2, False


def _is_invariant(classifier: Any) -> bool:
    """Return whether the bits of a document never depend on the others, not even by rounding."""
    compressor = getattr(classifier, "compressor_", None)
    if compressor is not None:
        return _is_exact(compressor)
    model = classifier.model_.model
    return all(
        member.name in INVARIANT
        or (hasattr(member, "compressor") and _is_exact(build_compressor(member.compressor)))
        for member in getattr(model, "models", [model])
    )


def _is_exact(compressor: Compressor) -> bool:
    """Return whether the bits do not depend on a library of matrices."""
    return not getattr(compressor, "runtime", "")


def _predicted(classifier: DocumentClassifier, docs: Corpus, *, quiet: bool) -> _Batch:
    if quiet:
        with listen(lambda done, total: None):
            return _predicted(classifier, docs, quiet=False)
    labels, probabilities, tied = classifier.predictions(docs)
    winners = np.searchsorted(classifier.classes_, labels).astype("<i8")
    return _Batch(winners, probabilities.astype("<f8"), tied.astype(bool))


def _unpacked(payload: bytes, n_classes: int) -> _Batch:
    n = len(payload) // (8 + 8 * n_classes + 1)
    probabilities = np.frombuffer(payload, "<f8", n * n_classes, 8 * n)
    return _Batch(
        np.frombuffer(payload, "<i8", n),
        probabilities.reshape(n, n_classes),
        np.frombuffer(payload, bool, n, 8 * n * (1 + n_classes)),
    )
