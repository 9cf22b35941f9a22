"""Files that hold one document each: a text or an image, by their suffix and first bytes."""

from __future__ import annotations

import codecs
from pathlib import Path

from compressclf.datasets.encodings import MARKS, decode
from compressclf.datasets.images import IMAGE_SUFFIXES, corpus_of, image_of
from compressclf.datasets.reading import Reading
from compressclf.datasets.signatures import kind_of
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus

__all__ = ["is_image_file", "read_files", "read_images"]

OFFICE_SUFFIXES = frozenset(
    {".doc", ".docx", ".epub", ".odp", ".ods", ".odt", ".pdf", ".ppt", ".pptx", ".xls", ".xlsx"}
)


def is_image_file(path: Path) -> bool:
    """Return whether a file is an image, by its suffix.

    Examples
    --------
    >>> is_image_file(Path("face.PGM")), is_image_file(Path("face.txt"))
    (True, False)
    """
    return path.suffix.lower() in IMAGE_SUFFIXES


def read_images(files: list[Path], reading: Reading) -> ImageCorpus:
    """Return image files as a corpus.

    Raises
    ------
    ValueError
        If one is damaged, or cannot be converted to 8 bits per channel.
    """
    return corpus_of(image_of(file, str(file), reading) for file in files)


def read_files(place: Path, files: list[Path], reading: Reading) -> Corpus:
    """Return files as a corpus; they must be all texts or all images.

    The bytes of a text are taken as they are, unless it begins with a byte-order mark or `reading`
    names an encoding other than UTF-8: then it becomes UTF-8 without a mark. An image without the
    suffix of an image is recognised by its first bytes.

    Parameters
    ----------
    place : Path
        Name of the directory of the files in messages.

    Raises
    ------
    ValueError
        If texts and images are mixed, or a file is neither.
    OSError
        If a file cannot be read.
    """
    named = [is_image_file(file) for file in files]
    if all(named):
        return read_images(files, reading)
    contents = {
        file: file.read_bytes() for file, image in zip(files, named, strict=True) if not image
    }
    kinds = {file: _kind(file, data) for file, data in contents.items()}
    unsuspected = [file for file, kind in kinds.items() if kind is not None]
    if len(unsuspected) == len(contents):
        reading.notes.fact("files", "images by their content")
        return read_images(files, reading)
    if any(named):
        texts = [file for file in contents if file not in unsuspected]
        images = [file for file, image in zip(files, named, strict=True) if image]
        odd = images[0] if len(images) < len(texts) else texts[0]
        raise ValueError(f"{place}: texts and images are mixed (see {odd}); keep one kind.")
    if unsuspected:
        raise ValueError(
            f"{unsuspected[0]} is {kinds[unsuspected[0]]}, and other documents are texts; take "
            f"it out, or give images a source of their own."
        )
    return _texts(contents, reading)


def _kind(file: Path, data: bytes) -> str | None:
    """Return the kind of an image, or None for a text; refuse anything else."""
    kind = kind_of(data)
    if kind is not None and kind.endswith("image"):
        return kind
    suffix = file.suffix.lower()
    if suffix in OFFICE_SUFFIXES:
        raise ValueError(f"{file}: {suffix} files are not read; convert them to plain text first.")
    if kind is not None:
        remedy = "convert it to plain text" if kind == "a PDF file" else "unpack or convert it"
        raise ValueError(f"{file} is {kind}, which is not read as a text; {remedy} first.")
    return None


def _texts(contents: dict[Path, bytes], reading: Reading) -> Corpus:
    """Return texts as UTF-8."""
    marked: dict[str, list[Path]] = {}
    binary: list[Path] = []
    texts: list[bytes | str] = []
    for file, data in contents.items():
        name, text = _marked(file, data)
        if text is not None:
            marked.setdefault(name, []).append(file)
            texts.append(text)
        elif _is_utf8(reading.encoding):
            texts.append(data)
            if b"\0" in data:
                binary.append(file)
        else:
            texts.append(decode(str(file), data, reading))
    for name, files in marked.items():
        if name == "UTF-8" or len(files) == len(contents):
            reading.notes.fact("encoding", f"{name} with byte-order mark")
        else:
            reading.notes.remark(
                f"{len(files):,} of {len(contents):,} files begin with the byte-order mark of "
                f"{name}, such as {files[0]}; they were converted to UTF-8."
            )
    if binary:
        reading.notes.remark(
            f"{len(binary):,} of {len(contents):,} files hold NUL bytes, such as {binary[0]}; if "
            f"they are texts in UTF-16, name it with `encoding`."
        )
    return Corpus.from_documents(texts)


def _marked(file: Path, data: bytes) -> tuple[str, str | None]:
    """Return the text, and the encoding of its byte-order mark; None if it has no mark."""
    found = [encoding for mark, encoding in MARKS.items() if data.startswith(mark)]
    for encoding in found:
        name = encoding.removesuffix("-sig").upper()
        try:
            return name, data.decode(encoding)
        except UnicodeDecodeError as error:
            place = error.start
    if found:
        raise ValueError(
            f"{file}: the file begins with the byte-order mark of {name}, but byte {place:,} is "
            f"not valid in it; convert the file to UTF-8."
        )
    return "", None


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
    except LookupError:
        return False  # `decode` refuses it
