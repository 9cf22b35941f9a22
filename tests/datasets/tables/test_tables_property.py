"""Tables of any texts, as programs write them, are read back or refused."""

import csv
import io
import re
import sys

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compressclf.datasets import load_dataset

pytestmark = pytest.mark.slow

LETTERS = [
    "a",
    "b",
    " ",
    '"',
    "\n",
    "\r",
    ",",
    ";",
    "\t",
    "|",
    "\\",
    "é",
    "ж",
    "語",
    "😀",
    "\u2028",
]
LETTERS += ["\0"] if sys.version_info >= (3, 11) else []
texts = st.one_of(
    st.text(st.sampled_from(LETTERS), max_size=8),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\x1a"), max_size=8
    ),
)
labels = st.sampled_from(["a", "b", "c d", "ж", "1"])
tables = st.lists(st.tuples(labels, texts), min_size=1, max_size=6)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"]
STYLES = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "nonnumeric": csv.QUOTE_NONNUMERIC}
DELIMITERS = [",", ";", "\t", "|"]


def written(rows, delimiter, style):
    if style == "plain":
        return "".join(delimiter.join(row) + "\n" for row in rows)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=STYLES[style]).writerows(rows)
    return file.getvalue()


def check(path, rows, content, **options):
    """Read the file; what differs must be refused."""
    path.write_bytes(content)
    try:
        data = load_dataset(path, **options)
    except ValueError:
        return None
    assert list(data.train.docs) == [text.encode() for _, text in rows]
    assert data.train.labels.tolist() == [label for label, _ in rows]
    return data


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=tables, style=st.sampled_from([*STYLES]), header=st.booleans(), tsv=st.booleans())
def test_tables_come_back(tmp_path, delimiter, encoding, rows, style, header, tsv):
    text = written([("label", "text"), *rows] if header else rows, delimiter, style)
    if encoding == "latin-1":
        text = text.encode("latin-1", "ignore").decode("latin-1")
        rows = [
            tuple(field.encode("latin-1", "ignore").decode("latin-1") for field in row)
            for row in rows
        ]
        assume(all(label for label, _ in rows))
        assume(not text.startswith(("ÿþ", "þÿ", "ï»¿")))
    options = {"encoding": encoding if encoding == "latin-1" else "utf-8"}
    if not header:
        options |= {"header": False, "label_column": "1", "text_column": "2"}
    path = tmp_path / ("table.tsv" if tsv else "table.csv")
    data = check(path, rows, text.encode(encoding), **options)
    common = header and '"' not in text.replace('"label"', "").replace('"text"', "")
    if common and style == "minimal" and "\r" not in text.replace("\r\n", ""):
        assert data is not None  # nothing here can be read in two ways


@pytest.mark.parametrize("delimiter", ["\t", "|"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=tables)
def test_plain_tables_come_back(tmp_path, delimiter, rows):
    whole = re.compile(r'"([^"]|"")*"')
    for _, text in rows:
        assume(not {*text} & {delimiter, "\n", "\r", "\0"} and not whole.fullmatch(text))
    content = written([("label", "text"), *rows], delimiter, "plain").encode()
    check(tmp_path / "table.tsv", rows, content)


@pytest.mark.parametrize("delimiter", DELIMITERS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(n=st.sampled_from([2, 30]), data=st.data())
def test_a_damaged_table_loses_no_row_without_a_remark(tmp_path, delimiter, n, data):
    rows = [("ab"[i % 2], f'text {i} "with", ; \t | all') for i in range(n)]
    text = written([("label", "text"), *rows], delimiter, "minimal")
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(['"', "", "\n", delimiter])) + text[at + 1 :]
    path = tmp_path / "table.csv"
    path.write_text(changed, newline="")
    try:
        read = load_dataset(path)
    except ValueError:
        return
    assert len(read.train.docs) >= n or read.remarks
