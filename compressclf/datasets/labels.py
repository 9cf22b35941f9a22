"""Convert labels to text, by the same rules for every source.

A list of one value counts as that value; several labels, objects and nested lists are refused.
Blanks at both ends are stripped. None, NaN, ``""`` and blanks alone count as missing; the text
``"nan"`` is a label, since it is the code of a language (Min Nan). Labels that look alike but
differ are different classes, and are reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressclf.datasets.reading import Reading

__all__ = ["clean_groups", "clean_labels", "counted", "name_label", "near_equal"]

# Unicode white space, NUL (NumPy arrays drop it at the end), and characters without width.
BLANKS = "".join(chr(i) for i in range(0x3001) if chr(i).isspace()) + "\0\u200b\u2060\ufeff"
LIST_AS_TEXT = re.compile(r"""\[\s*('.*'|".*"|[\d\s.,]*)\s*\]|\{\s*['"].*:.*\}""", re.DOTALL)
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
OFTEN_MISSING = frozenset({"nan", "none", "null", "na", "n/a", "#n/a", "<na>", "nat"})
MOST_NAMED = 8


def clean_labels(
    values: list[Any], where: Sequence[str], reading: Reading, *, typed: bool = True
) -> NDArray[Any] | None:
    """Return labels as str, or None if there are none and they are not needed.

    Parameters
    ----------
    values : list
        One per row.
    where : sequence of str
        Place of each row for messages: ``"train.csv:17"``.
    typed : bool
        Whether the format distinguishes missing values from texts. If not, labels such as ``nan``
        are remarked on.

    Raises
    ------
    ValueError
        If a label is missing, or is not a single text or number.

    Examples
    --------
    >>> reading = Reading()
    >>> clean_labels(["a ", ["b"], 1.0], ["x:1", "x:2", "x:3"], reading).tolist()
    ['a', 'b', '1']
    >>> reading.notes.remarks
    ["x:1: labels with blanks at their ends, which were stripped: 'a ' (1)."]
    """
    texts = [
        value if isinstance(value, str) else _text(value, where[row])
        for row, value in enumerate(values)
    ]
    if {list, tuple, np.ndarray} & {*map(type, values)}:
        reading.notes.fact("labels", "lists of one label")
    counts = Counter(texts)
    labels = {text: (text or "").strip(BLANKS) or None for text in counts}
    missing = [text for text in counts if labels[text] is None]
    n_missing = sum(counts[text] for text in missing)
    if n_missing == len(texts) and not reading.labelled:
        return None
    if n_missing:
        place = where[min(map(texts.index, missing))]
        if n_missing == 1:
            raise ValueError(f"{place}: the label is missing; fill it in or drop the row.")
        rows = f"{n_missing - 1:,} other row{'s' * (n_missing > 2)}"
        raise ValueError(
            f"{place}: the label is missing, here and in {rows}; fill them in or drop these rows."
        )
    for text, label in labels.items():
        if LIST_AS_TEXT.fullmatch(label or ""):
            raise ValueError(
                f"{where[texts.index(text)]}: the label {label!r:.60} is a list or an object "
                f"written as text; write one label for each document, without brackets."
            )
    _remark(texts, labels, counts, where, reading, typed=typed)
    return np.array([labels[text] for text in texts], dtype=str)


def clean_groups(values: list[Any]) -> NDArray[Any]:
    """Return the group of each document as str; missing values become the group "not stated".

    Examples
    --------
    >>> clean_groups(["sw", None, 1.0]).tolist()
    ['sw', 'not stated', '1']
    """
    names = ["" if _is_missing(value) else name_label(value).strip(BLANKS) for value in values]
    return np.array([name or "not stated" for name in names], dtype=str)


def name_label(value: object) -> str:
    """Return a label as text, the same for every source.

    Parameters
    ----------
    value : object
        A label.

    Returns
    -------
    str

    Examples
    --------
    >>> name_label("a"), name_label(1), name_label(1.0)
    ('a', '1', '1')
    """
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    if isinstance(value, (float, np.floating, Decimal)) and value % 1 == 0:
        value = int(value)  # a missing label turns a column of ints into one of floats
    return str(value)


def near_equal(counts: dict[str, int]) -> str:
    r"""List labels that look alike, with their counts; ``""`` if there are none.

    Two labels look alike if they differ only in capitals, in blanks, in the Unicode form of a
    letter, or in how a number is written.

    Examples
    --------
    >>> near_equal({"garden": 12, "Garden": 1, "music": 9})
    "'garden' (12) and 'Garden' (1)"
    >>> near_equal({"1": 3, "1.0": 2, "cafe\u0301": 1, "caf\u00e9": 1})
    "'1' (3) and '1.0' (2), 'cafe\\u0301' (1) and 'caf\\xe9' (1)"
    """
    alike: dict[str, list[str]] = {}
    for label in counts:
        alike.setdefault(_key(label), []).append(label)
    groups = [
        " and ".join(counted({label: counts[label] for label in group}))
        for group in alike.values()
        if len(group) > 1
    ]
    return _listed(groups)


def counted(counts: dict[str, int]) -> list[str]:
    """Quote labels with their counts; quoting shows how labels that look the same differ.

    Examples
    --------
    >>> counted({"a": 1000, "b": 2})
    ["'a' (1,000)", "'b' (2)"]
    """
    look = Counter(unicodedata.normalize("NFC", label) for label in counts)
    quote = ascii if max(look.values(), default=0) > 1 else repr
    return [f"{quote(label)} ({n:,})" for label, n in counts.items()]


def _text(value: Any, place: str) -> str | None:
    """Return one label as text, or None if it is missing."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        if not value:
            raise ValueError(f"{place}: the label is an empty list; fill it in or drop the row.")
        if len(value) > 1:
            shown = ", ".join(map(repr, value))
            raise ValueError(
                f"{place}: the document has {len(value)} labels ({shown:.60}); give one label for "
                f"each document."
            )
        value = value[0]
    if isinstance(value, (dict, list, tuple, set)):
        raise ValueError(
            f"{place}: the label is not a text or a number but {value!r:.60}; give one label for "
            f"each document."
        )
    return None if _is_missing(value) else name_label(value)


def _is_missing(value: object) -> bool:
    if isinstance(value, (float, np.floating, Decimal)):
        return bool(value != value)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}  # pandas' missing values


def _remark(
    texts: list[str | None],
    labels: dict[str | None, str | None],
    counts: Counter[str | None],
    where: Sequence[str],
    reading: Reading,
    *,
    typed: bool,
) -> None:
    """Remark on stripped blanks, and on labels that may mean a missing label."""
    stripped = {text: counts[text] for text in counts if text and labels[text] != text}
    if stripped:
        place = where[min(map(texts.index, stripped))]
        reading.notes.remark(
            f"{place}: labels with blanks at their ends, which were stripped: "
            f"{_listed(counted(stripped))}."
        )
    for text in counts:
        if text and not typed and (labels[text] or "").lower() in OFTEN_MISSING:
            n = counts[text]
            have = "document has" if n == 1 else "documents have"
            drop = "this row" if n == 1 else "these rows"
            reading.notes.remark(
                f"{where[texts.index(text)]}: {n:,} {have} the label {labels[text]!r}; if it means "
                f"a missing label, drop {drop}."
            )


def _key(label: str) -> str:
    """Return a key that is equal for labels that look alike."""
    number = label.strip()
    if NUMBER.fullmatch(number) and len(number) < 16:
        return str(float(number))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def _listed(parts: Iterable[str]) -> str:
    named = list(parts)
    more = f" and {len(named) - MOST_NAMED:,} more" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more
