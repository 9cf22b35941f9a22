"""NumPy arrays (.npz): documents and labels, as one part or as training and test parts.

==================================  ==========================================================
arrays                              read as
==================================  ==========================================================
``x_train y_train x_test y_test``   parts; also ``train_images train_labels …`` (MedMNIST), with
                                    the words in any order and case
``images labels``, ``x y`` and      one part; also ``data target`` and ``features labels``
the like
==================================  ==========================================================

Labels may also be a column, shape (n, 1), or one-hot.
"""

from __future__ import annotations

import math
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from compressclf.datasets.arrays.numbers import as_documents
from compressclf.datasets.dataset import Dataset, Split
from compressclf.datasets.labels import clean_labels
from compressclf.datasets.packed import LARGEST
from compressclf.datasets.parts import choose_test, part_of
from compressclf.datasets.reading import Notes, Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["load_npz", "one_label_each", "refuse_arrays"]

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error)
DOCUMENTS = {"x", "images", "image", "imgs", "data", "features", "texts", "text", "documents"}
LABELS = {"y", "labels", "label", "target", "targets", "classes"}
KNOWN = (
    "x_train, y_train, x_test and y_test, or train_images, train_labels, test_images and "
    "test_labels, or images and labels, data and target, x and y"
)
T = TypeVar("T")
Pair = tuple[str, str | None]  # the names of documents and labels
OTHER_ARRAYS = frozenset(
    {".npy", ".mat", ".h5", ".hdf5", ".pkl", ".pickle", ".pt", ".pth", ".joblib", ".tfrecord"}
)


def refuse_arrays(path: Path) -> None:
    """Refuse a file of arrays that is not an .npz, by its suffix.

    Raises
    ------
    ValueError
        If it has such a suffix.
    """
    if path.suffix.lower() in OTHER_ARRAYS:
        raise ValueError(
            f"{path}: {path.suffix.lower()} files are not read; save the arrays with "
            f"numpy.savez('{path.stem}.npz', x_train=..., y_train=...) and give that file."
        )


def load_npz(path: Path, reading: Reading) -> Dataset:
    """Read the arrays of an .npz file; pickled objects are refused.

    Raises
    ------
    ValueError
        If arrays are missing, of different lengths, or neither texts nor images.
    """
    pairs = _pairs(path, _names(path), reading)
    used = _used(path, pairs, reading)
    read = " ".join(name for part in used for name in pairs[part] if name is not None)
    reading.notes.fact("format", f"NumPy arrays {read}")
    arrays = _read(path, [name for part in used for name in pairs[part] if name is not None])
    for name, array in arrays.items():
        if array.ndim and len(array) and not array.nbytes:  # a billion empty rows need no bytes
            empty = "images have no pixels" if array.ndim > 2 else "rows are empty"
            raise ValueError(f"{path}: {name} has shape {array.shape}: its {empty}.")
    labels = [_labels(path, arrays, *pairs[part], reading) for part in used]
    documents = as_documents(
        str(path), {pairs[part][0]: arrays[pairs[part][0]] for part in used}, reading.notes
    )
    splits = []
    for part, docs, its_labels in zip(used, documents, labels, strict=True):
        needed = replace(reading, labelled=reading.labelled and part == used[0])
        where = [f"{path}, {pairs[part][1]}[{row}]" for row in range(len(docs))]
        values = [None] * len(docs) if its_labels is None else its_labels.tolist()
        splits.append(Split(docs, clean_labels(values, where, needed)))
    return Dataset(path.name, splits[0], splits[1] if len(splits) > 1 else None)


def one_label_each(place: str, labels: NDArray[Any], notes: Notes) -> NDArray[Any]:
    """Return labels that are a column or one-hot as a 1-D array, and other labels unchanged.

    Raises
    ------
    ValueError
        If a row of zeros and ones does not have exactly one 1.

    Examples
    --------
    >>> one_label_each("y", np.array([[7], [3]]), Notes()).tolist()
    [7, 3]
    >>> one_label_each("y", np.array([[0, 0, 1], [1, 0, 0]]), Notes()).tolist()
    [2, 0]
    """
    if labels.ndim != 2 or not len(labels):
        return labels
    if labels.shape[1] == 1:
        return labels[:, 0]
    if labels.dtype.kind not in "uifb" or not np.isin(labels, (0, 1)).all():
        return labels
    counts = np.count_nonzero(labels, axis=1)
    if (counts != 1).any():
        row = int((counts != 1).argmax())
        raise ValueError(
            f"{place}[{row}]: this document has {counts[row]} of {labels.shape[1]} labels; give "
            f"every document one label."
        )
    notes.fact("labels", f"one-hot, {labels.shape[1]} columns")
    classes: NDArray[np.int64] = labels.argmax(axis=1)
    return classes


