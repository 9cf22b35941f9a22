r"""Read the rows and fields of a table, and decide what quotes mean in it.

A quote can mean three things. In a *quoted* table, a field may begin and end with a quote, and a
quote inside such a field is doubled (RFC 4180). Some programs write ``\"`` instead: the quote is
*escaped*. In a *plain* table, as many corpora are shipped, a quote is a letter. One reading is
chosen for the whole file. It must give every row as many fields as the first row:

- Quoted is the default.
- Escaped is used if quotes outside quoted fields disappear once ``\"`` is read as an escape.
- A table with tabs or bars is plain if a program that quotes would have written it otherwise: some
  quote is outside the quoted fields, or only some fields are quoted and none needs it.
- If two readings give different rows and these rules do not decide, the table is refused.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from compressclf.datasets.reading import Notes

__all__ = ["Rows", "TableText", "long_fields", "read_rows"]

OFTEN_PLAIN = "\t|"


@dataclass(frozen=True)
class Rows:
    """Rows that all have the same number of fields."""

    fields: list[tuple[str, ...]]
    begins: Sequence[int]
    """The line of the file in which each row begins."""
    ends: Sequence[int]
    """The line of the file in which each row ends."""

    def take(self, rows: list[int]) -> Rows:
        """Return some of the rows."""
        fields = [self.fields[row] for row in rows]
        begins, ends = ([part[row] for row in rows] for part in (self.begins, self.ends))
        return Rows(fields, begins, ends)


@dataclass(frozen=True)
class TableText:
    """The text of a table and how to read it."""

    name: str
    """Name of the table in messages."""
    text: str
    delimiter: str
    blanks: bool = False
    """Whether to drop blanks at the beginnings of fields."""
    skipped: int = 0
    """Number of lines of the file before the text."""


def read_rows(table: TableText, notes: Notes) -> Rows:
    r"""Return the rows of a table; empty lines are left out.

    Raises
    ------
    ValueError
        If no reading fits, or if two fit and the rules do not decide; the message names the line.

    Examples
    --------
    >>> notes = Notes()
    >>> read_rows(TableText("a.tsv", 'a\t7" nails\nb\t"Hello!"\n', "\t"), notes).fields
    [('a', '7" nails'), ('b', '"Hello!"')]
    >>> notes.facts
    {'quotes': 'letters of the texts'}
    """
    often_plain = table.delimiter in OFTEN_PLAIN
    quoted, misread = _fitting(_quoted, table)
    if quoted is not None and not often_plain and quoted.begins == quoted.ends:
        return quoted  # each row is one line, so no field has swallowed a row
    if '"' not in table.text:
        return _or_raise(quoted, misread)
    clean = _is_clean(table)
    if not clean and '\\"' in table.text:
        unescaped = _unescaped(table)
        escaped, _ = _fitting(_quoted, unescaped)
        if escaped is not None and _is_clean(unescaped):
            notes.fact("quotes", "escaped by a backslash")
            return escaped
    if not often_plain and (clean or quoted is None):
        return _or_raise(quoted, misread)
    plain, not_plain = _fitting(_plain, table)
    if quoted is None:
        if _begins_quoted(table):
            raise ValueError(misread)
        notes.fact("quotes", "letters of the texts")
        return _or_raise(plain, not_plain)
    if plain is None or plain.fields == quoted.fields:
        return quoted
    if often_plain and not clean:
        notes.fact("quotes", "letters of the texts")
        return plain
    if clean and (_begins_quoted(table) or _needs_quotes(quoted, plain, table.delimiter)):
        return quoted
    if len(plain.fields) == len(quoted.fields):
        both = zip(quoted.fields, plain.fields, strict=True)
        first = plain.begins[_first(a != b for a, b in both)]
        notes.remark(
            f"{table.name}:{first}: the quotes around a field were kept as letters, since only "
            f"some fields have quotes and no field needs them."
        )
        return plain
    row = _first(a != b for a, b in zip(quoted.begins, quoted.ends, strict=True))
    raise ValueError(
        f"{table.name}:{quoted.begins[row]}: a quote in this row either opens a field that runs to "
        f"line {quoted.ends[row]}, or is a letter; if it is a letter, write it twice, and put "
        f"quotes around its field."
    )


@contextmanager
def long_fields(text: str) -> Iterator[None]:
    """Let the csv module read fields as long as the text."""
    previous = csv.field_size_limit(len(text) + 1)
    try:
        yield
    finally:
        csv.field_size_limit(previous)


def _fitting(read: Callable[[TableText], Rows], table: TableText) -> tuple[Rows | None, str]:
    """Return the rows of a reading, or None and the reason why it does not fit."""
    try:
        rows = read(table)
    except csv.Error as error:
        return None, str(error)
    n = len(rows.fields[0]) if rows.fields else 0
    if {*map(len, rows.fields)} <= {n}:
        return rows, ""
    odd = _first(len(row) != n for row in rows.fields)
    found = len(rows.fields[odd])
    remedy = (
        "put quotes around a field that holds the delimiter"
        if found > n
        else "fill in what is missing, or put quotes around a field that holds a line break"
    )
    place = f"{table.name}:{rows.begins[odd]}"
    return None, f"{place}: expected {n} fields, found {found}; {remedy}."


def _or_raise(rows: Rows | None, misread: str) -> Rows:
    if rows is None:
        raise ValueError(misread)
    return rows


def _quoted(table: TableText) -> Rows:
    """Read by RFC 4180; a carriage return ends a line only if the text has no line feed."""
    end = "\n" if "\n" in table.text else "\r"
    lines = io.StringIO(table.text, newline=end)
    reader = csv.reader(
        lines, delimiter=table.delimiter, skipinitialspace=table.blanks, strict=True
    )
    fields: list[tuple[str, ...]] = []
    try:
        with long_fields(table.text):
            fields.extend(map(tuple, reader))  # tuples of str spare the garbage collector
    except csv.Error as error:  # the rows before it have been read
        before = sum(1 + "".join(row).count(end) for row in fields)
        raise csv.Error(_broken_field(table, before, end, error)) from None
    if len(fields) == reader.line_num:
        numbers = range(table.skipped + 1, table.skipped + len(fields) + 1)
        rows = Rows(fields, numbers, numbers)
    else:
        counts = [1 + "".join(row).count(end) for row in fields]
        ends = [*itertools.accumulate(counts, initial=table.skipped)]
        rows = Rows(fields, [number + 1 for number in ends[:-1]], ends[1:])
    return rows if all(fields) else rows.take([row for row, some in enumerate(fields) if some])


def _plain(table: TableText) -> Rows:
    """Read quotes as letters: each line is a row."""
    end = "\n" if "\n" in table.text else "\r"
    fields, lines = [], []
    for number, line in enumerate(table.text.split(end), start=table.skipped + 1):
        row = line.removesuffix("\r").split(table.delimiter)
        if row != [""]:
            fields.append(tuple(field.lstrip(" ") for field in row) if table.blanks else tuple(row))
            lines.append(number)
    return Rows(fields, lines, lines)


def _unescaped(table: TableText) -> TableText:
    r"""Return the table with ``\"`` replaced by ``""`` in quoted fields."""
    field = _quoted_field(table, r'"([^"\\]*(?:\\.[^"\\]*)*)"')
    text = field.sub(lambda found: found[0][:-1].replace('\\"', '""') + '"', table.text)
    return TableText(table.name, text, table.delimiter, table.blanks, table.skipped)


