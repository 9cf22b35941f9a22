"""The names of classes, for models that read them: labels as words, and names as one text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from compressclf.models.base import ClassModel

__all__ = ["MOST_CHARACTERS", "readable", "split_names", "with_names", "written_names"]

MOST_CHARACTERS = 1000
"""Characters of a name or description, at most."""
BETWEEN_CLASSES, BETWEEN_NAMES = ";", "|"
_FORBIDDEN = re.compile(r"[;|\[\]\r\n\x00]")


def readable(label: object) -> str:
    """Return a label as words: without ``_``, ``-`` and ``/``, CamelCase split, in lower case.

    Examples
    --------
    >>> readable("sci_tech"), readable("OfficeHolder"), readable("Sci/Tech"), readable(3)
    ('sci tech', 'office holder', 'sci tech', '3')
    """
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", str(label))
    text = re.sub(r"[_\-/;|\[\]\s\x00]+", " ", text).strip().lower()
    return text[:MOST_CHARACTERS] or "none"


def with_names(model: ClassModel, names: Sequence[Sequence[str]]) -> ClassModel:
    """Return a model, told the names of the classes if it reads them.

    Parameters
    ----------
    model : ClassModel
        Any model.
    names : sequence of sequence of str
        One or several names or descriptions of each class.

    Returns
    -------
    ClassModel
    """
    if not model.reads_names:
        return model
    reader: Any = model
    named: ClassModel = reader.named(names)
    return named


def written_names(names: Sequence[str | Sequence[str]]) -> str:
    """Return the names of all classes as one text for the parameter ``names``.

    Examples
    --------
    >>> written_names(["business", ["sports", "a match or a player"]])
    'business;sports|a match or a player'

    Raises
    ------
    ValueError
        If a name is empty, too long, or has one of ``;``, ``|``, ``[``, ``]`` or a line break.
    """
    groups = [[own] if isinstance(own, str) else list(own) for own in names]
    for own in groups:
        if not own:
            raise ValueError("a class has an empty list of names: give it at least one.")
        for name in own:
            _check_name(name)
    return BETWEEN_CLASSES.join(BETWEEN_NAMES.join(map(str.strip, own)) for own in groups)


def split_names(names: str) -> tuple[tuple[str, ...], ...]:
    """Return the names of each class from what `written_names` wrote.

    Examples
    --------
    >>> split_names("business;sports|a match or a player")
    (('business',), ('sports', 'a match or a player'))

    Raises
    ------
    ValueError
        If a name is empty or too long.
    """
    groups = tuple(
        tuple(name.strip() for name in own.split(BETWEEN_NAMES))
        for own in names.split(BETWEEN_CLASSES)
    )
    for own in groups:
        for name in own:
            _check_name(name)
    return groups


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip() or _FORBIDDEN.search(name):
        raise ValueError(
            f"the name {name!r:.60} of a class must be text, not empty, on one line, without "
            f"; | [ and ]."
        )
    if len(name) > MOST_CHARACTERS:
        raise ValueError(f"the name {name!r:.60} has more than {MOST_CHARACTERS:,} characters.")
