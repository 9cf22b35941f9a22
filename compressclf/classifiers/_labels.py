"""Labels as they are given: which ones are refused, and their positions among the classes."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["check_labels", "class_indices", "sorted_classes"]


def check_labels(y: object) -> None:
    """Refuse documents without a label, and labels that have no order among themselves.

    Parameters
    ----------
    y : array-like
        The labels as they were given: as an array, a list of text and a NaN would be all text.

    Raises
    ------
    ValueError
        If one is None, NaN, NaT, NA or masked, or if some are text and others numbers. The text
        "nan", which ``np.array(["spam", float("nan")])`` makes, is a label like any other.

    Examples
    --------
    >>> check_labels(["spam", float("nan")])
    Traceback (most recent call last):
        ...
    ValueError: Document 1 has no label: drop it or fill it in.
    """
    examples: dict[str, object] = {}
    for position, label in enumerate(_unclear(y)):
        if _is_missing(label):
            raise ValueError(f"Document {position} has no label: drop it or fill it in.")
        examples.setdefault(_kind_of(label), label)
    examples.pop("other", None)  # scikit-learn says what is wrong with these
    if len(examples) > 1:
        (first, one), (second, another) = list(examples.items())[:2]
        raise ValueError(
            f"y has labels that are {first} ({one!r}) and labels that are {second} ({another!r}): "
            f"make all of them text, as in [str(label) for label in y]."
        )


def _unclear(y: object) -> Sequence[object]:
    """Return the labels one by one, none if their type says that all is well."""
    if isinstance(y, (list, tuple)):
        kinds = set(map(type, y))
        if kinds == {str} or kinds <= {bool, int}:
            return ()
        return [label[0] if _is_row_of_one(label) else label for label in y]
    array = np.asanyarray(y)  # the masked values of a masked array become None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    is_clear = array.dtype.kind not in "OfcmM" and not isinstance(array, np.ma.MaskedArray)
    if array.ndim != 1 or is_clear:
        return ()
    labels: list[object] = list(array) if array.dtype.kind in "mM" else array.tolist()
    return labels


def _is_missing(label: object) -> bool:
    if label is None or type(label).__name__ == "NAType":
        return True
    try:
        return not hasattr(label, "__len__") and bool(label != label)
    except ArithmeticError:  # a signalling NaN of decimal
        return True


def _is_row_of_one(label: object) -> bool:
    return isinstance(label, (list, tuple)) and len(label) == 1


def _kind_of(label: object) -> str:
    if isinstance(label, str):
        return "text"
    if isinstance(label, bytes):
        return "bytes"
    return "numbers" if isinstance(label, (Number, np.generic)) else "other"


def sorted_classes(classes: ArrayLike) -> NDArray[np.generic]:
    given = np.asarray(classes)
    try:
        check_labels(classes)
        return np.unique(given)
    except (TypeError, ValueError):  # text and numbers have no order
        pass
    raise ValueError("All classes must be text, or all of them numbers, and none of them missing.")


def class_indices(labels: NDArray[np.generic], classes: NDArray[np.generic]) -> NDArray[np.int64]:
    if labels.ndim > 1:
        raise ValueError(f"y must have one label for each document. Got shape {labels.shape}.")
    index_of = {label: index for index, label in enumerate(classes.tolist())}
    indices = [index_of.get(label) for label in labels.tolist()]
    if None in indices:
        label = labels.tolist()[indices.index(None)]
        raise ValueError(f"The label {label!r} is not among the classes of the first call.")
    return np.array(indices, dtype=np.int64)
