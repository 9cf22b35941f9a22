import io
import json
import re
import sys

import numpy as np
import pytest

from compressclf.datasets import load_dataset, open_batches
from compressclf.documents.pixels import joined
from tests.texts import AWKWARD

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

TEXTS = [text.decode(errors="replace") for text in AWKWARD if len(text) < 200] + [
    f"{i} tea é 茶\n{'x' * (i % 50)}" for i in range(300)
]
LABELS = [f"class {i % 3}" for i in range(len(TEXTS))]


def write(path, texts=TEXTS, labels=LABELS):
    columns = {"title": ["a title"] * len(texts), "text": texts}
    columns |= {} if labels is None else {"label": labels}
    table = pyarrow.table(columns)
    match path.suffix:
        case ".parquet":
            parquet.write_table(table, path, row_group_size=70)
        case ".jsonl" | ".ndjson":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
        case ".txt":
            path.write_text("".join(f"{text!r}\n" for text in texts))
        case ".arrow":
            with pyarrow.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=70)
        case ".feather":
            options = pyarrow.ipc.IpcWriteOptions(compression="lz4")
            with pyarrow.ipc.new_stream(path, table.schema, options=options) as writer:
                writer.write_table(table, max_chunksize=70)
    return path


SUFFIXES = (".parquet", ".arrow", ".feather", ".jsonl", ".ndjson", ".txt")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [100, 3000, 10**6])
def test_batches_have_the_documents_and_labels_of_the_file(suffix, size, tmp_path):
    path = write(tmp_path / f"x{suffix}")
    expected = load_dataset(path, labelled=suffix != ".txt")
    batches = open_batches(path, labelled=suffix != ".txt", size=size)
    for _ in range(2):  # each iteration begins anew
        parts = [(docs[:], labels) for docs, labels in batches]
        assert joined([docs for docs, _ in parts]) == expected.train.docs
        if suffix == ".txt":
            assert {labels for _, labels in parts} == {None}
        else:
            labels = np.concatenate([labels for _, labels in parts])
            np.testing.assert_array_equal(labels, expected.train.labels)
        assert batches.facts == expected.facts
    n_bytes = expected.train.docs.nbytes
    assert max(docs.nbytes for docs, _ in parts) < 2 * max(size, 500)
    assert 0.3 * n_bytes < batches.n_bytes() < 5 * n_bytes
    if size == 10**6:
        assert len(parts) <= 5  # record batches are not joined


def test_documents_of_an_arrow_file_are_not_copied(tmp_path):
    path = write(tmp_path / "x.arrow")
    docs, _ = next(iter(open_batches(path)))
    assert not docs.buffer.flags.owndata
    assert not docs.buffer.flags.writeable
    assert isinstance(docs.buffer.base, pyarrow.Buffer)


def test_several_columns_are_joined(tmp_path):
    path = write(tmp_path / "x.parquet", ["tea"], ["a"])
    ((docs, _),) = open_batches(path, text_column=("title", "text"))
    assert list(docs) == [b"a title\ntea"]


def test_standard_input_is_read_once(monkeypatch):
    for data, expected in ((b"tea\nmilk\n", [b"tea", b"milk"]), (b'{"text": "tea"}\n', [b"tea"])):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        batches = open_batches("-", labelled=False)
        assert batches.n_bytes() is None
        ((docs, labels),) = batches
        assert (list(docs), labels) == (expected, None)
        with pytest.raises(ValueError, match="standard input: it can be read only once"):
            list(batches)


