"""Records as JSON lines: one file per protocol, one line per cell, intact after a killed run.

Of two lines for the same cell the later one counts. To run a cell again, delete its line.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import naming

from .cells import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        """Append a line in one write."""
        path = self._path(record["protocol"])
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        with naming(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            _drop_torn_line(path)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                if os.write(handle, line) < len(line):  # the next append removes this line
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(handle)

    def _path(self, protocol: str) -> Path:
        return self.folder / f"{protocol}.jsonl"


def _drop_torn_line(path: Path) -> None:
    """Remove what a killed write left after the last newline."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole == len(data):
        return
    with path.open("r+b") as file:
        try:
            json.loads(data[whole:])
        except ValueError:
            file.truncate(whole)
        else:  # an editor removed the last newline
            file.seek(0, os.SEEK_END)
            file.write(b"\n")


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
