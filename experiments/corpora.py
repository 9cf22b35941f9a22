"""Corpora: texts without labels, one file each, named ``corpora/NAME`` without the file's endings.

A file is one document. A table of JSON lines (``.jsonl``) has one document per line, in its column
text or sequence. ``.gz`` is unpacked.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

__all__ = ["fingerprint", "is_corpus", "locate_corpus", "read_corpus", "units"]

FOLDER = "corpora/"
ENDINGS = ("", ".gz", ".txt", ".txt.gz", ".jsonl", ".jsonl.gz")
FIELDS = ("text", "sequence")
WHOLE, DOCUMENTS = "whole", "documents"


def is_corpus(name: str) -> bool:
    """Return whether this is the name of a corpus.

    Examples
    --------
    >>> is_corpus("corpora/udhr"), is_corpus("r8")
    (True, False)
    """
    return name.startswith(FOLDER)


def locate_corpus(name: str, data: str | None) -> str:
    """Return the file of a corpus.

    Parameters
    ----------
    name : str
        Such as ``corpora/canterbury/alice29.txt``.
    data : str, optional
        A folder that contains a folder ``corpora``.

    Raises
    ------
    ValueError
        If there is no such file.
    """
    if data is None or data in ("hf", "sample"):
        raise ValueError(f"{name} is a file: give --data DIR, a folder with {name} or {name}.gz.")
    for ending in ENDINGS:
        place = Path(data, name + ending)
        if place.is_file():
            return str(place)
    raise ValueError(f"{data} has no corpus {name}: expected a file {name}, with or without .gz.")


def read_corpus(place: str) -> list[bytes]:
    """Read the documents of a corpus.

    Raises
    ------
    ValueError
        If a line of a table is not a JSON object with one of the columns `FIELDS`.
    """
    path = Path(place)
    content = path.read_bytes()
    if path.suffix == ".gz":
        content, path = gzip.decompress(content), path.with_suffix("")
    if path.suffix != ".jsonl":
        return [content]
    return [_document(place, *line) for line in enumerate(content.splitlines(), start=1)]


def _document(place: str, number: int, line: bytes) -> bytes:
    try:
        row = json.loads(line)
        [text] = [row[name] for name in FIELDS if name in row][:1]
        return bytes(text.encode())
    except (ValueError, TypeError, AttributeError):
        raise ValueError(
            f"{place}:{number} is not a JSON object with a text under {' or '.join(FIELDS)}."
        ) from None


def units(docs: Sequence[bytes], unit: str | int, limit_bytes: int | None = None) -> list[bytes]:
    r"""Split documents into the units that are coded, each independently of the others.

    Parameters
    ----------
    docs : sequence of bytes
    unit : str or int
        ``documents``; ``whole``, all documents as one text, separated by newlines; or a number:
        chunks of that many bytes of the whole text.
    limit_bytes : int, optional
        Use at most this many bytes of the text, or the documents that fit into them completely.

    Examples
    --------
    >>> units([b"abc", b"de"], "whole"), units([b"abc", b"de"], 4), units([b"abc", b"de"], 4, 5)
    ([b'abc\nde'], [b'abc\n', b'de'], [b'abc\n', b'd'])
    >>> units([b"abc", b"de"], "documents", limit_bytes=4)
    [b'abc']
    """
    if unit == DOCUMENTS:
        return list(docs) if limit_bytes is None else _fitting(docs, limit_bytes)
    text = b"\n".join(docs)[:limit_bytes]
    size = len(text) if unit == WHOLE else int(unit)
    return [text[start : start + size] for start in range(0, len(text), max(1, size))]


def _fitting(docs: Sequence[bytes], limit_bytes: int) -> list[bytes]:
    chosen, left = [], limit_bytes
    for doc in docs:
        left -= len(doc)
        if left < 0:
            break
        chosen.append(doc)
    return chosen


def fingerprint(docs: Sequence[bytes]) -> str:
    """Return a hash of the documents, twelve hexadecimal digits.

    Examples
    --------
    >>> fingerprint([b"ab"]) == fingerprint([b"a", b"b"])
    False
    """
    digest = hashlib.sha256()
    for doc in docs:
        digest.update(len(doc).to_bytes(8, "little") + doc)
    return digest.hexdigest()[:12]
