"""One rule for labels, whatever source they come from."""

import json
import unicodedata
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.datasets import load_dataset, name_label
from compressclf.datasets.labels import clean_labels, near_equal
from compressclf.datasets.reading import Reading


def cleaned(*values, **options):
    reading = Reading(**options)
    labels = clean_labels(list(values), [f"x:{n}" for n in range(1, len(values) + 1)], reading)
    return None if labels is None else labels.tolist(), reading.notes


@pytest.mark.parametrize("value", ["a", ["a"], ("a",), np.array(["a"]), b"a", " a\t", "\ufeffa\0"])
def test_one_value_is_the_label(value):
    assert cleaned(value)[0] == ["a"]


@pytest.mark.parametrize("value", [1, 1.0, [1.0], np.float32(1), np.int8(1), np.array([1])])
def test_whole_numbers_are_alike(value):
    assert cleaned(value)[0] == ["1"]


@pytest.mark.parametrize("value", ["nan", "NaN", "None", "NA", "null", "N/A"])
def test_a_text_is_a_label(value):
    labels, notes = cleaned(value)
    assert (labels, notes.remarks) == ([value], [])


MISSING = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, "", " \u00a0", [None]]


@pytest.mark.parametrize("value", MISSING)
def test_what_is_missing(value):
    assert cleaned(value, labelled=False)[0] is None
    with pytest.raises(ValueError, match=r"^x:2: the label is missing; fill it in or drop the row"):
        cleaned("a", value, labelled=False)


def test_how_many_are_missing():
    with pytest.raises(ValueError, match=r"^x:2: the label is missing, here and in 2 other rows"):
        cleaned("a", None, "b", "", " ")


REFUSED = {
    "x:1: the document has 2 labels ('a', 'b'); give one label for each document.": ["a", "b"],
    "x:1: the label is an empty list; fill it in or drop the row.": [],
    "x:1: the label is not a text or a number but {'name': 'a'}; give one label for each "
    "document.": {"name": "a"},
    "x:1: the label is not a text or a number but ['a']; give one label for each document.": [
        ["a"]
    ],
    """x:1: the label "['a', 'b']" is a list or an object written as text; write one label for """
    "each document, without brackets.": "['a', 'b']",
    """x:1: the label '["a"]' is a list or an object written as text; write one label for each """
    "document, without brackets.": '["a"]',
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_not_one_label(message):
    with pytest.raises(ValueError, match=r"^x:1: ") as error:
        cleaned(REFUSED[message])
    assert str(error.value) == message


def test_stripped_blanks_are_counted_and_can_be_seen():
    labels, notes = cleaned("a", "a ", "b\t", "a ", "b\xa0")
    assert labels == ["a", "a", "b", "a", "b"]
    assert notes.remarks == [
        r"x:2: labels with blanks at their ends, which were stripped: 'a ' (2), 'b\t' (1), "
        r"'b\xa0' (1)."
    ]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_label_that_often_means_missing(tmp_path, suffix):
    path = tmp_path / f"rows.{suffix}"
    rows = pd.DataFrame({"text": ["one", "two", "three"], "label": ["nan", "a", "nan"]})
    if suffix == "csv":
        rows.to_csv(path, index=False)
    elif suffix == "jsonl":
        rows.to_json(path, orient="records", lines=True)
    else:
        rows.to_parquet(path)
    data = load_dataset(path)
    assert data.train.labels.tolist() == ["nan", "a", "nan"]
    place = {"csv": f"{path}:2", "parquet": f"{path}, row 1"}.get(suffix)
    sentence = "2 documents have the label 'nan'; if it means a missing label, drop these rows."
    assert data.remarks == (() if place is None else (f"{place}: {sentence}",))


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (["garden", "Garden"], "'garden' (1) and 'Garden' (1)"),
        (["New York", "new  york"], "'New York' (1) and 'new  york' (1)"),
        (["a", "a\u200bb", "ab"], r"'a\u200bb' (1) and 'ab' (1)"),
        (["1", "1.0", "01"], "'1' (1) and '1.0' (1) and '01' (1)"),
        (["True", "true", "TRUE"], "'True' (1) and 'true' (1) and 'TRUE' (1)"),
        (["caf\xe9", "cafe\u0301"], r"'caf\xe9' (1) and 'cafe\u0301' (1)"),
        (["1", "10", "0.1", "a", "ab", "-1"], ""),
    ],
)
def test_labels_that_look_alike(labels, named):
    assert near_equal(dict.fromkeys(labels, 1)) == named


