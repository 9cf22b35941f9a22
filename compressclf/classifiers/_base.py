"""What all classifiers share: documents in, labels out, scikit-learn's contract around them."""

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

from compressclf.classifiers._labels import check_labels
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
    """All that one pass over the documents tells."""

    labels: NDArray[Any]
    """The predicted labels, shape (n_docs,)."""
    probabilities: NDArray[np.float64]
    """The share of each class, in the order of ``classes_``, shape (n_docs, n_classes)."""
    tied: NDArray[np.bool_]
    """Whether a rule for ties had a part in the decision, shape (n_docs,)."""


class DocumentEstimator(BaseEstimator):  # type: ignore[misc]
    """Base of what learns from labelled documents: `_training_data` and `_documents`."""

    classes_: NDArray[Any]
    dtype_in_: np.dtype[Any]
    """Only if X was a table of numbers: the dtype whose bytes are compared."""
    channels_in_: int
    """Only if X were images: 3 if one of them had colours, else 1."""

    @property
    def reads_images_(self) -> bool:
        """Whether `fit` has seen images."""
        check_is_fitted(self)
        return hasattr(self, "channels_in_")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the parameters of a model, compressor, layout or candidates too, as
            ``model__words``; a spec has them as an object does.

        Returns
        -------
        dict of str to object
        """
        found: dict[str, Any] = super().get_params(deep)
        if deep:
            for name, value in list(found.items()):
                parts = nested_parameters(name, value)
                found |= {f"{name}__{part}": inside for part, inside in parts.items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params : object
            By name; ``model__words=2`` changes one parameter of the model, whether that is a spec
            or an object, and likewise ``compressor__level=6``.

        Returns
        -------
        estimator
            Itself.

        Raises
        ------
        ValueError
            If there is no such parameter.
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
        """Return the documents and class indices; set ``classes_``."""
        docs = self._documents(X, fitting=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        check_labels(y)  # before an array makes text of all of them
        labels = _check_y(y, multi_output=False, y_numeric=False)
        with warnings.catch_warnings():  # a class of one document is a legitimate class
            warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
            check_classification_targets(labels)
        check_consistent_length(docs, labels)
        if len(docs) == 0:
            raise ValueError("Found array with 0 sample(s): there is no training document.")
        self.classes_, indices = np.unique(labels, return_inverse=True)
        return docs, indices.astype(np.int64)

    def _documents(self, X: object, *, fitting: bool = False) -> Corpus:
        """Return X as a corpus; tables of numbers pass scikit-learn's own checks first.

        Their bytes are the documents, so they are brought to the dtype that `fit` saw.
        """
        if fitting:
            for name in ("n_features_in_", "feature_names_in_", "dtype_in_", "channels_in_"):
                if name in vars(self):  # of an earlier fit
                    delattr(self, name)
        column = single_column(X)
        if column is not X:
            self._check_name(X, fitting=fitting)
            X = column
        if not _is_table(X):
            docs = Corpus.from_documents(X)
            if isinstance(docs, ImageCorpus):
                return self._of_one_kind(docs, fitting=fitting)
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
        """Note the name of the only column when learning; refuse another one later.

        Documents that have no name, as in a list, go with any: they are documents all the same.
        """
        if fitting or (hasattr(self, "feature_names_in_") and hasattr(X, "columns")):
            validate_data(self, X, reset=fitting, skip_check_array=True)

    def _of_one_kind(self, images: ImageCorpus, *, fitting: bool) -> ImageCorpus:
        """Return all images with three channels, or all grey, as `fit` has seen them.

        When learning, one image with colours is enough for three channels.
        """
        if fitting:
            self.channels_in_ = int(images.shapes[:, 2].max(initial=1))
        return with_channels(images, getattr(self, "channels_in_", 3))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags


class DocumentClassifier(ClassifierMixin, DocumentEstimator):  # type: ignore[misc]
    """Base of the classifiers of documents.

    A subclass writes ``fit`` with `_training_data` and `predictions`.
    """

    def predictions(self, X: object) -> Predictions:
        """Return labels, probabilities and ties of the documents X in one pass."""
        raise NotImplementedError

    def predict(self, X: object) -> NDArray[Any]:
        """Return the label of each document.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of shape (n_docs,)
        """
        return self.predictions(X).labels

    def predict_proba(self, X: object) -> NDArray[np.float64]:
        """Return the share of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
        """
        return self.predictions(X).probabilities

    def predict_log_proba(self, X: object) -> NDArray[np.float64]:
        """Return the natural logarithm of `predict_proba`.

        Parameters
        ----------
        X : sequence of documents
            Whatever `Corpus.from_documents` takes.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            -inf where the share of a class is 0.
        """
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.float64] = np.log(self.predict_proba(X))
        return logarithms

    def training_documents(self) -> Corpus | None:
        """Return the training documents that the classifier still holds.

        Returns
        -------
        Corpus or None
            None if it keeps none.
        """
        return None

    def as_learnt(self, X: object) -> Corpus:
        """Return documents in the form in which `training_documents` has them.

        Parameters
        ----------
        X : sequence of documents
            Whatever `fit` takes.

        Returns
        -------
        Corpus
            X itself as a corpus, unless the classifier preprocesses what it learns.
        """
        return self._documents(X)

    def training_counts(self) -> NDArray[np.int64]:
        """Return how many documents of each class were learnt, in the order of ``classes_``."""
        raise NotImplementedError

    def n_training_documents(self) -> int:
        """Return how many documents were learnt; those forgotten again do not count.

        Returns
        -------
        int
        """
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # on tables of numbers: bytes of floats are noise
        return tags


def _converted(table: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the numbers as another dtype, if that loses none of them."""
    if table.dtype == dtype:
        return table
    with np.errstate(all="ignore"):
        converted = np.ascontiguousarray(table, dtype=dtype)
        back = converted.astype(table.dtype)
    if not np.array_equal(back, table):
        raise ValueError(
            f"X holds numbers of dtype {table.dtype} that {dtype}, which fit has seen, cannot "
            f"hold: convert X to {dtype}, or fit to numbers of dtype {table.dtype}."
        )
    return converted


def _is_table(X: object) -> bool:
    """Tell numbers in rows and columns from documents."""
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
