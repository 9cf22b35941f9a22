"""Tables of texts: which reader reads a file.

A file is read whole, unpacked and decoded once; a bad byte, row or value is reported with file
and line. A carriage return inside a quoted field, a NUL byte and a lone surrogate of JSON survive.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from compressclf.datasets._dataset import Split
from compressclf.datasets._reading import Reading
from compressclf.datasets.arrow import read_parquet
from compressclf.datasets.delimited import read_delimited
from compressclf.datasets.encodings import decode
from compressclf.datasets.lines import read_lines, without_end_mark
from compressclf.datasets.packed import PACKED_SUFFIXES, unpacked
from compressclf.datasets.records import read_records

__all__ = ["TABLE_SUFFIXES", "read_standard_input", "read_table", "table_kind"]

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
TABLE_SUFFIXES = (".csv", ".tsv", *JSON_SUFFIXES, ".parquet", ".txt")
DELIMITERS = (",", ";", "\t", "|")
NAME = re.compile(r"[^\W\d][\w .:/-]{0,60}|")  # of a column; some have none
BEGINS_JSON = re.compile(r"""\s*(\[\s*[{"]|\{\s*["}])""")


def read_table(path: Path, reading: Reading) -> Split:
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
    data = unpacked(path, reading.notes)
    if not data:
        raise ValueError(f"{path}: the file is empty.")
    if kind == ".parquet":
        return read_parquet(str(path), data, reading)
    text = decode(str(path), data, reading)
    if kind in JSON_SUFFIXES:
        return read_records(str(path), text, reading)
    if kind == ".txt":
        return read_lines(str(path), text, reading)
    return read_delimited(str(path), text, reading, "\t" if kind == ".tsv" else ",")


def read_standard_input(reading: Reading) -> Split:
    """Read JSON, a table with a header that names the columns, or one document a line."""
    name = "standard input"
    text = decode(name, sys.stdin.buffer.read(), reading)
    if not text:
        raise ValueError(f"{name}: there is nothing to read.")
    if BEGINS_JSON.match(text):
        return read_records(name, text, reading)
    delimiter = _delimiter_of_header(text.lstrip().partition("\n")[0], reading)
    if delimiter is not None:
        return read_delimited(name, without_end_mark(text, reading), reading, delimiter)
    if reading.text == (text.partition("\n")[0].strip(),):
        reading.notes.remark(
            f"{name}:1: the first line is the name of the column, {reading.text[0]!r}, and was "
            f"taken for a document; give a .csv file if it is a header."
        )
    return read_lines(name, text, reading)


def _delimiter_of_header(line: str, reading: Reading) -> str | None:
    """Return the delimiter if it is given, or if the line names columns, that of texts included."""
    if reading.delimiter is not None or not reading.header:
        return reading.delimiter or ","
    for delimiter in DELIMITERS:
        fields = [field.strip(' "\r') for field in line.split(delimiter)]
        if len(fields) > 1 and {*reading.text} <= {*fields} and all(map(NAME.fullmatch, fields)):
            return delimiter
    return None


def table_kind(path: Path) -> str | None:
    """Return the suffix that tells the kind of table, compression left aside."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in TABLE_SUFFIXES else None