def test_labels_that_look_alike_are_kept_apart_and_reported(tmp_path):
    for label, n in (("Garden", 1), ("garden", 2)):
        (tmp_path / label).mkdir()
        for i in range(n):
            (tmp_path / label / f"{i}.txt").write_text(f"text {i}")
    data = load_dataset(tmp_path)
    assert sorted(set(data.train.labels.tolist())) == ["Garden", "garden"]
    assert data.remarks == (
        f"{tmp_path}: some labels differ only in capitals, blanks or form, and count as different "
        f"classes: "
        "'Garden' (1) and 'garden' (2).",
    )
    with pytest.raises(ValueError, match=r"'garden' \(2\) \(refused, since `strict=True` is set\)"):
        load_dataset(tmp_path, strict=True)


@given(st.lists(st.text(max_size=8).map(lambda text: f"<{text}>"), min_size=1))
def test_a_plain_label_stays_as_it_is(labels):
    assert cleaned(*labels)[0] == labels


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=4), min_size=1))
def test_near_equal_names_only_what_unicode_folds_together(labels):
    counts = dict.fromkeys(labels, 1)
    folded = {unicodedata.normalize("NFC", label).casefold() for label in counts}
    if len(folded) < len(counts):
        assert near_equal(counts)


@given(st.one_of(st.integers(), st.booleans(), st.text()))
def test_a_label_has_one_name_in_every_source(value):
    assert name_label(json.loads(json.dumps(value))) == str(value)


def test_a_table_without_the_label_column_says_so(tmp_path):
    path = tmp_path / "test.csv"
    path.write_text("id,text\n1,one\n2,two\n")
    data = load_dataset(path, labelled=False)
    assert data.train.labels is None
    assert data.remarks == (
        f"{path}: there is no column 'label' (found: 'id', 'text'), so the documents have no "
        "labels; if another column holds them, name it with `label_column`.",
    )
    path.write_text("text,label\none,\ntwo,\n")
    assert load_dataset(path, labelled=False).remarks == (
        f"{path}: the column 'label' is empty, so the documents have no labels.",
    )
    path.write_text("text\none\n")
    assert load_dataset(path, labelled=False).remarks == ()


def test_empty_documents_are_counted(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\none,a\n,b\ntwo,b\n")
    assert load_dataset(path).remarks == (
        f"{path}: 1 of 3 documents is empty (the first: {path}:3).",
    )
    path.write_text("text,label\n,a\n,b\ntwo,b\n,b\n")
    assert load_dataset(path).remarks == (
        f"{path}: 3 of 4 documents are empty (the first: {path}:2); no method can tell their "
        "labels apart: 'a' (1), 'b' (2).",
    )


ARROW = {
    "dictionary": (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    "whole floats": (pa.array([1.0, 0.0]), ["1", "0"]),
    "booleans": (pa.array([True, False]), ["True", "False"]),
    "lists": (pa.array([["a"], ["b"]]), ["a", "b"]),
    "decimals": (pa.array([Decimal("1.00"), Decimal("2.50")]), ["1", "2.50"]),
    "bytes": (pa.array([b"a", b"b"]), ["a", "b"]),
}


@pytest.mark.parametrize("kind", ARROW)
def test_columns_of_arrow(tmp_path, kind):
    column, expected = ARROW[kind]
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"text": ["one", "two"], "label": column}), path)
    assert load_dataset(path).train.labels.tolist() == expected


def test_a_null_of_arrow_is_missing(tmp_path):
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"text": ["one", "two"], "label": ["a", None]}), path)
    with pytest.raises(ValueError, match=r"rows\.parquet, row 2: the label is missing; fill it in"):
        load_dataset(path)
