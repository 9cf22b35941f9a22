"""Read IDX, the format of MNIST: a file of images and a file of labels beside it, also with .gz.

The labels of ``train-images-idx3-ubyte.gz`` are in ``train-labels-idx1-ubyte.gz``. The name may
have dots, dashes or underscores, and another type of integers, as in
``qmnist-train-labels-idx2-int``, where the first of QMNIST's eight columns is the class. A
directory with the files of MNIST has a training and a test part (``t10k-…`` or ``test-…``).
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from compressclf.datasets.arrays import one_label_each
from compressclf.datasets.dataset import Dataset, Split
from compressclf.datasets.parts import choose_test, part_of
from compressclf.datasets.reading import Notes, Reading
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_image_file", "load", "load_directory"]

IMAGES = re.compile(r"images([-._])idx[34]", re.IGNORECASE)
BYTES = 0x08  # the only type of number that is allowed for images
INTEGERS = {BYTES: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4"}
MOST_DIMENSIONS = 4
QMNIST_COLUMNS = 8


def is_image_file(path: Path) -> bool:
    """Return whether a file holds images in IDX, by its name.

    Examples
    --------
    >>> is_image_file(Path("t10k-images-idx3-ubyte.gz")), is_image_file(Path("train.csv"))
    (True, False)
    """
    return IMAGES.search(path.name) is not None


def load_directory(directory: Path, files: list[Path], reading: Reading) -> Dataset:
    """Read the training part of a directory and, if there is one, the test part.

    Parameters
    ----------
    directory : Path
    files : list of Path
        The files of images in it.

    Raises
    ------
    ValueError
        If a file is missing or damaged, or if there are several for one part.
    """
    sets: dict[str, dict[str, Path]] = {}
    for file in files:
        part, name = part_of(IMAGES.split(file.name)[0])
        parts = sets.setdefault(name, {})
        if (part or "train") in parts:
            raise ValueError(
                f"{directory}: {parts[part or 'train'].name} and {file.name} are both a "
                f"{part or 'train'} part; name the file itself."
            )
        parts[part or "train"] = file
    parts = next(iter(sets.values()))
    if len(sets) > 1:
        pair = sorted(parts, key=lambda part: part != "train")[:2]
        example = " ".join(str(parts[part]) for part in pair)
        raise ValueError(
            f"{directory}: there are several sets of images, {', '.join(filter(None, sets))}; give "
            f"the files of one, such as {example}."
        )
    names = {part: file.name for part, file in parts.items()}
    if "train" not in parts and len(parts) > 1:
        raise ValueError(
            f"{directory}: there is no training part among {' and '.join(names.values())}; give "
            f"one of them by name."
        )
    test = choose_test(str(directory), names, reading.notes) if "train" in parts else None
    first = parts.get("train") or next(iter(parts.values()))
    unlabelled = replace(reading, labelled=False)
    return Dataset(
        directory.name,
        _split(first, reading),
        None if test is None else _split(parts[test], unlabelled),
    )


def load(path: Path, reading: Reading) -> Dataset:
    """Read a file of images and the labels beside it.

    Raises
    ------
    ValueError
        If it is damaged, or if labels are needed and there are none.
    """
    return Dataset(path.name, _split(path, reading))


def _split(path: Path, reading: Reading) -> Split:
    images = _read(path, {BYTES: INTEGERS[BYTES]})
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        raise ValueError(f"{path}: expected images, found an array of shape {images.shape}.")
    if not images.size:  # a header may claim a billion images without pixels
        raise ValueError(f"{path}: there are no images, or they have no pixels.")
    try:
        docs = Corpus.from_documents(images)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    reading.notes.fact("format", "IDX")
    beside = _labels_beside(path)
    if beside is None:
        if reading.labelled:
            name = IMAGES.sub(r"labels\1idx1", path.name)
            raise ValueError(f"{path}: its labels are missing: put {name} beside it.")
        return Split(docs)
    labels = _labels(beside, reading.notes)
    if labels.shape != (len(images),):
        raise ValueError(
            f"{beside}: {len(images)} images have labels of shape {labels.shape}; expected one for "
            f"each image."
        )
    return Split(docs, labels.astype(str))


def _labels(path: Path, notes: Notes) -> NDArray[Any]:
    labels = _read(path, INTEGERS)
    if labels.ndim == 2 and labels.shape[1] == QMNIST_COLUMNS and labels.max(initial=0) > 1:
        notes.fact("labels", f"first of {QMNIST_COLUMNS} columns")
        return labels[:, 0]
    return one_label_each(str(path), labels, notes)


def _labels_beside(path: Path) -> Path | None:
    """Return the file of labels; if there are several, the one named like the file of images."""
    start = IMAGES.split(path.name)[0]
    pattern = re.compile(
        re.escape(start) + r"labels[-._]idx[12][-._]\w+(\.gz)?", re.IGNORECASE | re.ASCII
    )
    found = sorted(file for file in path.parent.iterdir() if pattern.fullmatch(file.name))
    name = IMAGES.sub(r"labels\1idx1", path.name)
    stem = name.removesuffix(".gz")
    for alike in (name, stem, f"{stem}.gz"):
        if path.with_name(alike) in found:
            return path.with_name(alike)
    if len(found) > 1:
        raise ValueError(
            f"{path}: {found[0].name} and {found[1].name} could both hold its labels; remove one."
        )
    return found[0] if found else None


def _read(path: Path, kinds: dict[int, str]) -> NDArray[Any]:
    """Read an array whose IDX type is one of `kinds`."""
    with _opened(path) as file:
        start = file.read(4)
        if len(start) < 4 or start[:2] != b"\0\0" or not 1 <= start[3] <= MOST_DIMENSIONS:
            raise ValueError(f"{path}: not an IDX file.")
        if start[2] not in kinds:
            read = "integers" if len(kinds) > 1 else "bytes (0x08)"
            raise ValueError(
                f"{path}: the numbers have the IDX type 0x{start[2]:02x}; only {read} are read."
            )
        sizes = file.read(4 * start[3])
        if len(sizes) < 4 * start[3]:
            raise ValueError(f"{path}: the file ends within its header.")
        shape = tuple(np.frombuffer(sizes, ">u4").tolist())
        kind = np.dtype(kinds[start[2]])
        size = math.prod(shape) * kind.itemsize
        data = bytearray()
        # Read piece by piece, since the header may claim more than the file holds.
        while len(data) <= size and (piece := file.read(1 << 24)):
            data += piece
    if len(data) != size:
        more = "more" if len(data) > size else "fewer"
        raise ValueError(f"{path}: the file holds {more} bytes than its sizes {shape} say.")
    return np.frombuffer(data, kind).reshape(shape)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file: Any = gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")
        with file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: the .gz file is damaged or cut off ({error}).") from None
