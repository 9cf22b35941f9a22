"""Uses for `benchmarks.uses`: scikit-learn's tools around the estimators."""

from __future__ import annotations

import copy
import io
import pickle
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, confusion_matrix, log_loss, roc_auc_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    LeaveOneOut,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils.validation import check_is_fitted

from benchmarks.uses_of_data import (
    CODES,
    NEW,
    TEXTS,
    THREE,
    TRUTH,
    TWO,
    Table,
    Y,
    features,
    model,
    neighbours,
)

TABLE = np.array(TEXTS, dtype=object)[:, None]
NEW_TABLE = np.array(NEW, dtype=object)[:, None]
FRAME = pd.DataFrame({"text": TEXTS, "length": [len(text) for text in TEXTS]})
CODED = [THREE[label] for label in TRUTH]
FAST = "blocks:lengths=4,damping=1,shorten=0,add=1,own=0"
SINGLE: dict[str, Callable[[], Any]] = {
    "blocks": model,
    "zstd-dict": partial(model, "zstd-dict"),
    "neighbours": neighbours,
}
fast = partial(model, FAST)


def right(estimator: Any, X: Any = TEXTS, y: Any = Y, new: Any = NEW, truth: Any = TRUTH) -> float:
    """Fit, and return the accuracy, which must be at least 0.9."""
    accuracy = float(estimator.fit(X, y).score(new, truth))
    assert accuracy >= 0.9
    return accuracy


def _bits(make: Callable[[], Any], copied: Callable[[Any], Any]) -> object:
    fitted = make().fit(TEXTS, Y)
    found = copied(fitted).predict_proba(NEW)
    assert np.array_equal(found, fitted.predict_proba(NEW))
    return found


def _dumped(fitted: Any, mmap_mode: Any = None) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(fitted, Path(folder) / "model")
        return joblib.load(Path(folder) / "model", mmap_mode=mmap_mode)


def _streamed(fitted: Any) -> Any:
    joblib.dump(fitted, stream := io.BytesIO(), compress=3)
    return joblib.load(io.BytesIO(stream.getvalue()))


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda fitted: pickle.loads(pickle.dumps(fitted)),
    "pickle, protocol 2": lambda fitted: pickle.loads(pickle.dumps(fitted, protocol=2)),
    "joblib": _dumped,
    "joblib, compressed": _streamed,
    "joblib, memory-mapped": partial(_dumped, mmap_mode="r"),
    "clone and fit": lambda fitted: clone(fitted).fit(TEXTS, Y),
    "fit twice": lambda fitted: fitted.fit(NEW, TRUTH).fit(TEXTS, Y),
    "FrozenEstimator": lambda fitted: FrozenEstimator(fitted).fit(NEW, TRUTH),
    "pipeline of one": lambda fitted: make_pipeline(clone(fitted)).fit(TEXTS, Y),
}


def _routed() -> object:
    with config_context(enable_metadata_routing=True):
        routed = fast().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        weights = np.arange(1, 1 + len(Y))
        found = cross_validate(routed, TEXTS, Y, cv=2, params={"sample_weight": weights})
        return found["test_score"]


def _partial() -> float:
    learner = fast(prior="empirical", window=30)
    for start in range(0, 36, 6):
        learner.partial_fit(TEXTS[start : start + 6], Y[start : start + 6], classes=list("abc"))
    accuracy = float(learner.score(NEW, TRUTH))
    assert accuracy >= 0.9
    return accuracy


def _columns() -> Pipeline:
    columns = [("bits", features(), "text"), ("rest", StandardScaler(), ["length"])]
    return make_pipeline(ColumnTransformer(columns), LogisticRegression())


def _named() -> object:
    found = features().set_output(transform="pandas").fit(TEXTS, Y).transform(NEW)
    assert list(found.columns) == list(features().fit(TEXTS, Y).get_feature_names_out())
    return found.to_numpy()


def true(found: object) -> bool:
    """Return True, or raise if the condition is false."""
    assert found
    return True


def _cross(what: str, make: Callable[[], Any] = fast, **how: Any) -> object:
    return cross_val_predict(make(), TEXTS, Y, cv=3, method=what, **how)


