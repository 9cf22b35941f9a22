"""The label whose model codes the document in the fewest bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from compressclf._threads import check_n_jobs
from compressclf.calibration import Calibration, fit_calibration, mean_length
from compressclf.classifiers._base import DocumentClassifier, Predictions
from compressclf.classifiers._checks import check_calibration, check_prior, check_window
from compressclf.classifiers._online import Memory, learn_more
from compressclf.classifiers._weights import check_class_weight, document_weights, relative
from compressclf.documents import Corpus, document_bytes
from compressclf.images import ImageCorpus
from compressclf.models import (
    ClassModel,
    FittedModel,
    auto_model,
    check_weighted,
    get_model,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CodelengthClassifier"]


class CodelengthClassifier(DocumentClassifier):
    """One model per class; the class whose model needs the fewest bits for a document wins.

    This is classification by minimum description length: the bits of a document under the model
    of class c, plus -log2 P(c) for the class itself.

    Parameters
    ----------
    model : str, ClassModel or sequence of them, default="auto"
        A spec ``name[:key=value,...]`` of `compressclf.models`. "auto" chooses by what the
        documents are, see `compressclf.models.auto_model`. Several are combined: each one's bits
        are divided by its own temperature, and weights chosen on held-out documents add them up.
    prior : {"uniform", "empirical"} or array-like of shape (n_classes,), default="uniform"
        Class probabilities before the document is seen: equal for all classes that have
        documents, as frequent as in the training data (weights included), or as given, in the
        order of the sorted labels.
    calibration : "auto" or float, default="auto"
        How bits become probabilities. "auto" fits a temperature, its growth with the length of
        the document and a lapse (`compressclf.calibration`) to held-out codelengths of the
        training documents: by leave-one-out where the model can, else by one more fit that leaves
        out a sample or by five-fold cross-validation, which costs five more fits. A number is the
        temperature of all documents; 1 takes the bits at face value.
    window : int or None, default=None
        How many of the latest documents `partial_fit` keeps; None keeps all.
    class_weight : None, "balanced" or dict of label to number, default=None
        What the weights of a class's documents are multiplied by in `fit`, see there. "balanced"
        gives all classes the same sum of weights; a label that the dict lacks has 1.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one for each processor.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    model_ : FittedModel
        What the classes have taught; ``model_.model.spec`` has the settings that were chosen.
    calibration_ : Calibration
        The temperature at the mean length of the training documents, its growth, and the lapse.
    temperature_ : float
        ``calibration_.temperature``: what the bits of a document of mean length are divided by.
    class_prior_ : ndarray of float64, shape (n_classes,)
        The prior probabilities.
    class_count_ : ndarray of int64, shape (n_classes,)
        Training documents of each class; those of weight 0 do not count, others count 1.
    codelengths_ : ndarray of float64, shape (n_classes,)
        Mean bits of each class's training documents under their own class, held out; NaN if
        `calibration` is a number, since nothing was then held out.
    n_features_in_ : int
        Only if X had rows and columns: a table of numbers, or one column of documents.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only if X was a data frame: the names of its columns.

    Examples
    --------
    >>> spam = ["cheap pills, cheap loans", "cheap loans, win cash now", "win cash, cheap pills"]
    >>> ham = ["minutes of the meeting", "the meeting is moved", "notes of the next meeting"]
    >>> clf = CodelengthClassifier().fit(spam + ham, ["spam"] * 3 + ["ham"] * 3)
    >>> clf.predict(["win cheap cash", "notes and minutes"])
    array(['spam', 'ham'], dtype='<U4')
    """

    def __init__(
        self,
        model: str | ClassModel | Sequence[str | ClassModel] = "auto",
        *,
        prior: str | ArrayLike = "uniform",
        calibration: str | float = "auto",
        window: int | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        n_jobs: int | None = -1,
    ) -> None:
        self.model = model
        self.prior = prior
        self.calibration = calibration
        self.window = window
        self.class_weight = class_weight
        self.n_jobs = n_jobs

    def fit(
        self, X: object, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> CodelengthClassifier:
        """Learn a model of each class.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.
        sample_weight : array-like of shape (n_docs,), optional
            How much each document counts beside the others; `class_weight` multiplies it. Only a
            model that is `ClassModel.weighted` takes weights that differ; any model takes weights
            of which some are 0 and all others equal.

        Returns
        -------
        CodelengthClassifier
            Itself.

        Raises
        ------
        ValueError
            If a parameter or a weight is out of range, or the model takes no weights.

        Notes
        -----
        A document of weight 0 is treated as if it were absent; only its label stays in
        ``classes_``. The other weights are divided by their mean, so that multiplying all of them
        by a number changes nothing: a model adds constants to its counts and has chosen them for
        counts of documents, and weights that sum to 1, as boosting makes them, would leave
        little beside these constants. A weight is therefore not a number of repetitions: with
        weight 2 a document counts twice as much as one of weight 1, but it is held out as one
        document, whereas of two equal documents each is held out while the other is known.
        The temperature and the mean codelengths are those of the documents, unweighted.
        """
        self._check_parameters()
        docs, indices, weights = self._weighted_data(X, y, sample_weight)
        self._learn_and_calibrate(docs, indices, weights)
        return self

    def partial_fit(
        self, X: object, y: ArrayLike, classes: ArrayLike | None = None
    ) -> CodelengthClassifier:
        """Learn more documents; with `window`, forget the oldest.

        Settings and temperature stay what `fit` made them; without a `fit` before, they are the
        model's defaults and 1. A model that is not `incremental` is fitted anew in each call.
        Every document counts once, as one of mean weight does in `fit`: weights are for `fit`.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.
        classes : array-like of shape (n_classes,), optional
            All labels that will ever come; needed in the first call.

        Returns
        -------
        CodelengthClassifier
            Itself.

        Raises
        ------
        ValueError
            If `classes` is missing in the first call, y has a label that is not among them, or
            there is a `class_weight`.
        """
        if not hasattr(self, "model_"):
            self._check_parameters()
        learn_more(self, X, y, classes)
        return self

    @property
    def temperature_(self) -> float:
        """What the bits of a document of mean length are divided by."""
        return self.calibration_.temperature

    def codelengths(self, X: object) -> NDArray[np.float64]:
        """Return the bits of each document under each class.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            As the model counts them: without temperature and prior.
        """
        check_is_fitted(self)
        return self.model_.codelengths(self._documents(X), n_jobs=self.n_jobs)

    def decision_function(self, X: object) -> NDArray[np.float64]:
        """Return how strongly each class is favoured, in bits.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes) or (n_docs,)
            log2 P(c) - bits(c) / temperature, at the document's own temperature and without the
            lapse; with two classes, the second's minus the first's.
        """
        scores = self._scored(X)
        return scores if len(self.classes_) != 2 else scores[:, 1] - scores[:, 0]

    def predict_log_proba(self, X: object) -> NDArray[np.float64]:
        """Return the natural logarithm of `predict_proba`, computed without underflow.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            Finite for every class whose prior is not 0, even where `predict_proba` rounds to 0.
        """
        check_is_fitted(self)
        docs = self._documents(X)
        bits = self.model_.codelengths(docs, n_jobs=self.n_jobs)
        return self.calibration_.log_probabilities(bits, docs.lengths, prior=self.class_prior_)

    def predict(self, X: object) -> NDArray[Any]:
        """Return the label of each document, shape (n_docs,)."""
        scores = self._scored(X)
        return self.classes_[self._winners(scores)[0]]

    def predictions(self, X: object) -> Predictions:
        """Return labels, probabilities and ties of the documents X in one pass.

        Classes with equally many bits are tied; the one with more training documents wins.
        """
        check_is_fitted(self)
        docs = self._documents(X)
        bits = self.model_.codelengths(docs, n_jobs=self.n_jobs)
        winners, tied = self._winners(self._scores(bits, docs.lengths))
        shares = self.calibration_.probabilities(bits, docs.lengths, prior=self.class_prior_)
        return Predictions(self.classes_[winners], shares, tied)

    def explain_bits(self, document: object) -> NDArray[np.float64]:
        """Return what each byte of one document costs under each class.

        Parameters
        ----------
        document : str, bytes, array or path
            One document.

        Returns
        -------
        ndarray of float64, shape (n_bytes, n_classes)
            Their sum over the bytes is the document's row of `codelengths`.
        """
        check_is_fitted(self)
        return self.model_.explain_bits(document_bytes(document))

    def explain_parts(self, document: object) -> dict[str, NDArray[np.float64]]:
        """Return `explain_bits` in named parts, whose sum it is.

        Parameters
        ----------
        document : str, bytes, array or path
            One document.

        Returns
        -------
        dict of str to ndarray of float64, shape (n_bytes, n_classes)
            "counted" and "corrected" for `blocks`; "codelength" alone for other models.

        Examples
        --------
        >>> clf = CodelengthClassifier().fit(["tea and milk", "tea and rum"] * 3, [0, 1] * 3)
        >>> {part: bits.shape for part, bits in clf.explain_parts("more milk").items()}
        {'counted': (9, 2), 'corrected': (9, 2)}
        """
        check_is_fitted(self)
        return self.model_.explain_parts(document_bytes(document))

    def training_documents(self) -> Corpus | None:
        """Return the training documents the classifier still holds; None if it keeps none."""
        check_is_fitted(self)
        return None if self._memory is None else self._memory.all()[0]

    def training_counts(self) -> NDArray[np.int64]:
        """Return how many documents of each class were learnt, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.class_count_

    def n_training_documents(self) -> int:
        """Return how many documents were learnt; those forgotten again do not count."""
        check_is_fitted(self)
        return int(self.class_count_.sum())

    def _weighted_data(
        self, X: object, y: object, sample_weight: object
    ) -> tuple[Corpus, NDArray[np.int64], NDArray[np.float64] | None]:
        """Return documents, class indices and relative weights of what does not weigh 0."""
        docs, indices = self._training_data(X, y)
        weights = document_weights(sample_weight, self.class_weight, indices, self.classes_)
        self._auto = auto_model(docs, window=self.window)
        if weights is None:
            return docs, indices, None
        there = np.flatnonzero(weights)
        if len(there) < len(docs):
            if isinstance(docs, ImageCorpus):  # preprocessing must not learn from the absent ones
                images = Corpus.from_documents(X).take(there)
                docs = self._documents(images, fitting=True)
            else:
                docs = docs.take(there)
        weights, indices = weights[there], indices[there]
        if (weights == weights[0]).all():
            return docs, indices, None
        if self.window is not None:
            raise ValueError(
                "A window counts every document once: leave out sample_weight and class_weight, "
                "or set window=None."
            )
        return docs, indices, relative(weights)

    def _learn(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        weights: NDArray[np.float64] | None = None,
        *,
        held_out: bool = False,
    ) -> NDArray[np.float64] | None:
        """Fit the model; return the bits of the documents held out if they are asked for."""
        n_classes = len(self.classes_)
        self.class_count_ = np.bincount(y, minlength=n_classes)
        self._class_mass: NDArray[np.float64] | None = None
        if weights is not None:
            self._class_mass = np.asarray(np.bincount(y, weights, n_classes), dtype=np.float64)
        self.class_prior_ = self._prior(n_classes)
        model = self._built_model()
        given: dict[str, Any] = {"n_jobs": self.n_jobs}
        if weights is not None:
            given["weights"] = check_weighted(model, weights)
        self.model_: FittedModel
        bits = None
        if held_out:
            self.model_, bits = model.fit_held_out(docs, y, n_classes, **given)
        else:
            self.model_ = model.fit(docs, y, n_classes, **given)
        self._memory = Memory(docs, y) if self._needs_documents() else None
        return bits

    def _needs_documents(self) -> bool:
        """Whether forgetting, learning anew or saving takes the training documents."""
        fitted = self.model_
        return self.window is not None or not fitted.model.incremental or fitted.arrays() is None

    def _learn_and_calibrate(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        bits = self._learn(docs, y, weights, held_out=isinstance(self.calibration, str))
        self.codelengths_ = np.full(len(self.classes_), np.nan)
        if bits is None:
            self.calibration_ = Calibration(float(self.calibration))
            return
        self.calibration_ = fit_calibration(
            bits,
            y,
            docs.lengths,
            centre=self.model_.expected_temperature(mean_length(docs.lengths)),
            prior=self.class_prior_,
            weights=weights,
        )
        own = bits[np.arange(len(y)), y]
        for index in range(len(self.classes_)):
            held = own[(y == index) & ~np.isnan(own)]
            if held.size:
                self.codelengths_[index] = held.mean()

    def _scored(self, X: object) -> NDArray[np.float64]:
        check_is_fitted(self)
        docs = self._documents(X)
        return self._scores(self.model_.codelengths(docs, n_jobs=self.n_jobs), docs.lengths)

    def _scores(self, bits: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
        temperatures = self.calibration_.temperatures(lengths)[:, None]
        with np.errstate(divide="ignore"):
            scores: NDArray[np.float64] = np.log2(self.class_prior_) - bits / temperatures
        return scores

    def _winners(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the classes with the highest scores, and whether there were several."""
        best = scores == scores.max(axis=1, keepdims=True)
        return np.where(best, self.class_count_, -1).argmax(axis=1), best.sum(axis=1) > 1

    def _built_model(self) -> ClassModel:
        if isinstance(self.model, str) and self.model == "auto":
            if hasattr(self, "_auto"):
                return get_model(self._auto)
            if hasattr(self, "model_"):  # loaded
                return get_model(self.model_.model.name)
            return get_model(auto_model(window=self.window))
        if isinstance(self.model, (str, ClassModel)):
            return get_model(self.model)
        from compressclf.models.combination import Combination

        if not isinstance(self.model, Sequence) or not self.model:
            raise ValueError(
                f"The 'model' parameter of {type(self).__name__} must be a spec, a ClassModel or a "
                f"sequence of them that is not empty. Got {self.model!r} instead."
            )
        models = tuple(get_model(model) for model in self.model)
        return models[0] if len(models) == 1 else Combination(models)

    def _prior(self, n_classes: int) -> NDArray[np.float64]:
        if isinstance(self.prior, str):
            counts = (self.class_count_ > 0).astype(np.float64)
            if not counts.any():
                counts[:] = 1.0
            if self.prior == "empirical" and self.class_count_.any():
                counts = self.class_count_.astype(np.float64)
                if self._class_mass is not None:
                    counts = self._class_mass
            return np.asarray(counts / counts.sum(), dtype=np.float64)
        prior = np.asarray(self.prior, dtype=np.float64)
        if prior.shape != (n_classes,):
            raise ValueError(
                f"The 'prior' parameter of {type(self).__name__} must have one number for each of "
                f"the {n_classes} classes. Got shape {prior.shape} instead."
            )
        return np.asarray(prior / prior.sum(), dtype=np.float64)

    def _check_parameters(self) -> None:
        name = type(self).__name__
        check_prior(self.prior, name)
        check_calibration(self.calibration, name)
        check_window(self.window, name)
        check_class_weight(self.class_weight, name)
        check_n_jobs(self.n_jobs, name)
        self._built_model()
