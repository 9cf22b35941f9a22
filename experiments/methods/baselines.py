"""Trained baselines and controls: scikit-learn pipelines that classify bytes."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from compressclf.neighbors import Neighbors, vote

from ..tuning import Choice, draw_bytes, folds_of
from ._contract import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "Baseline"]

WORDS = r"(?u)\b\w+\b"
MAX_CHAR_FEATURES = 600_000
MAX_CHAR_TUNING_BYTES = 8_000_000
ROWS_AT_ONCE = 500
INVERSE_STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Baseline(Method):
    """Features, a classifier on them, and a grid of settings of both."""

    features: Callable[..., Any]
    head: Callable[[Any], Any]
    parameter: str
    grid: tuple[Any, ...]
    """Values of `parameter`."""
    default: Any
    """Its value where there are too few documents to tune it."""
    min_dfs: tuple[int, ...] = (1, 2)
    tuning_bytes: int | None = None
    """Bytes of training text used for tuning, at most."""
    kind: str = "trained"
    limit_test: int | None = None

    @property
    def tuned_on_few(self) -> bool:
        """Return whether the grid can be searched on few documents: not for a control."""
        return self.kind == "trained"

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Search the grid; features are computed once for all heads."""
        if len(self.grid) == 1:
            return Choice(self.defaults(), {})
        rows = draw_bytes(docs, self.tuning_bytes, seed)
        docs, labels = [docs[row] for row in rows], labels[rows]
        scheme, folds = folds_of(docs, labels, seed)
        scores: dict[tuple[tuple[str, Any], ...], list[float]] = {}
        for seen, held_out in folds:
            for min_df in self.min_dfs:
                features = self.features(min_df)
                known = features.fit_transform([docs[row] for row in seen])
                unknown = features.transform([docs[row] for row in held_out])
                for value in self.grid:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")  # not converged: its score shows it
                        head = self.head(value).fit(known, labels[seen])
                    accuracy = float(np.mean(head.predict(unknown) == labels[held_out]))
                    scores.setdefault(self._settings(min_df, value), []).append(accuracy)
        return Choice.best_of(scores, scheme=scheme, n=len(docs))

    def defaults(self) -> dict[str, Any]:
        """Return the settings that are not tuned."""
        return dict(self._settings(self.min_dfs[0], self.default))

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Pipeline:
        """Return the classifier with these settings; it uses one thread."""
        features = self.features(settings.get("min_df", 1))
        head = self.head(settings.get(self.parameter, self.default))
        return Pipeline([("features", features), ("head", head)])

    def nearest(self, classifier: Pipeline, docs: Sequence[bytes], k: int) -> Neighbors:
        """Return the k nearest training documents."""
        *features, (_, head) = classifier.steps
        return Neighbors(*head.kneighbors(Pipeline(features).transform(docs), k))

    def for_few(self) -> Baseline:
        """Keep rare terms, since with few documents most terms occur only once."""
        return replace(self, min_dfs=self.min_dfs[:1])

    def model_bytes(self, classifier: Any) -> int:
        """Return the bytes of a pickle, which is how scikit-learn saves models."""
        return len(pickle.dumps(classifier, protocol=5))

    def _settings(self, min_df: int, value: Any) -> tuple[tuple[str, Any], ...]:
        """Return the grid of settings."""
        both = (("min_df", min_df, self.min_dfs), (self.parameter, value, self.grid))
        return tuple((name, chosen) for name, chosen, tried in both if len(tried) > 1)


