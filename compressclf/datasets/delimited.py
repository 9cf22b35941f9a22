"""Tables of fields between delimiters: CSV, TSV and their cousins."""

from __future__ import annotations

import csv
import io

from compressclf.datasets._dataset import Split
from compressclf.datasets._reading import Reading
from compressclf.datasets.rows import find_columns, split_of_rows

__all__ = ["read_delimited"]


def read_delimited(name: str, text: str, reading: Reading, delimiter: str) -> Split:
    """Return the rows of a table of fields; `delimiter` is that of its suffix."""
    previous_limit = csv.field_size_limit(len(text) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    texts, labels, groups, where = [], [], [], []
    try:
        header = next(reader, [])
        places = find_columns(name, header, reading)
        text_at = [header.index(column) for column in places.text]
        label_at = None if places.label is None else header.index(places.label)
        group_at = None if places.group is None else header.index(places.group)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"{name}:{reader.line_num}: expected {len(header)} fields, found {len(row)}; "
                    f"put quotes around a field that holds the delimiter."
                )
            texts.append("\n".join([row[at] for at in text_at]))
            labels.append(None if label_at is None else row[label_at])
            groups.append(None if group_at is None else row[group_at])
            where.append(f"{name}:{reader.line_num}")
    except csv.Error as error:
        raise ValueError(
            f"{name}:{reader.line_num}: {error}; quotes inside a field are written twice, and a "
            f"field with a line break stands in quotes."
        ) from None
    finally:
        csv.field_size_limit(previous_limit)
    return split_of_rows(name, texts, labels, groups, where, reading, places)