def _report(make: Callable[[], Any]) -> object:
    fitted = make().fit(TEXTS, Y)
    found, shares = fitted.predict(NEW), fitted.predict_proba(NEW)
    auc = roc_auc_score(TRUTH, shares, multi_class="ovr")
    rows = classification_report(TRUTH, found, output_dict=True)
    return [rows, auc, log_loss(TRUTH, shares), confusion_matrix(TRUTH, found)]


def _searched(grid: dict[str, list[Any]], make: Callable[[], Any] = fast) -> float:
    return right(GridSearchCV(make(), grid, cv=2, error_score="raise"))


LOOKUP = FunctionTransformer(lambda rows: np.array(TEXTS + NEW, object)[rows[:, 0].astype(int)])
ROWS, NEW_ROWS = np.arange(36)[:, None], np.arange(36, 48)[:, None]
HALF = [code if i % 2 else -1 for i, code in enumerate(CODES)]
BOTH = [("models", fast()), ("neighbours", neighbours())]


def _head() -> Pipeline:
    return make_pipeline(features(), LogisticRegression())


TOOLS: Table = {
    "Pipeline": lambda: right(_head()),
    "Pipeline, memory": lambda: right(Pipeline(_head().steps, memory=tempfile.mkdtemp())),
    "FunctionTransformer": lambda: right(make_pipeline(FunctionTransformer(), fast())),
    "FunctionTransformer, lower": lambda: right(
        make_pipeline(FunctionTransformer(lambda X: [x.lower() for x in X]), fast())
    ),
    "FeatureUnion with TfidfVectorizer": lambda: right(
        make_pipeline(
            FeatureUnion([("bits", features()), ("words", TfidfVectorizer())]), LogisticRegression()
        )
    ),
    "ColumnTransformer": lambda: right(_columns(), FRAME, Y, FRAME, Y),
    "GridSearchCV, specs": lambda: _searched({"model": [FAST, "zstd-dict"]}),
    "GridSearchCV, nested": lambda: _searched({"model__add": [0.5, 1.0]}),
    "GridSearchCV, prior": lambda: _searched({"prior": ["uniform", "empirical"]}),
    "GridSearchCV, compressor__level": lambda: _searched({"compressor__level": [1, 9]}, neighbours),
    "GridSearchCV, n_neighbors": lambda: _searched({"n_neighbors": [1, 3]}, neighbours),
    "GridSearchCV, pipeline": lambda: _searched(
        {"codelengthfeatures__model__words": [0, 1], "logisticregression__C": [1, 10]}, _head
    ),
    "GridSearchCV, several scores": lambda: (
        GridSearchCV(
            fast(),
            {"prior": ["uniform"]},
            cv=2,
            scoring=["accuracy", "neg_log_loss", "f1_macro"],
            refit="accuracy",
        )
        .fit(TEXTS, Y)
        .best_score_
    ),
    "GridSearchCV, threads": lambda: right(
        GridSearchCV(fast(), {"prior": ["uniform", "empirical"]}, cv=2, n_jobs=1)
    ),
    "RandomizedSearchCV": lambda: right(
        RandomizedSearchCV(fast(), {"model__add": [0.5, 1, 2]}, n_iter=2, cv=2, random_state=0)
    ),
    "cross_val_score": lambda: cross_val_score(fast(), TEXTS, Y, cv=3, error_score="raise"),
    "cross_val_score, log loss": lambda: cross_val_score(
        fast(), TEXTS, Y, cv=3, scoring="neg_log_loss", error_score="raise"
    ),
    "cross_val_score, leave one out": lambda: cross_val_score(fast(), TEXTS, Y, cv=LeaveOneOut()),
    "cross_val_score, groups": lambda: cross_val_score(
        fast(), TEXTS, Y, cv=GroupKFold(3), groups=np.arange(36) % 5
    ),
    "cross_val_score, Series": lambda: cross_val_score(fast(), FRAME.text, pd.Series(Y), cv=3),
    "cross_val_predict": lambda: true(len(set(_cross("predict"))) == 3),  # type: ignore[call-overload]
    "cross_val_predict, probabilities": lambda: _cross("predict_proba"),
    "cross_val_predict, logarithms": lambda: _cross("predict_log_proba"),
    "cross_val_predict, neighbours' logarithms": lambda: _cross("predict_log_proba", neighbours),
    "cross_validate": lambda: cross_validate(fast(), TEXTS, Y, cv=3)["test_score"],
    "cross_validate, weights": lambda: cross_validate(
        fast(), TEXTS, Y, cv=3, params={"sample_weight": np.arange(36.0)}, error_score="raise"
    )["test_score"],
    "metadata routing": _routed,
    "learning_curve": lambda: learning_curve(
        fast(), TEXTS, Y, cv=3, train_sizes=[0.5, 1.0], error_score="raise", shuffle=True
    )[2],
    "validation_curve": lambda: validation_curve(
        fast(), TEXTS, Y, param_name="model__add", param_range=[0.5, 1], cv=2, error_score="raise"
    )[1],
    "permutation_test_score": lambda: permutation_test_score(
        fast(), TEXTS, Y, cv=2, n_permutations=3, random_state=0
    )[1],
    "train_test_split": lambda: true([*map(len, train_test_split(TEXTS, Y))] == [27, 9, 27, 9]),
    "VotingClassifier, hard": lambda: right(VotingClassifier(BOTH)),
    "VotingClassifier, soft": lambda: right(VotingClassifier(BOTH, voting="soft")),
    "VotingClassifier, weights": lambda: right(VotingClassifier([("m", fast())], weights=[2])),
    "StackingClassifier": lambda: right(StackingClassifier(BOTH, cv=2)),
    "StackingClassifier, prefit": lambda: right(
        StackingClassifier([("m", fast().fit(TEXTS, Y))], cv="prefit")
    ),
    "BaggingClassifier": lambda: right(
        BaggingClassifier(fast(), 3, random_state=0), TABLE, CODES, NEW_TABLE, CODED
    ),
    "BaggingClassifier, neighbours": lambda: right(
        BaggingClassifier(neighbours(), 3, random_state=0), TABLE, Y, NEW_TABLE
    ),
    "AdaBoostClassifier": lambda: right(
        AdaBoostClassifier(fast(), n_estimators=3, random_state=0), TABLE, Y, NEW_TABLE
    ),
    "OneVsRestClassifier": lambda: right(OneVsRestClassifier(fast())),
    "OutputCodeClassifier": lambda: right(OutputCodeClassifier(fast(), random_state=0)),
    "MultiOutputClassifier": lambda: (
        MultiOutputClassifier(fast()).fit(TEXTS, np.stack([CODES, TWO], axis=1)).predict(NEW)
    ),
    "OneVsOneClassifier, look-up": lambda: right(
        OneVsOneClassifier(make_pipeline(LOOKUP, fast())), ROWS, Y, NEW_ROWS
    ),
    "SelfTrainingClassifier, look-up": lambda: right(
        SelfTrainingClassifier(make_pipeline(LOOKUP, fast())), ROWS, HALF, NEW_ROWS, CODED
    ),
    "ClassifierChain, look-up": lambda: (
        ClassifierChain(make_pipeline(FunctionTransformer(lambda X: X[:, :1]), LOOKUP, fast()))
        .fit(ROWS, np.stack([CODES, TWO], axis=1))
        .predict(NEW_ROWS)
    ),
    "CalibratedClassifierCV": lambda: right(CalibratedClassifierCV(fast(), cv=2)),
    "CalibratedClassifierCV, isotonic": lambda: right(
        CalibratedClassifierCV(fast(), cv=2, method="isotonic")
    ),
    "CalibratedClassifierCV, temperature": lambda: right(
        CalibratedClassifierCV(fast(), cv=2, method="temperature")
    ),
    "CalibrationDisplay": lambda: (
        CalibrationDisplay.from_estimator(fast().fit(TEXTS, TWO), TEXTS, TWO).prob_true
    ),
    "permutation_importance": lambda: (
        permutation_importance(fast().fit(TABLE, Y), NEW_TABLE, TRUTH, random_state=0).importances
    ),
    "TunedThresholdClassifierCV": lambda: (
        TunedThresholdClassifierCV(fast(), cv=2).fit(TEXTS, TWO).predict(NEW)
    ),
    "FixedThresholdClassifier": lambda: (
        FixedThresholdClassifier(fast(), threshold=0.9).fit(TEXTS, TWO).predict(NEW)
    ),
    "DummyClassifier beside": lambda: DummyClassifier().fit(TEXTS, Y).score(TEXTS, Y),
    "LabelEncoder": lambda: right(fast(), y=LabelEncoder().fit_transform(Y), truth=CODED),
    "partial_fit": _partial,
    "sample_weight": lambda: fast().fit(TEXTS, Y, sample_weight=np.arange(36)).score(NEW, TRUTH),
    "score with weights": lambda: fast().fit(TEXTS, Y).score(NEW, TRUTH, np.arange(12)),
    "class_weight balanced": lambda: right(fast(class_weight="balanced")),
    "class_weight dict": lambda: right(fast(class_weight={"a": 2, "b": 1})),
    "set_output": _named,
    "set_output, polars or pandas of a frame": lambda: (
        features().set_output(transform="pandas").fit_transform(FRAME[["text"]], Y).to_numpy()
    ),
    "feature_names_in_": lambda: true(
        list(fast().fit(FRAME[["text"]], Y).feature_names_in_) == ["text"]
    ),
    "GridSearchCV of DataFrame": lambda: true(
        len(pd.DataFrame(GridSearchCV(fast(), {"prior": ["uniform"]}).fit(TEXTS, Y).cv_results_))
    ),
}
SMALL: dict[str, Callable[[Any], object]] = {
    "is_classifier": lambda one: true(is_classifier(one)),
    "check_is_fitted": lambda one: check_is_fitted(one.fit(TEXTS, Y)) or True,
    "repr": lambda one: true(repr(one) and str(one.fit(TEXTS, Y))),
    "HTML": lambda one: true("<style>" in one._repr_html_()),
    "HTML, fitted": lambda one: true("<style>" in one.fit(TEXTS, Y)._repr_html_()),
    "get_params": lambda one: true(one.get_params()),
    "set_params back": lambda one: true(one.set_params(**one.get_params())),
    "clone of params": lambda one: true(repr(type(one)(**one.get_params(deep=False)))),
    "routing": lambda one: true(one.get_metadata_routing()),
    "tags": lambda one: true(one.__sklearn_tags__().input_tags.string),
}
REFUSED: Table = {
    "predict before fit": lambda: fast().predict(NEW),
    "transform before fit": lambda: features().transform(NEW),
    "neighbours before fit": lambda: neighbours().predict(NEW),
    "check_is_fitted before fit": lambda: check_is_fitted(fast()),
    "no such parameter": lambda: fast().set_params(nope=1),
    "no such nested parameter": lambda: fast().set_params(model__nope=1),
    "no such parameter in a grid": lambda: _searched({"nope": [1]}),
    "another column name": lambda: (
        fast().fit(FRAME[["text"]], Y).predict(FRAME[["text"]].rename(columns={"text": "other"}))
    ),
    "partial_fit without classes": lambda: fast().partial_fit(TEXTS, Y),
    "partial_fit, unknown label": lambda: fast().partial_fit(TEXTS, Y, classes=["a", "b"]),
    "weights that a model cannot take": lambda: model("zstd-dict").fit(
        TEXTS, Y, sample_weight=np.arange(36)
    ),
    "StackingClassifier, passthrough": lambda: StackingClassifier(BOTH, passthrough=True).fit(
        TEXTS, Y
    ),
    "OneVsOneClassifier of texts": lambda: OneVsOneClassifier(fast()).fit(TABLE, Y),
    "SelfTrainingClassifier of texts": lambda: SelfTrainingClassifier(fast()).fit(TABLE, HALF),
    "BaggingClassifier of a list": lambda: BaggingClassifier(fast()).fit(TEXTS, Y),
    "sparse table": lambda: fast().fit(TfidfVectorizer().fit_transform(TEXTS), Y),
    "a frame of two columns": lambda: fast().fit(FRAME, Y),
}


def tables() -> dict[tuple[str, bool | None], Table]:
    """Return uses by name, by group and by whether they must be refused."""
    return {
        ("copies", False): {
            f"{what}, {name}": partial(_bits, make, copied)
            for what, copied in COPIES.items()
            for name, make in SINGLE.items()
        },
        ("scikit-learn's tools", False): TOOLS
        | {f"reports, {name}": partial(_report, make) for name, make in SINGLE.items()}
        | {
            f"{what}, {name}": partial(lambda make, use: use(make()), make, use)
            for what, use in SMALL.items()
            for name, make in SINGLE.items()
        },
        ("scikit-learn's tools", True): REFUSED,
    }
