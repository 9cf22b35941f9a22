"""Tables of numbers: the bytes of a row are its document, so their dtype is part of the model."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from compressclf import CodelengthClassifier, CodelengthFeatures, NCDClassifier

ESTIMATORS = [
    NCDClassifier(1, n_jobs=1),
    CodelengthClassifier("zstd-dict", calibration=1.0, n_jobs=1),
    CodelengthFeatures("zstd-dict", n_jobs=1),
]
every_estimator = pytest.mark.parametrize(
    "estimator", ESTIMATORS, ids=lambda one: type(one).__name__
)
TABLE = np.random.default_rng(0).integers(0, 100, (20, 40))
LABELS = np.arange(20) % 2


def answers(estimator, table):
    answer = getattr(estimator, "predict_proba", None) or estimator.transform
    return answer(table).tolist()


@every_estimator
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.uint64, ">i8"])
def test_numbers_of_another_dtype_are_converted(estimator, dtype):
    estimator.fit(TABLE, LABELS)
    assert answers(estimator, TABLE.astype(dtype)) == answers(estimator, TABLE)


@every_estimator
@pytest.mark.parametrize(
    ("learnt", "asked", "number"),
    [
        (np.int64, np.float64, 0.5),
        (np.int8, np.int64, 128),
        (np.uint8, np.int64, -1),
        (np.float64, np.int64, 2**53 + 1),
        (np.float32, np.float64, 0.1),
    ],
)
def test_numbers_that_do_not_fit_are_refused(estimator, learnt, asked, number):
    estimator.fit(TABLE.astype(learnt), LABELS)
    asked = np.full((1, 40), number, asked)
    sentence = (
        f"X holds numbers of dtype {asked.dtype} that {np.dtype(learnt)}, the dtype of the "
        f"training data, cannot hold: convert X to {np.dtype(learnt)}, or fit to numbers of "
        f"dtype {asked.dtype}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        answers(estimator, asked)


def test_learning_more_converts_too():
    whole = CodelengthClassifier("blocks", n_jobs=1).partial_fit(TABLE, LABELS, classes=[0, 1])
    parts = CodelengthClassifier("blocks", n_jobs=1).partial_fit(
        TABLE[:10], LABELS[:10], classes=[0, 1]
    )
    parts.partial_fit(TABLE[10:].astype(float), LABELS[10:])
    assert parts.codelengths(TABLE) == pytest.approx(whole.codelengths(TABLE))


TEXTS = ["to be or not", "that is the question", "to be that is", "or not the question"] * 2
NAMES = [0, 1, 0, 1] * 2


def frame(name="text", texts=TEXTS):
    return pd.DataFrame({name: texts})


@every_estimator
@pytest.mark.parametrize(
    "column",
    [
        frame(),
        frame().astype("category"),
        pa.table({"text": TEXTS}),
        np.array(TEXTS)[:, None],
        np.array(TEXTS, dtype=object)[:, None],
        [[text.encode()] for text in TEXTS],
    ],
    ids=lambda column: type(column).__name__,
)
def test_one_column_of_documents_goes_with_any_form(estimator, column):
    expected = answers(estimator.fit(TEXTS, NAMES), TEXTS)
    assert not hasattr(estimator, "n_features_in_")
    assert answers(estimator, column) == expected
    estimator.fit(column, NAMES)
    assert estimator.n_features_in_ == 1
    assert answers(estimator, column) == answers(estimator, TEXTS) == expected
    assert answers(estimator, frame()) == answers(estimator, frame().to_numpy()) == expected


@every_estimator
def test_the_name_of_the_column_is_noted(estimator):
    estimator.fit(frame("review"), NAMES)
    assert estimator.feature_names_in_.tolist() == ["review"]
    with pytest.raises(ValueError, match="The feature names should match those that were passed"):
        answers(estimator, frame("title"))
    estimator.fit(TEXTS, NAMES)
    assert not hasattr(estimator, "feature_names_in_")
    answers(estimator, frame("title"))


@every_estimator
@pytest.mark.parametrize("method", ["fit", "predict"])
def test_several_columns_are_refused(estimator, method):
    two = frame().assign(title=TEXTS)
    sentence = (
        "Expected one column of documents, got a DataFrame with the columns 'text', 'title': "
        "select the column with the documents, as in X['text']."
    )
    estimator.fit(TEXTS, NAMES)
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        estimator.fit(two, NAMES) if method == "fit" else answers(estimator, two)


def test_learning_more_of_a_column():
    parts = CodelengthClassifier(n_jobs=1).partial_fit(frame(), NAMES, classes=[0, 1])
    parts.partial_fit(frame(), NAMES)
    whole = CodelengthClassifier(n_jobs=1).partial_fit(TEXTS * 2, NAMES * 2, classes=[0, 1])
    assert parts.codelengths(frame()) == pytest.approx(whole.codelengths(TEXTS))
    with pytest.raises(ValueError, match="The feature names should match those that were passed"):
        parts.partial_fit(frame("title"), NAMES)


def test_after_texts_a_table_of_numbers_is_one_again():
    classifier = NCDClassifier(1, n_jobs=1).fit(frame(), NAMES).fit(TABLE, LABELS)
    assert classifier.n_features_in_ == 40
    assert not hasattr(classifier.fit(TEXTS, NAMES), "dtype_in_")
