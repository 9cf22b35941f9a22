"""Nested parameters such as ``model__words`` and ``compressor__level``.

Setting one rewrites a spec. A model or compressor that was given as an object is frozen, so a copy
with the new value replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from compressclf._lib.registry import Registry, choose_from, format_spec, parse_spec
from compressclf.compressors import COMPRESSORS
from compressclf.distances.layouts import LAYOUTS
from compressclf.models import MODELS
from compressclf.neighbors import CANDIDATES

__all__ = ["nested_parameters", "with_parameters"]

REGISTRIES: Mapping[str, Registry] = {
    "candidates": CANDIDATES,
    "compressor": COMPRESSORS,
    "layout": LAYOUTS,
    "model": MODELS,
}


def nested_parameters(name: str, value: object) -> dict[str, Any]:
    """Return the nested parameters of the parameter `name`, recursively, with their values.

    A parameter that a spec leaves out has its default.

    Examples
    --------
    >>> nested_parameters("compressor", "gzip:level=6")
    {'level': 6}
    >>> nested_parameters("model", "auto")
    {}
    """
    try:
        parameters = _parameters(name, value)
    except (ValueError, ImportError):  # fit reports what is wrong
        return {}
    inner = {
        f"{key}__{part}": inner_value
        for key, outer_value in parameters.items()
        for part, inner_value in nested_parameters(key, outer_value).items()
    }
    return parameters | inner


def with_parameters(name: str, value: object, changes: Mapping[str, Any]) -> Any:
    """Return the value of the parameter `name` with some of its nested parameters changed.

    Parameters
    ----------
    name : str
        A parameter of an estimator, or of a model, compressor, layout or candidates.
    value : object
        Its value, a spec or an object.
    changes : mapping of str to object
        New values; ``key__part`` is nested once more.

    Raises
    ------
    ValueError
        If a nested parameter does not exist, or an object refuses its value.

    Examples
    --------
    >>> with_parameters("compressor", "gzip", {"level": 6})
    'gzip:level=6'
    """
    known = _parameters(name, value)
    if not known:
        raise ValueError(
            f"The {name!r} parameter is {value!r}, which has no parameters of its own: set {name} "
            f"first."
        )
    inner: dict[str, dict[str, Any]] = {}
    changed: dict[str, Any] = {}
    for key, new in changes.items():
        outer, _, part = key.partition("__")
        if outer not in known:
            title = value.partition(":")[0] if isinstance(value, str) else type(value).__name__
            raise ValueError(choose_from(f"parameter of {name} {title!r}", outer, list(known)))
        if part:
            inner.setdefault(outer, {})[part] = new
        else:
            changed[outer] = new
    for key, parts in inner.items():
        changed[key] = with_parameters(key, changed.get(key, known[key]), parts)
    if not isinstance(value, str):
        return replace(value, **changed)  # type: ignore[type-var]
    spec, given = parse_spec(value, unnamed=_unnamed(name, value))
    return format_spec(spec, given | changed)


def _parameters(name: str, value: object) -> dict[str, Any]:
    if name not in REGISTRIES:
        return {}
    if isinstance(value, str) and value != "auto":
        return REGISTRIES[name].parameters(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in fields(value) if item.init}
    return {}


def _unnamed(name: str, spec: str) -> str | None:
    described = REGISTRIES[name].load(spec.partition(":")[0].strip())
    unnamed: str | None = getattr(described, "unnamed", None)
    return unnamed
