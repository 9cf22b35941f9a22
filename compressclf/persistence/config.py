"""``config.json``: the description of a model, in JSON that is checked when it is read."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FORMAT_VERSION", "Config", "read_classes", "read_json", "write_classes"]

FORMAT = "compressclf-model"
FORMAT_VERSION = 1
MOST_DIGITS = 20  # of an int in JSON: enough for 64 bits
MOST_BRACKETS = 1_000_000  # in JSON: a Python object takes many times the bytes of its brackets
MOST_CLASSES = 100_000
LONGEST_NAME = 4_096
MOST_CHARACTERS = 1 << 24  # classes times the longest name; an array takes 4 bytes for each

CLASS_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    **{f"{sign}int{bits}": (int,) for sign in ("", "u") for bits in (8, 16, 32, 64)},
    "float32": (float,),
    "float64": (float,),
    "object": (str, bool, int, float),
}


@dataclass
class Config:
    """The content of ``config.json``."""

    kind: str
    parameters: dict[str, Any]
    """The classifier's constructor arguments."""
    settings: dict[str, Any]
    """What ``fit`` chose, without arrays."""
    classes: dict[str, Any]
    """``{"dtype": ..., "names": [...]}``"""
    versions: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)
    """``{"dtype": ..., "shape": [...]}`` for each name."""
    files: dict[str, Any] = field(default_factory=dict)
    """``{"bytes": ..., "sha256": ...}`` for each file beside this one."""

    def to_json(self) -> bytes:
        """Return the content of the file."""
        content = {"format": FORMAT, "format_version": FORMAT_VERSION, **vars(self)}
        return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Config:
        """Read the content of the file; ValueError if it has another or a newer format."""
        content = read_json(data)
        number = content.get("format_version")
        if type(number) is not int or number < 1:
            raise ValueError(f"config.json has the format version {number!r}, not a number >= 1.")
        if number > FORMAT_VERSION:
            raise ValueError(
                f"the model has format version {number}, and this compressclf reads up to "
                f"{FORMAT_VERSION}: pip install --upgrade compressclf"
            )
        names = [item.name for item in fields(cls)]
        for name in names:
            expected = str if name == "kind" else dict
            if not isinstance(content.get(name), expected):
                raise ValueError(f"config.json: {name!r} is missing or not a {expected.__name__}.")
        return cls(**{name: content[name] for name in names})


class _NoModelError(ValueError):
    """The file is JSON, but not as `Config.to_json` writes it."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise _NoModelError("has a key twice")
    return content


def _int(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise _NoModelError("has a number of more than 64 bits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NoModelError("has a number that is not finite")
    return number


def read_json(data: bytes) -> dict[str, Any]:
    """Return the content of ``config.json`` in any version of the format, or raise ValueError."""
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS:
        raise ValueError(f"config.json opens more than {MOST_BRACKETS:,} brackets.")
    try:
        content = json.loads(
            data,
            object_pairs_hook=_object,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_float,
        )
    except _NoModelError as error:
        raise ValueError(f"config.json {error}.") from None
    except (ValueError, RecursionError):
        raise ValueError("config.json is damaged or cut off: it is not valid JSON.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"not a model: config.json does not say {FORMAT!r}.")
    return content


def write_classes(classes: NDArray[Any]) -> dict[str, Any]:
    """Return class names as JSON; ValueError if `read_classes` would refuse them.

    Examples
    --------
    >>> write_classes(np.array(["no", "yes"]))
    {'dtype': 'str', 'names': ['no', 'yes']}
    """
    dtype = {"U": "str", "O": "object"}.get(classes.dtype.kind, classes.dtype.name)
    names = classes.tolist()
    allowed = CLASS_TYPES.get(dtype)
    refused = [str(classes.dtype)] if allowed is None else []
    refused += [type(name).__name__ for name in names if allowed and type(name) not in allowed]
    if refused:
        raise ValueError(f"Labels of type {refused[0]} cannot be saved: use str or int.")
    try:
        _check_size(names)
    except ValueError as error:
        raise ValueError(f"The model cannot be saved: {error}") from None
    return {"dtype": dtype, "names": names}


def read_classes(content: dict[str, Any]) -> NDArray[Any]:
    """Return class names as an array.

    Raises
    ------
    ValueError
        If they are not of their type, not distinct, not sorted, too many or too long.

    Examples
    --------
    >>> read_classes({"dtype": "int8", "names": [-1, 1]})
    array([-1,  1], dtype=int8)
    """
    dtype, names = content.get("dtype"), content.get("names")
    allowed = CLASS_TYPES.get(dtype) if isinstance(dtype, str) else None
    if allowed is None or not isinstance(names, list) or not names:
        raise ValueError("the class names are not a list of a known type.")
    if any(type(name) not in allowed or name != name for name in names):
        raise ValueError(f"the class names are not all of type {dtype}.")
    _check_size(names)
    try:
        classes = np.array(names, dtype=dtype)
        ordered = bool((classes[:-1] < classes[1:]).all()) and classes.tolist() == names
    except (ValueError, TypeError, OverflowError):
        ordered = False
    if not ordered:
        raise ValueError(f"the class names are not distinct, sorted and of type {dtype}.")
    return classes


def _check_size(names: list[Any]) -> None:
    """Refuse class names whose array would take too much memory, before it is made."""
    longest = max((len(name) for name in names if isinstance(name, str)), default=1)
    if len(names) > MOST_CLASSES or longest > LONGEST_NAME:
        raise ValueError(
            f"there are {len(names):,} class names, the longest of {longest:,} characters, and at "
            f"most {MOST_CLASSES:,} of {LONGEST_NAME:,} are allowed."
        )
    if len(names) * longest > MOST_CHARACTERS:
        raise ValueError(
            f"{len(names):,} class names of up to {longest:,} characters take too much memory: "
            f"shorten the longest."
        )
