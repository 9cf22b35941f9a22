"""Lines, with and without labels, from files and from standard input."""

import io

import pytest

from compressclf.datasets import load_dataset

TEXTS = ["one \u2028\u2029\x85 one", "two \x0b\x0c\x1c two", "three \r three", "four"]


def rows_of(source, **options):
    data = load_dataset(source, **options)
    labels = data.train.labels
    texts = [doc.decode() for doc in data.train.docs]
    return texts, None if labels is None else labels.tolist(), data.remarks


@pytest.fixture(params=["file", "standard input"])
def source(request, tmp_path, monkeypatch):
    """Write bytes to what is then read."""

    def write(content):
        if request.param == "file":
            (tmp_path / "lines.txt").write_bytes(content)
            return tmp_path / "lines.txt"
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        return "-"

    return write


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "END", "END\x1a", "\x1a\x1a"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_only_a_line_feed_ends_a_line(source, end, last, mark):
    content = mark + end.join(TEXTS) + last.replace("END", end)
    assert rows_of(source(content.encode()), labelled=False) == (TEXTS, None, ())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fasttext_lines(source, end):
    content = end.join(f"__label__{'ab'[n % 2]} {text}" for n, text in enumerate(TEXTS)) + end
    assert rows_of(source(content.encode())) == (TEXTS, list("abab"), ())
    assert rows_of(source(content.encode()), labelled=False)[:2] == (TEXTS, list("abab"))


def test_fasttext_lines_keep_odd_labels_and_empty_texts(source):
    content = "__label__nan one\n\n__label__\u97f3\u697d\ttwo  \n__label__c\n"
    texts, labels, remarks = rows_of(source(content.encode()))
    assert (texts, labels) == (["one", "two  ", ""], ["nan", "\u97f3\u697d", "c"])
    assert [sentence.partition(": ")[2].partition(" (")[0] for sentence in remarks] == [
        "1 blank line was skipped",
        "1 of 3 documents is empty",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("__label__a one\n__label__a __label__b two\n", r":2: the line has several .*'a', 'b'"),
        ("__label__a one\n__label__b two __label__c", r":2: the line has several .*'b', 'c'"),
        ("__label__a,__label__b one", r":1: the line has several labels \('a', 'b'\)"),
        ("__label__a one\ntwo\n", ":2: the line does not begin with '__label__', as other lines"),
        ("one __label__a\ntwo __label__b\n", ":1: the label of the line comes after the text"),
        ("__label__a one\n__label__ two\n", ":2: the label is missing"),
    ],
)
@pytest.mark.parametrize("labelled", [True, False])
def test_what_is_refused(source, content, message, labelled):
    with pytest.raises(ValueError, match=message):
        load_dataset(source(content.encode()), labelled=labelled)


def test_lines_that_speak_of_labels_are_lines(source):
    content = b"fastText writes __label__x\nanother line\n"
    texts = ["fastText writes __label__x", "another line"]
    assert rows_of(source(content), labelled=False) == (texts, None, ())


@pytest.mark.parametrize(
    "line", ["[deleted] a text", "{{Infobox", "[[Link]] a text", "[1] a reference", "{x} y"]
)
def test_brackets_do_not_make_json(source, line):
    assert rows_of(source(f"{line}\nmore\n".encode()), labelled=False)[0] == [line, "more"]


@pytest.fixture
def stdin(monkeypatch):
    """Write text to standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_on_standard_input(stdin, delimiter, mark):
    rows = ["id,text,label", '1,"one\ntwo",a', "2,three,b"]
    stdin((mark + "\r\n".join(rows).replace(",", delimiter) + "\r\n\x1a").encode())
    assert rows_of("-")[:2] == (["one\ntwo", "three"], ["a", "b"])


def test_a_lone_name_of_a_column_is_a_document_with_a_remark(stdin):
    stdin(b"text\none\n")
    texts, _, remarks = rows_of("-", labelled=False)
    assert texts == ["text", "one"]
    assert remarks == (
        "standard input:1: the first line is the name of the column, 'text', but was read as a "
        "document; give a .csv file if it is a header.",
    )


def test_json_with_a_mistake_is_not_read_as_lines(stdin):
    stdin(b'[\n {"text": "one"},\n {"text" "two"}\n]')
    with pytest.raises(ValueError, match="standard input:3: not valid JSON"):
        load_dataset("-", labelled=False)
