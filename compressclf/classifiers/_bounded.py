"""Fit a `CodelengthClassifier` to documents that are read in batches, within a limit of memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_consistent_length

from compressclf.calibration import Calibration, fit_calibration, mean_length
from compressclf.classifiers._checks import check_labels, class_indices, sorted_classes
from compressclf.classifiers._scoring import CodelengthScoring
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import joined
from compressclf.models import ClassModel, auto_model
from compressclf.models.sizes import LEAST, PROGRAM, bytes_to_fit, documents_for

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self

    from compressclf.models.blocks import Pruned

__all__ = ["BoundedFit"]


class BoundedFit(CodelengthScoring):
    """Base of `CodelengthClassifier` with `fit_batches`."""

    calibration: str | float
    class_weight: Any
    pruned_: Pruned | None
    """What `fit_batches` pruned to stay within its memory; None if nothing."""
    n_sampled_: int
    """Number of documents in the sample of `fit_batches`."""

    def fit_batches(
        self, batches: Iterable[tuple[object, ArrayLike]], *, memory: int = 4_000_000_000
    ) -> Self:
        """Fit to documents that do not fit into memory; only with the model `blocks`.

        The batches are read twice. First a sample is drawn, on which settings are chosen, the
        correction is fitted and the temperature is calibrated. Then the features of all documents
        are counted. Documents that fit into `memory` together are given to `fit`.

        Parameters
        ----------
        batches : iterable of (documents, labels)
            Documents and labels as `fit` takes them, a part at a time: a list, or an object that
            begins anew each time it is iterated, such as `compressclf.datasets.open_batches`
            returns.
        memory : int, default=4_000_000_000
            Bytes that the process may take, batches not included. When counts reach the limit,
            features with the smallest counts are pruned, and ``pruned_`` says how much that can
            change a score (`compressclf.models.blocks.tally`).

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the model is not `blocks`, `memory` is too small, there are weights or a window, or
            `batches` can be read only once.

        Examples
        --------
        >>> from compressclf import CodelengthClassifier
        >>> batches = [(["tea and milk", "tea"], ["drink", "drink"]), (["bread"], ["food"])]
        >>> CodelengthClassifier().fit_batches(batches * 3).predict(["milk"])
        array(['drink'], dtype='<U5')
        """
        self.check()
        self._check_bounded(batches, memory)
        survey = _Survey(memory - PROGRAM)
        for docs, labels in self._read(batches, first=True):
            survey.add(docs, labels)
        if not survey.n_docs:
            raise ValueError("Found no documents in the batches.")
        self.classes_ = sorted_classes(survey.labels)
        order = class_indices(np.asarray(survey.labels), self.classes_)
        docs, codes = survey.drawn()
        y = order[codes]
        self.n_sampled_ = len(docs)
        if len(docs) == survey.n_docs:
            self.pruned_ = None
            return self.fit(docs, self.classes_[y])  # type: ignore[no-any-return]
        self._auto = auto_model(docs)
        self.class_count_ = np.bincount(order, survey.counts, len(order)).astype(np.int64)
        self._class_mass = None
        self.class_prior_ = self._prior()
        self.model_, bits, self.pruned_ = self.built_model().fit_batches(  # type: ignore[attr-defined]
            docs,
            y,
            len(self.classes_),
            _Coded(self, batches),
            mean_length=survey.n_bytes / survey.n_docs,
            memory=memory - PROGRAM,
            n_jobs=self.n_jobs,
        )
        self._memory = None
        self._calibrate(bits if isinstance(self.calibration, str) else None, docs, y, None)
        return self

    def built_model(self) -> ClassModel:
        """Return the model that the parameters describe."""
        raise NotImplementedError

    def _check_bounded(self, batches: object, memory: object) -> None:
        owner = type(self).__name__
        if isinstance(memory, bool) or not isinstance(memory, Integral) or memory < LEAST:
            raise ValueError(
                f"The 'memory' of fit_batches must be at least {LEAST / 1e6:,.0f} MB, in bytes. "
                f"Got {memory!r} instead."
            )
        model = self.built_model()
        if not hasattr(model, "fit_batches"):
            raise ValueError(
                f"Only the model blocks is fitted in batches. Got {model.name!r} instead: set "
                f"model='blocks', or fit {model.name} to a sample of the documents."
            )
        if self.window is not None or self.class_weight is not None:
            raise ValueError(
                f"fit_batches counts every document once and keeps none: set window=None and "
                f"class_weight=None in {owner}."
            )
        if isinstance(batches, Iterator):
            raise ValueError(
                "fit_batches reads the batches twice, and an iterator can be read once: give a "
                "list, or an object whose __iter__ begins anew."
            )

    def _read(
        self, batches: Iterable[tuple[object, ArrayLike]], *, first: bool = False
    ) -> Iterator[tuple[Corpus, NDArray[Any]]]:
        """Yield documents and labels, checked as in `fit`."""
        for X, y in batches:
            docs = self._documents(X, fitting=first)
            first = False
            if isinstance(docs, ImageCorpus):
                raise ValueError("Only texts are fitted in batches, and these are images: use fit.")
            if y is None:
                raise ValueError(
                    f"{type(self).__name__} requires y to be passed, but the target y is None."
                )
            check_labels(y)
            labels = np.atleast_1d(np.asarray(y))
            check_consistent_length(docs, labels)
            yield docs, labels

    def _calibrate(
        self,
        bits: NDArray[np.float64] | None,
        docs: Corpus,
        y: NDArray[np.int64],
        weights: NDArray[np.float64] | None,
    ) -> None:
        """Fit the calibration to held-out bits; without them, take the given temperature."""
        self.codelengths_ = np.full(len(self.classes_), np.nan)
        if bits is None:
            self.calibration_ = Calibration(float(self.calibration))
            return
        self.calibration_ = fit_calibration(
            *(bits, y, docs.lengths),
            centre=self.model_.expected_temperature(mean_length(docs.lengths)),
            growth=self.model_.model.temperature_growth,
            prior=self.class_prior_,
            weights=weights,
        )
        own = bits[np.arange(len(y)), y]
        for index in np.unique(y[~np.isnan(own)]):
            self.codelengths_[index] = own[(y == index) & ~np.isnan(own)].mean()


class _Coded:
    """The batches with the classes of the documents, each time from the beginning."""

    def __init__(self, classifier: BoundedFit, batches: Iterable[tuple[object, ArrayLike]]) -> None:
        self._classifier, self._batches = classifier, batches

    def __iter__(self) -> Iterator[tuple[Corpus, NDArray[np.int64]]]:
        for docs, labels in self._classifier._read(self._batches):
            yield docs, class_indices(labels, self._classifier.classes_)


class _Survey:
    """All documents if they fit into memory, else a sample drawn at random; and their number.

    Every document gets a random number, and the sample has those with the smallest.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._rng = np.random.default_rng(0)
        self._bound = 1.0  # of the random numbers of the documents that are held
        self._docs: list[Corpus] = []
        self._codes: list[NDArray[np.int64]] = []
        self._keys: list[NDArray[np.float64]] = []
        self._code_of: dict[Any, int] = {}
        self.n_docs = self.n_bytes = 0
        self.counts = np.zeros(0, np.int64)
        """Documents of each label."""

    @property
    def labels(self) -> list[Any]:
        """The labels, in order of appearance."""
        return list(self._code_of)

    def add(self, docs: Corpus, labels: NDArray[Any]) -> None:
        """Add a batch."""
        values, inverse = np.unique(labels, return_inverse=True)
        codes = [self._code_of.setdefault(value, len(self._code_of)) for value in values.tolist()]
        coded = np.array(codes, np.int64)[inverse]
        counts = np.bincount(coded, minlength=len(self._code_of))
        counts[: len(self.counts)] += self.counts
        self.counts = counts
        self.n_docs += len(docs)
        self.n_bytes += docs.nbytes
        self._hold(docs, coded, self._rng.random(len(docs)))
        while self._need() > self._memory:
            self._bound /= 2
            parts = list(zip(self._docs, self._codes, self._keys, strict=True))
            self._docs, self._codes, self._keys = [], [], []
            for part in parts:
                self._hold(*part)

    def drawn(self) -> tuple[Corpus, NDArray[np.int64]]:
        """Return the documents and the positions of their labels."""
        docs, codes = joined(self._docs), np.concatenate(self._codes)
        if self._bound < 1.0:
            n = documents_for(self._memory, self.n_bytes / self.n_docs, len(self._code_of))
            rows = np.sort(np.argsort(np.concatenate(self._keys), kind="stable")[:n])
            docs, codes = docs.take(rows), codes[rows]
        return docs, codes

    def _hold(self, docs: Corpus, codes: NDArray[np.int64], keys: NDArray[np.float64]) -> None:
        rows = np.flatnonzero(keys < self._bound)
        self._docs.append(docs.take(rows))  # a copy, since a batch may be mapped from a file
        self._codes.append(codes[rows])
        self._keys.append(keys[rows])

    def _need(self) -> int:
        n_docs, n_bytes = sum(map(len, self._docs)), sum(docs.nbytes for docs in self._docs)
        return bytes_to_fit(n_docs, n_bytes, len(self._code_of))
