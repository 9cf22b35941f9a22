"""Models on disk: directories of JSON and plain arrays, which cannot run code.

``config.json`` describes the model: the kind of estimator, its parameters, what ``fit`` chose, the
class names, dtype and shape of every array, size and SHA-256 of every file, and the versions of the
libraries. ``arrays.npz`` holds the arrays uncompressed and without pickles, so that a model takes
no more memory than its files. Everything is checked before it is used.

``README.md`` is the model card; `compressclf.write_card` writes it. Loading ignores it, and an
edited card is never overwritten.

A classifier that keeps its training documents is saved with them, so whoever has the files can read
the documents. A model without arrays is fitted to its documents again when it is loaded; loading a
stranger's model costs at most that fit.

Examples
--------
>>> import tempfile
>>> from compressclf import NCDClassifier
>>> classifier = NCDClassifier(1).fit(["to be or not", "not to be", "all the world"], [1, 1, 2])
>>> with tempfile.TemporaryDirectory() as place:
...     save_model(classifier, f"{place}/hamlet")
...     load_model(f"{place}/hamlet").predict(["be"])
array([1])
"""

from __future__ import annotations

import platform
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf._lib.jit import HAS_NUMBA
from compressclf._lib.optional import MissingExtraError
from compressclf._lib.printable import sentence
from compressclf._version import __version__
from compressclf.documents.images import CHANNELS
from compressclf.persistence.config import Config, read_classes, write_classes
from compressclf.persistence.directory import (
    check_target,
    describe,
    read_directory,
    replace_card,
    write_directory,
)
from compressclf.persistence.kinds import kind_named, kind_of
from compressclf.persistence.pipelines import PREFIX, assembled, taken_apart
from compressclf.persistence.values import is_dtype_of_numbers, setting_of, with_resize_step

if TYPE_CHECKING:
    import os

__all__ = ["check_target", "describe", "load_model", "replace_card", "save_model"]

INPUTS = {
    "n_features_in": lambda value: value is None or (type(value) is int and 1 <= value < 2**48),
    "dtype_in": lambda value: value is None or is_dtype_of_numbers(value),
    "channels_in": lambda value: value is None or (type(value) is int and value in CHANNELS),
}
"""Attributes that describe X, with the check of their saved value."""


def save_model(classifier: Any, directory: str | os.PathLike[str]) -> None:
    """Save a fitted classifier, or `CodelengthFeatures`; `compressclf.write_card` adds its card.

    Parameters
    ----------
    classifier : NCDClassifier, CodelengthClassifier or CodelengthFeatures
        Or `ImageCodelengthClassifier`; fitted. A compressor or class model that is an object is
        saved as its spec. A `sklearn.pipeline.Pipeline` of `documents.preprocessing` steps and
        one of these can be saved, too. For one with scikit-learn's estimators use skops.
    directory : str or path
        Written atomically. A directory that holds an older model is replaced, with its card.

    Raises
    ------
    ValueError
        If the classifier cannot be saved, `directory` exists and is not a model, or its card was
        edited.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> from compressclf import NCDClassifier
    >>> texts, labels = ["to be or not", "shares fell"], ["bard", "bank"]
    >>> classifier = NCDClassifier(n_neighbors=1).fit(texts, labels)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(classifier, folder + "/model")
    ...     sorted(os.listdir(folder + "/model"))
    ['arrays.npz', 'config.json']
    """
    check_target(directory)
    classifier, pipeline = taken_apart(classifier)
    kind = kind_of(classifier)
    state = kind.pack(classifier)
    dtype_in = getattr(classifier, "dtype_in_", None)
    config = Config(
        kind=kind.name if pipeline is None else PREFIX + kind.name,
        parameters=state.parameters,
        settings={
            **state.settings,
            **{name: getattr(classifier, f"{name}_", None) for name in INPUTS},
            "dtype_in": dtype_in and dtype_in.str,
            **({} if pipeline is None else {"pipeline": pipeline}),
        },
        classes=write_classes(classifier.classes_),
        versions={
            "compressclf": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scikit-learn")},
            **({"numba": version("numba")} if HAS_NUMBA else {}),
            **state.versions,
        },
    )
    write_directory(Path(directory), config, state.arrays)


def load_model(directory: str | os.PathLike[str], *, trusted: bool = False) -> Any:
    """Load a classifier, transformer or pipeline that `save_model` saved.

    Parameters
    ----------
    directory : str or path
        It may come from anybody: loading runs no code from it and refuses invalid content.
    trusted : bool, default=False
        Whether you trust whoever made the model. A model that is not trusted cannot download
        anything or choose a device, reads weights only in the working directory or its own, and
        has memory limits, which ``docs/reference/saved-models.md`` lists.

    Returns
    -------
    NCDClassifier, CodelengthClassifier, CodelengthFeatures or Pipeline
        It predicts or transforms as the saved one did.

    Raises
    ------
    ValueError
        If `directory` is not a model, or the model is of an unknown kind or a newer format, is
        damaged, contradicts itself, needs an extra that is not installed, or exceeds the limits.
    OSError
        If it cannot be read.

    Warns
    -----
    UserWarning
        If the version of the compressor differs, so that codelengths may differ.

    Examples
    --------
    >>> import tempfile
    >>> from compressclf import NCDClassifier
    >>> texts, labels = ["to be or not", "shares fell"], ["bard", "bank"]
    >>> classifier = NCDClassifier(n_neighbors=1).fit(texts, labels)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(classifier, folder + "/model")
    ...     load_model(folder + "/model").predict(["to be"]).tolist()
    ['bard']
    """
    place = Path(directory)
    try:
        config, arrays = read_directory(place, trusted=trusted)
        with nullcontext() if trusted else from_a_file(place):
            kind = kind_named(config.kind.removeprefix(PREFIX))
            with_resize_step(config, allowed="preprocess" in kind.types)
            classifier = kind.unpack(config, read_classes(config.classes), arrays)
            for name, is_valid in INPUTS.items():
                value = setting_of(config.settings, name, is_valid)
                if value is not None:
                    value = np.dtype(value) if name == "dtype_in" else value
                    setattr(classifier, f"{name}_", value)
            if config.kind.startswith(PREFIX):
                return assembled(config.settings, classifier)
            return classifier
    except NotFromFileError as error:
        raise ValueError(
            sentence(
                f"{directory}: the model needs {error}: load it with `trusted=True` "
                f"if you trust it."
            )
        ) from None
    except MissingExtraError as error:
        raise ValueError(sentence(f"{directory}: {error}.")) from None
    except MemoryError:
        raise ValueError(f"{directory}: the model takes more memory than there is.") from None
    except ValueError as error:
        raise ValueError(sentence(f"{directory}: {error}")) from None
