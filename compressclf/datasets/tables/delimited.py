"""Delimited tables: CSV, TSV and similar formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from compressclf.datasets.dataset import Split
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.dialect import DELIMITERS, Dialect, tell_dialect
from compressclf.datasets.tables.quoting import Rows, read_rows
from compressclf.datasets.tables.rows import find_columns, split_of_rows
from compressclf.datasets.tables.unnamed import check_columns, columns_without_header

__all__ = ["read_delimited"]


def read_delimited(name: str, text: str, reading: Reading, delimiter: str) -> Split:
    """Return the rows of a delimited table; `delimiter` is the usual one for its suffix.

    Raises
    ------
    ValueError
        If columns are missing or ambiguous, or a row does not fit; the message names the line.
    """
    reading = _without_blanks(reading)
    dialect = tell_dialect(name, text, reading, delimiter)
    rows = read_rows(dialect.table, reading.notes)
    if not rows.fields:
        raise ValueError(f"{name}: there are no rows.")
    delimiter_name = DELIMITERS.get(dialect.table.delimiter, repr(dialect.table.delimiter))
    reading.notes.fact("delimiter", delimiter_name)
    if dialect.named:
        header = [field.strip() for field in rows.fields[0]]
        rows = _without_header(name, rows, reading)
        if dialect.table.blanks:
            reading.notes.fact("blanks", "those around delimiters are left out")
        if dialect.padded:
            rows = replace(
                rows, fields=[tuple(one.rstrip(" ") for one in row) for row in rows.fields]
            )
    else:
        header, reading = columns_without_header(dialect, rows, reading)
    places = find_columns(name, header, reading)
    check_columns(name, header, [*places.text, places.label, places.group])
    text_at = [header.index(column) for column in places.text]
    label_at = None if places.label is None else header.index(places.label)
    group_at = None if places.group is None else header.index(places.group)
    _remark_on_unnamed(name, header, rows, reading)
    _remark_on_swallowed(dialect, rows, label_at, reading)
    return split_of_rows(
        name,
        _column(rows, text_at[0]) if len(text_at) == 1 else _joined(rows, text_at),
        _column(rows, label_at),
        _column(rows, group_at),
        _Places(name, rows.begins),
        reading,
        places,
    )


@dataclass(frozen=True)
class _Places(Sequence[str]):
    """Where each row is, as in ``"train.csv:17"``; made only when a message needs it."""

    name: str
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]
        return f"{self.name}:{self.lines[row]}"


def _without_blanks(reading: Reading) -> Reading:
    """Return the reading with blanks around the names of columns removed, as in the header."""
    text = tuple(column.strip() for column in reading.text)
    group = None if reading.group is None else reading.group.strip()
    return replace(reading, text=text, label=reading.label.strip(), group=group)


def _column(rows: Rows, at: int | None) -> list[str | None]:
    return [None] * len(rows.fields) if at is None else [row[at] for row in rows.fields]


def _joined(rows: Rows, places: list[int]) -> list[str | None]:
    return ["\n".join([row[at] for at in places]) for row in rows.fields]


def _without_header(name: str, rows: Rows, reading: Reading) -> Rows:
    """Drop the header, and the copies of it that are left where files were joined."""
    first = rows.fields[0]
    copies = rows.fields.count(first) - 1
    if copies:
        line = rows.begins[rows.fields.index(first, 1)]
        several = f" and {copies - 1} more" if copies > 1 else ""
        reading.notes.remark(f"{name}:{line}: this row{several} repeats the header: left out.")
        return rows.take([row for row, fields in enumerate(rows.fields) if fields != first])
    return Rows(rows.fields[1:], rows.begins[1:], rows.ends[1:])


def _remark_on_unnamed(name: str, header: list[str], rows: Rows, reading: Reading) -> None:
    """Remark on text in columns without a name at the right."""
    named = max((at for at, column in enumerate(header) if column), default=-1)
    if named + 1 == len(header):
        return
    over = [row for row, fields in enumerate(rows.fields) if "".join(fields[named + 1 :]).strip()]
    if over:
        reading.notes.remark(
            f"{name}: {len(over):,} of {len(rows.fields):,} rows have text in columns without a "
            f"name, which are not read (first in line {rows.begins[over[0]]})."
        )


def _remark_on_swallowed(
    dialect: Dialect, rows: Rows, label_at: int | None, reading: Reading
) -> None:
    """Remark on a field of several lines that look like rows with labels."""
    if label_at is None or rows.begins == rows.ends:
        return
    table = dialect.table
    counts = Counter(row[label_at] for row in rows.fields)
    n = len(rows.fields[0])
    found = []
    for row, begin, end in zip(rows.fields, rows.begins, rows.ends, strict=True):
        if begin == end:
            continue
        lines = [line.split(table.delimiter) for field in row for line in field.split("\n")]
        if any(len(line) == n and counts[line[label_at].strip('"\r')] for line in lines):
            found.append((begin, end))
    if found:
        begin, end = found[0]
        more = f" ({len(found) - 1} more rows are like this)" if len(found) > 1 else ""
        reading.notes.remark(
            f"{table.name}:{begin}: a field in quotes runs from line {begin} to {end} and holds "
            f"lines that look like rows; if its quote is a letter, write it twice{more}."
        )
