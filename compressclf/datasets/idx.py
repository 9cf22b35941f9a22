"""IDX, the format of MNIST: a file of images, and beside it one of labels; both may end in .gz.

``train-images-idx3-ubyte.gz`` has its labels in ``train-labels-idx1-ubyte.gz``. A directory with
the files of MNIST is a training and a test part (``t10k-…`` or ``test-…``).
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from compressclf.datasets._dataset import Dataset, Split
from compressclf.datasets._reading import Reading
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["image_parts", "is_image_file", "load", "load_parts"]

IMAGES = re.compile(r"images([-.])idx[34]", re.IGNORECASE)
TEST = re.compile(r"t10k|test", re.IGNORECASE)
BYTES = 0x08  # the only type of number that images have
MOST_DIMENSIONS = 4


def is_image_file(path: Path) -> bool:
    """Tell by its name whether a file holds images in IDX.

    Examples
    --------
    >>> is_image_file(Path("t10k-images-idx3-ubyte.gz")), is_image_file(Path("train.csv"))
    (True, False)
    """
    return IMAGES.search(path.name) is not None


def image_parts(directory: Path) -> dict[str, Path]:
    """Return the files of images in a directory: those of ``train`` and, if there, of ``test``.

    Raises
    ------
    ValueError
        If it holds more than one of either.
    """
    parts: dict[str, Path] = {}
    for file in sorted(directory.iterdir()):
        if not (file.is_file() and is_image_file(file)):
            continue
        part = "test" if TEST.search(file.name) else "train"
        if part in parts:
            raise ValueError(
                f"{directory}: {parts[part].name} and {file.name} are both a {part} part; name "
                f"the file itself."
            )
        parts[part] = file
    return parts


def load_parts(directory: Path, parts: dict[str, Path], reading: Reading) -> Dataset:
    """Read the training part and, if there, the test part of a directory.

    Raises
    ------
    ValueError
        If something is missing or damaged.
    """
    first = parts.get("train") or parts["test"]
    test = parts.get("test") if "train" in parts else None
    return Dataset(
        directory.name, _split(first, reading), None if test is None else _split(test, reading)
    )


def load(path: Path, reading: Reading) -> Dataset:
    """Read a file of images and the labels beside it.

    Raises
    ------
    ValueError
        If it is damaged, or there are no labels and they are needed.
    """
    return Dataset(path.name, _split(path, reading))


def _split(path: Path, reading: Reading) -> Split:
    images = _read(path)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        raise ValueError(f"{path}: expected images, found an array of shape {images.shape}.")
    if not len(images):
        raise ValueError(f"{path}: there are no images.")
    try:
        docs = Corpus.from_documents(images)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    beside = _labels_beside(path)
    if beside is None:
        if reading.labelled:
            name = IMAGES.sub(r"labels\1idx1", path.name)
            raise ValueError(f"{path}: its labels are missing: put {name} beside it.")
        return Split(docs)
    labels = _read(beside)
    if labels.shape != (len(images),):
        raise ValueError(
            f"{beside}: {len(images)} images have labels of shape {labels.shape}; expected one for "
            f"each image."
        )
    return Split(docs, labels.astype(str))


def _labels_beside(path: Path) -> Path | None:
    name = IMAGES.sub(r"labels\1idx1", path.name)
    stem = name.removesuffix(".gz")
    for candidate in (name, stem, f"{stem}.gz"):
        if path.with_name(candidate).is_file():
            return path.with_name(candidate)
    return None


def _read(path: Path) -> NDArray[np.uint8]:
    with _opened(path) as file:
        start = file.read(4)
        if len(start) < 4 or start[:2] != b"\0\0" or not 1 <= start[3] <= MOST_DIMENSIONS:
            raise ValueError(f"{path}: not an IDX file.")
        if start[2] != BYTES:
            raise ValueError(
                f"{path}: the numbers are of the IDX type 0x{start[2]:02x}; only bytes (0x08) are "
                f"read."
            )
        sizes = file.read(4 * start[3])
        if len(sizes) < 4 * start[3]:
            raise ValueError(f"{path}: the file ends within its header.")
        shape = tuple(np.frombuffer(sizes, ">u4").tolist())
        data = bytearray()
        # Piece by piece: what a header promises is not yet there.
        while len(data) <= math.prod(shape) and (piece := file.read(1 << 24)):
            data += piece
    if len(data) != math.prod(shape):
        more = "more" if len(data) > math.prod(shape) else "fewer"
        raise ValueError(f"{path}: the file holds {more} bytes than its sizes {shape} say.")
    return np.frombuffer(data, np.uint8).reshape(shape)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file: Any = gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")
        with file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: the .gz file is damaged or cut off ({error}).") from None
