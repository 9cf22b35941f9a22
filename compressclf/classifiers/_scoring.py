"""The methods of a fitted `CodelengthClassifier`: codelengths, labels and explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from compressclf.calibration import Calibration
from compressclf.classifiers._base import DocumentClassifier, Predictions
from compressclf.classifiers._memory import Memory
from compressclf.classifiers._weights import class_prior
from compressclf.classifiers.state import CodelengthState
from compressclf.documents import Corpus
from compressclf.models import FittedModel
from compressclf.models.spread import codelengths_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CodelengthScoring"]


class CodelengthScoring(DocumentClassifier):
    """Base of `CodelengthClassifier`, whose ``fit`` sets the attributes below."""

    prior: str | ArrayLike
    window: int | None
    n_jobs: int | None
    model_: FittedModel
    calibration_: Calibration
    class_prior_: NDArray[np.float64]
    class_count_: NDArray[np.int64]
    codelengths_: NDArray[np.float64]
    _class_mass: NDArray[np.float64] | None
    """The sum of the weights of each class; None if `fit` had no weights."""
    _memory: Memory | None
    """The training documents; None if they are not needed again."""

    @property
    def temperature_(self) -> float:
        """The temperature of a document of mean length."""
        return self.calibration_.temperature

    def codelengths(self, X: object) -> NDArray[np.float64]:
        """Return the bits of each document under each class.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            The bits of the model, before temperature and prior are applied.
        """
        check_is_fitted(self)
        return codelengths_of(self.model_, self._documents(X), n_jobs=self.n_jobs)

    def decision_function(self, X: object) -> NDArray[np.float64]:
        """Return the score of each class in bits; the class with the highest score wins.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes) or (n_docs,)
            log2 P(c) - bits(c) / temperature, with the temperature for the document's length and
            without the lapse; for two classes, the score of the second minus that of the first.
        """
        scores = self._scored(X)
        return scores if len(self.classes_) != 2 else scores[:, 1] - scores[:, 0]

    def predict_log_proba(self, X: object) -> NDArray[np.float64]:
        """Return the natural logarithm of `predict_proba`, finite even where that rounds to 0.

        Only a class whose prior is 0 has -inf.
        """
        check_is_fitted(self)
        docs = self._documents(X)
        bits = codelengths_of(self.model_, docs, n_jobs=self.n_jobs)
        return self.calibration_.log_probabilities(bits, docs.lengths, prior=self.class_prior_)

    def predict(self, X: object) -> NDArray[Any]:
        """Return the label of each document, shape (n_docs,)."""
        scores = self._scored(X)
        return self.classes_[self.winners(scores)[0]]

    def predictions(self, X: object) -> Predictions:
        """Return labels, probabilities and ties of the documents X in one pass.

        If several classes have the highest score, the one with the most training documents wins.
        """
        check_is_fitted(self)
        docs = self._documents(X)
        bits = codelengths_of(self.model_, docs, n_jobs=self.n_jobs)
        winners, tied = self.winners(self.scores(bits, docs.lengths))
        shares = self.calibration_.probabilities(bits, docs.lengths, prior=self.class_prior_)
        return Predictions(self.classes_[winners], shares, tied)

    def explain_bits(self, document: object) -> NDArray[np.float64]:
        """Return the bits of each byte of one document under each class.

        The bytes are those that the model codes: a row of a table has the dtype that `fit` saw, an
        image is preprocessed.

        Parameters
        ----------
        document : str, bytes, array, path, or Corpus or data frame of one row
            One document. An array is an image, or a row if `fit` saw a table.

        Returns
        -------
        ndarray of float64, shape (n_bytes, n_classes)
            Bits. Their sum over the bytes is the document's row of `codelengths`.

        Raises
        ------
        ValueError
            If there is not exactly one document.
        NotImplementedError
            If the model has no bits of single bytes.
        """
        doc = self._one(document)
        return self.model_.explain_bits(doc)

    def explain_parts(self, document: object) -> dict[str, NDArray[np.float64]]:
        """Return named parts whose sum is `explain_bits`.

        Parameters
        ----------
        document : str, bytes, array, path, or Corpus or data frame of one row
            As for `explain_bits`.

        Returns
        -------
        dict of str to ndarray of float64, shape (n_bytes, n_classes)
            Bits: "counted" and "corrected" for `blocks`; "codelength" alone for other models.

        Examples
        --------
        >>> from compressclf import CodelengthClassifier
        >>> clf = CodelengthClassifier().fit(["tea and milk", "tea and rum"] * 3, [0, 1] * 3)
        >>> {part: bits.shape for part, bits in clf.explain_parts("more milk").items()}
        {'counted': (9, 2), 'corrected': (9, 2)}
        """
        doc = self._one(document)
        return self.model_.explain_parts(doc)

    def training_documents(self) -> Corpus | None:
        """Return the training documents the classifier still holds; None if it keeps none."""
        check_is_fitted(self)
        return None if self._memory is None else self._memory.all()[0]

    def training_counts(self) -> NDArray[np.int64]:
        """Return the number of training documents of each class, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.class_count_

    def _scored(self, X: object) -> NDArray[np.float64]:
        check_is_fitted(self)
        docs = self._documents(X)
        return self.scores(codelengths_of(self.model_, docs, n_jobs=self.n_jobs), docs.lengths)

    def state(self) -> CodelengthState:
        """Return everything that `fit` set, for `restore`."""
        check_is_fitted(self)
        return CodelengthState(
            model=self.model_,
            calibration=self.calibration_,
            class_count=self.class_count_,
            class_mass=self._class_mass,
            codelengths=self.codelengths_,
            documents=None if self._memory is None else self._memory.all(),
        )

    def restore(self, classes: NDArray[Any], state: CodelengthState) -> None:
        """Take over the `state` of a fitted classifier with the same parameters."""
        self.classes_ = classes
        self.model_, self.calibration_ = state.model, state.calibration
        self.class_count_, self._class_mass = state.class_count, state.class_mass
        self.codelengths_ = state.codelengths
        self.class_prior_ = self._prior()
        self._memory = None if state.documents is None else Memory(*state.documents)
        if self._memory is None and self._needs_documents():
            raise ValueError("the documents that partial_fit needs are missing.")

    def scores(self, bits: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the `decision_function` of codelengths that are already known, for all classes.

        Parameters
        ----------
        bits : ndarray of float64, shape (n_docs, n_classes)
            What `codelengths` returned.
        lengths : ndarray of int64, shape (n_docs,)
            Bytes of the documents.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            Bits: log2 P(c) - bits(c) / temperature.
        """
        temperatures = self.calibration_.temperatures(lengths)[:, None]
        with np.errstate(divide="ignore"):
            scores: NDArray[np.float64] = np.log2(self.class_prior_) - bits / temperatures
        return scores

    def winners(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the class with the highest score of each document, by the tie rule if needed.

        Parameters
        ----------
        scores : ndarray of float64, shape (n_docs, n_classes)
            What `scores` returned.

        Returns
        -------
        winners : ndarray of int64, shape (n_docs,)
            Positions in ``classes_``; of tied classes, the one with the most training documents.
        tied : ndarray of bool, shape (n_docs,)
            Whether several classes had the highest score.
        """
        best = scores == scores.max(axis=1, keepdims=True)
        return np.where(best, self.class_count_, -1).argmax(axis=1), best.sum(axis=1) > 1

    def _needs_documents(self) -> bool:
        """Return whether forgetting, refitting or saving needs the training documents."""
        fitted = self.model_
        return self.window is not None or not fitted.model.incremental or fitted.arrays() is None

    def _prior(self) -> NDArray[np.float64]:
        return class_prior(self.prior, self.class_count_, self._class_mass, type(self).__name__)

    def _one(self, document: object) -> bytes:
        """Return the bytes of one document that `codelengths` codes."""
        check_is_fitted(self)
        rows: Any = [document]
        if isinstance(document, Corpus) or hasattr(document, "columns"):
            rows = document
        elif hasattr(self, "dtype_in_") and hasattr(document, "__array__"):
            rows = np.asarray(document).reshape(1, -1)
        docs = self._documents(rows)
        if len(docs) != 1:
            raise ValueError(f"An explanation takes one document. Got {len(docs):,} instead.")
        return docs[0]
