"""Read a table of texts with the reader for its kind.

A file is read whole, unpacked and decoded once; a bad byte, row or value is reported with file
and line. Carriage returns inside quoted fields, NUL bytes and lone surrogates of JSON are kept.

The suffix decides the kind of a table. If the suffix is unknown, the content decides if it is
clear: Parquet, Arrow and JSON by their first characters, a delimited table by a first line that
names the columns to read, or by two columns of which one looks like labels.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from compressclf.datasets.dataset import Split
from compressclf.datasets.encodings import decode
from compressclf.datasets.packed import PACKED_SUFFIXES, Content, unpacked
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.arrow import read_arrow, read_parquet
from compressclf.datasets.tables.delimited import read_delimited
from compressclf.datasets.tables.dialect import DELIMITERS, is_regular, names_columns
from compressclf.datasets.tables.lines import has_label_prefix, read_lines
from compressclf.datasets.tables.records import read_records
from compressclf.datasets.tables.unnamed import label_and_text

__all__ = ["TABLE_SUFFIXES", "read_standard_input", "read_table", "table_kind"]

KINDS = {
    ".csv": ".csv",
    ".tsv": ".tsv",
    ".tab": ".tsv",
    ".json": ".jsonl",
    ".jsonl": ".jsonl",
    ".ndjson": ".jsonl",
    ".parquet": ".parquet",
    ".arrow": ".arrow",
    ".feather": ".arrow",
    ".txt": ".txt",
}
TABLE_SUFFIXES = tuple(KINDS)
BEGINS_JSON = re.compile(r"""\s*(\[\s*[{"]|\{\s*["}])""")
SAMPLE = 1000


def read_table(path: Path, reading: Reading) -> Split:
    """Read a table; its kind is known by its suffix, or else by its content.

    Raises
    ------
    ValueError
        If the kind is unknown, or if the content is not as expected.
    OSError
        If the file cannot be read.
    """
    content = unpacked(path, reading.notes)
    if not content.data:
        raise ValueError(f"{path}: the file is empty.")
    return _read(content, reading)


def _read(content: Content, reading: Reading) -> Split:
    name, data = content.name, content.data
    kind = KINDS.get(content.suffixes[-1]) if content.suffixes else None
    if kind == ".parquet" or re.match(rb"PAR1[\s\S]*PAR1\Z", data):
        reading.notes.fact("format", _format("Parquet", told=kind != ".parquet"))
        return read_parquet(name, data, reading)
    if kind == ".arrow" or data.startswith(b"ARROW1\0"):
        reading.notes.fact("format", _format("Arrow", told=kind != ".arrow"))
        return read_arrow(name, data, reading)
    if kind is None and b"\0" in data[:SAMPLE] and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        raise ValueError(_unknown_kind(name))
    text = decode(name, data, reading)
    if kind == ".jsonl" or BEGINS_JSON.match(text):
        reading.notes.fact("format", _format("JSON", told=kind != ".jsonl"))
        return read_records(name, text, reading)
    if kind in {".csv", ".tsv"}:
        reading.notes.fact("format", kind[1:].upper())
        return read_delimited(name, text, reading, "\t" if kind == ".tsv" else ",")
    if has_label_prefix(text):
        return read_lines(name, text, reading)
    delimiter = _delimiter_of(text, reading)
    if delimiter is not None:
        reading.notes.fact("format", _format("table", told=True))
        return read_delimited(name, text, reading, delimiter)
    if kind == ".txt":
        return read_lines(name, text, reading)
    raise ValueError(_unknown_kind(name))


def read_standard_input(reading: Reading) -> Split:
    """Read JSON, a table with a header that names the columns, or one document per line."""
    name = "standard input"
    text = decode(name, sys.stdin.buffer.read(), reading)
    if not text:
        raise ValueError(f"{name}: there is nothing to read.")
    if BEGINS_JSON.match(text):
        return read_records(name, text, reading)
    if reading.delimiter is not None or not reading.header:
        return read_delimited(name, text, reading, reading.delimiter or ",")
    delimiter = names_columns(text, reading)
    if delimiter is not None:
        return read_delimited(name, text, reading, delimiter)
    if reading.text == (text.partition("\n")[0].strip(),):
        reading.notes.remark(
            f"{name}:1: the first line is the name of the column, {reading.text[0]!r}, but was "
            f"read as a document; give a .csv file if it is a header."
        )
    return read_lines(name, text, reading)


def table_kind(path: Path) -> str | None:
    """Return the suffix that says the kind of table, without those of compression."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return KINDS.get(suffixes[-1]) if suffixes else None


def _delimiter_of(text: str, reading: Reading) -> str | None:
    """Return the delimiter if a file with an unknown suffix is clearly a delimited table."""
    if reading.header:
        named = names_columns(text, reading)
        if named is not None:
            return named
    candidates = [*DELIMITERS] if reading.delimiter is None else [reading.delimiter]
    if not reading.header and reading.text != Reading.text:  # columns are named by number
        return next((one for one in candidates if is_regular(text, one)), None)
    lines = [line for line in text.split("\n", SAMPLE)[:SAMPLE] if line]
    for delimiter in candidates:
        rows = [tuple(line.removesuffix("\r").split(delimiter)) for line in lines]
        if rows and all(len(row) == 2 for row in rows) and label_and_text(rows) is not None:
            return delimiter
    return None


def _format(name: str, *, told: bool) -> str:
    """Return the name of a format; it says so if the format was recognised by the content."""
    return f"{name}, recognised by its content" if told else name


def _unknown_kind(name: str) -> str:
    return (
        f"{name}: unknown kind of file; use {', '.join(TABLE_SUFFIXES)} (also with .gz, .zst, .xz, "
        f".bz2, .zip) or .npz."
    )
