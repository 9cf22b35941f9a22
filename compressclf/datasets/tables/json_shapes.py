"""Find the rows in a JSON text.

=======================================  =======================================================
shape                                    rows
=======================================  =======================================================
an object on each line, or one after     the objects
another, pretty-printed or not
``[{…}, {…}]``                           the elements
``{"data": [{…}, {…}], …}``              the elements of the only list of objects
``{"text": {"0": …}, "label": {…}}``     pandas' ``orient="columns"``
``{"text": […], "label": […]}``          columns: lists of equal length
``{"columns": …, "data": [[…], …]}``     pandas' ``orient="split"``
``{"0": {"text": …, "label": …}, …}``    pandas' ``orient="index"``
=======================================  =======================================================
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from compressclf.datasets.packed import first_line
from compressclf.datasets.reading import Notes, Reading
from compressclf.datasets.tables.exports import is_task, known_columns

__all__ = ["is_whole", "rows_of_json"]

BLANKS = re.compile(r"[ \t\r\n]*")


def rows_of_json(
    name: str, text: str, reading: Reading, *, first: int = 1
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a JSON text, and the place of each for messages.

    Lines are counted from `first`.

    Raises
    ------
    ValueError
        If it is not JSON, or if a row is not an object.

    Examples
    --------
    >>> rows_of_json("x.json", '[{"text": "a"}, {"text": "b"}]', Reading())
    ([{'text': 'a'}, {'text': 'b'}], ['x.json, row 1', 'x.json, row 2'])
    >>> rows_of_json("x.jsonl", '{"text": "a"}', Reading())
    ([{'text': 'a'}], ['x.jsonl:1'])
    """
    values = _values(name, text, first)
    where = [place for _, place in values]
    rows = [value for value, _ in values]
    if len(rows) == 1:
        rows, where = _unwrapped(name, rows[0], where[0], reading)
    for row, place in zip(rows, where, strict=True):
        if not isinstance(row, dict):
            raise ValueError(
                f"{place}: expected an object with {reading.text[0]!r} and {reading.label!r}, "
                f"found a {type(row).__name__}."
            )
    return rows, where


def _values(name: str, text: str, first: int) -> list[tuple[Any, str]]:
    """Return each JSON value of the text, with its place."""
    lines = text.split("\n")
    if is_whole(next((line for line in lines if line.strip()), "")):
        numbered = enumerate(lines, start=first)
        return [(_loaded(name, line, n), f"{name}:{n}") for n, line in numbered if line.strip()]
    values, decoder, line, at = [], json.JSONDecoder(), 1, 0
    while (start := BLANKS.match(text, at).end()) < len(text):  # type: ignore[union-attr]
        line += text.count("\n", at, start)
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            raise _refusal(name, error, line) from None
        values.append((value, f"{name}:{line}"))
        line += text.count("\n", start, at)
    return values


def is_whole(line: str) -> bool:
    """Return whether a line is a JSON value."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _loaded(name: str, line: str, number: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _refusal(name, error, number, within=1) from None


def _refusal(name: str, error: Exception, line: int, within: int | None = None) -> ValueError:
    """Return the error for JSON that begins on `line`; `error` may name a later line."""
    if isinstance(error, RecursionError):
        return ValueError(f"{name}:{line}: the JSON is nested too deeply.")
    if isinstance(error, json.JSONDecodeError):
        return ValueError(
            f"{name}:{line if within else error.lineno}: not valid JSON ({error.msg})."
        )
    return ValueError(f"{name}:{line}: not valid JSON ({first_line(error)}).")


def _unwrapped(name: str, value: Any, place: str, reading: Reading) -> tuple[list[Any], list[str]]:
    """Return the rows in the only value of a text, which may itself be a row."""
    rows = _rows_of_object(place, value, reading) if isinstance(value, dict) else None
    if isinstance(value, list) and (not value or any(isinstance(row, dict) for row in value)):
        rows = value
    if rows is None:
        return [value], [place]
    return rows, [f"{name}, row {row}" for row in range(1, len(rows) + 1)]


def _rows_of_object(place: str, value: dict[str, Any], reading: Reading) -> list[Any] | None:
    """Return the rows in an object, or None if the object itself is a row."""
    text, label = known_columns(list(value), replace(reading, notes=Notes()))
    if is_task(value) or any(isinstance(value.get(column), str) for column in text):
        return None
    rows, shape = _rows_of_pandas(value, {*text, label}), "a table of pandas"
    if rows is None:
        lists = [key for key, inner in value.items() if _is_rows(inner)]
        if len(lists) > 1:
            raise ValueError(
                f"{place}: {' and '.join(map(repr, lists))} are lists of objects; put each into "
                f"a separate file."
            )
        if not lists:
            return None
        rows, shape = value[lists[0]], f"the list {lists[0]!r}"
    reading.notes.fact("rows", shape)
    return rows


def _rows_of_pandas(value: dict[str, Any], columns: set[str]) -> list[Any] | None:
    """Return the rows of an object written by ``DataFrame.to_json``; None for another object."""
    names, data = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(data, list):
        if not all(isinstance(row, list) and len(row) == len(names) for row in data):
            return None
        return [dict(zip(map(str, names), row, strict=True)) for row in data]
    inner = list(value.values())
    if all(isinstance(one, dict) for one in inner):
        if not columns & {*value}:  # by row, if each names its columns
            return inner if all(columns & {*one} for one in inner) else None
        if any(one.keys() != inner[0].keys() for one in inner):
            return None
        return [{name: value[name][row] for name in value} for row in inner[0]]
    if all(isinstance(one, list) for one in inner) and columns & {*value}:
        if any(len(one) != len(inner[0]) for one in inner):
            return None
        return [dict(zip(value, row, strict=True)) for row in zip(*inner, strict=True)]
    return None


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
