"""Directories with one sub-directory a class, pairs of tables, and arrays in an .npz file."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._optional import optional_import
from compressclf.datasets._dataset import Columns, Dataset, Split, clean_labels
from compressclf.datasets.tables import read_table, table_kind
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["load", "load_npz"]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error)


def load(path: Path, columns: Columns) -> Dataset:
    """Read a directory: ``train`` and ``test`` parts if it has them, else classes.

    Raises
    ------
    ValueError
        If there is nothing to read, or texts and images are mixed.
    OSError
        If something cannot be read.
    """
    train, test = _part(path, "train"), _part(path, "test")
    if train is None:
        return Dataset(path.name, _read_classes(path))
    if test is None:
        return Dataset(path.name, _read_part(train, columns))
    unlabelled = replace(columns, labelled=False)
    return Dataset(path.name, _read_part(train, columns), _read_part(test, unlabelled))


def load_npz(path: Path) -> Dataset:
    """Read ``x_train``, ``y_train`` and, if there, ``x_test``, ``y_test``; never pickled objects.

    Raises
    ------
    ValueError
        If arrays are missing, of different lengths, or no plain numbers or strings.
    """
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no zip archive")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # a header is a Python literal; what is none fails in many ways
        reason = "an array has no readable header"
        if isinstance(error, (ValueError, OSError, EOFError, MemoryError, *ZIP_ERRORS)):
            reason = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"{path}: not a readable .npz file of plain arrays ({reason}).") from None
    train = _arrays(path, arrays, "train")
    if train is None:
        found = ", ".join(arrays) or "none"
        raise ValueError(f"{path}: arrays x_train and y_train are needed (found: {found}).")
    return Dataset(path.name, train, _arrays(path, arrays, "test"))


def _part(path: Path, name: str) -> Path | None:
    """Return the directory or the one table called `name`."""
    # With classes inside; a directory of files is a class that happens to be called so.
    if (path / name).is_dir() and any(part.is_dir() for part in (path / name).iterdir()):
        return path / name
    found = [file for file in sorted(path.glob(f"{name}.*")) if table_kind(file) is not None]
    if len(found) > 1:
        raise ValueError(f"{path}: more than one table is called {name!r}; name the file itself.")
    return found[0] if found else None


def _read_part(part: Path, columns: Columns) -> Split:
    return _read_classes(part) if part.is_dir() else read_table(part, columns)


def _read_classes(path: Path) -> Split:
    """Read every file below each sub-directory; its label is the sub-directory's name."""
    files, labels = [], []
    for directory in sorted(path.iterdir()):
        if not directory.is_dir() or directory.name.startswith("."):
            continue
        for file in sorted(directory.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                files.append(file)
                labels.append(directory.name)
    if not files:
        raise ValueError(
            f"{path}: expected one sub-directory for each class with its files inside, or tables "
            f"train.csv and test.csv; found neither."
        )
    are_images = [file.suffix.lower() in IMAGE_SUFFIXES for file in files]
    if any(are_images) and not all(are_images):
        odd = files[are_images.index(not are_images[0])]
        raise ValueError(f"{path}: texts and images are mixed (see {odd}); keep one kind.")
    documents: list[Any] = [_read_image(file) for file in files] if are_images[0] else files
    return Split(Corpus.from_documents(documents), np.array(labels))


def _read_image(file: Path) -> NDArray[np.uint8]:
    image = optional_import("PIL.Image", extra="images")
    try:
        with image.open(file) as picture:
            if picture.mode.startswith("I") or picture.mode == "F":
                # More than 8 bits: Pillow would clip to white what is above 255.
                return np.ascontiguousarray(np.asarray(picture)).view(np.uint8)
            colours = "L" if picture.mode in {"1", "L", "LA"} else "RGB"
            return np.asarray(picture.convert(colours), dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{file}: not a readable image ({error}).") from None


def _arrays(path: Path, arrays: dict[str, NDArray[Any]], part: str) -> Split | None:
    if f"x_{part}" not in arrays or (part == "train" and "y_train" not in arrays):
        return None
    documents = arrays[f"x_{part}"]
    labels = arrays.get(f"y_{part}", np.full(documents.shape[:1], ""))
    if documents.ndim and not len(documents):
        raise ValueError(f"{path}: x_{part} has no rows.")
    if labels.ndim != 1 or documents.ndim == 0 or len(documents) != len(labels):
        raise ValueError(
            f"{path}: x_{part} has shape {documents.shape}, y_{part} {labels.shape}; expected one "
            f"label for each document."
        )
    try:
        docs = Corpus.from_documents(documents)
    except TypeError as error:
        raise ValueError(f"{path}, x_{part}: {error}") from None
    where = [f"{path}, y_{part}[{row}]" for row in range(len(labels))]
    columns = Columns(labelled=part == "train")
    return Split(docs, clean_labels(labels.tolist(), where, columns))