def _is_clean(table: TableText) -> bool:
    """Return whether every quote belongs to a quoted field, as programs that quote write them."""
    return '"' not in _quoted_field(table, r'"[^"]*(?:""[^"]*)*"').sub("", table.text)


def _quoted_field(table: TableText, field: str) -> re.Pattern[str]:
    """Return a pattern for a field between delimiters or ends of lines."""
    border = rf"[^{re.escape(table.delimiter)}\r\n]"
    blanks = "(?: *)" if table.blanks else ""
    return re.compile(rf"(?<!{border}){blanks}{field}(?!{border})", re.DOTALL)


def _begins_quoted(table: TableText) -> bool:
    """Return whether all fields of the first row are quoted."""
    field = r'"[^"]*(?:""[^"]*)*"'
    pattern = rf"\s*{field}(?:{re.escape(table.delimiter)} *{field})*(?=[\r\n]|\Z)"
    return re.match(pattern, table.text) is not None


def _needs_quotes(quoted: Rows, plain: Rows, delimiter: str) -> bool:
    """Return whether some field needed its quotes, or all fields of a column are quoted.

    Excel quotes every field that holds a comma, even in tables with tabs.
    """
    if len(quoted.fields) != len(plain.fields):
        return False
    bare = (field for row in plain.fields for field in row if not field.startswith('"'))
    comma = "" if any("," in field for field in bare) else ","
    special = re.compile(rf'["\r{comma}{re.escape(delimiter)}]')
    if any(special.search(field) for row in quoted.fields for field in row):
        return True
    columns = zip(*plain.fields[1:], strict=True)
    return any(all(field.startswith('"') for field in column) for column in columns)


def _broken_field(table: TableText, before: int, end: str, error: csv.Error) -> str:
    """Return the message about a field that the csv module could not read.

    `before` is the number of lines that were read before it.
    """
    lines = list(io.StringIO(table.text, newline=end))
    rest, border = "".join(lines[before:]), re.escape(table.delimiter)
    quoted, other = r' *"[^"]*(?:""[^"]*)*" *', rf'(?:[^"\r\n{border}][^\r\n{border}]*)?'
    whole = re.match(rf"(?:(?:{quoted}|{other}){border})*", rest)
    at = whole.end() if whole else 0
    place = f"{table.name}:{table.skipped + before + 1 + rest.count(end, 0, at)}"
    if "new-line" in str(error):
        return f"{place}: a field holds a carriage return; put quotes around the field."
    if not rest[at:].lstrip(" ").startswith('"'):
        return f"{place}: not readable ({error})."
    backslash = ', not as \\"' if '\\"' in rest else ""
    return (
        f"{place}: a field begins with a quote and does not end with one; write a quote inside a "
        f"field twice{backslash}, and put quotes around the whole field."
    )


def _first(conditions: Iterator[bool]) -> int:
    """Return the position of the first True."""
    return next(place for place, condition in enumerate(conditions) if condition)