def _pairs(path: Path, names: list[str], reading: Reading) -> dict[str, Pair]:
    """Return the names of the documents and the labels of each part."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        part, rest = part_of(name)
        kind = "documents" if rest in DOCUMENTS else "labels" if rest in LABELS else "other"
        found.setdefault((part or "whole", kind), []).append(name)
    if ("whole", "documents") in found and ("train", "documents") not in found:
        for kind in ("documents", "labels"):
            found["train", kind] = found.pop(("whole", kind), [])
    parts = [part for part, kind in found if kind == "documents"]
    several = next((ns for (p, kind), ns in found.items() if kind != "other" and ns[1:]), None)
    if several or "whole" in parts:
        rivals = several or [ns[0] for (_, kind), ns in found.items() if kind == "documents"]
        raise ValueError(
            f"{path}: {' and '.join(rivals)} could both be meant; call the arrays {KNOWN}."
        )
    pairs: dict[str, Pair] = {}
    for part in parts:
        labels = found.get((part, "labels"))
        pairs[part] = (found[part, "documents"][0], labels[0] if labels else None)
    first = next(iter(pairs.values()), (None, None))
    if not pairs or (reading.labelled and pairs.get("train", first)[1] is None):
        raise ValueError(
            f"{path}: {'labels' if pairs else 'documents'} are missing (found: "
            f"{', '.join(names) or 'none'}); call the arrays {KNOWN}."
        )
    others = [name for name in names if not any(name in pair for pair in pairs.values())]
    if others:
        reading.notes.fact("other arrays", " ".join(others))
    return pairs


def _used(path: Path, pairs: dict[str, Pair], reading: Reading) -> list[str]:
    """Return the training part and the test part, if there are both."""
    names = {part: pair[0] for part, pair in pairs.items()}
    if "train" not in pairs:
        if len(pairs) > 1:
            raise ValueError(
                f"{path}: there is no training part among {' and '.join(names.values())}; save "
                f"one of them as x_train and y_train."
            )
        part, name = next(iter(names.items()))
        if reading.labelled:
            reading.notes.remark(f"{path}: there is no training part, so {name} is used as one.")
        return [part]
    test = choose_test(str(path), names, reading.notes)
    return ["train"] if test is None else ["train", test]


def _labels(
    path: Path, arrays: dict[str, NDArray[Any]], docs: str, labels: str | None, reading: Reading
) -> NDArray[Any] | None:
    """Return the labels of a part, one for each of its documents."""
    shape = arrays[docs].shape
    if shape[:1] == (0,):
        raise ValueError(f"{path}: {docs} has no rows.")
    values = np.zeros(shape[:1])
    if labels is not None:
        values = one_label_each(f"{path}, {labels}", arrays[labels], reading.notes)
    if values.ndim != 1 or values.shape != shape[:1]:
        raise ValueError(
            f"{path}: {docs} has shape {shape}, {labels} {values.shape}; expected one label for "
            f"each document."
        )
    return None if labels is None else values


def _names(path: Path) -> list[str]:
    return list(_open(path, lambda archive: archive.files))


def _read(path: Path, names: list[str]) -> dict[str, NDArray[Any]]:
    def read(archive: Any) -> dict[str, NDArray[Any]]:
        for name in names:
            _check_size(archive.zip, name)
        arrays = {name: archive[name] for name in names}
        for name, array in arrays.items():
            if _has_no_characters(array):
                raise ValueError(f"{name} holds numbers that are not characters")
        return arrays

    return _open(path, read)


def _check_size(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse an array whose header says more bytes than the file has, before allocating it."""
    info = archive.getinfo(name if name in archive.namelist() else f"{name}.npy")
    with archive.open(info) as member:
        if member.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
            raise ValueError(f"{name} is not an array")  # NumPy would return its bytes
        member.seek(0)
        version = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0
        shape, _, dtype = (read if version[0] == 1 else np.lib.format.read_array_header_2_0)(member)
    size = math.prod(shape) * dtype.itemsize
    if not dtype.hasobject and not 0 <= size <= min(info.file_size, LARGEST):
        raise ValueError(f"{name} has shape {shape}, but only {info.file_size:,} bytes")


def _has_no_characters(array: NDArray[Any]) -> bool:
    """Return whether texts hold code points beyond Unicode, which NumPy cannot convert to str."""
    if array.dtype.kind != "U":
        return False
    codes = np.ascontiguousarray(array).view(
        np.dtype(np.uint32).newbyteorder(array.dtype.byteorder)
    )
    return bool(codes.max(initial=0) > sys.maxunicode)


def _open(path: Path, use: Callable[[Any], T]) -> T:
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is not a zip archive")
        with np.load(path, allow_pickle=False) as archive:
            return use(archive)
    except Exception as error:  # NumPy parses headers as Python literals: any error can occur
        reason = "an array has no readable header"
        if isinstance(error, (ValueError, OSError, EOFError, MemoryError, *ZIP_ERRORS)):
            reason = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"{path}: not a readable .npz file of plain arrays ({reason}).") from None
