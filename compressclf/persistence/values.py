"""Parameters and settings as JSON values of known types, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._registry import choose_from
from compressclf.compressors import Compressor, build_compressor
from compressclf.models import ClassModel, get_model

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = [
    "Types",
    "array_of",
    "number_of",
    "read_model",
    "read_parameters",
    "write_model",
    "write_parameters",
]

Types = Mapping[str, tuple[type, ...]]
MOST_THREADS = 1024


def write_parameters(classifier: Any, types: Types) -> dict[str, Any]:
    """Return the constructor arguments of a classifier as JSON values.

    Raises
    ------
    ValueError
        If one of them has no such form.
    """
    parameters = {}
    for name, value in classifier.get_params(deep=False).items():
        plain = _plain(value)
        if type(plain) not in types[name]:
            raise ValueError(
                f"The {name!r} parameter of {type(classifier).__name__} cannot be saved: "
                f"{value!r:.60} is nothing that a number, a text or a spec describes."
            )
        parameters[name] = {"bytes": plain.hex()} if isinstance(plain, bytes) else plain
    return parameters


def read_parameters(content: Mapping[str, Any], types: Types) -> dict[str, Any]:
    """Return constructor arguments of the right types; one that is missing has its default.

    Raises
    ------
    ValueError
        If one is unknown or of another type.
    """
    parameters = {}
    for name, value in content.items():
        if name not in types:
            raise ValueError(choose_from("parameter", name, list(types)))
        if bytes in types[name] and isinstance(value, dict):
            try:
                value = bytes.fromhex(value["bytes"])
            except (KeyError, TypeError, ValueError):
                value = None
        if type(value) not in types[name]:
            raise ValueError(f"config.json: the parameter {name!r} cannot be {value!r:.60}.")
        parameters[name] = value
    threads = parameters.get("n_jobs")
    if threads is not None and not -MOST_THREADS <= threads <= MOST_THREADS:
        raise ValueError(f"config.json: the parameter 'n_jobs' cannot be {threads}.")
    return parameters


def write_model(model: ClassModel) -> Any:
    """Return a class model as its spec; a combination as its fields, its parts as their specs.

    Raises
    ------
    ValueError
        If no spec builds it again.
    """
    spec = _spec(model)
    if spec is not None:
        return spec
    from compressclf.models.combination import Combination

    if isinstance(model, Combination):
        return {item.name: _part(getattr(model, item.name)) for item in fields(model)}
    raise ValueError(f"The model {model.name!r} cannot be saved: no spec builds it again.")


def read_model(content: Any) -> ClassModel:
    """Return the class model that `write_model` wrote.

    Raises
    ------
    ValueError
        If it is no spec of a model, and no combination.
    """
    if isinstance(content, str):
        return get_model(content)
    if not isinstance(content, dict):
        raise ValueError(f"config.json: {content!s:.60} is no spec of a model.")
    from compressclf.models.combination import Combination

    try:
        return Combination(**{name: _part_again(value) for name, value in content.items()})
    except (TypeError, RecursionError):
        raise ValueError("config.json: the models cannot be combined in this way.") from None


def array_of(
    arrays: Mapping[str, NDArray[Any]], name: str, dtype: DTypeLike, shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """Return an array if its dtype and shape are right; None in the shape is any length.

    Raises
    ------
    ValueError
        If it is missing or otherwise.
    """
    if name not in arrays:
        raise ValueError(f"the array {name!r} is missing.")
    array = arrays[name]
    fits = len(array.shape) == len(shape) and all(
        wanted is None or n == wanted for n, wanted in zip(array.shape, shape, strict=True)
    )
    if array.dtype != np.dtype(dtype) or not fits:
        wanted = f"({', '.join('any' if n is None else str(n) for n in shape)})"
        raise ValueError(
            f"the array {name!r} has dtype {array.dtype} and shape {array.shape}; expected "
            f"{np.dtype(dtype)} and {wanted}."
        )
    return array


def number_of(settings: Mapping[str, Any], name: str, kind: type, low: float, high: float) -> Any:
    """Return a setting if it is a number in [low, high].

    Raises
    ------
    ValueError
        If it is missing or otherwise.
    """
    value: Any = settings.get(name)
    right = type(value) is kind
    if not right or not low <= value <= high:
        raise ValueError(f"config.json: the setting {name!r} cannot be {value!r:.60}.")
    return value


def _plain(value: Any) -> Any:
    """Return the JSON value (or bytes) that stands for `value`, or `value` itself."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (Compressor, ClassModel)):
        return _spec(value) or value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        parts = [_plain(part) for part in value]
        return parts if all(isinstance(part, (str, int, float)) for part in parts) else value
    return value


def _part(value: Any) -> Any:
    """Return a field of a combination as a JSON value."""
    if isinstance(value, ClassModel):
        return {"model": write_model(value)}
    if isinstance(value, (tuple, list)):
        return [_part(part) for part in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise ValueError(f"The combination of models cannot be saved: {value!s:.60} in it.")


def _part_again(value: Any) -> Any:
    if isinstance(value, dict):
        return read_model(value.get("model"))
    return tuple(map(_part_again, value)) if isinstance(value, list) else value


def _spec(described: Compressor | ClassModel) -> str | None:
    """Return the spec if it builds an equal object."""
    build: Any = get_model if isinstance(described, ClassModel) else build_compressor
    try:
        spec = described.spec
        return spec if build(spec) == described else None
    except (ValueError, TypeError):
        return None
