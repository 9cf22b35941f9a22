"""Codelengths as features for another classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from compressclf._lib.executor import check_n_jobs
from compressclf.classifiers._base import DocumentEstimator
from compressclf.classifiers._callbacks import calls_back
from compressclf.classifiers._checks import given_models, names_of
from compressclf.classifiers._memory import Memory
from compressclf.classifiers.state import FeaturesState
from compressclf.documents import Corpus
from compressclf.models import ClassModel, FittedModel, auto_model, cross_codelengths
from compressclf.models.names import with_names
from compressclf.models.spread import codelengths_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CodelengthFeatures"]

SCALES = ("length", "sqrt", "none")


class CodelengthFeatures(TransformerMixin, DocumentEstimator):  # type: ignore[misc]
    """Bits of a document under each class, minus their mean over the classes.

    The features are the input of a head, such as a logistic regression, whose weights are trained
    on the labels.

    `fit_transform` differs from `fit` followed by `transform`: a model codes its own training
    documents in far fewer bits than new ones. As in `sklearn.preprocessing.TargetEncoder`,
    `fit_transform` returns the held-out bits of each training document, under models that were
    fitted without it, so that the head is trained on features like those of new documents. A
    `sklearn.pipeline.Pipeline` calls `fit_transform`.

    Parameters
    ----------
    model : str, ClassModel or sequence of them, default="blocks"
        A spec ``name[:key=value,...]`` of `compressclf.models`; several models give more columns.
        "auto" is "blocks" for texts and `compressclf.models.IMAGE_MODEL` for images.
    scale : {"length", "sqrt", "none"}, default="sqrt"
        The divisor of the bits: the document's length in bytes (bits per byte), its square root
        (the standard deviation of a sum of independent terms grows like it), or 1. An empty
        document counts as one byte.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    models_ : list of FittedModel
        The fitted models.
    n_features_in_ : int
        Only if X had rows and columns: a table of numbers, or one column of documents.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only if X was a data frame: the names of its columns.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> spam = ["cheap pills, cheap loans", "cheap loans, win cash now", "win cash, cheap pills"]
    >>> ham = ["minutes of the meeting", "the meeting is moved", "notes of the next meeting"]
    >>> head = make_pipeline(CodelengthFeatures("zstd-dict"), LogisticRegression())
    >>> head.fit(spam + ham, ["spam"] * 3 + ["ham"] * 3).predict(["win cash, cheap loans"])
    array(['spam'], dtype='<U4')
    """

    models_: list[FittedModel]

    def __init__(
        self,
        model: str | ClassModel | Sequence[str | ClassModel] = "blocks",
        *,
        scale: str = "sqrt",
        n_jobs: int | None = -1,
    ) -> None:
        self.model = model
        self.scale = scale
        self.n_jobs = n_jobs

    @calls_back
    def fit(self, X: object, y: ArrayLike) -> CodelengthFeatures:
        """Fit one model per class for each of the models.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self._learn(X, y)
        return self

    def transform(self, X: object) -> NDArray[np.float64]:
        """Return the features of documents that are not training documents.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_models * n_classes)
            For each model and class the bits, minus their mean over the classes, scaled.
        """
        check_is_fitted(self)
        docs = self._documents(X)
        bits = [codelengths_of(fitted, docs, n_jobs=self.n_jobs) for fitted in self.models_]
        return self._features(bits, docs)

    def fit_transform(self, X: object, y: Any = None, **_: Any) -> NDArray[np.float64]:
        """Fit, and return the features of the training documents from held-out codelengths.

        A model that cannot hold out every document is fitted by five-fold cross-validation.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.
        y : array-like of shape (n_docs,)
            Their labels.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_models * n_classes)
        """
        docs, indices, bits = self._learn(X, y, held_out=True)
        for number, (fitted, held) in enumerate(zip(self.models_, bits, strict=True)):
            if np.isnan(held).any():
                bits[number] = cross_codelengths(
                    fitted.model, docs, indices, len(self.classes_), n_jobs=self.n_jobs
                )
        return self._features(bits, docs)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : object
            Ignored, because documents have no columns.

        Returns
        -------
        ndarray of str, shape (n_models * n_classes,)
            The model's name and the label; models of the same name are numbered from 0.
        """
        check_is_fitted(self)
        names = [fitted.model.name for fitted in self.models_]
        if len(set(names)) < len(names):
            names = [f"{name}{number}" for number, name in enumerate(names)]
        columns = [f"{name}_{label}" for name in names for label in self.classes_]
        return np.array(columns, dtype=object)

    def check(self) -> None:
        """Refuse a parameter that is out of range, by a ValueError."""
        name = type(self).__name__
        if not isinstance(self.scale, str) or self.scale not in SCALES:
            raise ValueError(
                f"The 'scale' parameter of {name} must be 'length', 'sqrt' or 'none'. "
                f"Got {self.scale!r} instead."
            )
        check_n_jobs(self.n_jobs, name)
        given_models(self.model, name, auto=auto_model())

    def state(self) -> FeaturesState:
        """Return everything that `fit` set, for `restore`."""
        check_is_fitted(self)
        return FeaturesState(self.models_, None if self._memory is None else self._memory.all())

    def restore(self, classes: NDArray[Any], state: FeaturesState) -> None:
        """Take over the `state` of a fitted transformer with the same parameters."""
        self.classes_, self.models_ = classes, state.models
        self._memory = None if state.documents is None else Memory(*state.documents)

    def _learn(
        self, X: object, y: ArrayLike, *, held_out: bool = False
    ) -> tuple[Corpus, NDArray[np.int64], list[NDArray[np.float64]]]:
        """Fit the models; return documents, class indices and, with `held_out`, held-out bits."""
        self.check()
        docs, indices = self._training_data(X, y)
        n_classes, bits = len(self.classes_), []
        self.models_ = []
        for given in given_models(self.model, type(self).__name__, auto=auto_model(docs)):
            model = with_names(given, names_of(self.classes_, None))
            if held_out:
                fitted, held = model.fit_held_out(docs, indices, n_classes, n_jobs=self.n_jobs)
                bits.append(held)
            else:
                fitted = model.fit(docs, indices, n_classes, n_jobs=self.n_jobs)
            self.models_.append(fitted)
        needs_documents = any(fitted.arrays() is None for fitted in self.models_)
        self._memory = Memory(docs, indices) if needs_documents else None  # to save
        return docs, indices, bits

    def _features(self, bits: list[NDArray[np.float64]], docs: Corpus) -> NDArray[np.float64]:
        centred = [part - part.mean(axis=1, keepdims=True) for part in bits]
        features: NDArray[np.float64] = np.concatenate(centred, axis=1)
        lengths = np.maximum(docs.lengths, 1)[:, None]
        if self.scale == "length":
            features /= lengths
        elif self.scale == "sqrt":
            features /= np.sqrt(lengths)
        return features

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
