"""Tables of texts: which reader reads a file.

A file is read whole, unpacked and decoded once; a bad byte, row or value is reported with file
and line. A carriage return inside a quoted field, a NUL byte and a lone surrogate of JSON survive.
"""

from __future__ import annotations

import sys
from pathlib import Path

from compressclf.datasets._dataset import Split
from compressclf.datasets._reading import Reading
from compressclf.datasets.arrow import read_parquet
from compressclf.datasets.delimited import read_delimited
from compressclf.datasets.encodings import decode
from compressclf.datasets.lines import read_lines
from compressclf.datasets.packed import PACKED_SUFFIXES, unpacked
from compressclf.datasets.records import read_records

__all__ = ["TABLE_SUFFIXES", "read_standard_input", "read_table", "table_kind"]

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".txt")


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
    if kind == ".jsonl":
        return read_records(str(path), text, reading)
    if kind == ".txt":
        return read_lines(str(path), text, reading)
    return read_delimited(str(path), text, reading, "\t" if kind == ".tsv" else ",")


def read_standard_input(reading: Reading) -> Split:
    """Read one document a line, or JSON lines if the first character is an opening brace."""
    name = "standard input"
    text = decode(name, sys.stdin.buffer.read(), reading)
    if not text:
        raise ValueError(f"{name}: there is nothing to read.")
    if text.lstrip().startswith("{"):
        return read_records(name, text, reading)
    return read_lines(name, text, reading)


def table_kind(path: Path) -> str | None:
    """Return the suffix that tells the kind of table, compression left aside."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in TABLE_SUFFIXES else None
