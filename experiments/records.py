"""Records as JSON lines: one file per protocol, one line per cell, intact after a killed run.

Of two lines for the same cell the later one counts. To run a cell again, delete its line.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import naming, write_all

from .cells import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

if sys.platform != "win32":
    import fcntl

__all__ = ["Record", "Records", "pack_bits", "unpack_bits"]

Record = dict[str, Any]


class Records:
    """The records below a folder, ``FOLDER/PROTOCOL.jsonl``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, protocol: str) -> dict[str, Record]:
        """Return the records of a protocol by the key of their cell.

        Raises
        ------
        ValueError
            If a line is not a record; the message names it.
        """
        path = self._path(protocol)
        records: dict[str, Record] = {}
        if not path.exists():
            return records
        lines = path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                records[Cell.of(record).key] = record
            except (ValueError, KeyError, TypeError):
                if number == len(lines):  # no newline at the end: the write was cut off
                    continue
                raise ValueError(
                    f"{path}:{number} is not a record; delete the line and its cell runs again."
                ) from None
        return records

    def append(self, record: Mapping[str, Any]) -> None:
        """Append a line, after removing what a killed run left after the last whole line.

        Raises
        ------
        OSError
            If it cannot be written; the file is then as before.
        """
        path = self._path(record["protocol"])
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        with naming(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                if sys.platform != "win32":
                    fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
                end = _mend(file)
                try:
                    write_all(file, line, end)
                except BaseException:
                    file.truncate(end)
                    raise

    def _path(self, protocol: str) -> Path:
        return self.folder / f"{protocol}.jsonl"


def _mend(file: IO[bytes]) -> int:
    """Remove or complete a last line without a line break; return where the next line begins."""
    data = file.read()
    whole = data.rfind(b"\n") + 1
    if whole == len(data):
        return whole
    try:
        Cell.of(json.loads(data[whole:]))
    except (ValueError, KeyError, TypeError):
        file.truncate(whole)
        return whole
    write_all(file, b"\n", len(data))  # an editor removed the last line break
    return len(data) + 1


def pack_bits(bits: NDArray[np.bool_]) -> str:
    """Return right-or-wrong bits as ASCII text.

    Examples
    --------
    >>> unpack_bits(pack_bits(np.array([True, False, True])), 3)
    array([ True, False,  True])
    """
    return base64.b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode()


def unpack_bits(text: str, n: int) -> NDArray[np.bool_]:
    """Undo `pack_bits`."""
    data = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return np.unpackbits(data, count=n).astype(bool)
