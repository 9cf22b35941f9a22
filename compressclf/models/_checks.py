"""The sentences with which models refuse a parameter, a saved array or a class."""

from __future__ import annotations

from typing import Any

__all__ = ["check_class", "check_parameter", "expect_array"]


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
    ValueError: The array 'counts' is not what a model of blocks could have learnt.
    """
    if not holds:
        raise ValueError(f"The array {name!r} is not what a model of {model} could have learnt.")


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
