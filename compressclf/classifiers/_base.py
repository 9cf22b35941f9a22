"""The base classes of the estimators: check documents and labels, keep scikit-learn's contract."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_y,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from compressclf._lib.doclink import DocLinkMixin
from compressclf.classifiers._callbacks import CallbackSupportMixin
from compressclf.classifiers._checks import check_labels
from compressclf.classifiers._nested import nested_parameters, with_parameters
from compressclf.documents import Corpus
from compressclf.documents.columns import single_column
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import with_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self

__all__ = ["DocumentClassifier", "DocumentEstimator", "Predictions"]


class Predictions(NamedTuple):
    """Labels, probabilities and ties of documents, from one pass over them."""

    labels: NDArray[Any]
    """The predicted labels, shape (n_docs,)."""
    probabilities: NDArray[np.float64]
    """The probability of each class, in the order of ``classes_``, shape (n_docs, n_classes)."""
    tied: NDArray[np.bool_]
    """Whether the tie rule decided the label, shape (n_docs,)."""


class DocumentEstimator(CallbackSupportMixin, DocLinkMixin, BaseEstimator):  # type: ignore[misc]
    """Base of all estimators that are fitted to labelled documents."""

    classes_: NDArray[Any]
    dtype_in_: np.dtype[Any]
    """The dtype whose bytes are compared; only if X was a table of numbers."""
    channels_in_: int
    """3 if one training image had colours, else 1; only if X were images."""

    @property
    def reads_images_(self) -> bool:
        """Whether the training documents were images."""
        check_is_fitted(self)
        return hasattr(self, "channels_in_")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of a model, compressor, layout or candidates too, as
            ``model__words``, whether it was given as a spec or as an object.

        Returns
        -------
        dict of str to object
        """
        parameters: dict[str, Any] = super().get_params(deep)
        if deep:
            for name, value in list(parameters.items()):
                nested = nested_parameters(name, value)
                parameters |= {f"{name}__{part}": inner for part, inner in nested.items()}
        return parameters

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params : object
            New values by name. ``model__words=2`` changes one parameter of the model, whether it
            was given as a spec or as an object; likewise ``compressor__level=6``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a name is not the name of a parameter.
        """
        nested: dict[str, dict[str, Any]] = {}
        plain: dict[str, Any] = {}
        own = self.get_params(deep=False)
        for key, value in params.items():
            name, _, part = key.partition("__")
            if part and name in own:
                nested.setdefault(name, {})[part] = value
            else:
                plain[key] = value
        super().set_params(**plain)
        for name, changes in nested.items():
            setattr(self, name, with_parameters(name, getattr(self, name), changes))
        return self

    def _training_data(self, X: object, y: object) -> tuple[Corpus, NDArray[np.int64]]:
        """Return the training documents and their class indices; set ``classes_``."""
        docs = self._documents(X, fitting=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        check_labels(y)  # an array would turn all of them into text
        labels = _check_y(y, multi_output=False, y_numeric=False)
        with warnings.catch_warnings():  # a class of one document is a legitimate class
            warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
            check_classification_targets(labels)
        check_consistent_length(docs, labels)
        if len(docs) == 0:
            raise ValueError("Found array with 0 sample(s): there are no training documents.")
        self.classes_, indices = np.unique(labels, return_inverse=True)
        return docs, indices.astype(np.int64)

    def _documents(self, X: object, *, fitting: bool = False) -> Corpus:
        """Return X as a corpus.

        A table of numbers is checked by scikit-learn and converted to the dtype that `fit` saw,
        because the bytes of each row are a document.
        """
        if fitting:
            for name in ("n_features_in_", "feature_names_in_", "dtype_in_", "channels_in_"):
                if name in vars(self):  # from an earlier fit
                    delattr(self, name)
        column = single_column(X)
        if column is not X:
            self._check_name(X, fitting=fitting)
            X = column
        if not _is_table(X):
            docs = Corpus.from_documents(X)
            if isinstance(docs, ImageCorpus):
                return self._with_channels(docs, fitting=fitting)
            return docs
        if isinstance(X, np.ndarray) and X.ndim == 1:
            raise ValueError(
                f"Expected text, bytes, images or rows of numbers as documents, got a 1-D array of "
                f"dtype {X.dtype}. Reshape your data if every number is a document: "
                f"X.reshape(-1, 1)."
            )
        table = validate_data(self, X, reset=fitting, dtype="numeric", order="C")
        if fitting:
            self.dtype_in_ = table.dtype
        return Corpus.from_documents(_converted(table, getattr(self, "dtype_in_", table.dtype)))

    def _check_name(self, X: object, *, fitting: bool) -> None:
        """Store the name of the only column in `fit`; later refuse a column of another name.

        Documents without a column name, as in a list, are always accepted.
        """
        if fitting or (hasattr(self, "feature_names_in_") and hasattr(X, "columns")):
            validate_data(self, X, reset=fitting, skip_check_array=True)

    def _with_channels(self, images: ImageCorpus, *, fitting: bool) -> ImageCorpus:
        """Return the images with as many channels as the training images, 1 or 3.

        In `fit`, one image with colours is enough for three channels.
        """
        if fitting:
            self.channels_in_ = int(images.shapes[:, 2].max(initial=1))
        return with_channels(images, getattr(self, "channels_in_", 3))

    def state(self) -> Any:
        """Return everything that `fit` set, for `restore`."""
        raise NotImplementedError

    def restore(self, classes: NDArray[Any], state: Any) -> None:
        """Take over the state of a fitted estimator of this type with the same parameters.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            Its ``classes_``.
        state : NamedTuple
            What its `state` returned.

        Raises
        ------
        ValueError
            If the parts of the state contradict each other or the parameters.
        """
        raise NotImplementedError

    def check(self) -> None:
        """Refuse a parameter that is out of range, by a ValueError."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags


