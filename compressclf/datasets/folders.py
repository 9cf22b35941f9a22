"""Directories with one sub-directory a class, pairs of tables or of IDX files, .npz archives."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.datasets import idx
from compressclf.datasets._dataset import Dataset, Split
from compressclf.datasets._images import IMAGE_SUFFIXES, corpus_of, read_image
from compressclf.datasets._reading import Reading
from compressclf.datasets.labels import clean_labels
from compressclf.datasets.tables import read_table, table_kind
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_image_file", "load", "load_image", "load_npz"]

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error)


def load(path: Path, reading: Reading) -> Dataset:
    """Read a directory: ``train`` and ``test`` parts if it has them, else classes.

    Raises
    ------
    ValueError
        If there is nothing to read, or texts and images are mixed.
    OSError
        If something cannot be read.
    """
    images = idx.image_parts(path)
    if images:
        return idx.load_parts(path, images, reading)
    train, test = _part(path, "train"), _part(path, "test")
    if train is None:
        return Dataset(path.name, _read_classes(path, reading))
    if test is None:
        return Dataset(path.name, _read_part(train, reading))
    unlabelled = replace(reading, labelled=False)
    return Dataset(path.name, _read_part(train, reading), _read_part(test, unlabelled))


def is_image_file(path: Path) -> bool:
    """Tell by its suffix whether a file is one image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def load_image(path: Path, reading: Reading) -> Dataset:
    """Read a single image, which has no label.

    Raises
    ------
    ValueError
        If it is damaged, or a label is needed.
    """
    if reading.labelled:
        raise ValueError(
            f"{path}: a single image has no label; give a directory with one sub-directory for "
            f"each class."
        )
    return Dataset(path.name, _read_images([path], reading))


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


def _read_part(part: Path, reading: Reading) -> Split:
    return _read_classes(part, reading) if part.is_dir() else read_table(part, reading)


def _read_classes(path: Path, reading: Reading) -> Split:
    """Read every file below each sub-directory; its label is the sub-directory's name."""
    files, labels = [], []
    for directory in sorted(path.iterdir()):
        if not directory.is_dir() or directory.name.startswith("."):
            continue
        for file in sorted(directory.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                files.append(file)
                labels.append(directory.name)
    loose = [file for file in sorted(path.iterdir()) if file.is_file() and is_image_file(file)]
    if not files and loose and not reading.labelled:
        return _read_images(loose, reading)
    if not files:
        raise ValueError(
            f"{path}: expected one sub-directory for each class with its files inside, or tables "
            f"train.csv and test.csv; found neither."
        )
    are_images = [is_image_file(file) for file in files]
    if any(are_images) and not all(are_images):
        odd = files[are_images.index(not are_images[0])]
        raise ValueError(f"{path}: texts and images are mixed (see {odd}); keep one kind.")
    if are_images[0]:
        return replace(_read_images(files, reading), labels=np.array(labels))
    return Split(Corpus.from_documents(files), np.array(labels))


def _read_images(files: list[Path], reading: Reading) -> Split:
    return Split(corpus_of(read_image(file, str(file), reading.resize) for file in files))


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
    reading = Reading(labelled=part == "train")
    return Split(docs, clean_labels(labels.tolist(), where, reading))
