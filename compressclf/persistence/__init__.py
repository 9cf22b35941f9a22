"""Models on disk: a directory that cannot run code.

``config.json`` says what the model is: the kind of classifier, its parameters, what ``fit`` chose,
the class names, dtype and shape of every array, size and SHA-256 of every file, the versions it was
made with. ``arrays.npz`` holds the arrays, never a pickle, and not compressed: a model takes no
more memory than its files take on disk. Everything is checked before it is used.

``README.md`` is the model card, for people; `compressclf.write_card` writes it. It may be edited:
loading does not look at it, and an edited one is never overwritten.

A classifier that keeps its training documents is saved with them; whoever has the files has the
documents. Loading learns them again only for models that have no arrays, so that what a stranger's
model can cost is what fitting its documents costs: no setting asks for more.

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

from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf._lib.optional import MissingExtraError
from compressclf._lib.printable import sentence
from compressclf._version import __version__
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
from compressclf.persistence.values import channels_of, dtype_of_numbers, number_of

if TYPE_CHECKING:
    import os

__all__ = ["check_target", "describe", "load_model", "replace_card", "save_model"]


def save_model(classifier: Any, directory: str | os.PathLike[str]) -> None:
    """Save a fitted classifier, or `CodelengthFeatures`; `compressclf.write_card` adds its card.

    Parameters
    ----------
    classifier : NCDClassifier, CodelengthClassifier or CodelengthFeatures
        Or `ImageCodelengthClassifier`; fitted. A compressor or class model given as an object is
        saved as its spec. A `sklearn.pipeline.Pipeline` of `documents.preprocessing` steps and
        one of these can be saved, too; one with an estimator of scikit-learn cannot: use skops.
    directory : str or path
        Written atomically. A directory that holds an older model is replaced, with its card.

    Raises
    ------
    ValueError
        If the classifier cannot be saved, `directory` exists and is not a model, or its card was
        edited.
    OSError
        If it cannot be written.
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
            "n_features_in": getattr(classifier, "n_features_in_", None),
            "dtype_in": dtype_in and dtype_in.str,
            "channels_in": getattr(classifier, "channels_in_", None),
            **({} if pipeline is None else {"pipeline": pipeline}),
        },
        classes=write_classes(classifier.classes_),
        versions={
            "compressclf": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "scikit-learn")},
            **state.versions,
        },
    )
    write_directory(Path(directory), config, state.arrays)


def load_model(directory: str | os.PathLike[str], *, trusted: bool = False) -> Any:
    """Load a classifier, transformer or pipeline that `save_model` saved.

    Parameters
    ----------
    directory : str or path
        May come from anybody: loading runs no code from it, and what does not fit is refused.
    trusted : bool, default=False
        Whether the model is your own, or of somebody who may decide for you. One that is not
        downloads nothing, chooses no device, reads weights in the working directory or its own
        alone, and has limits of memory: ``docs/saved-models.md`` lists them.

    Returns
    -------
    NCDClassifier, CodelengthClassifier, CodelengthFeatures or Pipeline
        It predicts, or transforms, as the saved one did.

    Raises
    ------
    ValueError
        If it is no model, of an unknown kind or a newer format, damaged, contradicts itself, needs
        an extra that is not installed, or asks for more than the limits.
    OSError
        If it cannot be read.

    Warns
    -----
    UserWarning
        If the compressor is of another version: its codelengths may be others.
    """
    place = Path(directory)
    try:
        config, arrays = read_directory(place, trusted=trusted)
        with nullcontext() if trusted else from_a_file(place):
            classifier = kind_named(config.kind.removeprefix(PREFIX)).unpack(
                config, read_classes(config.classes), arrays
            )
            if config.settings.get("n_features_in") is not None:
                classifier.n_features_in_ = number_of(
                    config.settings, "n_features_in", int, 1, 2**48
                )
            if config.settings.get("dtype_in") is not None:
                classifier.dtype_in_ = dtype_of_numbers(config.settings, "dtype_in")
            if config.settings.get("channels_in") is not None:
                classifier.channels_in_ = channels_of(config.settings, "channels_in")
            if config.kind.startswith(PREFIX):
                return assembled(config.settings, classifier)
            return classifier
    except NotFromFileError as error:
        raise ValueError(
            sentence(
                f"{directory}: the model asks for {error}: load it with `trusted=True` "
                f"if you trust it."
            )
        ) from None
    except MissingExtraError as error:
        raise ValueError(sentence(f"{directory}: {error}.")) from None
    except MemoryError:
        raise ValueError(f"{directory}: the model takes more memory than there is.") from None
    except ValueError as error:
        raise ValueError(sentence(f"{directory}: {error}")) from None
