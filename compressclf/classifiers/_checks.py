"""The parameters of `CodelengthClassifier` and `CodelengthFeatures`: which ones are refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from compressclf.models import ClassModel, get_model

__all__ = ["check_calibration", "check_prior", "check_window", "given_models"]

PRIORS = ("uniform", "empirical")
MOST = sys.float_info.max


def check_prior(prior: Any, name: str) -> None:
    """Refuse what is neither the name of a prior nor numbers >= 0."""
    if isinstance(prior, str):
        if prior not in PRIORS:
            raise ValueError(
                f"The 'prior' parameter of {name} must be 'uniform', 'empirical' or one "
                f"number for each class. Got {prior!r} instead."
            )
        return
    try:
        numbers = np.asarray(prior)
    except ValueError:  # a list of lists
        numbers = np.array(None)
    with np.errstate(over="ignore"):
        is_prior = numbers.dtype.kind in "uif" and 0 < numbers.sum(dtype=np.float64) < np.inf
    if not is_prior or (numbers < 0).any():
        raise ValueError(
            f"The 'prior' parameter of {name} must be numbers >= 0 and not all 0. "
            f"Got {prior!r} instead."
        )


def check_calibration(calibration: Any, name: str) -> None:
    """Refuse what is neither "auto" nor a temperature."""
    is_number = isinstance(calibration, (int, float, np.number))
    is_temperature = is_number and not isinstance(calibration, bool) and 0 < calibration <= MOST
    if not is_temperature and not (isinstance(calibration, str) and calibration == "auto"):
        raise ValueError(
            f"The 'calibration' parameter of {name} must be 'auto' or a number > 0. "
            f"Got {calibration!r} instead."
        )


def check_window(window: Any, name: str) -> None:
    """Refuse what is neither None nor an int >= 1."""
    is_int = isinstance(window, (int, np.integer)) and not isinstance(window, bool)
    if window is not None and not (is_int and window >= 1):
        raise ValueError(
            f"The 'window' parameter of {name} must be None or an int >= 1. Got {window!r} instead."
        )


def given_models(given: object, owner: str, *, auto: str | None = None) -> list[ClassModel]:
    """Return the models that the parameter of `owner` describes; `auto` is the spec of "auto".

    Raises
    ------
    ValueError
        If it is not a spec, a model or a sequence of these that is not empty.
    """
    models = [given] if isinstance(given, (str, ClassModel)) else given
    if not isinstance(models, Sequence) or not models:
        raise ValueError(
            f"The 'model' parameter of {owner} must be a spec, a ClassModel or a sequence of them "
            f"that is not empty. Got {given!r} instead."
        )
    return [get_model(auto if auto and model == "auto" else model) for model in models]
