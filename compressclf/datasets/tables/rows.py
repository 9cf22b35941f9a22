"""Find columns by name, and convert rows to documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf.datasets.dataset import Split
from compressclf.datasets.labels import clean_groups, clean_labels, counted
from compressclf.datasets.linked import linked_documents
from compressclf.datasets.reading import Notes, Reading
from compressclf.datasets.tables.exports import known_columns
from compressclf.documents import Corpus

__all__ = ["Places", "find_columns", "remark_on_empty", "split_of_columns", "split_of_rows"]

MOST_NAMED = 8


class Places(NamedTuple):
    """Names of the columns to read; None for a column that is missing or not needed."""

    text: tuple[str, ...]
    label: str | None
    group: str | None


def find_columns(name: str, header: list[str], reading: Reading) -> Places:
    """Return which of the columns in `header` to read.

    Without a column ``text``, the text column of a known export is taken, or a single column called
    ``image``, ``file`` or the like.

    Raises
    ------
    ValueError
        If a column that is needed is missing. `name` is the source in the message.
    """
    text, label = known_columns(header, reading)
    for column in text:
        _require(name, header, column, "`text_column`")
    if reading.labelled:
        _require(name, header, label, "`label_column`")
    if reading.group is not None:
        _require(name, header, reading.group, "`group_column`")
    if label in header:
        return Places(text, label, reading.group)
    if set(header) > {*text}:
        reading.notes.remark(
            f"{name}: there is no column {label!r} (found: {', '.join(map(repr, header))}), so the "
            f"documents have no labels; if another column holds them, name it with `label_column`."
        )
    return Places(text, None, reading.group)


def _require(name: str, header: list[str], column: str, option: str) -> None:
    if column not in header:
        found = ", ".join(map(repr, header)) or "none"
        raise ValueError(
            f"{name}: there is no column {column!r} (found: {found}); name it with {option}."
        )


def split_of_rows(
    name: str,
    texts: list[Any],
    labels: list[Any],
    groups: list[Any],
    where: Sequence[str],
    reading: Reading,
    places: Places | None = None,
    *,
    typed: bool = False,
) -> Split:
    """Return rows as documents with labels.

    Parameters
    ----------
    name : str
        Path of the table, or another name for messages; names of files are relative to its folder.
    texts, labels, groups : list
        One per row; all None if there is no such column.
    where : sequence of str
        Place of each row for messages: ``"train.csv:17"``.
    places : Places, optional
        The columns that were read, if they may differ from those in `reading`.
    typed : bool
        Whether the format distinguishes missing values from texts.
    """
    if places is None:
        places = Places(reading.text, reading.label, reading.group)
    docs = Corpus.from_documents(texts)
    return split_of_columns(name, docs, labels, groups, where, reading, places, typed=typed)


def split_of_columns(
    name: str,
    docs: Corpus,
    labels: list[Any],
    groups: list[Any],
    where: Sequence[str],
    reading: Reading,
    places: Places,
    *,
    typed: bool,
) -> Split:
    """Return documents with labels; the parameters are those of `split_of_rows`."""
    if not len(docs):
        raise ValueError(f"{name}: there are no rows.")
    if places.text:
        reading.notes.fact("columns", _columns_read(places))
    names = clean_labels(labels, where, reading, typed=typed)
    if names is None and places.label is not None:
        reading.notes.remark(
            f"{name}: the column {places.label!r} is empty, so the documents have no labels."
        )
    if len(places.text) == 1:
        docs = linked_documents(name, places.text[0], docs, where, reading)
    remark_on_empty(name, docs, names, where, reading.notes)
    return Split(docs, names, None if places.group is None else clean_groups(groups))


def _columns_read(places: Places) -> str:
    """Return the columns and their roles, as in ``'v2' (text), 'v1' (label)``."""
    label, group = ([] if name is None else [name] for name in (places.label, places.group))
    kinds = {"text": places.text, "label": label, "group": group}
    return ", ".join(f"{name!r} ({kind})" for kind, names in kinds.items() for name in names)


def remark_on_empty(
    name: str, docs: Corpus, labels: NDArray[Any] | None, where: Sequence[str], notes: Notes
) -> None:
    """Remark on empty documents, and on their labels if these differ."""
    rows = np.flatnonzero(docs.lengths == 0)
    if not len(rows):
        return
    which = {} if labels is None else dict(Counter(labels[rows].tolist()))
    differ = ""
    if len(which) > 1:
        shown = ", ".join(counted(which)[:MOST_NAMED])
        differ = f"; no method can tell their labels apart: {shown}"
    are = "is" if len(rows) == 1 else "are"
    notes.remark(
        f"{name}: {len(rows):,} of {len(docs):,} documents {are} empty (the first: "
        f"{where[rows[0]]}){differ}."
    )
