"""Read documents from files that a column names, images or texts.

Names are relative to the folder of the table. A column counts as a column of file names if its
values, or most of a sample of them, name existing files. Names of missing images and ``.txt`` files
are refused: read as texts, they would be classified by the spelling of the name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from compressclf.datasets.encodings import decode
from compressclf.datasets.images import IMAGE_SUFFIXES, corpus_of, image_of
from compressclf.datasets.reading import Reading
from compressclf.documents import Corpus

__all__ = ["linked_documents", "promises_files"]

FILE_COLUMNS = frozenset(
    {"image", "image_file", "image_filename", "image_name", "image_path", "img", "img_path"}
    | {"file", "file_name", "file_path", "filename", "filepath", "path"}
)
SAMPLE = 50
LIKE_A_NAME = re.compile(r"[^\r\n\0]{1,1000}\.[A-Za-z][A-Za-z0-9]{0,5}")
TELLING_SUFFIXES = IMAGE_SUFFIXES | {".txt"}


def linked_documents(
    name: str, column: str, docs: Corpus, where: Sequence[str], reading: Reading
) -> Corpus:
    """Return the contents of the files that `docs` name, or `docs` if they are texts.

    Parameters
    ----------
    name : str
        Path of the table, or another name of the source, which then has no folder.
    column : str
        Name of the column, for messages.
    docs : Corpus
        The values of the column.
    where : sequence of str
        Place of each row for messages.

    Raises
    ------
    ValueError
        If a file is missing or cannot be read, or texts and images are mixed.
    """
    folder = Path(name).parent if os.path.isfile(name) else None
    rows = np.unique(np.linspace(0, len(docs) - 1, SAMPLE).astype(int)).tolist()
    sample = [os.fsdecode(docs[row]) for row in rows]
    there = [_file(folder, value) is not None for value in sample]
    named = [not value.strip() or LIKE_A_NAME.fullmatch(value) is not None for value in sample]
    if 2 * sum(there) > len(sample) or (any(there) and all(named)):
        files = _files(column, docs, where, folder)
        reading.notes.fact("documents", f"the files that the column {column!r} names")
        return _read(name, files, reading)
    looked = "this source has no folder" if folder is None else f"looked for in {folder}"
    if column not in reading.text and promises_files(column):  # it was chosen for its name
        missing = rows[there.index(False)]
        raise ValueError(
            f"{where[missing]}: the column {column!r} should name a file ({_shown(docs[missing])}, "
            f"{looked}); put the files there, or name the column of texts with `text_column`."
        )
    tells = [_tells(value) for value in sample]
    if 2 * sum(tells) > len(sample):
        row = rows[tells.index(True)]
        raise ValueError(
            f"{where[row]}: the column {column!r} names files that do not exist "
            f"({_shown(docs[row])}, {looked}); put the files there."
        )
    return docs


def promises_files(column: str) -> bool:
    """Return whether a column of this name should hold file names, if there is no text column.

    Examples
    --------
    >>> promises_files("File Name"), promises_files("title")
    (True, False)
    """
    return column.strip().lower().replace(" ", "_") in FILE_COLUMNS


def _file(folder: Path | None, value: str) -> Path | None:
    """Return the existing file of this name; a backslash may separate folders."""
    if folder is None or not 0 < len(value) <= 1024:
        return None
    candidates = (folder / value, folder / value.replace("\\", "/"))
    return next((path for path in candidates if os.path.isfile(path)), None)


def _files(column: str, docs: Corpus, where: Sequence[str], folder: Path | None) -> list[Path]:
    files = []
    for doc, place in zip(docs, where, strict=True):
        file = _file(folder, os.fsdecode(doc))
        if file is None:
            raise ValueError(
                f"{place}: the column {column!r} names a file that does not exist ({_shown(doc)}, "
                f"looked for in {folder}); put the file there or drop the row."
            )
        files.append(file)
    return files


def _read(name: str, files: list[Path], reading: Reading) -> Corpus:
    are_images = [file.suffix.lower() in IMAGE_SUFFIXES for file in files]
    if all(are_images):
        return corpus_of(image_of(file, str(file), reading) for file in files)
    if any(are_images):
        odd = files[are_images.index(not are_images[0])]
        raise ValueError(f"{name}: texts and images are mixed (see {odd}); keep one kind.")
    return Corpus.from_documents([_text(file, reading) for file in files])


def _text(file: Path, reading: Reading) -> str:
    text = decode(str(file), file.read_bytes(), reading)
    if "\0" in text:
        raise ValueError(f"{file}: the file holds NUL bytes, so it is not a text; leave it out.")
    return text


def _tells(value: str) -> bool:
    """Return whether a value looks like the name of an image or a text file."""
    suffix = os.path.splitext(value)[1].lower()
    return LIKE_A_NAME.fullmatch(value) is not None and suffix in TELLING_SUFFIXES


def _shown(doc: bytes) -> str:
    return f"{os.fsdecode(doc)!r:.60}"
