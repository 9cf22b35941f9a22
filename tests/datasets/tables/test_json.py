"""Shapes of JSON, all with the same two rows."""

import io
import json

import pandas as pd
import pytest

from compressclf.datasets import load_dataset

ROWS = [{"text": "one", "label": "a"}, {"text": 'two\u2028"\n', "label": "b"}]
FRAME = pd.DataFrame(ROWS)
SHAPES = {
    "lines": "\n".join(map(json.dumps, ROWS)),
    "CRLF": "\r\n".join(map(json.dumps, ROWS)) + "\r\n\x1a",
    "lines with a mark": "\ufeff" + "\n\n".join(map(json.dumps, ROWS)),
    "line separators in texts": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
    "array": json.dumps(ROWS),
    "pretty array": json.dumps(ROWS, indent=2),
    "array of lines": "[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]\n",
    "pretty objects": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "wrapped": json.dumps({"version": 1, "data": ROWS, "tags": ["x"]}),
    "pretty and wrapped": json.dumps({"rows": ROWS}, indent=1),
    "columns of pandas": FRAME.to_json(),
    "split of pandas": FRAME.to_json(orient="split"),
    "index of pandas": FRAME.to_json(orient="index"),
    "table of pandas": FRAME.to_json(orient="table"),
    "records of pandas": FRAME.to_json(orient="records"),
    "lists": json.dumps(FRAME.to_dict("list")),
}


def rows_of(source, **options):
    data = load_dataset(source, **options).train
    return list(data.docs), None if data.labels is None else data.labels.tolist()


EXPECTED = ([row["text"].encode() for row in ROWS], [row["label"] for row in ROWS])


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl", "rows.ndjson", "-"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_rows(tmp_path, monkeypatch, shape, name):
    content = SHAPES[shape].encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    source = name if name == "-" else tmp_path / name
    if name != "-":
        source.write_bytes(content)
    assert rows_of(source) == EXPECTED


def test_columns_without_names_are_numbers(tmp_path):
    (tmp_path / "a.json").write_text('{"columns": [0, 1], "data": [["to be", "a"]]}')
    found = rows_of(tmp_path / "a.json", text_column="0", label_column="1")
    assert found == ([b"to be"], ["a"])


def test_one_row_is_a_row(tmp_path):
    path = tmp_path / "row.json"
    row = {"text": "one", "label": ["a"], "Comments": [{"id": 1}]}
    path.write_text(json.dumps(row))
    assert rows_of(path) == ([b"one"], ["a"])
    path.write_text(json.dumps(row, indent=4))
    assert rows_of(path) == ([b"one"], ["a"])


def test_how_a_file_was_read_is_told(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(SHAPES["wrapped"])
    assert load_dataset(path).facts["rows"] == "the list 'data'"
    path.write_text(SHAPES["columns of pandas"])
    assert load_dataset(path).facts["rows"] == "a table of pandas"


def test_rows_may_differ_in_their_keys(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"label": "a", "text": "one"}\n{"text": "two"}\n')
    with pytest.raises(ValueError, match=r"rows\.jsonl:2: the label is missing"):
        load_dataset(path)
    path.write_text('{"text": "one"}\n{"label": NaN, "text": "two", "id": 3}\n')
    assert rows_of(path, labelled=False) == ([b"one", b"two"], None)


REFUSED = {
    '[\n{"text": "one", "label": "a"},\n{"text": "two" "label": "b"}\n]': (
        ":3: not valid JSON (Expecting ',' delimiter)."
    ),
    '[{"text": "one", "label": "a"}, "two"]': (
        ", row 2: expected an object with 'text' and 'label', found a str."
    ),
    '{"train": [{"text": "one"}], "test": [{"text": "two"}]}': (
        ":1: 'train' and 'test' are lists of objects; put each into a separate file."
    ),
    '{"text": {"0": "one"}, "label": {"1": "a"}}': (
        """:1: 'text' must be a string, found {"0": "one"}."""
    ),
    '[{"text": "one", "label": "a"}, {"label": "b"}]': (
        ", row 2: the object has no 'text' (found: 'label'); drop the row."
    ),
    "[]": ": there are no rows.",
    " \n": ": there are no rows.",
    "[" * 100_000: ":1: the JSON is nested too deeply.",
    '{"text": "one", "label": ' + "1" * 5000 + "}": ":1: not valid JSON (Exceeds the limit",
}


@pytest.mark.parametrize("content", REFUSED)
def test_what_is_refused(tmp_path, content):
    path = tmp_path / "rows.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"rows\.json") as error:
        load_dataset(path)
    assert str(error.value).removeprefix(str(path)).startswith(REFUSED[content])
