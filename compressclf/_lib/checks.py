"""Checks of parameters, saved arrays and classes, each with one sentence for what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "check_class",
    "check_int",
    "check_parameter",
    "expect_array",
    "expect_arrays",
    "is_number",
]


def is_number(value: object, least: float, most: float) -> bool:
    """Return whether a parameter is a number in [least, most].

    Examples
    --------
    >>> is_number(3, 0, 4), is_number(0.5, 0, 4), is_number(float("nan"), 0, 4)
    (True, True, False)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return least <= value <= most


def check_int(
    owner: str, name: str, value: object, low: int, high: int, *, auto: bool = False
) -> None:
    """Refuse a parameter unless it is an int in [low, high], or "auto" where that is allowed.

    Examples
    --------
    >>> check_int("zstd", "level", 99, 1, 22)
    Traceback (most recent call last):
    ...
    ValueError: The 'level' parameter of zstd must be an int in [1, 22]. Got 99 instead.
    """
    if auto and value == "auto":
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        expected = ("'auto' or " if auto else "") + f"an int in [{low}, {high}]"
        raise ValueError(
            f"The {name!r} parameter of {owner} must be {expected}. Got {value!r} instead."
        )


def check_parameter(model: Any, holds: bool, name: str, expected: str) -> None:
    """Refuse a parameter of a model unless `holds`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> check_parameter(SimpleNamespace(name="motion", reach=9), False, "reach", "an int in [0, 4]")
    Traceback (most recent call last):
    ValueError: The 'reach' parameter of motion must be an int in [0, 4]. Got 9 instead.
    """
    if not holds:
        raise ValueError(
            f"The {name!r} parameter of {model.name} must be {expected}. "
            f"Got {getattr(model, name)!r} instead."
        )


def expect_array(holds: bool, name: str, *, model: str) -> None:
    """Refuse an array of a saved model unless `holds`.

    Examples
    --------
    >>> expect_array(False, "counts", model="blocks")
    Traceback (most recent call last):
    ValueError: The array 'counts' cannot belong to a fitted model of blocks.
    """
    if not holds:
        raise ValueError(f"The array {name!r} cannot belong to a fitted model of {model}.")


def expect_arrays(
    arrays: Mapping[str, NDArray[Any] | None], types: Mapping[str, tuple[Any, int]], *, model: str
) -> None:
    """Refuse the arrays of a saved model unless all exist, of these types and numbers of axes.

    Parameters
    ----------
    arrays : mapping of str to ndarray or None
        What a file holds.
    types : mapping of str to (dtype, int)
        For each name the dtype and the number of axes.
    model : str
        Name of the model, for the message.

    Raises
    ------
    ValueError
        If an array is missing or of another type; the message names it.

    Examples
    --------
    >>> expect_arrays({}, {"counts": (float, 1)}, model="blocks")
    Traceback (most recent call last):
    ValueError: The array 'counts' cannot belong to a fitted model of blocks.
    """
    for name, (dtype, n_axes) in types.items():
        array = arrays.get(name)
        holds = array is not None and array.dtype == dtype and array.ndim == n_axes
        expect_array(holds, name, model=model)


def check_class(label: int, n_classes: int) -> int:
    """Return a class as an int.

    Examples
    --------
    >>> check_class(3, 3)
    Traceback (most recent call last):
    ValueError: A class is an int in [0, 3). Got 3 instead.
    """
    if not 0 <= label < n_classes:
        raise ValueError(f"A class is an int in [0, {n_classes}). Got {label!r} instead.")
    return int(label)
