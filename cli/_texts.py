"""Training texts of ``train-lm``, from files, folders and tables."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from compressclf.datasets import load_dataset
from compressclf.documents import Corpus

__all__ = ["read_texts"]

_TABLES = re.compile(r"\.(csv|tsv|jsonl|parquet)(\.gz|\.zst|\.xz)?$")
_BLANK_LINES = re.compile(rb"\n[ \t\r]*\n\s*")


def read_texts(sources: tuple[str, ...], text_column: str) -> Corpus:
    """Return the documents of all sources.

    Parameters
    ----------
    sources : tuple of str
        A table (one document per row), ``sample:NAME`` or ``hf:NAME``, a folder (one document per
        file), ``blocks:FILE`` (documents separated by blank lines), ``lines:FILE``, or any other
        file, which is one document; ``.gz`` is unpacked.
    text_column : str
        The column of the documents in tables.
    """
    documents: list[bytes] = []
    for source in sources:
        documents += _read(source, text_column)
    return Corpus.from_documents([document for document in documents if document])


def _read(source: str, text_column: str) -> list[bytes]:
    kind, _, rest = source.partition(":")
    if kind == "blocks":
        return [block.strip() for block in _BLANK_LINES.split(_content(Path(rest)))]
    if kind == "lines":
        return _content(Path(rest)).splitlines()
    if kind in ("sample", "hf") or _TABLES.search(source):
        return list(load_dataset(source, text_column=text_column, labelled=False).train.docs)
    path = Path(source)
    if path.is_dir():
        return [_content(file) for file in sorted(path.rglob("*")) if file.is_file()]
    return [_content(path)]


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise ValueError(f"{path}: not a complete gzip file ({error}).") from None
