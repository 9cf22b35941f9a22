"""Convert parameters and settings to JSON values of known types, and back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.foreign import is_from_file
from compressclf._lib.registry import choose_from, format_spec, parse_spec
from compressclf.compressors import Compressor, build_compressor
from compressclf.documents.preprocessing import LONGEST_SIDE
from compressclf.models import MOST_MODELS, ClassModel, get_model
from compressclf.models.combination import Combination

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from compressclf.persistence.config import Config

__all__ = [
    "Types",
    "array_of",
    "is_dtype_of_numbers",
    "number_of",
    "read_model",
    "read_parameters",
    "setting_of",
    "spec_of",
    "with_resize_step",
    "write_model",
    "write_parameters",
]

Types = Mapping[str, tuple[type, ...]]
MOST_THREADS = 1024
DTYPE = re.compile(r"[<>|][biuf][1248]")


def write_parameters(classifier: Any, types: Types) -> dict[str, Any]:
    """Return the parameters of a classifier as JSON values; ValueError if one cannot be saved."""
    parameters = {}
    for name, value in classifier.get_params(deep=False).items():
        plain = _plain(value)
        if type(plain) not in types[name]:
            raise ValueError(
                f"The {name!r} parameter of {type(classifier).__name__} cannot be saved: "
                f"{value!r:.60} is not a number, a text or an object with a spec."
            )
        parameters[name] = {"bytes": plain.hex()} if isinstance(plain, bytes) else plain
    return parameters


def read_parameters(content: Mapping[str, Any], types: Types) -> dict[str, Any]:
    """Return parameters for the constructor; ValueError if one is unknown or of another type."""
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
    """Return the spec of a class model, or a list of them for a combination."""
    spec = _spec(model)
    if spec is not None:
        return spec
    parts = [_spec(part) for part in model.models] if isinstance(model, Combination) else [None]
    if None not in parts:
        return parts
    raise ValueError(f"The model {model.name!r} cannot be saved: no spec builds it again.")


def read_model(content: Any) -> ClassModel:
    """Return the class model that `write_model` wrote."""
    if isinstance(content, str):
        return get_model(content)
    is_list = isinstance(content, list) and len(content) <= MOST_MODELS
    if is_list and all(isinstance(part, str) for part in content):
        return Combination(tuple(get_model(part) for part in content))
    raise ValueError(f"config.json: {content!s:.60} is not the spec of a model.")


def array_of(
    arrays: Mapping[str, NDArray[Any]], name: str, dtype: DTypeLike, shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """Return an array; ValueError if its dtype or shape differs (None: any length)."""
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


def setting_of(settings: Mapping[str, Any], name: str, is_valid: Callable[[Any], bool]) -> Any:
    """Return a setting, None if it is missing; ValueError if the value is not valid."""
    value = settings.get(name)
    if not is_valid(value):
        raise ValueError(f"config.json: the setting {name!r} cannot be {value!r:.60}.")
    return value


def number_of(settings: Mapping[str, Any], name: str, kind: type, low: float, high: float) -> Any:
    """Return a setting; ValueError if it is not a number in [low, high]."""

    def is_valid(value: Any) -> bool:
        is_kind = type(value) is kind
        return is_kind and low <= value <= high

    return setting_of(settings, name, is_valid)


def spec_of(settings: Mapping[str, Any], name: str) -> str | None:
    """Return a setting; ValueError if it is neither a spec nor None."""
    spec: str | None = setting_of(settings, name, lambda spec: isinstance(spec, (str, type(None))))
    return spec


def is_dtype_of_numbers(value: Any) -> bool:
    """Return whether a value is the name of a dtype of plain numbers."""
    try:
        return isinstance(value, str) and bool(DTYPE.fullmatch(value) and np.dtype(value))
    except TypeError:  # a dtype such as <f1
        return False


def with_resize_step(config: Config, *, allowed: bool) -> None:
    """Convert the setting "resize_in" of older models to a preprocessing step.

    Raises
    ------
    ValueError
        If the setting is not a size, or the estimator has no preprocessing (not `allowed`).
    """
    size = setting_of(config.settings, "resize_in", _is_size_or_none)
    if size is None:
        return
    if not allowed:
        raise ValueError("config.json: the setting 'resize_in' is for classifiers of images.")
    step = format_spec("resize", {"width": size[0], "height": size[1]})
    for values in (config.parameters, config.settings):
        rest = values.get("preprocess")
        if isinstance(rest, (str, type(None))):  # else it is refused later
            values["preprocess"] = "+".join(filter(None, [step, rest]))


def _is_size_or_none(size: Any) -> bool:
    if not isinstance(size, list):
        return size is None
    sides = [side for side in size if type(side) is int and 1 <= side <= LONGEST_SIDE]
    return len(sides) == len(size) == 2


def _weights_of(name: str, value: dict[str, Any]) -> dict[Any, float]:
    """Return the dict of label to number that `_plain` wrote as two lists."""
    labels, weights = value.get("labels"), value.get("weights")
    if isinstance(labels, list) and isinstance(weights, list) and len(labels) == len(weights):
        if all(type(label) in (str, bool, int, float) for label in labels):
            return dict(zip(labels, weights, strict=True))
    raise ValueError(f"config.json: the parameter {name!r} cannot be {value!r:.60}.")


def _plain(value: Any) -> Any:
    """Return `value` as a JSON value or bytes if possible, else unchanged."""
    if isinstance(value, Mapping):  # the keys of a JSON object can only be text
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
    """Return the spec of an object, or None if the spec does not build an equal one."""
    build: Any = get_model if isinstance(described, ClassModel) else build_compressor
    if not is_dataclass(type(described)):  # the spec may be incomplete
        return None
    values = [getattr(described, item.name) for item in fields(described)]
    if not all(value is None or isinstance(value, (bool, int, float, str)) for value in values):
        return None
    try:
        built = build(described.spec)
        # Parsed: in a spec "4" equals 4, and "none" equals None.
        same = parse_spec(built.spec) == parse_spec(described.spec)
        return described.spec if same and type(built) is type(described) else None
    except (ValueError, TypeError):
        return None
