"""Columns by name, and rows as documents."""

from __future__ import annotations

from typing import Any, NamedTuple

from compressclf.datasets._dataset import Split
from compressclf.datasets._reading import Reading
from compressclf.datasets.labels import clean_groups, clean_labels
from compressclf.documents import Corpus

__all__ = ["Places", "find_columns", "split_of_rows"]


class Places(NamedTuple):
    """Names of the columns that are read; None for those that are not there or not asked for."""

    text: tuple[str, ...]
    label: str | None
    group: str | None


def find_columns(name: str, header: list[str], reading: Reading) -> Places:
    """Return which of the columns in `header` are read.

    Raises
    ------
    ValueError
        If one that is needed is missing; `name` says where.
    """
    for column in reading.text:
        _require(name, header, column, "--text-column")
    if reading.labelled:
        _require(name, header, reading.label, "--label-column")
    if reading.group is not None:
        _require(name, header, reading.group, "--group-column")
    return Places(reading.text, reading.label if reading.label in header else None, reading.group)


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
    where: list[str],
    reading: Reading,
) -> Split:
    """Return rows as documents with labels.

    Parameters
    ----------
    texts, labels, groups : list
        One a row; labels and groups of None where there is no such column.
    where : list of str
        Where each row is, for messages: ``"train.csv:17"``.
    """
    if not texts:
        raise ValueError(f"{name}: there are no rows.")
    return Split(
        Corpus.from_documents(texts),
        clean_labels(labels, where, reading),
        None if reading.group is None else clean_groups(groups),
    )