class Nearest(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """k nearest rows of a sparse matrix; a tie goes to the class of the nearest."""

    def __init__(self, k: int, measure: str) -> None:
        self.k = k
        self.measure = measure

    def fit(self, X: Any, y: NDArray[np.int64]) -> Nearest:
        """Keep the rows."""
        self._transposed, self._y = X.T.tocsr(), y
        self._sizes = np.asarray(X.sum(axis=1)).ravel()
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the class index of each row."""
        found = Neighbors(*self.kneighbors(X, self.k))
        return vote(found, self._y, int(self._y.max()) + 1).winners

    def kneighbors(self, X: Any, k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return distances and indices of the k nearest, as scikit-learn does."""
        starts = range(0, X.shape[0], ROWS_AT_ONCE)
        parts = [self._nearest(X[start : start + ROWS_AT_ONCE], k) for start in starts]
        distances, indices = zip(*parts, strict=True)
        return np.concatenate(distances), np.concatenate(indices)

    def _nearest(self, X: Any, k: int) -> Neighbors:
        likeness = (X @ self._transposed).toarray()  # the cosine: rows of TF-IDF have length 1
        if self.measure == "jaccard":
            union = np.asarray(X.sum(axis=1)).reshape(-1, 1) + self._sizes - likeness
            likeness = likeness / np.maximum(union, 1)
        k = min(k, likeness.shape[1])
        found = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        distances = 1 - np.take_along_axis(likeness, found, axis=1)
        order = np.lexsort((found, distances), axis=1)
        return Neighbors(
            np.take_along_axis(distances, order, axis=1), np.take_along_axis(found, order, axis=1)
        )


def _word_tfidf(min_df: int) -> TfidfVectorizer:
    return TfidfVectorizer(
        decode_error="replace",
        token_pattern=WORDS,
        ngram_range=(1, 2),
        min_df=min_df,
        sublinear_tf=True,
    )


def _char_tfidf(min_df: int) -> TfidfVectorizer:
    return _characters(min_df, "char_wb", (2, 5))


def _short_char_tfidf(min_df: int) -> TfidfVectorizer:
    # Without spaces between words single characters matter; char_wb from 2 on leaves them out.
    return _characters(min_df, "char", (1, 3))


def _characters(min_df: int, analyzer: str, lengths: tuple[int, int]) -> TfidfVectorizer:
    return TfidfVectorizer(
        decode_error="replace",
        analyzer=analyzer,
        ngram_range=lengths,
        min_df=min_df,
        max_features=MAX_CHAR_FEATURES,
        sublinear_tf=True,
    )


def _bag_tfidf(min_df: int) -> TfidfVectorizer:
    return TfidfVectorizer(
        decode_error="replace", token_pattern=WORDS, min_df=min_df, sublinear_tf=True
    )


def _word_counts(min_df: int) -> CountVectorizer:
    return CountVectorizer(
        decode_error="replace", token_pattern=WORDS, ngram_range=(1, 2), min_df=min_df
    )


def _word_set(_: int) -> HashingVectorizer:
    # Hashed, because a vocabulary would leave unknown words of a query out of the union.
    return HashingVectorizer(
        decode_error="replace",
        token_pattern=WORDS,
        n_features=2**22,
        binary=True,
        norm=None,
        alternate_sign=False,
        dtype=np.float32,
    )


def _log_length(min_df: int) -> FunctionTransformer:
    return FunctionTransformer(_log_lengths)


def _log_lengths(docs: Sequence[bytes]) -> NDArray[np.float64]:
    return np.log1p([[len(doc)] for doc in docs])


def _svm(strength: float) -> LinearSVC:
    return LinearSVC(C=strength, random_state=0)


def _logistic(strength: float) -> OneVsRestClassifier:
    # The multinomial model takes a minute per fit where this takes seconds.
    return OneVsRestClassifier(
        LogisticRegression(C=strength, solver="liblinear", dual=True, random_state=0)
    )


def _complement(alpha: float) -> ComplementNB:
    return ComplementNB(alpha=alpha)


def _cosine(k: int) -> Nearest:
    return Nearest(k, "cosine")


def _jaccard(k: int) -> Nearest:
    return Nearest(k, "jaccard")


class LengthNeighbors(KNeighborsClassifier):  # type: ignore[misc]
    """The k documents nearest in length, or all documents where there are fewer than k."""

    def fit(self, X: Any, y: NDArray[np.int64]) -> LengthNeighbors:
        """Keep the lengths."""
        self.set_params(n_neighbors=min(self.get_params()["n_neighbors"], len(X)))
        super().fit(X, y)
        return self


def _length(k: int) -> LengthNeighbors:
    return LengthNeighbors(k, algorithm="kd_tree")


def _majority(_: None) -> DummyClassifier:
    return DummyClassifier()


METHODS: dict[str, Method] = {
    "word SVM": Baseline(_word_tfidf, _svm, "C", INVERSE_STRENGTHS, 1.0),
    "char SVM": Baseline(
        _char_tfidf, _svm, "C", INVERSE_STRENGTHS, 1.0, tuning_bytes=MAX_CHAR_TUNING_BYTES
    ),
    "char 1-3 SVM": Baseline(
        _short_char_tfidf, _svm, "C", INVERSE_STRENGTHS, 1.0, tuning_bytes=MAX_CHAR_TUNING_BYTES
    ),
    "word LR": Baseline(_word_tfidf, _logistic, "C", (1.0, 3.0, 10.0, 30.0, 100.0, 300.0), 10.0),
    "word CNB": Baseline(_word_counts, _complement, "alpha", (0.03, 0.1, 0.3, 1.0, 3.0, 10.0), 1.0),
    "BoW kNN": Baseline(_bag_tfidf, _cosine, "k", (1, 3, 5, 9, 15, 25), 1),
    "Jaccard kNN": Baseline(
        _word_set,
        _jaccard,
        "k",
        (1, 2, 3, 5, 7, 9, 12, 15, 19, 25, 35, 49),
        1,
        min_dfs=(1,),
        kind="control",
    ),
    "length kNN": Baseline(
        _log_length,
        _length,
        "k",
        (1, 3, 5, 9, 15, 25, 45, 75, 105, 145, 205, 305),
        45,
        min_dfs=(1,),
        kind="control",
    ),
    "majority": Baseline(_log_length, _majority, "", (None,), None, (1,), kind="control"),
}
