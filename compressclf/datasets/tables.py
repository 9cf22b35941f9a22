r"""Tables of texts: CSV, TSV, JSON lines, Parquet and plain lines, compressed or not.

A file is read whole, unpacked and decoded once; a bad byte, row or value is reported with file
and line. A ``\r`` inside a quoted field, a NUL byte and a lone surrogate of JSON survive.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from compressclf._optional import optional_import
from compressclf.datasets._dataset import Columns, Split, clean_groups, clean_labels
from compressclf.datasets._images import corpus_of, read_image
from compressclf.documents import Corpus

__all__ = ["TABLE_SUFFIXES", "read_standard_input", "read_table"]

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".txt")


def read_table(path: Path, columns: Columns) -> Split:
    """Read a table by its suffix.

    Raises
    ------
    ValueError
        If the suffix is unknown or the content is not as expected.
    OSError
        If the file cannot be read.
    """
    kind = table_kind(path)
    if kind is None:
        raise ValueError(
            f"{path}: unknown kind of file; use {', '.join(TABLE_SUFFIXES)} (also with .gz, .zst, "
            f".xz, .bz2) or .npz."
        )
    data = _unpack(path)
    if not data:
        raise ValueError(f"{path}: the file is empty.")
    if kind == ".parquet":
        return _read_parquet(str(path), data, columns)
    text = _decode(str(path), data, columns.encoding)
    if kind == ".jsonl":
        return _read_jsonl(str(path), text, columns)
    if kind == ".txt":
        return _read_lines(str(path), text, columns)
    return _read_csv(str(path), text, columns, "\t" if kind == ".tsv" else ",")


def read_standard_input(columns: Columns) -> Split:
    """Read one document a line, or JSON lines if the first character is an opening brace."""
    name = "standard input"
    text = _decode(name, sys.stdin.buffer.read(), columns.encoding)
    if not text:
        raise ValueError(f"{name}: there is nothing to read.")
    if text.lstrip().startswith("{"):
        return _read_jsonl(name, text, columns)
    return _read_lines(name, text, columns)


def table_kind(path: Path) -> str | None:
    """Return the suffix that tells the kind of table, compression left aside."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _UNPACKERS:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in TABLE_SUFFIXES else None


def _read_csv(name: str, text: str, columns: Columns, delimiter: str) -> Split:
    previous_limit = csv.field_size_limit(len(text) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    texts, labels, groups, where = [], [], [], []
    try:
        header = next(reader, [])
        text_at, label_at, group_at = _find_columns(name, header, columns)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"{name}:{reader.line_num}: expected {len(header)} fields, found {len(row)}; "
                    f"put quotes around a field that holds the delimiter."
                )
            texts.append(row[text_at])
            labels.append(None if label_at is None else row[label_at])
            groups.append(None if group_at is None else row[group_at])
            where.append(f"{name}:{reader.line_num}")
    except csv.Error as error:
        raise ValueError(
            f"{name}:{reader.line_num}: {error}; quotes inside a field are written twice, and a "
            f"field with a line break stands in quotes."
        ) from None
    finally:
        csv.field_size_limit(previous_limit)
    return _split(name, texts, labels, groups, where, columns)


