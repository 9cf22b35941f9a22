"""Read tables whose first row does not name the columns to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.dialect import DELIMITERS, Dialect
from compressclf.datasets.tables.quoting import Rows
from compressclf.datasets.tables.rows import find_columns

__all__ = ["check_columns", "columns_without_header", "label_and_text"]

LONGEST_LABEL = 60


def columns_without_header(
    dialect: Dialect, rows: Rows, reading: Reading
) -> tuple[list[str], Reading]:
    """Return the columns, numbered from "1", and a reading that names those to read.

    If the user names no columns, a table of two columns is read if one looks like labels. A remark
    says that the first row was read as a document.

    Raises
    ------
    ValueError
        If it is not clear which columns to read, or what the delimiter is.
    """
    name, first = dialect.table.name, rows.fields[0]
    numbers = [str(number) for number in range(1, len(first) + 1)]
    defaults = reading.text == Reading.text and reading.label == Reading.label
    if dialect.others and not reading.header:
        known = [dialect.table.delimiter, *dialect.others]
        names = [DELIMITERS.get(one, repr(one)) for one in known]
        raise ValueError(
            f"{name}: without a header, the delimiter may be {' or '.join(names)}; name it, as in "
            f"`delimiter={known[0]!r}`."
        )
    may_guess = defaults and reading.group is None and not dialect.others
    places = label_and_text(rows.fields) if may_guess else None
    if places is not None:
        label, text = (numbers[at] for at in places)
        if reading.header:
            reading.notes.remark(
                f"{name}:{rows.begins[0]}: the first line was read as a document, since it names "
                f"no columns: column {label} holds the labels and column {text} the texts."
            )
        return numbers, replace(reading, text=(text,), label=label)
    wanted = _wanted(reading)
    if reading.header:
        header = [field.strip() for field in first]
        if {*wanted} & {*header}:
            find_columns(name, header, reading)  # raises an error that names the missing column
        raise ValueError(_no_header(name, header, wanted, reading))
    if not {*wanted} <= {*numbers}:
        raise ValueError(
            f"{name}: without a header, columns are numbers from 1 to {len(first)}; name them as "
            f"in {_by_number(len(first), reading)}."
        )
    return numbers, reading


def label_and_text(rows: list[tuple[str, ...]]) -> tuple[int, int] | None:
    """Return which of two columns holds the labels and which the texts, or None if it is unclear.

    Labels are short and few, and the first value occurs again: so it is not the name of a column.

    Examples
    --------
    >>> label_and_text([("ham", "see you"), ("spam", "win"), ("ham", "ok"), ("ham", "later")])
    (0, 1)
    """
    if len(rows[0]) != 2:
        return None
    like_labels = [_are_labels([row[at] for row in rows]) for at in (0, 1)]
    if like_labels[0] == like_labels[1]:
        return None
    label = like_labels.index(True)
    return label, 1 - label


def check_columns(name: str, header: list[str], read: list[str | None]) -> None:
    """Refuse columns to read whose names are not unique.

    Raises
    ------
    ValueError
        If the name of a column to read occurs twice in the header.
    """
    for column in read:
        if column is not None and header.count(column) > 1:
            places = [str(at) for at, other in enumerate(header, start=1) if other == column]
            raise ValueError(
                f"{name}: {len(places)} columns are called {column!r} ({', '.join(places)}); "
                f"rename all but the one to read."
            )


def _are_labels(values: list[str]) -> bool:
    counts = Counter(values)
    short = all(0 < len(value) <= LONGEST_LABEL for value in counts)
    return short and counts[values[0]] > 1 and 2 * len(counts) <= len(values)


def _wanted(reading: Reading) -> dict[str, str]:
    """Return the columns that are needed, with the parameters that name them."""
    wanted = dict.fromkeys(reading.text, "`text_column`")
    if reading.labelled:
        wanted[reading.label] = "`label_column`"
    if reading.group is not None:
        wanted[reading.group] = "`group_column`"
    return wanted


def _no_header(name: str, header: list[str], wanted: dict[str, str], reading: Reading) -> str:
    """Return the message about a first line that does not name the columns to read."""
    columns = " and ".join(map(repr, wanted))
    parameters = " and ".join(dict.fromkeys(wanted.values()))
    found = ", ".join(map(_short, header[:10])) + (", ..." if header[10:] else "")
    s, them = ("", "it") if len(wanted) == 1 else ("s", "them")
    return (
        f"{name}: the first line does not name the column{s} {columns} (found: {found}); name "
        f"{them} with {parameters}, or, if the first line is a document and not a header, add "
        f"{_by_number(len(header), reading)}."
    )


def _short(field: str) -> str:
    return repr(field if len(field) <= 40 else f"{field[:37]}...")


def _by_number(n: int, reading: Reading) -> str:
    """Return the arguments for a table of n columns without a header, the label in column 1."""
    label = ", label_column='1'" if reading.labelled else ""
    texts: object = ["2", "3"] if n == 3 else str(min(n, 2))
    return f"`header=False{label}, text_column={texts}`"
