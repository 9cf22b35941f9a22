"""Fitted class models as arrays, or the documents to refit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.models import ClassModel, FittedModel
from compressclf.models.combination import Combination, FittedCombination, combined
from compressclf.persistence.values import array_of, read_model, write_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Documents = tuple[Corpus, NDArray[np.int64]]
    """Training documents and their class indices."""

__all__ = [
    "prefixed",
    "read_documents",
    "read_fitted",
    "without_prefix",
    "write_documents",
    "write_fitted",
]


def write_fitted(fitted: FittedModel) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return settings and arrays of a fitted model, no arrays if it is to be refitted."""
    learnt = fitted.arrays()
    arrays: dict[str, NDArray[Any]] = {}
    members: list[dict[str, NDArray[Any]] | None] = []
    if learnt is not None:
        arrays |= prefixed("model.", learnt)
    elif isinstance(fitted, FittedCombination):
        arrays |= fitted.own_arrays()
        members = [member.arrays() for member in fitted.members]
        for i, member in enumerate(members):
            arrays |= prefixed(f"model.{i}.", member or {})
    settings = {
        "model": write_model(fitted.model),
        "from_arrays": learnt is not None,
        "members_from_arrays": [member is not None for member in members],
    }
    return settings, arrays


def read_fitted(
    settings: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    n_classes: int,
    documents: Documents | None,
    n_jobs: int | None,
) -> FittedModel:
    """Return the fitted model that `write_fitted` wrote, refitted if it has no arrays."""
    model = read_model(settings.get("model"))
    if settings.get("from_arrays") is True:
        return _restored(model, arrays, "model.", n_classes)
    models = model.models if isinstance(model, Combination) else (model,)
    from_arrays = settings.get("members_from_arrays") or [False] * len(models)
    if not isinstance(from_arrays, list) or len(from_arrays) != len(models):
        raise ValueError("config.json does not say which models have arrays.")
    members = [
        _restored(member, arrays, f"model.{i}.", n_classes)
        if from_arrays[i] is True
        else _refitted(member, n_classes, documents, n_jobs)
        for i, member in enumerate(models)
    ]
    # Temperatures and weights are saved, because refitting them could give other values.
    return combined(members, arrays) if isinstance(model, Combination) else members[0]


def _restored(
    model: ClassModel, arrays: Mapping[str, NDArray[Any]], prefix: str, n_classes: int
) -> FittedModel:
    learnt = without_prefix(prefix, arrays)
    try:
        fitted = model.restore(learnt, n_classes)
    except (NotImplementedError, KeyError, ValueError) as error:
        raise ValueError(f"the arrays of {model.name} do not fit it: {error}") from None
    if fitted.n_classes != n_classes:
        raise ValueError(f"the arrays of {model.name} are not of {n_classes} classes.")
    return fitted


def _refitted(
    model: ClassModel, n_classes: int, documents: Documents | None, n_jobs: int | None
) -> FittedModel:
    """Refit a model that has no arrays; refuse any other, whose fit might take hours."""
    if type(model).restore is not ClassModel.restore:
        raise ValueError(f"the arrays of {model.name} are missing.")
    if documents is None:
        raise ValueError(f"the documents to fit {model.name} to are missing.")
    try:
        return model.fit(*documents, n_classes, n_jobs=n_jobs)
    except MemoryError:
        raise ValueError(f"{model.spec} takes more memory than there is.") from None


def prefixed(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays with a prefix added to their names."""
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def without_prefix(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays whose names have the prefix, which is removed."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def write_documents(docs: Corpus, y: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return documents and their classes as arrays."""
    start, stop = int(docs.offsets[0]), int(docs.offsets[-1])
    arrays: dict[str, NDArray[Any]] = {
        "buffer": docs.buffer[start:stop],
        "offsets": docs.offsets - start,
        "y": y,
    }
    if isinstance(docs, ImageCorpus):
        arrays["shapes"] = docs.shapes
    return arrays


def read_documents(
    arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> tuple[Corpus, NDArray[np.int64]]:
    """Return the documents that `write_documents` wrote, and their class indices."""
    y = array_of(arrays, "y", np.int64, (None,))
    offsets = array_of(arrays, "offsets", np.int64, (len(y) + 1,))
    buffer = array_of(arrays, "buffer", np.uint8, (None,))
    if offsets[0] != 0 or offsets[-1] != len(buffer) or (offsets[1:] < offsets[:-1]).any():
        raise ValueError("the array 'offsets' does not rise from 0 to the end of the documents.")
    if ((y < 0) | (y >= n_classes)).any():
        raise ValueError(f"the array 'y' has classes outside [0, {n_classes}).")
    if "shapes" not in arrays:
        return Corpus(buffer, offsets), y
    shapes = array_of(arrays, "shapes", np.int64, (len(y), 3))
    try:
        return ImageCorpus(buffer, offsets, shapes), y
    except ValueError as error:
        raise ValueError(f"the array 'shapes' does not fit the documents: {error}") from None
