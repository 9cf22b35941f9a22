"""The sentences with which `CodelengthClassifier` refuses its parameters."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["check_calibration", "check_prior", "check_window"]

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
