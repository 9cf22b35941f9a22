"""Documents in two dimensions."""

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn

from compressclf import CodelengthClassifier, Corpus
from compressclf.documents.columns import single_column

TEXTS = ["to be", "", "or not"]

ONE_COLUMN = {
    "data frame": pd.DataFrame({"text": TEXTS}),
    "data frame of objects": pd.DataFrame({"text": TEXTS}, dtype=object),
    "data frame of categories": pd.DataFrame({"text": TEXTS}, dtype="category"),
    "data frame of Arrow text": pd.DataFrame({"text": TEXTS}, dtype=pd.ArrowDtype(pa.string())),
    "data frame of bytes": pd.DataFrame({"text": [text.encode() for text in TEXTS]}),
    "data frame of polars": pl.DataFrame({"text": TEXTS}),
    "data frame of polars' bytes": pl.DataFrame({"text": [text.encode() for text in TEXTS]}),
    "Arrow table": pa.table({"text": TEXTS}),
    "Arrow table of bytes": pa.table({"text": [text.encode() for text in TEXTS]}),
    "Arrow record batch": pa.record_batch({"text": TEXTS}),
    "array": np.array(TEXTS)[:, None],
    "array of bytes": np.array([text.encode() for text in TEXTS])[:, None],
    "array of objects": np.array(TEXTS, dtype=object)[:, None],
    "list of lists": [[text] for text in TEXTS],
    "list of tuples of bytes": [(text.encode(),) for text in TEXTS],
}


@pytest.mark.parametrize("form", ONE_COLUMN)
def test_a_table_with_one_column_is_that_column(form):
    assert list(Corpus.from_documents(ONE_COLUMN[form])) == [b"to be", b"", b"or not"]


def test_columns_that_are_no_text_are_columns_too(tmp_path):
    path = tmp_path / "doc.txt"
    path.write_bytes(b"in a file")
    assert list(Corpus.from_documents(pd.DataFrame({"path": [path]}))) == [b"in a file"]
    images = np.empty((2, 1), dtype=object)
    images[:, 0] = [np.zeros((2, 3), np.uint8), np.ones((3, 2), np.uint8)]
    assert Corpus.from_documents(images).shapes.tolist() == [[2, 3, 1], [3, 2, 1]]


NUMBERS = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    "numbers",
    [
        NUMBERS,
        NUMBERS[:, :1],
        NUMBERS.astype(object),
        NUMBERS[:, :1].astype(object),
        NUMBERS.tolist(),
        pd.DataFrame(NUMBERS),
        pd.DataFrame(NUMBERS[:, :1]),
        pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}),
        pl.DataFrame(NUMBERS),
        pa.table({"a": [1, 2], "b": [0.5, 1.5]}),
        ["to be", "or not"],
        np.array(["to be"]),
        [],
        "to be",
        None,
    ],
    ids=lambda numbers: type(numbers).__name__,
)
def test_all_else_is_left_alone(numbers):
    assert single_column(numbers) is numbers


def test_a_missing_first_document_is_missing():
    with pytest.raises(TypeError, match=r"Document 0: .* Got a missing value instead"):
        Corpus.from_documents(pd.DataFrame({"text": [None, "or not"]}, dtype=object))


TWO = {"label": [0, 1], "review": ["to be", "or not"]}
ROWS = "Expected one document per row, got rows of 2 values: select the column with the documents,"
KIND_HAS = (
    "Expected one column of documents, got a {} 'label', 'review': select the column with the "
    "documents, as in X['review']."
)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (pd.DataFrame(TWO), KIND_HAS.format("DataFrame with the columns")),
        (pl.DataFrame(TWO), KIND_HAS.format("DataFrame with the columns")),
        (pa.table(TWO), KIND_HAS.format("Table with the columns")),
        (datasets.Dataset.from_dict(TWO), KIND_HAS.format("Dataset with the columns")),
        (TWO, KIND_HAS.format("dict with the entries")),
        (
            datasets.DatasetDict({"train": datasets.Dataset.from_dict(TWO)}),
            "Expected one column of documents, got a DatasetDict with the entries 'train': select "
            "the column with the documents, as in X['train']['review'].",
        ),
        (
            pd.DataFrame([["to be", "x", 1, 2, 3, 4, 5, 6]], columns=[*"abcde", "text", 0, 1]),
            "Expected one column of documents, got a DataFrame with the columns 'a', 'b', 'c', "
            "'d', 'e', 'text' and 2 more: select the column with the documents, as in X['a'].",
        ),
        (
            {},
            "Expected one column of documents, got a dict with no entries: select the column "
            "with the documents, as in X['text'].",
        ),
        (np.array([["to be", "or not"]]), f"{ROWS} as in X[:, 0]."),
        (np.array([[1, "or not"]], dtype=object), f"{ROWS} as in X[:, 0]."),
        ([["to be", "or not"]], f"{ROWS} as in [row[0] for row in X]."),
        ([["to be"], ["or", "not"]], f"{ROWS} as in [row[0] for row in X]."),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_of_several_columns_nobody_knows_which(table, sentence):
    with pytest.raises(TypeError) as error:
        Corpus.from_documents(table)
    assert str(error.value) == sentence


def test_a_query_is_to_be_collected():
    with pytest.raises(TypeError, match=r"got a LazyFrame, which is a query: call .collect\(\)"):
        Corpus.from_documents(pl.DataFrame({"text": TEXTS}).lazy())


def test_names_that_come_twice():
    numbers = pd.DataFrame(NUMBERS, columns=["n", "n"])
    assert single_column(numbers) is numbers
    with pytest.raises(TypeError, match=r"with the columns 't', 't': select the column"):
        single_column(pd.DataFrame([["to be", "or not"]], columns=["t", "t"]))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_classifier_takes_tables_of_any_library(library):
    make = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}[library]
    train = make({"text": ["cheap pills", "win cash", "the next meeting", "notes"] * 2})
    labels = make({"label": ["spam", "spam", "ham", "ham"] * 2})["label"]
    expected = CodelengthClassifier().fit(train["text"], labels)
    fitted = CodelengthClassifier().fit(train, labels)
    assert fitted.classes_.tolist() == ["ham", "spam"]
    new = make({"text": ["cheap cash", "meeting notes"]})
    np.testing.assert_array_equal(fitted.predict_proba(new), expected.predict_proba(new["text"]))
    assert fitted.predict(new).tolist() == ["spam", "ham"]
    # scikit-learn reads no names of Arrow tables, and before 1.9 none of polars 2
    if library == "pandas" or (library == "polars" and sklearn.__version__ >= "1.9"):
        assert fitted.feature_names_in_.tolist() == ["text"]