def _read_jsonl(name: str, text: str, columns: Columns) -> Split:
    texts, labels, groups, where = [], [], [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{place}: not valid JSON ({error.msg}).") from None
        except RecursionError:
            raise ValueError(f"{place}: the JSON is nested too deeply.") from None
        if not isinstance(row, dict):
            raise ValueError(
                f"{place}: expected an object with {columns.text!r} and {columns.label!r}, found "
                f"a {type(row).__name__}."
            )
        text_key, label_key, group_key = _find_columns(place, list(row), columns, positions=False)
        if not isinstance(row[text_key], str):
            raise ValueError(
                f"{place}: {columns.text!r} must be a string, found "
                f"{json.dumps(row[text_key])[:40]}."
            )
        texts.append(row[text_key])
        labels.append(None if label_key is None else row[label_key])
        groups.append(None if group_key is None else row[group_key])
        where.append(place)
    return _split(name, texts, labels, groups, where, columns)


def _read_parquet(name: str, data: bytes, columns: Columns) -> Split:
    parquet = optional_import("pyarrow.parquet", extra="datasets")
    arrow = optional_import("pyarrow", extra="datasets")
    try:
        table = parquet.read_table(io.BytesIO(data))
    except (arrow.ArrowException, OSError) as error:
        raise ValueError(f"{name}: not a readable Parquet file ({_first_line(error)}).") from None
    return split_of_arrow(name, table, columns)


def split_of_arrow(name: str, table: Any, columns: Columns) -> Split:
    """Take the columns of a pyarrow table; the text is not copied.

    A column of images, as Hugging Face data sets have them, is taken for the text if it has its
    name, or if there is no text and no other column of images.
    """
    images = [name for name in table.column_names if _holds_images(table.schema.field(name).type)]
    if columns.text not in table.column_names and len(images) == 1:
        columns = replace(columns, text=images[0])
    text_key, label_key, group_key = _find_columns(
        name, table.column_names, columns, positions=False
    )
    try:
        if text_key in images:
            docs: Corpus = _images_of_arrow(name, table.column(text_key), columns)
        else:
            docs = Corpus.from_documents(table.column(text_key))
    except TypeError as error:
        raise ValueError(f"{name}, column {columns.text!r}: {error}") from None
    if not len(docs):
        raise ValueError(f"{name}: there are no rows.")
    groups = None if group_key is None else clean_groups(table.column(group_key).to_pylist())
    if label_key is None:
        return Split(docs, groups=groups)
    where = [f"{name}, row {row}" for row in range(1, len(docs) + 1)]
    labels = clean_labels(table.column(label_key).to_pylist(), where, columns)
    return Split(docs, labels, groups)


def _holds_images(kind: Any) -> bool:
    """Whether an Arrow type is that of Hugging Face's images: the bytes of a file, or its path."""
    names = {field.name for field in kind} if str(kind).startswith("struct<") else set()
    return names == {"bytes", "path"}


def _images_of_arrow(name: str, column: Any, columns: Columns) -> Corpus:
    def read(row: int, value: dict[str, Any] | None) -> Any:
        place = f"{name}, row {row}, column {columns.text!r}"
        if value is None or (value["bytes"] is None and value["path"] is None):
            raise ValueError(f"{place}: the image is missing; drop the row.")
        if value["bytes"] is None and not Path(value["path"]).is_file():
            raise ValueError(f"{place}: there is no file {value['path']}.")
        return read_image(value["bytes"] or Path(value["path"]), place, columns.resize)

    if not len(column):
        return Corpus.from_documents([])
    rows = (item for chunk in column.chunks for item in chunk)  # one in memory at a time
    return corpus_of(read(row, item.as_py()) for row, item in enumerate(rows, start=1))


def _read_lines(name: str, text: str, columns: Columns) -> Split:
    if columns.labelled:
        raise ValueError(
            f"{name}: plain lines have no labels; give JSON lines or a table with the columns "
            f"{columns.text!r} and {columns.label!r}."
        )
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return Split(Corpus.from_documents([line.removesuffix("\r") for line in lines]))


def _split(
    name: str,
    texts: list[Any],
    labels: list[Any],
    groups: list[Any],
    where: list[str],
    columns: Columns,
) -> Split:
    if not texts:
        raise ValueError(f"{name}: there are no rows.")
    return Split(
        Corpus.from_documents(texts),
        clean_labels(labels, where, columns),
        None if columns.group is None else clean_groups(groups),
    )


def _find_columns(
    name: str, header: list[str], columns: Columns, *, positions: bool = True
) -> tuple[Any, Any, Any]:
    """Return where text, label and group stand, as positions or as names; or None."""
    places: list[Any] = []
    for column, option, needed in (
        (columns.text, "--text-column", True),
        (columns.label, "--label-column", columns.labelled),
        (columns.group, "--group-column", columns.group is not None),
    ):
        if column in header:
            places.append(header.index(column) if positions else column)
        elif needed:
            found = ", ".join(map(repr, header)) or "none"
            raise ValueError(
                f"{name}: there is no column {column!r} (found: {found}); name it with {option}."
            )
        else:
            places.append(None)
    return places[0], places[1], places[2]


def _decode(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{name}:{line}: byte 0x{data[error.start]:02x} is not valid {encoding}; convert the "
            f"file, or name its encoding with --encoding."
        ) from None
    except LookupError:
        raise ValueError(f"Unknown encoding {encoding!r}; try utf-8, latin-1 or utf-16.") from None


def _unpack(path: Path) -> bytes:
    data = path.read_bytes()
    unpack = _UNPACKERS.get(path.suffix.lower())
    if unpack is None:
        return data
    try:
        return unpack(data)
    except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(
            f"{path}: the {path.suffix} file is damaged or cut off ({_first_line(error)})."
        ) from None


def _unpack_zstd(data: bytes) -> bytes:
    import zstandard

    parts = []
    while data:
        frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            parts.append(frame.decompress(data))
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None
        if not frame.eof:
            raise EOFError("the last frame does not end")
        data = frame.unused_data
    return b"".join(parts)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


_UNPACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".xz": lzma.decompress,
    ".bz2": bz2.decompress,
    ".zst": _unpack_zstd,
}
