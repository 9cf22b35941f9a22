"""Rows of JSON: lines of objects, or one array of them."""

from __future__ import annotations

import json

from compressclf.datasets._dataset import Split
from compressclf.datasets._reading import Reading
from compressclf.datasets.rows import find_columns, split_of_rows

__all__ = ["read_records"]


def read_records(name: str, text: str, reading: Reading) -> Split:
    """Return the rows of JSON lines."""
    texts, labels, groups, where = [], [], [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{place}: not valid JSON ({error.msg}).") from None
        except RecursionError:
            raise ValueError(f"{place}: the JSON is nested too deeply.") from None
        if not isinstance(row, dict):
            raise ValueError(
                f"{place}: expected an object with {reading.text[0]!r} and "
                f"{reading.label!r}, found a {type(row).__name__}."
            )
        text_keys, label_key, group_key = find_columns(place, list(row), reading)
        for key in text_keys:
            if not isinstance(row[key], str):
                raise ValueError(
                    f"{place}: {key!r} must be a string, found {json.dumps(row[key])[:40]}."
                )
        texts.append("\n".join([row[key] for key in text_keys]))
        labels.append(None if label_key is None else row[label_key])
        groups.append(None if group_key is None else row[group_key])
        where.append(place)
    return split_of_rows(name, texts, labels, groups, where, reading)
