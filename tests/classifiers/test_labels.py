"""A document without a label is refused with its position, in whatever container labels come."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from compressclf import CodelengthClassifier, CodelengthFeatures, NCDClassifier

TEXTS = ["tea and milk", "tea and rum", "rum and coke", "milk and tea"]
TEXT = ["a", None, "b", "a"]
NUMBERS = [1, None, 2, 1]
NAN = float("nan")
DATES = ["2020", "NaT", "2021", "2020"]
CONTAINERS = {
    "None": TEXT,
    "tuple": tuple(TEXT),
    "NaN": ["a", NAN, "b", "a"],
    "NaN of single precision": ["a", np.float32("nan"), "b", "a"],
    "NaN of decimal": [1, Decimal("nan"), 2, 1],
    "signalling NaN": [1, Decimal("sNaN"), 2, 1],
    "NA": ["a", pd.NA, "b", "a"],
    "NaT of pandas": ["a", pd.NaT, "b", "a"],
    "NaT of numpy": ["a", np.datetime64("NaT"), "b", "a"],
    "rows of one": [["a"], [None], ["b"], ["a"]],
    "floats": np.array([1, NAN, 2, 1]),
    "complex": np.array([1, NAN, 2, 1], complex),
    "dates": np.array(DATES, "M8[D]"),
    "nanoseconds": np.array(DATES, "M8[ns]"),
    "durations": np.array([1, "NaT", 2, 1], "m8[D]"),
    "objects": np.array(TEXT, object),
    "column": np.array(TEXT, object)[:, None],
    "masked": np.ma.array([1, 2, 3, 1], mask=[0, 1, 0, 0]),
    "Series of objects": pd.Series(TEXT, dtype=object),
    "Series of str": pd.Series(TEXT, dtype="str"),
    "Series of string": pd.Series(TEXT, dtype="string"),
    "Series of Int64": pd.Series(NUMBERS, dtype="Int64"),
    "Series of boolean": pd.Series([True, None, False, True], dtype="boolean"),
    "Series of floats": pd.Series(NUMBERS),
    "Series of dates": pd.Series(pd.to_datetime(DATES)),
    "Series of Arrow": pd.Series(TEXT, dtype=pd.ArrowDtype(pa.string())),
    "Index": pd.Index(TEXT),
    "frame": pd.DataFrame({"label": TEXT}),
    "Categorical": pd.Categorical(TEXT),
    "Categorical of int": pd.Categorical(NUMBERS),
    "Series of categories": pd.Series(pd.Categorical(TEXT)),
    "Arrow": pa.array(TEXT),
    "Arrow chunks": pa.chunked_array([TEXT[:1], TEXT[1:]]),
    "Arrow dictionary": pa.array(TEXT).dictionary_encode(),
    "Arrow of int": pa.array(NUMBERS),
    "Arrow of float": pa.array([1.0, NAN, 2.0, 1.0]),
}
MISSING = r"^Document 1 has no label: drop it or fill it in\.$"


@pytest.mark.parametrize("labels", CONTAINERS.values(), ids=CONTAINERS)
def test_missing_labels_are_refused(labels):
    classifier = NCDClassifier(1, n_jobs=1)
    with pytest.raises(ValueError, match=MISSING):
        classifier.fit(TEXTS, labels)
    assert not hasattr(classifier, "classes_")


@pytest.mark.parametrize(
    "estimator",
    [CodelengthClassifier(n_jobs=1), CodelengthFeatures(n_jobs=1)],
    ids=lambda one: type(one).__name__,
)
def test_missing_labels_are_refused_by_all(estimator):
    with pytest.raises(ValueError, match=MISSING):
        estimator.fit(TEXTS, TEXT)
    with pytest.raises(ValueError, match=MISSING):
        estimator.fit(TEXTS, pd.Series(pd.to_datetime(DATES)))


def test_missing_labels_are_refused_when_learning_more():
    classifier = CodelengthClassifier("blocks:correct=none", n_jobs=1)
    with pytest.raises(ValueError, match="`classes` must be all text or all numbers"):
        classifier.partial_fit(TEXTS, ["a"] * 4, classes=["a", pd.NA])
    with pytest.raises(ValueError, match=MISSING):
        classifier.partial_fit(TEXTS, TEXT, classes=["a", "b"])


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "nan", "b", "a"],
        np.array(["2020", "2021", "2020", "2021"], "M8[Y]"),
        pd.Categorical([1, 2, 1, 2]),
        np.ma.array([1, 2, 1, 2]),
        pa.array([True, False, True, False]),
    ],
)
def test_labels_that_are_there_are_taken(labels):
    assert len(NCDClassifier(1, n_jobs=1).fit(TEXTS, labels).classes_) == len(set(labels))


@pytest.mark.parametrize(
    "prior", [{"a": 1}, ["a", "b"], ["1", "2"], [10**400, 1], [1e308, 1e308], [[1], [2, 3]], None]
)
def test_priors_that_are_no_numbers_are_refused(prior):
    with pytest.raises(ValueError, match=r"The 'prior' parameter of .* must be numbers >= 0 and"):
        CodelengthClassifier(prior=prior).fit(TEXTS, ["a", "b", "a", "b"])


@pytest.mark.parametrize("documents", [np.array([1, 2, 3, 4]), np.array([0.5, 1.0, 1.5, 2.0])])
def test_numbers_are_no_documents(documents):
    sentence = r"^Expected text, bytes, images or rows of numbers as documents, got a 1-D array of"
    with pytest.raises(ValueError, match=sentence):
        NCDClassifier(1).fit(documents, ["a", "b", "a", "b"])


def test_a_set_has_no_order():
    with pytest.raises(TypeError, match="got a set, which has no order: give a list"):
        NCDClassifier(1).fit(set(TEXTS), ["a", "b", "a", "b"])
