import bz2
import gzip
import io
import json
import lzma
import sys

import pyarrow as pa
import pyarrow.parquet
import pytest
import zstandard

from compressclf.datasets import load_dataset
from compressclf.datasets.tables import table_kind

ROWS = [
    ("b", 'says "so", twice'),
    ("a", "naïve 日本語 😀"),
    ("b", "lone \r here\nand a line"),
    ("a", "NUL \x00 byte" if sys.version_info >= (3, 11) else "no NUL in csv before 3.11"),
    ("c", ""),
    ("a", "x" * 200_000),
]
TEXTS = [text.encode() for _, text in ROWS]
LABELS = [label for label, _ in ROWS]


def as_csv(delimiter=","):
    lines = [f"label{delimiter}text"]
    lines += ['{}{}"{}"'.format(a, delimiter, b.replace('"', '""')) for a, b in ROWS]
    return ("\r\n".join(lines) + "\r\n").encode()


def as_jsonl():
    return "\n".join(json.dumps({"text": b, "label": a}) for a, b in ROWS).encode()


def as_parquet():
    file = io.BytesIO()
    table = pa.table({"text": [b for _, b in ROWS], "label": LABELS})
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()


def rows_of(path, **options):
    data = load_dataset(path, **options).train
    return list(data.docs), None if data.labels is None else data.labels.tolist()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", as_csv()),
        ("rows.CSV", as_csv()),
        ("bom.csv", b"\xef\xbb\xbf" + as_csv()),
        ("rows.tsv", as_csv("\t")),
        ("rows.jsonl", as_jsonl()),
        ("blank-lines.jsonl", as_jsonl().replace(b"\n", b"\n\n")),
        ("rows.parquet", as_parquet()),
        ("rows.csv.gz", gzip.compress(as_csv())),
        ("rows.csv.xz", lzma.compress(as_csv())),
        ("rows.csv.bz2", bz2.compress(as_csv())),
        ("rows.csv.zst", zstandard.compress(as_csv())),
        (
            "two-frames.csv.zst",
            zstandard.compress(as_csv()[:500]) + zstandard.compress(as_csv()[500:]),
        ),
    ],
)
def test_every_kind_of_table_gives_the_same_rows(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert rows_of(tmp_path / name) == (TEXTS, LABELS)


def test_other_columns_and_encodings(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("id,sentence,class\n1,café,x\n2,thé,y\n".encode("latin-1"))
    options = {"text_column": "sentence", "label_column": "class", "encoding": "latin-1"}
    assert rows_of(path, **options) == (["café".encode(), "thé".encode()], ["x", "y"])


def test_numbers_are_labels(tmp_path):
    path = tmp_path / "numbers.jsonl"
    path.write_text('{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n')
    assert rows_of(path)[1] == ["1", "0"]


def test_a_lone_surrogate_of_json_survives(tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text('{"text": "\\ud83d", "label": "a"}')
    assert rows_of(path)[0] == [b"\xed\xa0\xbd"]


def test_what_a_file_repeats_in_a_message_is_cut(tmp_path):
    """A name of a column may have a million characters, and be all lines."""
    for content in (f"text,{'x' * 10**6}\na,b\n", 'text,"x\n\x1b[2J"\na,b\n'):
        (tmp_path / "a.csv").write_text(content)
        with pytest.raises(ValueError, match=r"^\S+a\.csv: .*'label'.*column") as error:
            load_dataset(tmp_path / "a.csv")
        assert len(str(error.value)) <= 1000
        assert str(error.value).isprintable()


def test_without_labels(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("text\none\ntwo\n")
    assert rows_of(path, labelled=False) == ([b"one", b"two"], None)
    path.write_text("text,label\none,\ntwo,\n")
    assert rows_of(path, labelled=False) == ([b"one", b"two"], None)
    lines = tmp_path / "lines.txt"
    lines.write_bytes(b"one\r\n\ntwo")
    assert rows_of(lines, labelled=False) == ([b"one", b"", b"two"], None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"one\ntwo\n", [b"one", b"two"]),
        (b'{"text": "one"}\n{"text": "two"}\n', [b"one", b"two"]),
    ],
)
def test_standard_input(content, expected, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert rows_of("-", labelled=False) == (expected, None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", ".csv"),
        ("a.b.JSONL.GZ", ".jsonl"),
        ("a.gz", None),
        ("a", None),
        ("a.docx", None),
        ("a.parquet", ".parquet"),
    ],
)
def test_kinds(tmp_path, name, kind):
    assert table_kind(tmp_path / name) == kind
