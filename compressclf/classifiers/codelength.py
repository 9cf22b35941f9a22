"""Classification by one model per class: the fewest bits win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_consistent_length

from compressclf._lib.executor import check_n_jobs
from compressclf.calibration import Calibration
from compressclf.classifiers._bounded import BoundedFit
from compressclf.classifiers._callbacks import calls_back
from compressclf.classifiers._checks import (
    check_calibration,
    check_class_weight,
    check_label_names,
    check_labels,
    check_prior,
    check_window,
    class_indices,
    given_models,
    names_of,
    sorted_classes,
)
from compressclf.classifiers._memory import Memory
from compressclf.classifiers._weights import document_weights, relative
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.models import IMAGE_MODEL, ClassModel, auto_model, check_weighted, get_model
from compressclf.models.names import with_names

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CodelengthClassifier"]


class CodelengthClassifier(BoundedFit):
    """One model per class; the class whose model needs the fewest bits for a document wins.

    This is classification by minimum description length: the bits of a document under the model
    of class c, plus -log2 P(c) for the class itself.

    Parameters
    ----------
    model : str, ClassModel or sequence of them, default="auto"
        A spec ``name[:key=value,...]`` of `compressclf.models`. "auto" chooses by the kind of
        the documents, see `compressclf.models.auto_model`. Several models are combined: the bits
        of each are divided by its own temperature and added with weights that are fitted to
        held-out documents.
    prior : {"uniform", "empirical"} or array-like of shape (n_classes,), default="uniform"
        Class probabilities before the document is seen: equal for all classes that have
        training documents, the class frequencies of the training data (weights included), or
        the given numbers, in the order of the sorted labels.
    calibration : "auto" or float, default="auto"
        How bits become probabilities. "auto" fits a temperature, its growth with the length of
        the document and a lapse (`compressclf.calibration`) to held-out codelengths of the
        training documents. They come from leave-one-out if the model supports it, else from one
        more fit without a sample, else from five-fold cross-validation, which costs five more
        fits. A number is the temperature of all documents; 1 leaves the bits unchanged.
    window : int or None, default=None
        How many of the latest documents `partial_fit` keeps; None keeps all.
    class_weight : None, "balanced" or dict of label to number, default=None
        A factor for the weights of the documents of each class in `fit`. "balanced" gives all
        classes the same sum of weights; a label that is not in the dict has the factor 1.
    label_names : dict of label to str or list of str, or None, default=None
        Names or descriptions for models that read them (`lm` with ``recipe="label"``). By default
        the label as words: without ``_``, ``-`` and ``/``, CamelCase split, in lower case.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one per processor.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    model_ : FittedModel
        The fitted model; ``model_.model.spec`` has the settings that were chosen.
    calibration_ : Calibration
        The temperature at the mean length of the training documents, its growth, and the lapse.
    temperature_ : float
        ``calibration_.temperature``, the temperature of a document of mean length.
    class_prior_ : ndarray of float64, shape (n_classes,)
        The prior probabilities.
    class_count_ : ndarray of int64, shape (n_classes,)
        Number of training documents of each class, without those of weight 0.
    codelengths_ : ndarray of float64, shape (n_classes,)
        Mean held-out bits of the training documents of each class under their own class; NaN if
        `calibration` is a number, because nothing is held out then.
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
        label_names: Mapping[Any, str | Sequence[str]] | None = None,
        n_jobs: int | None = -1,
    ) -> None:
        self.model = model
        self.prior = prior
        self.calibration = calibration
        self.window = window
        self.class_weight = class_weight
        self.label_names = label_names
        self.n_jobs = n_jobs

    @calls_back
    def fit(
        self, X: object, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> CodelengthClassifier:
        """Fit one model per class.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.
        sample_weight : array-like of shape (n_docs,), optional
            The weight of each document, which is multiplied by its `class_weight`. Weights that
            differ need a model that is `ClassModel.weighted`; every model accepts weights that are
            all equal, apart from zeros.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or a weight is out of range, or the model does not accept weights.

        Notes
        -----
        A document of weight 0 is treated as absent, except that its label is in ``classes_``. The
        other weights are divided by their mean, since a model adds constants to its counts that
        suit counts of documents: weights that sum to 1, as in boosting, would be too small beside
        them. A weight of 2 is not the same as two copies of a document: the weighted document is
        held out as a whole, while each copy is held out with the other in the training data. The
        temperature and the mean codelengths are not weighted.
        """
        self.check()
        docs, indices, weights = self._weighted_data(X, y, sample_weight)
        self._learn_and_calibrate(docs, indices, weights)
        return self

    def partial_fit(
        self, X: object, y: ArrayLike, classes: ArrayLike | None = None
    ) -> CodelengthClassifier:
        """Add training documents; with `window`, forget the oldest.

        Settings and temperature stay as `fit` set them. Without an earlier `fit`, the settings are
        the model's defaults, and the temperature is 1. A model that is not `incremental` is
        refitted in each call. Documents are not weighted: each counts like one of mean weight in
        `fit`.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.
        classes : array-like of shape (n_classes,), optional
            All labels, also those of later calls; required in the first call.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `classes` is missing in the first call, y has a label that is not among them, or
            `class_weight` is set.
        """
        first = not hasattr(self, "model_")
        if first:
            self.check()
        if self.class_weight is not None:
            raise ValueError(
                "partial_fit counts every document once and cannot use class_weight: set "
                "class_weight=None, or call fit with all documents."
            )
        if not first and self._class_mass is not None and self._memory is not None:
            raise ValueError(
                f"partial_fit would refit {self.model_.model.name} without the weights that fit "
                f"was given: call fit with all documents and weights."
            )
        if first:
            if classes is None or np.size(classes) == 0:
                raise ValueError(
                    "The first call of partial_fit needs `classes`, a list of all labels."
                )
            self.classes_ = sorted_classes(classes)
        elif classes is not None and not np.array_equal(sorted_classes(classes), self.classes_):
            raise ValueError("The classes differ from those of the first call.")
        docs = self._documents(X, fitting=first)
        check_labels(y)
        added = class_indices(np.atleast_1d(np.asarray(y)), self.classes_)
        check_consistent_length(docs, added)
        if first:
            self._auto = auto_model(docs, window=self.window)
            self._begin(docs[:0], added[:0])
        elif self.window is not None and self._memory is None:
            raise ValueError(
                "Set `window` before fitting: earlier training documents were not kept."
            )
        is_incremental = hasattr(self, "model_") and self.model_.model.incremental
        gone = self._update(docs, added) if is_incremental else self._refit(docs, added)
        n_classes = len(self.classes_)
        more, less = (np.bincount(part, minlength=n_classes) for part in (added, gone))
        # Not in place: the arrays may be in a read-only memory map.
        self.class_count_ = self.class_count_ + more - less
        if self._class_mass is not None:
            self._class_mass = self._class_mass + more
        self.class_prior_ = self._prior()
        return self

    def built_model(self) -> ClassModel:
        """Return the model that the parameter `model` describes, before `fit` chooses settings.

        Returns
        -------
        ClassModel
            For "auto", the model chosen for the training documents, if there are any.

        Raises
        ------
        ValueError
            If the parameter does not describe a model.
        """
        if isinstance(self.model, str) and self.model == "auto":
            if hasattr(self, "_auto"):
                return get_model(self._auto)
            if hasattr(self, "model_"):  # loaded
                reads_images = self.model_.model.reads == "images"
                return get_model(IMAGE_MODEL if reads_images else self.model_.model.name)
            return get_model(auto_model(window=self.window))
        models = given_models(self.model, type(self).__name__)
        if len(models) == 1:
            return models[0]
        from compressclf.models.combination import Combination

        return Combination(tuple(models))

    def check(self) -> None:
        """Refuse a parameter that is out of range, by a ValueError."""
        name = type(self).__name__
        check_prior(self.prior, name)
        check_calibration(self.calibration, name)
        check_window(self.window, name)
        check_class_weight(self.class_weight, name)
        check_n_jobs(self.n_jobs, name)
        check_label_names(self.label_names, [self.built_model()], name)

    def _weighted_data(
        self, X: object, y: object, sample_weight: object
    ) -> tuple[Corpus, NDArray[np.int64], NDArray[np.float64] | None]:
        """Return documents, class indices and relative weights, without documents of weight 0."""
        docs, indices = self._training_data(X, y)
        weights = document_weights(sample_weight, self.class_weight, indices, self.classes_)
        self._auto = auto_model(docs, window=self.window)
        if weights is None:
            return docs, indices, None
        rows = np.flatnonzero(weights)
        if len(rows) < len(docs):
            if isinstance(docs, ImageCorpus):  # preprocessing must not be fitted to the absent ones
                docs = self._documents(Corpus.from_documents(X).take(rows), fitting=True)
            else:
                docs = docs.take(rows)
        weights, indices = weights[rows], indices[rows]
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
        """Fit the model; with `held_out`, return the held-out bits of the documents."""
        n_classes = len(self.classes_)
        self.class_count_ = np.bincount(y, minlength=n_classes)
        self._class_mass = None
        if weights is not None:
            self._class_mass = np.asarray(np.bincount(y, weights, n_classes), dtype=np.float64)
        self.class_prior_ = self._prior()
        model = self._named(self.built_model())
        given: dict[str, Any] = {"n_jobs": self.n_jobs}
        if weights is not None:
            given["weights"] = check_weighted(model, weights)
        bits = None
        if held_out:
            self.model_, bits = model.fit_held_out(docs, y, n_classes, **given)
        else:
            self.model_ = model.fit(docs, y, n_classes, **given)
        self._memory = Memory(docs, y) if self._needs_documents() else None
        return bits

    def _named(self, model: ClassModel) -> ClassModel:
        return with_names(model, names_of(self.classes_, self.label_names))

    def _begin(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Start `partial_fit` with no training documents; `docs` and `y` are empty."""
        self._class_mass = None
        if self.built_model().incremental:
            self._learn(docs, y)
            try:
                self._check_forgets(docs, y)
            except ValueError:
                del self.model_
                raise
        else:  # some models cannot be fitted without documents
            self.class_count_ = np.zeros(len(self.classes_), np.int64)
            self._memory = Memory(docs, y)
        self.calibration_ = Calibration(
            1.0 if isinstance(self.calibration, str) else float(self.calibration)
        )
        self.codelengths_ = np.full(len(self.classes_), np.nan)

    def _check_forgets(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Refuse a window if the model cannot forget, before anything is changed."""
        if self.window is not None:
            self.model_.forget(docs[:0], y[:0])

    def _update(self, docs: Corpus, y: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add documents, forget those beyond the window, and return the classes of the latter."""
        self._check_forgets(docs, y)
        gone = self._slide(docs, y)
        self.model_.update(docs, y)
        if len(gone[0]):
            self.model_.forget(*gone)
        return gone[1]

    def _refit(self, docs: Corpus, y: NDArray[np.int64]) -> NDArray[np.int64]:
        """Refit the model to all documents kept; return the classes of those forgotten."""
        assert self._memory is not None
        before = self._memory.all()
        gone = self._slide(docs, y)
        # Settings that were chosen without any document are chosen again.
        model = self.model_.model if self.class_count_.any() else self._named(self.built_model())
        try:
            self.model_ = model.fit(*self._memory.all(), len(self.classes_), n_jobs=self.n_jobs)
        except ValueError:  # such as images of another size: do not keep them
            self._memory = Memory(*before)
            raise
        return gone[1]

    def _slide(self, docs: Corpus, y: NDArray[np.int64]) -> tuple[Corpus, NDArray[np.int64]]:
        """Add documents to the memory; drop and return those beyond the window."""
        if self._memory is None:
            return docs[:0], y[:0]
        self._memory.append(docs, y)
        if self.window is None or len(self._memory) <= self.window:
            return docs[:0], y[:0]
        return self._memory.drop(len(self._memory) - self.window)

    def _learn_and_calibrate(
        self, docs: Corpus, y: NDArray[np.int64], weights: NDArray[np.float64] | None
    ) -> None:
        bits = self._learn(docs, y, weights, held_out=isinstance(self.calibration, str))
        self._calibrate(bits, docs, y, weights)
