"""Arrow tables: Parquet and Arrow files, and Hugging Face data sets."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from compressclf._lib.optional import optional_import
from compressclf.datasets.dataset import Split
from compressclf.datasets.images import corpus_of, image_of
from compressclf.datasets.packed import first_line
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.rows import find_columns, split_of_columns
from compressclf.documents import Corpus

__all__ = ["open_arrow", "read_arrow", "read_parquet", "split_of_arrow"]

MAGIC = b"ARROW1"


def read_parquet(name: str, data: bytes, reading: Reading) -> Split:
    """Return the rows of a Parquet file."""
    parquet = optional_import("pyarrow.parquet", extra="datasets")
    arrow = optional_import("pyarrow", extra="datasets")
    try:
        table = parquet.read_table(io.BytesIO(data))
    except (arrow.ArrowException, OSError) as error:
        raise ValueError(f"{name}: not a readable Parquet file ({first_line(error)}).") from None
    return split_of_arrow(name, table, reading)


def read_arrow(name: str, data: bytes, reading: Reading) -> Split:
    """Return the rows of an Arrow (IPC) file or stream; Feather files are Arrow files."""
    arrow = optional_import("pyarrow", extra="datasets")
    batches = list(open_arrow(name, data))
    if not batches:
        raise ValueError(f"{name}: there are no rows.")
    return split_of_arrow(name, arrow.Table.from_batches(batches), reading)


def open_arrow(name: str, data: Any) -> Iterator[Any]:
    """Yield the record batches of an Arrow file or stream, which a mapped file does not copy.

    Raises
    ------
    ValueError
        If `data` is not what it should be: each batch is checked before it is used.
    """
    arrow = optional_import("pyarrow", extra="datasets")
    source = arrow.BufferReader(arrow.py_buffer(data))
    try:
        if bytes(data[: len(MAGIC)]) == MAGIC:
            reader = arrow.ipc.open_file(source)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            batches = arrow.ipc.open_stream(source)
        for batch in batches:
            batch.validate(full=True)
            yield batch
    except (arrow.ArrowException, OSError) as error:
        raise ValueError(f"{name}: not a readable Arrow file ({first_line(error)}).") from None


def split_of_arrow(
    name: str, table: Any, reading: Reading, *, header: list[str] | None = None, first: int = 1
) -> Split:
    """Return documents and labels of a pyarrow table; the text is not copied.

    Rows are counted from `first`. `header` are the names of all columns, if `table` lacks some.

    A column of images, as Hugging Face data sets have them, holds the documents if it is named as
    the text column, or if it is the only column of images and there is no text column.
    """
    images = [name for name in table.column_names if _holds_images(table.schema.field(name).type)]
    if len(images) == 1 and not set(reading.text) <= set(table.column_names):
        reading = replace(reading, text=(images[0],))
    places = find_columns(name, header or table.column_names, reading)
    text_keys, label_key, group_key = places
    docs = _documents(name, table, text_keys, images, reading)
    where = [f"{name}, row {row}" for row in range(first, first + len(docs))]
    labels, groups = (
        [None] * len(docs) if key is None else table.column(key).to_pylist()
        for key in (label_key, group_key)
    )
    # Not "typed": programs that write Arrow often turn a missing value into the text "nan".
    return split_of_columns(name, docs, labels, groups, where, reading, places, typed=False)


def _documents(
    name: str, table: Any, keys: tuple[str, ...], images: list[str], reading: Reading
) -> Corpus:
    """Return the texts of one column or several, or the images of one."""
    if len(keys) == 1 and keys[0] in images:
        return _images_of_arrow(name, keys[0], table.column(keys[0]), reading)
    corpora = []
    for key in keys:
        try:
            corpora.append(Corpus.from_documents(table.column(key)))
        except TypeError as error:
            raise ValueError(f"{name}, column {key!r}: {error}") from None
    if len(corpora) == 1:
        return corpora[0]
    return Corpus.from_documents([b"\n".join(parts) for parts in zip(*corpora, strict=True)])


def _holds_images(kind: Any) -> bool:
    """Return whether an Arrow type is Hugging Face's type of images: bytes and path of a file."""
    names = {field.name for field in kind} if str(kind).startswith("struct<") else set()
    return names == {"bytes", "path"}


def _images_of_arrow(name: str, key: str, column: Any, reading: Reading) -> Corpus:
    def read(row: int, value: dict[str, Any] | None) -> Any:
        place = f"{name}, row {row}, column {key!r}"
        if value is None or (value["bytes"] is None and value["path"] is None):
            raise ValueError(f"{place}: the image is missing; drop the row.")
        if value["bytes"] is None and not Path(value["path"]).is_file():
            raise ValueError(f"{place}: there is no file {value['path']}.")
        return image_of(value["bytes"] or Path(value["path"]), place, reading)

    if not len(column):
        return Corpus.from_documents([])
    rows = (item for chunk in column.chunks for item in chunk)  # one in memory at a time
    return corpus_of(read(row, item.as_py()) for row, item in enumerate(rows, start=1))
