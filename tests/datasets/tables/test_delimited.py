import pytest

from compressclf.datasets import load_dataset

DOCS = [b"one, one", b"two", b"three", b"four"]
LABELS = ["a", "b", "a", "b"]


def read(tmp_path, content, name="rows.csv", **options):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_dataset(tmp_path / name, **options)


@pytest.mark.parametrize(
    ("delimiter", "told"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar"), (",", "comma")]
)
def test_the_delimiter_is_told_by_the_header(tmp_path, delimiter, told):
    rows = ["text{}label", '"one, one"{}a', "two{}b", "three{}a", "four{}b"]
    data = read(tmp_path, "\r\n".join(rows).replace("{}", delimiter))
    assert (list(data.train.docs), data.train.labels.tolist()) == (DOCS, LABELS)
    assert data.facts.get("delimiter") == told
    assert data.remarks == ()


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"])
def test_a_line_that_names_the_delimiter_is_passed_over(tmp_path, first):
    data = read(tmp_path, f"{first}\r\ntext;label\r\none;a\r\ntwo;b\r\n")
    assert list(data.train.docs) == [b"one", b"two"]
    with pytest.raises(ValueError, match=r"rows\.csv:4: expected 2 fields, found 1"):
        read(tmp_path, f"{first}\r\ntext;label\r\none;a\r\ntwo\r\n")


def test_the_delimiter_that_is_asked_for_wins(tmp_path):
    data = read(tmp_path, "text~label\none~a\n", delimiter="~")
    assert list(data.train.docs) == [b"one"]
    assert data.facts["delimiter"] == "'~'"
    with pytest.raises(ValueError, match="does not name the columns 'text' and 'label'"):
        read(tmp_path, "text,label\none,a\n", delimiter=";")


@pytest.mark.parametrize(
    "content",
    [
        'label, text\na, "one, one"\nb, two\na, three\nb, four\n',
        'label , text\na , "one, one"\nb , two\na , three\nb , four\n',
    ],
)
def test_blanks_that_the_header_shows_are_left_out(tmp_path, content):
    for columns in ({}, {"text_column": " text"}):
        data = read(tmp_path, content, **columns)
        assert (list(data.train.docs), data.train.labels.tolist()) == (DOCS, LABELS)
        assert data.facts["blanks"] == "those around delimiters are left out"


def test_blanks_of_texts_are_kept(tmp_path):
    assert list(read(tmp_path, "label,text\na, one \n").train.docs) == [b" one "]
    data = read(tmp_path, "id, text,label\n1, one,a\n")
    assert list(data.train.docs) == [b" one"]


def test_copies_of_the_header_are_left_out(tmp_path):
    table = "text,label\none,a\ntwo,b\n"
    data = read(tmp_path, table * 3)
    assert data.train.labels.tolist() == ["a", "b"] * 3
    assert data.remarks == (
        f"{tmp_path / 'rows.csv'}:4: this row and 1 more repeats the header: left out.",
    )


def test_columns_without_a_name(tmp_path):
    data = read(tmp_path, "v1,v2,,,\nham,one,,,\nspam,two, three,,\nham,four,,,\n",
                text_column="v2", label_column="v1")  # fmt: skip
    assert list(data.train.docs) == [b"one", b"two", b"four"]
    assert data.remarks == (
        f"{tmp_path / 'rows.csv'}: 1 of 3 rows have text in columns without a name, which are not "
        f"read (first in line 3).",
    )
    assert read(tmp_path, ",text,label\n0,one,a\n1,two,b\n").remarks == ()


def test_columns_by_number(tmp_path):
    content = '"1","Wall St.","Stocks fell."\n"2","Cup","They won."\n'
    columns = {"header": False, "label_column": "1", "text_column": ["2", "3"]}
    data = read(tmp_path, content, **columns)
    assert list(data.train.docs) == [b"Wall St.\nStocks fell.", b"Cup\nThey won."]
    assert data.train.labels.tolist() == ["1", "2"]


@pytest.mark.parametrize("header", [True, False])
def test_two_columns_without_a_header(tmp_path, header):
    data = read(
        tmp_path, "ham\tsee you\nspam\twin\nham\tok\nham\tlater\n", "rows.tsv", header=header
    )
    assert list(data.train.docs) == [b"see you", b"win", b"ok", b"later"]
    remark = (
        f"{tmp_path / 'rows.tsv'}:1: the first line was read as a document, since it names no "
        f"columns: column 1 holds the labels and column 2 the texts."
    )
    assert data.remarks == ((remark,) if header else ())
    assert data.facts["columns"] == "'2' (text), '1' (label)"


def test_a_header_of_other_names_is_no_document(tmp_path):
    with pytest.raises(ValueError, match="the first line does not name the columns"):
        read(tmp_path, "kind,words\nham,see you\nspam,win\nham,ok\nspam,later\n")


def test_a_field_that_holds_rows_is_remarked_on(tmp_path):
    data = read(tmp_path, 'text,label\none,a\n"two,b\nthree,a\nfour",b\nfive,a\n')
    assert list(data.train.docs) == [b"one", b"two,b\nthree,a\nfour", b"five"]
    assert data.remarks == (
        f"{tmp_path / 'rows.csv'}:3: a field in quotes runs from line 3 to 5 and holds lines that "
        f"look like rows; if its quote is a letter, write it twice.",
    )
    assert read(tmp_path, 'text,label\n"one,\ntwo, three",a\n').remarks == ()


def test_lines_are_those_where_rows_begin(tmp_path):
    with pytest.raises(ValueError, match=r"rows\.csv:6: expected 2 fields, found 3"):
        read(tmp_path, 'text,label\n"one\n\rone",a\n\n\n"two\n\ntwo",b,c\n')


def test_carriage_returns_end_lines_where_nothing_else_does(tmp_path):
    assert list(read(tmp_path, "text,label\rone,a\rtwo,b\r").train.docs) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "content", "docs", "told"),
    [
        ("SMSSpamCollection", "ham\tsee you, ok\nspam\twin\nham\tok\nham\tno\n",
         [b"see you, ok", b"win", b"ok", b"no"], "table, recognised by its content"),
        ("rows.txt", "text|label\none|a\n", [b"one"], "table, recognised by its content"),
        ("rows.data", "text,label\none,a\n", [b"one"], "table, recognised by its content"),
        ("rows.tab", "text\tlabel\none\ta\n", [b"one"], "TSV"),
        ("rows.ndjson", '{"text": "one", "label": "a"}\n', [b"one"], "JSON"),
        ("rows", '{"text": "one", "label": "a"}\n', [b"one"],
         "JSON, recognised by its content"),
        ("rows.csv", '{"text": "one", "label": "a"}\n', [b"one"],
         "JSON, recognised by its content"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_suffix_or_content(tmp_path, name, content, docs, told):
    data = read(tmp_path, content, name)
    assert list(data.train.docs) == docs
    assert data.facts["format"] == told


def test_lines_stay_lines(tmp_path):
    content = "speech, text, images!\nno columns\n"
    assert len(read(tmp_path, content, "lines.txt", labelled=False).train.docs) == 2
    with pytest.raises(ValueError, match=r"lines\.txt:2: expected 3 fields, found 1"):
        read(tmp_path, content.replace("!", ""), "lines.txt", labelled=False)