class DocumentClassifier(ClassifierMixin, DocumentEstimator):  # type: ignore[misc]
    """Base of the classifiers: a subclass implements ``fit``, `predictions` and the other stubs."""

    def predictions(self, X: object) -> Predictions:
        """Return labels, probabilities and ties of the documents X in one pass."""
        raise NotImplementedError

    def predict(self, X: object) -> NDArray[Any]:
        """Return the label of each document.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of shape (n_docs,)
        """
        return self.predictions(X).labels

    def predict_proba(self, X: object) -> NDArray[np.float64]:
        """Return the probability of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : sequence of documents
            Anything that `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
        """
        return self.predictions(X).probabilities

    def predict_log_proba(self, X: object) -> NDArray[np.float64]:
        """Return the natural logarithm of `predict_proba`, -inf where that is 0."""
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.float64] = np.log(self.predict_proba(X))
        return logarithms

    def training_documents(self) -> Corpus | None:
        """Return the training documents that the classifier still holds; None if it keeps none."""
        return None

    def preprocessed(self, X: object) -> Corpus:
        """Return X as a corpus, preprocessed as the training documents were."""
        return self._documents(X)

    def training_counts(self) -> NDArray[np.int64]:
        """Return the number of training documents of each class, in the order of ``classes_``."""
        raise NotImplementedError

    def n_training_documents(self) -> int:
        """Return the number of training documents, without those that were forgotten again."""
        return int(self.training_counts().sum())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # on tables: bytes of floats are noise
        return tags


def _converted(table: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the numbers as another dtype; ValueError if a number would change."""
    if table.dtype == dtype:
        return table
    with np.errstate(all="ignore"):
        converted = np.ascontiguousarray(table, dtype=dtype)
        back = converted.astype(table.dtype)
    if not np.array_equal(back, table):
        raise ValueError(
            f"X holds numbers of dtype {table.dtype} that {dtype}, the dtype of the training data, "
            f"cannot hold: convert X to {dtype}, or fit to numbers of dtype {table.dtype}."
        )
    return converted


def _is_table(X: object) -> bool:
    """Return whether X is a table of numbers and not a sequence of documents."""
    if isinstance(X, Corpus):
        return False
    if hasattr(X, "toarray"):  # a sparse matrix: scikit-learn's check refuses it
        return True
    if hasattr(X, "__array__") and not hasattr(X, "__len__"):
        X = np.asarray(X)
    if isinstance(X, np.ndarray):
        is_image_stack = X.ndim > 2 and X.dtype == np.uint8
        is_texts = X.ndim == 1 and X.dtype.kind in "OUST"
        return not is_image_stack and not is_texts
    if hasattr(X, "columns") and hasattr(X, "dtypes"):  # a pandas or polars DataFrame
        return True
    return isinstance(X, (list, tuple)) and bool(X) and isinstance(X[0], (list, tuple))
