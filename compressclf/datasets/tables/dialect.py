"""Find the delimiter of a table and the names of its columns from its first line."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from compressclf.datasets.reading import Notes, Reading
from compressclf.datasets.tables.quoting import TableText, long_fields
from compressclf.datasets.tables.rows import find_columns

__all__ = ["DELIMITERS", "Dialect", "is_regular", "names_columns", "tell_dialect"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
NAME = re.compile(r"[^\W\d][\w .:/-]{0,60}|")  # name of a column, possibly empty
SAMPLE = 100
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a table is divided into fields."""

    table: TableText
    named: bool
    """Whether the first row names the columns that are read."""
    padded: bool = False
    """Whether there are blanks before the delimiters too."""
    others: tuple[str, ...] = ()
    """Other possible delimiters, if the first row does not name the columns."""


def tell_dialect(name: str, text: str, reading: Reading, delimiter: str) -> Dialect:
    """Return how to read a table; `delimiter` is the usual one for its suffix.

    The delimiter is the one with which the first row names the columns to read. Without such a row
    it is one that gives all rows the same number of fields, two or more. A first line ``sep=;`` is
    skipped.

    Examples
    --------
    >>> tell_dialect("a.csv", "text;label", Reading(), ",").table.delimiter
    ';'
    """
    skipped, candidates = 0, [delimiter, *(other for other in DELIMITERS if other != delimiter)]
    if found := SEPARATOR_LINE.match(text):
        skipped, candidates, text = 1, [found[1]], text[found.end() :]
    if reading.delimiter is not None:
        candidates = [reading.delimiter]
    with long_fields(text):
        if reading.header:
            for candidate in candidates:
                if _names_columns(text, candidate, reading):
                    names = _first_row(text, candidate, blanks=False)
                    blanks = len(names) > 1 and all(one.startswith(" ") for one in names[1:])
                    padded = blanks and all(one.endswith(" ") for one in names[:-1])
                    table = TableText(name, text, candidate, blanks, skipped)
                    return Dialect(table, named=True, padded=padded)
        regular = [candidate for candidate in candidates if is_regular(text, candidate)]
    chosen = candidates[0] if candidates[0] in regular or not regular else regular[0]
    table = TableText(name, text, chosen, skipped=skipped)
    return Dialect(table, named=False, others=tuple(one for one in regular if one != chosen))


def names_columns(text: str, reading: Reading) -> str | None:
    """Return the delimiter if the first line names several columns, among them those to read.

    Examples
    --------
    >>> names_columns("label|text", Reading()), names_columns("some text", Reading())
    ('|', None)
    """
    dialect = tell_dialect("", text, reading, ",")
    table = dialect.table
    with long_fields(table.text):
        names = [one.strip() for one in _first_row(table.text, table.delimiter, blanks=True)]
    several = len(names) > 1 and all(map(NAME.fullmatch, names))
    return table.delimiter if dialect.named and several else None


def is_regular(text: str, delimiter: str) -> bool:
    r"""Return whether the first rows have the same number of fields, two or more.

    Examples
    --------
    >>> is_regular("a;b\nc;d", ";"), is_regular("a;b\nc", ";"), is_regular("a\nb", ";")
    (True, False, False)
    """
    reader = csv.reader(_lines(text), delimiter=delimiter)
    try:
        counts = {len(row) for row in itertools.islice(reader, SAMPLE) if row}
    except csv.Error:
        return False
    return len(counts) == 1 and counts != {1}


def _first_row(text: str, delimiter: str, *, blanks: bool) -> list[str]:
    reader = csv.reader(_lines(text), delimiter=delimiter, skipinitialspace=blanks, strict=True)
    try:
        return next((row for row in reader if row), [])
    except csv.Error:
        return text.lstrip("\r\n").partition("\n")[0].rstrip("\r").split(delimiter)


def _lines(text: str) -> Iterator[str]:
    """Yield lines with their ends, without splitting all of a long text first."""
    end = "\n" if "\n" in text else "\r"
    begin = 0
    while (found := text.find(end, begin)) >= 0:
        yield text[begin : found + 1]
        begin = found + 1
    yield text[begin:]


def _names_columns(text: str, delimiter: str, reading: Reading) -> bool:
    header = [field.strip() for field in _first_row(text, delimiter, blanks=True)]
    try:
        find_columns("", header, replace(reading, notes=Notes()))
    except ValueError:
        return False
    return True
