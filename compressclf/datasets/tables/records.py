"""Read rows of JSON, each with a text and its label."""

from __future__ import annotations

import json
from typing import Any

from compressclf.datasets.dataset import Split
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.exports import label_studio_rows
from compressclf.datasets.tables.json_shapes import rows_of_json
from compressclf.datasets.tables.rows import find_columns, split_of_rows

__all__ = ["read_records"]


def read_records(name: str, text: str, reading: Reading, *, first: int = 1) -> Split:
    """Return the rows of JSON lines, of an array of objects, or of an annotation tool's export.

    Lines are counted from `first`.

    Raises
    ------
    ValueError
        If it is not JSON, if a column is missing, or if a text is not a string.
    """
    rows, where = rows_of_json(name, text, reading, first=first)
    rows, where, reading = label_studio_rows(name, rows, where, reading)
    if not rows:
        raise ValueError(f"{name}: there are no rows.")
    places = find_columns(name, list(dict.fromkeys(key for row in rows for key in row)), reading)
    columns = [_texts(key, rows, where) for key in places.text]
    texts = (
        columns[0] if len(columns) == 1 else ["\n".join(row) for row in zip(*columns, strict=True)]
    )
    labels = [None if places.label is None else row.get(places.label) for row in rows]
    groups = [None if places.group is None else row.get(places.group) for row in rows]
    return split_of_rows(name, texts, labels, groups, where, reading, places, typed=True)


def _texts(key: str, rows: list[dict[str, Any]], where: list[str]) -> list[Any]:
    """Return a column of texts."""
    texts = [row.get(key) for row in rows]
    for text, row, place in zip(texts, rows, where, strict=True):
        if isinstance(text, str):
            continue
        if key in row:
            raise ValueError(f"{place}: {key!r} must be a string, found {json.dumps(text)[:40]}.")
        found = ", ".join(map(repr, row)) or "none"
        raise ValueError(f"{place}: the object has no {key!r} (found: {found}); drop the row.")
    return texts
