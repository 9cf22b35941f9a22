"""Parameters and settings as JSON values of known types, and back."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.foreign import is_from_file
from compressclf._lib.registry import choose_from, format_spec, parse_spec
from compressclf.compressors import Compressor, build_compressor
from compressclf.documents.images import CHANNELS
from compressclf.documents.preprocessing import LONGEST_SIDE
from compressclf.models import MOST_MODELS, ClassModel, get_model
from compressclf.models.combination import Combination

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = [
    "Types",
    "array_of",
    "channels_of",
    "dtype_of_numbers",
    "number_of",
    "preprocess_of",
    "read_model",
    "read_parameters",
    "resizing_first",
    "spec_of",
    "write_model",
    "write_parameters",
]

Types = Mapping[str, tuple[type, ...]]
MOST_THREADS = 1024
DTYPE = re.compile(r"[<>|][biuf][1248]")


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
    parameters: dict[str, Any] = {}
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
        parameters[name] = _weights_of(name, value) if isinstance(value, dict) else value
    threads = parameters.get("n_jobs")
    if threads is not None and not -MOST_THREADS <= threads <= MOST_THREADS:
        raise ValueError(f"config.json: the parameter 'n_jobs' cannot be {threads}.")
    if threads is not None and is_from_file():
        parameters["n_jobs"] = min(threads, os.cpu_count() or 1)
    return parameters


def write_model(model: ClassModel) -> Any:
    """Return a class model as its spec, a combination as a list of them.

    Raises
    ------
    ValueError
        If no spec builds it again.
    """
    spec = _spec(model)
    if spec is not None:
        return spec
    parts = [_spec(part) for part in model.models] if isinstance(model, Combination) else [None]
    if None not in parts:
        return parts
    raise ValueError(f"The model {model.name!r} cannot be saved: no spec builds it again.")


def read_model(content: Any) -> ClassModel:
    """Return the class model that `write_model` wrote.

    Raises
    ------
    ValueError
        If it is no spec of a model, and no list of them.
    """
    if isinstance(content, str):
        return get_model(content)
    is_list = isinstance(content, list) and len(content) <= MOST_MODELS
    if is_list and all(isinstance(part, str) for part in content):
        return Combination(tuple(get_model(part) for part in content))
    raise ValueError(f"config.json: {content!s:.60} is no spec of a model.")


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


def dtype_of_numbers(settings: Mapping[str, Any], name: str) -> np.dtype[Any]:
    """Return a setting if it is the dtype of plain numbers.

    Raises
    ------
    ValueError
        If it is missing or otherwise.
    """
    value = settings.get(name)
    try:
        if isinstance(value, str) and DTYPE.fullmatch(value):
            return np.dtype(value)
    except TypeError:  # a dtype such as <f1
        pass
    raise ValueError(f"config.json: the setting {name!r} cannot be {value!r:.60}.")


def channels_of(settings: Mapping[str, Any], name: str) -> int:
    """Return a setting if it is the number of channels of an image, 1 or 3.

    Raises
    ------
    ValueError
        If it is missing or otherwise.
    """
    value = settings.get(name)
    if type(value) is not int or value not in CHANNELS:
        raise ValueError(f"config.json: the setting {name!r} cannot be {value!r:.60}.")
    return value


def spec_of(settings: Mapping[str, Any], name: str) -> str | None:
    """Return a setting if it is a spec or None, as it is in models older than the setting.

    Raises
    ------
    ValueError
        If it is something else.
    """
    spec = settings.get(name)
    if not isinstance(spec, (str, type(None))):
        raise ValueError(f"config.json: the setting {name!r} cannot be {spec!r:.60}.")
    return spec


def preprocess_of(settings: Mapping[str, Any]) -> str | None:
    """Return the spec of the preprocessing; an older model has its "resize_in" apart.

    Raises
    ------
    ValueError
        If a setting is something else.
    """
    specs = [_resize_in(settings), spec_of(settings, "preprocess")]
    return "+".join(filter(None, specs)) or None


def resizing_first(
    settings: Mapping[str, Any], parameters: dict[str, Any], *, allowed: bool = True
) -> dict[str, Any]:
    """Return parameters whose "preprocess" has the size that an older model has as a setting.

    Raises
    ------
    ValueError
        If there is a size, and the estimator has no preprocessing (not `allowed`).
    """
    resize = _resize_in(settings)
    if resize is None:
        return parameters
    if not allowed:
        raise ValueError("config.json: the setting 'resize_in' is for classifiers of images.")
    given = parameters.get("preprocess")
    return {**parameters, "preprocess": resize if given is None else f"{resize}+{given}"}


def _resize_in(settings: Mapping[str, Any]) -> str | None:
    """Return the size to which older models had images resized, as a spec of preprocessing."""
    size = settings.get("resize_in")
    if size is None:
        return None
    is_size = isinstance(size, list) and [type(side) for side in size] == [int, int]
    if not is_size or not all(1 <= side <= LONGEST_SIDE for side in size):
        raise ValueError(f"config.json: the setting 'resize_in' cannot be {size!r:.60}.")
    return format_spec("resize", {"width": size[0], "height": size[1]})


def _weights_of(name: str, value: dict[str, Any]) -> dict[Any, float]:
    """Return the dict of label to number that `_plain` wrote as two lists."""
    labels, weights = value.get("labels"), value.get("weights")
    if isinstance(labels, list) and isinstance(weights, list) and len(labels) == len(weights):
        if all(type(label) in (str, bool, int, float) for label in labels):
            return dict(zip(labels, weights, strict=True))
    raise ValueError(f"config.json: the parameter {name!r} cannot be {value!r:.60}.")


def _plain(value: Any) -> Any:
    """Return the JSON value (or bytes) that stands for `value`, or `value` itself."""
    if isinstance(value, Mapping):  # JSON's own have text alone as keys
        labels = [_plain(label) for label in value]
        weights = [_plain(weight) for weight in value.values()]
        return {"labels": labels, "weights": weights}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Combination):
        return [_spec(part) for part in value.models]
    if isinstance(value, (Compressor, ClassModel)):
        return _spec(value) or value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        parts = [_plain(part) for part in value]
        return parts if all(isinstance(part, (str, int, float)) for part in parts) else value
    return value


def _spec(described: Any) -> str | None:
    """Return the spec if it builds the same again."""
    build: Any = get_model if isinstance(described, ClassModel) else build_compressor
    if not is_dataclass(type(described)):  # then the spec need not tell all
        return None
    values = [getattr(described, item.name) for item in fields(described)]
    if not all(value is None or isinstance(value, (bool, int, float, str)) for value in values):
        return None
    try:
        built = build(described.spec)
        # As specs say it: "4" and 4, "none" and None are one.
        same = parse_spec(built.spec) == parse_spec(described.spec)
        return described.spec if same and type(built) is type(described) else None
    except (ValueError, TypeError):
        return None
