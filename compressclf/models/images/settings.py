"""Parameters that a user leaves "auto", and the values that `fit` chooses for them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compressclf.models.base import ClassModel

    Model = TypeVar("Model", bound=ClassModel)

__all__ = ["asked_of", "defaults", "filled_in", "options", "settled"]


def asked_of(model: Any) -> dict[str, Any]:
    """Return the parameters of a model as the user gave them, values or "auto".

    Examples
    --------
    >>> from compressclf.models.images.transform import Transform
    >>> asked_of(Transform(gamma=1.0))
    {'cells': 7, 'gamma': 1.0, 'deskew': 'auto', 'pooled': 'auto', 'even': 'auto'}
    """
    return {item.name: getattr(model, item.name) for item in fields(model)}


def options(
    asked: Mapping[str, Any], tried: Mapping[str, tuple[Any, ...]], name: str
) -> tuple[Any, ...]:
    """Return the values to try for a parameter: the one that the user gave, or all for "auto".

    Examples
    --------
    >>> tried = {"gamma": (0.5, 1.0)}
    >>> options({"gamma": "auto"}, tried, "gamma"), options({"gamma": 2.0}, tried, "gamma")
    ((0.5, 1.0), (2.0,))
    """
    return tried[name] if asked[name] == "auto" else (asked[name],)


def defaults(asked: Mapping[str, Any], tried: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    """Return the parameters with the first of the values to try for each "auto".

    Examples
    --------
    >>> defaults({"cells": 7, "gamma": "auto"}, {"gamma": (0.5, 1.0)})
    {'cells': 7, 'gamma': 0.5}
    """
    return {name: tried[name][0] if value == "auto" else value for name, value in asked.items()}


def settled(model: ClassModel) -> dict[str, Any]:
    """Return the parameters of a saved model, none of which may be "auto".

    Examples
    --------
    >>> from compressclf.models.images.transform import Transform
    >>> settled(Transform(deskew=False, pooled=100.0, even=0.03))
    Traceback (most recent call last):
    ValueError: A saved model of transform has a value for 'gamma'. Got 'auto' instead.
    """
    asked = asked_of(model)
    for name, value in asked.items():
        if value == "auto":
            raise ValueError(
                f"A saved model of {model.name} has a value for {name!r}. Got 'auto' instead."
            )
    return asked


def filled_in(model: Model, settings: NamedTuple) -> Model:
    """Return the model with the value of `settings` for each parameter that is "auto".

    Examples
    --------
    >>> from compressclf.models.images.transform import Transform
    >>> from compressclf.models.images.transform.settings import Settings
    >>> filled_in(Transform(gamma=2.0), Settings(7, 2.0, False, 100.0, 0.03)).spec
    'transform:cells=7,gamma=2.0,deskew=False,pooled=100.0,even=0.03'
    """
    chosen = {
        name: getattr(settings, name) for name, value in asked_of(model).items() if value == "auto"
    }
    return replace(model, **chosen)  # type: ignore[type-var]