def test_places_are_counted_through_the_file(tmp_path):
    path = tmp_path / "x.jsonl"
    rows = [json.dumps({"text": f"text {i}", "label": "a"}) for i in range(50)]
    path.write_text("\n".join([*rows[:40], '{"text": 7, "label": "a"}', *rows[40:]]))
    with pytest.raises(ValueError, match=r"x.jsonl:41: 'text' must be a string, found 7\."):
        list(open_batches(path, size=200))
    path.write_text("\n".join([*rows[:40], '{"text": "a" "label": "a"}', *rows[40:]]))
    with pytest.raises(ValueError, match=r"x.jsonl:41: not valid JSON"):
        list(open_batches(path, size=200))
    path.write_bytes("\n".join(rows[:40]).encode() + b'\n{"text": "\xe9"}\n')
    with pytest.raises(ValueError, match=r"x.jsonl:41: byte 0xe9 is not valid utf-8"):
        list(open_batches(path, size=200))
    write(path.with_suffix(".parquet"), ["tea"] * 50, ["a"] * 40 + [""] + ["b"] * 9)
    with pytest.raises(ValueError, match=r"x.parquet, row 41: the label is missing"):
        list(open_batches(path.with_suffix(".parquet"), size=50))


def test_remarks_of_all_batches(tmp_path):
    path = tmp_path / "x.jsonl"
    labels = ["a"] * 30 + ["A"] + [" b"] * 30
    write(path, ["tea"] * len(labels), labels)
    batches = open_batches(path, size=100)
    list(batches)
    assert len(batches.remarks) == 11
    assert (
        "x.jsonl:32: labels with blanks at their ends, which were stripped: ' b' ("
        in (batches.remarks[0])
    )
    assert batches.remarks[-1].endswith("further remarks on later batches are left out.")
    list(open_batches(write(path, ["tea"] * 31, labels[:31]), size=100))
    with pytest.raises(
        ValueError, match=r"'a' \(30\) and 'A' \(1\) \(refused, since `strict=True`"
    ):
        list(open_batches(path, size=100, strict=True))


WHOLE = ".parquet, .arrow, .feather, .jsonl, .ndjson, .txt"
REFUSED = {
    "x.csv": (b"text,label\na,b\n", f"only {WHOLE} files that are not packed are read in batches"),
    "x.jsonl.gz": (b"", f"only {WHOLE} files that are not packed are read in batches"),
    "array.jsonl": (b'[\n{"text": "a", "label": "b"}]', "only JSON lines, an object on each line"),
    "wide.jsonl": ('{"text": "a"}'.encode("utf-16"), "lines in utf-16 are not read in batches"),
    "pdf.jsonl": (b"%PDF-1.7 ", "this is a PDF file"),
    "empty.jsonl": (b"\n\n", "there are no rows."),
    "empty.arrow": (b"", "the file is empty."),
    "bad.parquet": (b"PAR1" * 9, "not a readable Parquet file"),
    "bad.arrow": (b"ARROW1\0\0" * 9, "not a readable Arrow file"),
    "bad.feather": (b"\xff\xff\xff\xff\x10" * 9, "not a readable Arrow file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path):
    content, message = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(message)):
        list(open_batches(tmp_path / name))


def test_a_file_that_does_not_exist_is_an_error():
    with pytest.raises(FileNotFoundError):
        open_batches("nowhere.jsonl")


def test_labels_must_be_there_in_all_batches_or_in_none(tmp_path):
    path = write(tmp_path / "x.jsonl", ["tea"] * 40, [""] * 20 + ["a"] * 20)
    with pytest.raises(ValueError, match="some documents have a label and others have none"):
        list(open_batches(path, labelled=False, size=100))


@pytest.mark.parametrize("cut", range(0, 3000, 97))
def test_damaged_arrow_files_are_refused_in_a_sentence(cut, tmp_path):
    whole = write(tmp_path / "x.arrow", TEXTS[-20:], LABELS[-20:]).read_bytes()
    damaged = whole[:cut] + bytes(255 - byte for byte in whole[cut : cut + 20]) + whole[cut + 20 :]
    (tmp_path / "y.arrow").write_bytes(damaged)
    for read in (load_dataset, lambda path: list(open_batches(path))):
        error = None
        try:
            read(tmp_path / "y.arrow")
        except ValueError as raised:
            error = raised
        assert error is None or str(error).startswith(str(tmp_path / "y.arrow"))
