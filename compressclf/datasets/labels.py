"""Labels as text, by one rule for every source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressclf.datasets._reading import Reading

__all__ = ["clean_groups", "clean_labels", "name_label"]


def clean_labels(values: list[object], where: list[str], reading: Reading) -> NDArray[Any] | None:
    """Return labels as str; None if there are none at all and none are needed.

    Parameters
    ----------
    values : list
        One a row; None, NaN, ``""`` and ``"NaN"`` count as missing.
    where : list of str
        Where each row stands, for the message: ``"train.csv:17"``.

    Raises
    ------
    ValueError
        If a label is missing.
    """
    labels = [_label(value) for value in values]
    if None in labels:
        if not reading.labelled and not any(labels):
            return None
        place = where[labels.index(None)]
        raise ValueError(f"{place}: the label is missing; fill it in or drop the row.")
    return np.array(labels, dtype=str)


def clean_groups(values: list[object]) -> NDArray[Any]:
    """Return the group of each document as str; what is missing is a group of its own.

    Examples
    --------
    >>> clean_groups(["sw", None, 1.0]).tolist()
    ['sw', 'not stated', '1']
    """
    return np.array([_label(value) or "not stated" for value in values], dtype=str)


def name_label(value: object) -> str:
    """Return a label as the text that it is in every source.

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
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of ints becomes one of floats wherever a label is missing
    return str(value)


def _label(value: object) -> str | None:
    if value is None or value != value:
        return None
    text = name_label(value)
    return None if text in {"", "nan", "NaN"} else text
