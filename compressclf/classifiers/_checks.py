"""Checks of the parameters and the labels that an estimator is given."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from compressclf.models import ClassModel, get_model
from compressclf.models.names import readable, written_names

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "check_calibration",
    "check_class_weight",
    "check_label_names",
    "check_labels",
    "check_prior",
    "check_window",
    "class_indices",
    "given_models",
    "names_of",
    "sorted_classes",
]

PRIORS = ("uniform", "empirical")


def _refuse(name: str, owner: str, expected: str, got: str) -> NoReturn:
    raise ValueError(f"The {name!r} parameter of {owner} must {expected}. Got {got} instead.")


def check_prior(prior: Any, owner: str) -> None:
    if isinstance(prior, str):
        if prior not in PRIORS:
            expected = "be 'uniform', 'empirical' or one number for each class"
            _refuse("prior", owner, expected, repr(prior))
        return
    try:
        numbers = np.asarray(prior)
    except ValueError:  # a list of lists
        numbers = np.array(None)
    with np.errstate(over="ignore"):
        is_prior = numbers.dtype.kind in "uif" and 0 < numbers.sum(dtype=np.float64) < np.inf
    if not is_prior or (numbers < 0).any():
        _refuse("prior", owner, "be numbers >= 0 and not all 0", repr(prior))


def check_calibration(calibration: Any, owner: str) -> None:
    is_number = isinstance(calibration, (int, float, np.number))
    is_number = is_number and not isinstance(calibration, bool)
    is_temperature = is_number and 0 < calibration <= sys.float_info.max
    if not is_temperature and not (isinstance(calibration, str) and calibration == "auto"):
        _refuse("calibration", owner, "be 'auto' or a number > 0", repr(calibration))


def check_window(window: Any, owner: str) -> None:
    is_int = isinstance(window, (int, np.integer)) and not isinstance(window, bool)
    if window is not None and not (is_int and window >= 1):
        _refuse("window", owner, "be None or an int >= 1", repr(window))


def check_class_weight(class_weight: object, owner: str) -> None:
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return
    if not isinstance(class_weight, Mapping):
        expected = "be None, 'balanced' or a dict of label to weight"
        _refuse("class_weight", owner, expected, repr(class_weight))
    for label, weight in class_weight.items():
        is_number = isinstance(weight, (int, float, np.number)) and not isinstance(weight, bool)
        if not is_number or not 0 <= weight < np.inf:
            expected = "give each label a number >= 0"
            _refuse("class_weight", owner, expected, f"{weight!r} for {label!r}")


def check_label_names(label_names: object, models: Sequence[ClassModel], owner: str) -> None:
    if label_names is None:
        return
    if not isinstance(label_names, Mapping):
        expected = "be None or a dict of label to a name or a list of names"
        _refuse("label_names", owner, expected, repr(label_names))
    try:
        written_names(list(label_names.values()))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The 'label_names' parameter of {owner} has a bad value: {error}"
        ) from None
    if not any(model.reads_names for model in models):
        raise ValueError(
            f"The model {models[0].name!r} does not read names: leave out label_names, or choose a "
            f"model that reads them, such as lm:compressor=smollm2,recipe=label."
        )


def names_of(
    classes: NDArray[Any], label_names: Mapping[Any, str | Sequence[str]] | None
) -> list[list[str]]:
    """Return the names of each class: the given ones, or else the label as words.

    Raises
    ------
    ValueError
        If a label that was given a name is not among the classes.

    Examples
    --------
    >>> names_of(np.array(["sci_tech", "sports"]), {"sports": ["sports", "a match"]})
    [['sci tech'], ['sports', 'a match']]
    """
    labels, given = classes.tolist(), dict(label_names or {})
    unknown = [label for label in given if label not in labels]
    if unknown:
        known = ", ".join(map(repr, labels[:10])) + (", ..." if len(labels) > 10 else "")
        raise ValueError(
            f"label_names has a name for {unknown[0]!r:.60}, which is not among the labels {known}."
        )
    names = [given.get(label, readable(label)) for label in labels]
    return [[own] if isinstance(own, str) else list(own) for own in names]


def given_models(given: object, owner: str, *, auto: str | None = None) -> list[ClassModel]:
    """Return the models that a parameter describes; `auto` is the spec that "auto" means."""
    models = [given] if isinstance(given, (str, ClassModel)) else given
    if not isinstance(models, Sequence) or not models:
        expected = "be a spec, a ClassModel or a sequence of them that is not empty"
        _refuse("model", owner, expected, repr(given))
    return [get_model(auto if auto and model == "auto" else model) for model in models]


def check_labels(y: object) -> None:
    """Refuse missing labels and a mixture of text and numbers, which cannot be sorted.

    Parameters
    ----------
    y : array-like
        The labels before `numpy.asarray`, which would turn a NaN among text into text.

    Raises
    ------
    ValueError
        If one is None, NaN, NaT, NA or masked, or if some are text and others numbers. The text
        "nan" is a valid label.

    Examples
    --------
    >>> check_labels(["spam", float("nan")])
    Traceback (most recent call last):
        ...
    ValueError: Document 1 has no label: drop it or fill it in.
    """
    examples: dict[str, object] = {}
    for position, label in enumerate(_doubtful(y)):
        if _is_missing(label):
            raise ValueError(f"Document {position} has no label: drop it or fill it in.")
        examples.setdefault(_kind_of(label), label)
    examples.pop("other", None)  # scikit-learn refuses these
    if len(examples) > 1:
        (first, label), (second, other) = list(examples.items())[:2]
        raise ValueError(
            f"y has labels that are {first} ({label!r}) and labels that are {second} ({other!r}): "
            f"make all of them text, as in [str(label) for label in y]."
        )


def _doubtful(y: object) -> Sequence[object]:
    """Return the labels, or nothing if their type guarantees that all are valid."""
    if isinstance(y, (list, tuple)):
        kinds = set(map(type, y))
        if kinds == {str} or kinds <= {bool, int}:
            return ()
        return [label[0] if _is_row_of_one(label) else label for label in y]
    array = np.asanyarray(y)  # the masked values of a masked array become None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    is_valid = array.dtype.kind not in "OfcmM" and not isinstance(array, np.ma.MaskedArray)
    if array.ndim != 1 or is_valid:
        return ()
    labels: list[object] = list(array) if array.dtype.kind in "mM" else array.tolist()
    return labels


def _is_missing(label: object) -> bool:
    if label is None or type(label).__name__ == "NAType":
        return True
    try:
        return not hasattr(label, "__len__") and bool(label != label)
    except ArithmeticError:  # a signalling NaN of decimal
        return True


def _is_row_of_one(label: object) -> bool:
    return isinstance(label, (list, tuple)) and len(label) == 1


def _kind_of(label: object) -> str:
    if isinstance(label, str):
        return "text"
    if isinstance(label, bytes):
        return "bytes"
    return "numbers" if isinstance(label, (Number, np.generic)) else "other"


def sorted_classes(classes: ArrayLike) -> NDArray[np.generic]:
    try:
        check_labels(classes)
        return np.unique(np.asarray(classes))
    except (TypeError, ValueError):  # text and numbers cannot be sorted together
        pass
    raise ValueError("`classes` must be all text or all numbers, without missing values.")


def class_indices(labels: NDArray[np.generic], classes: NDArray[np.generic]) -> NDArray[np.int64]:
    if labels.ndim > 1:
        raise ValueError(f"y must have one label for each document. Got shape {labels.shape}.")
    index_of = {label: index for index, label in enumerate(classes.tolist())}
    indices = [index_of.get(label) for label in labels.tolist()]
    if None in indices:
        label = labels.tolist()[indices.index(None)]
        raise ValueError(f"The label {label!r} is not among the classes of the first call.")
    return np.array(indices, dtype=np.int64)
