"""Exports of the annotation tools doccano and Label Studio.

=====================  =====================================================================
export                 how it is read
=====================  =====================================================================
doccano                the columns ``text`` or ``data``, and ``label`` or ``labels``
Label Studio, JSON     the choice in each task's annotations; tasks without one are left out
Label Studio, flat     JSON-MIN and CSV: the one column that is neither data nor bookkeeping
=====================  =====================================================================
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compressclf.datasets.linked import promises_files
from compressclf.datasets.reading import Reading

__all__ = ["is_task", "known_columns", "label_studio_rows"]

LABEL_STUDIO = frozenset({"annotation_id", "annotator", "lead_time"})
BOOKKEEPING = LABEL_STUDIO | {"id", "created_at", "updated_at", "agreement"}
DEFAULT_TEXT, DEFAULT_LABEL = ("text",), "label"


def known_columns(header: list[str], reading: Reading) -> tuple[tuple[str, ...], str]:
    """Return the columns of texts and of labels, which have other names in a known export.

    Only a default name is replaced, and only if there is no column of that name.

    Examples
    --------
    >>> known_columns(["id", "data", "labels"], Reading())
    (('data',), 'labels')
    >>> known_columns(["file_name", "label"], Reading())
    (('file_name',), 'label')
    """
    text, label = reading.text, reading.label
    if text == DEFAULT_TEXT and "text" not in header:
        files = [one for one in header if promises_files(one)]
        if {"id", "data"} <= {*header} and {"label", "labels"} & {*header}:
            text = ("data",)
            reading.notes.fact("texts", "the column 'data' of a doccano export")
        elif len(files) == 1:
            text = (files[0],)
    if label == DEFAULT_LABEL and "label" not in header:
        others = [one for one in header if one not in BOOKKEEPING and one not in text]
        if "id" in header and "labels" in header:
            label = "labels"
            reading.notes.fact("labels", "the column 'labels' of a doccano export")
        elif LABEL_STUDIO <= {*header} and len(others) == 1:
            label = others[0]
            reading.notes.fact("labels", f"the column {label!r} of a Label Studio export")
    return text, label


def label_studio_rows(
    name: str, rows: list[dict[str, Any]], where: list[str], reading: Reading
) -> tuple[list[dict[str, Any]], list[str], Reading]:
    """Return the data of each Label Studio task with its choice, and other rows unchanged.

    Parameters
    ----------
    rows, where : list
        Objects, and the place of each for messages.

    Returns
    -------
    rows, where : list
        The same for the tasks that have an annotation.
    Reading
        The reading, whose label column is the name of the choice in the labelling interface.

    Raises
    ------
    ValueError
        If annotators disagree, or if there are several kinds of choice and the user named none.
    """
    if not rows or not all(map(is_task, rows)):
        return rows, where, reading
    found = [_choices(row) for row in rows]
    kinds = list(dict.fromkeys(kind for choices in found for kind in choices))
    if not kinds and reading.labelled:
        raise ValueError(
            f"{name}: none of the {len(rows):,} tasks has an annotation with a choice."
        )
    if reading.label in kinds or not kinds:
        kind = reading.label
    elif len(kinds) == 1 and reading.label == DEFAULT_LABEL:
        kind = kinds[0]
    else:
        raise ValueError(
            f"{name}: the annotations hold {', '.join(map(repr, kinds))}; name one with "
            f"`label_column`."
        )
    labels = [
        _agreed(choices.get(kind, []), place) for choices, place in zip(found, where, strict=True)
    ]
    kept = [row for row, label in enumerate(labels) if label is not None or not kinds]
    if len(kept) < len(rows):
        n, first = len(rows) - len(kept), where[labels.index(None)]
        have = "has no annotation and was" if n == 1 else "have no annotation and were"
        reading.notes.remark(
            f"{name}: {n:,} of {len(rows):,} tasks {have} left out (the first: {first})."
        )
    if kinds:
        reading.notes.fact("labels", f"the choice {kind!r} of a Label Studio export")
    flat = [{**rows[row]["data"], **({kind: labels[row]} if kinds else {})} for row in kept]
    return flat, [where[row] for row in kept], replace(reading, label=kind)


def is_task(row: dict[str, Any]) -> bool:
    """Return whether an object is a task of a Label Studio export."""
    lists = [row.get(key) for key in ("annotations", "completions", "predictions")]
    return isinstance(row.get("data"), dict) and any(isinstance(one, list) for one in lists)


def _choices(task: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """Return the choices of each annotation that was not cancelled, by kind of choice."""
    found: dict[str, list[list[Any]]] = {}
    for annotation in _objects(task.get("annotations") or task.get("completions")):
        own: dict[str, list[Any]] = {}
        for result in [] if annotation.get("was_cancelled") else _objects(annotation.get("result")):
            value = result.get("value")
            choices = value.get("choices") if isinstance(value, dict) else None
            if isinstance(choices, list) and choices:
                own.setdefault(str(result.get("from_name", "choices")), []).extend(choices)
        for kind, choices in own.items():
            found.setdefault(kind, []).append(choices)
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _agreed(labels: list[list[Any]], place: str) -> list[Any] | None:
    """Return the labels on which all annotators agree, or None if there are no annotations."""
    if any(label != labels[0] for label in labels):
        chosen = ", ".join(dict.fromkeys(repr(one) for label in labels for one in label))
        raise ValueError(
            f"{place}: the annotators disagree ({chosen}); settle it in Label Studio or drop the "
            f"task."
        )
    return labels[0] if labels else None
