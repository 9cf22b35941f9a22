r"""A journal: an append-only file of what long work has finished, from which it can be continued.

The file begins with the line ``compressclf-journal 1``. Records follow; each is a line and a
payload::

    CRC SIZE JSON\n
    PAYLOAD\n

JSON is one object in ASCII. SIZE is the number of bytes of the payload, often 0. CRC is the CRC-32
of ``SIZE JSON\n`` and the payload, as eight hexadecimal digits. The first record is ``{"kind": ...,
"settings": {...}}``. Work continues only with the same settings.

What is lost, and when
----------------------
- A record is written by one call of ``write``. After ``kill -9`` the file holds all records but the
  one that was being written.
- A record that is cut short or fails its checksum ends the journal. It and what follows are removed
  when the journal is opened, and that work is done again.
- ``fsync`` runs if the last one was `SYNC_SECONDS` ago, in `Journal.restart`, and in
  `Journal.close`. After a power failure at most the records since then are lost.
- `Journal.restart` replaces the file by a shorter one atomically.
- A journal is locked while it is open (on systems with ``flock``), so two processes cannot write to
  it.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp()) / "journal"
>>> with Journal(path, "squares", {"n": 3}) as journal:
...     journal.append({"part": 0}, b"0")
...     journal.append({"part": 1}, b"1")
>>> with Journal(path, "squares", {"n": 3}) as journal:
...     [(record.entry["part"], record.payload) for record in journal.replay()]
[(0, b'0'), (1, b'1')]
>>> Journal(path, "squares", {"n": 4})
Traceback (most recent call last):
ValueError: .../journal was begun with other settings: n was 3 and is now 4. Use the old settings to
continue, or delete this file to start again.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from compressclf._lib.files import naming, sync_folder, write_all

if sys.platform != "win32":
    import fcntl

__all__ = ["SYNC_SECONDS", "Journal", "Record", "differences"]

MAGIC = b"compressclf-journal 1\n"
SYNC_SECONDS = 5.0
LONGEST_LINE = 1 << 20  # bytes; large data belong into the payload


class Record(NamedTuple):
    """One record: a JSON object and bytes."""

    entry: dict[str, Any]
    payload: bytes


class Journal:
    """An open journal, in a new file if the file does not exist.

    Parameters
    ----------
    path : Path
        The file. Its folder must exist.
    kind : str
        What work it belongs to.
    settings : mapping of str to object
        Values that JSON can hold, by names that a user understands.

    Raises
    ------
    ValueError
        If the file is something else, if its settings differ, or if another process has it open.
    OSError
        If it cannot be read or written.
    """

    def __init__(self, path: Path, kind: str, settings: Mapping[str, Any]) -> None:
        self.path = path
        self._header = _framed({"kind": kind, "settings": dict(settings)}, b"")
        with naming(path):
            self._file = self._opened()
        self._synced = time.monotonic()
        try:
            self._start, self._end = self._check(kind, settings)
        except BaseException:
            self._file.close()
            raise

    @property
    def is_empty(self) -> bool:
        """Whether no record follows the settings."""
        return self._start == self._end

    def replay(self) -> Iterator[Record]:
        """Yield the records that are in the file, without the settings."""
        end = self._end
        self._file.seek(self._start)
        while self._file.tell() < end:
            record = _read(self._file)
            assert record is not None  # `_check` has read it
            position = self._file.tell()
            yield record
            self._file.seek(position)

    def append(self, entry: Mapping[str, Any], payload: bytes = b"") -> None:
        """Add a record.

        Raises
        ------
        OSError
            If it cannot be written; the file is then as before.
        ValueError
            If the entry is longer than half a MiB of JSON.
        """
        with naming(self.path):
            try:
                write_all(self._file, _framed(entry, payload), self._end)
            except BaseException:
                self._file.truncate(self._end)
                raise
            self._end = os.fstat(self._file.fileno()).st_size
            if time.monotonic() - self._synced >= SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()

    def restart(self, entry: Mapping[str, Any], payload: bytes = b"") -> None:
        """Replace all records by one, atomically; it is on disk when this returns.

        Raises
        ------
        OSError
            If it cannot be written; the file is then as before.
        """
        draft = self.path.with_name(f".{self.path.name}.new")
        with naming(self.path):
            file: IO[bytes] = open(draft, "w+b", buffering=0)
            try:
                _lock(file, draft)
                write_all(file, MAGIC + self._header, 0)
                start = os.fstat(file.fileno()).st_size
                write_all(file, _framed(entry, payload), start)
                os.fsync(file.fileno())
                if sys.platform == "win32":  # which does not rename files that are open
                    self._file.close()
                    file.close()
                os.replace(draft, self.path)
                file = self._opened() if sys.platform == "win32" else file
            except BaseException:
                file.close()
                draft.unlink(missing_ok=True)
                raise
            sync_folder(self.path.parent)
        self._file.close()
        self._file, self._start = file, start
        self._end = os.fstat(file.fileno()).st_size
        self._synced = time.monotonic()

    def close(self) -> None:
        """Write everything to the disk and let other processes open the journal."""
        if not self._file.closed:
            with naming(self.path):
                os.fsync(self._file.fileno())
                self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _opened(self) -> IO[bytes]:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        file = os.fdopen(handle, "r+b", buffering=0)
        try:
            _lock(file, self.path)
        except BaseException:
            file.close()
            raise
        return file

    def _check(self, kind: str, settings: Mapping[str, Any]) -> tuple[int, int]:
        """Return where the records after the settings begin and end; remove what is not whole."""
        begin = self._file.read(len(MAGIC))
        if not MAGIC.startswith(begin):
            raise ValueError(
                f"{self.path} is not a journal of this version: delete it to start again."
            )
        header = _read(self._file) if begin == MAGIC else None
        if header is None:  # a new file, or killed while it was made
            with naming(self.path):
                self._file.truncate(0)
                write_all(self._file, MAGIC + self._header, 0)
                os.fsync(self._file.fileno())
                sync_folder(self.path.parent)
            size = os.fstat(self._file.fileno()).st_size
            return size, size
        before = header.entry
        if before.get("kind") != kind:
            raise ValueError(
                f"{self.path} belongs to other work ({before.get('kind')}): delete it to start "
                f"again."
            )
        changed = differences(before.get("settings", {}), json.loads(json.dumps(dict(settings))))
        if changed:
            raise ValueError(
                f"{self.path} was begun with other settings: {changed}. Use the old settings to "
                f"continue, or delete this file to start again."
            )
        start = end = self._file.tell()
        while _read(self._file) is not None:
            end = self._file.tell()
        self._file.truncate(end)
        return start, end


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return which settings differ, in words; "" if none does.

    Examples
    --------
    >>> differences({"metric": "ncd", "top_k": 5}, {"metric": "cdm", "top_k": 5})
    "metric was 'ncd' and is now 'cdm'"
    """
    return "; ".join(
        f"{name} was {before.get(name)!r} and is now {now.get(name)!r}"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    )


def _framed(entry: Mapping[str, Any], payload: bytes) -> bytes:
    line = f"{len(payload)} {json.dumps(dict(entry))}\n".encode("ascii")
    if len(line) > LONGEST_LINE // 2:
        raise ValueError(f"An entry of a journal has at most {LONGEST_LINE // 2:,} bytes of JSON.")
    return b"%08x " % zlib.crc32(payload, zlib.crc32(line)) + line + payload + b"\n"


def _read(file: IO[bytes]) -> Record | None:
    """Read the next record; None at the end and where it is not whole."""
    line = _line(file)
    try:
        stated, size, _ = line.split(b" ", 2)
        checksum, length = int(stated, 16), int(size)
    except ValueError:
        return None
    left = os.fstat(file.fileno()).st_size - file.tell()
    if not 0 <= length < left or not line.endswith(b"\n"):
        return None
    payload = _exactly(file, length + 1)
    rest = line[len(stated) + 1 :]
    if payload[-1:] != b"\n" or zlib.crc32(payload[:-1], zlib.crc32(rest)) != checksum:
        return None
    try:
        entry = json.loads(rest[len(size) + 1 :])
    except ValueError:
        return None
    return Record(entry, payload[:-1]) if isinstance(entry, dict) else None


def _line(file: IO[bytes]) -> bytes:
    """Read up to a line break from a file without a buffer."""
    place, data = file.tell(), b""
    while b"\n" not in data and len(data) < LONGEST_LINE:
        more = file.read(4096)
        if not more:
            return data
        data += more
    line, _, _ = data.partition(b"\n")
    file.seek(place + len(line) + 1)
    return line + b"\n"


def _exactly(file: IO[bytes], n: int) -> bytes:
    parts = []
    while n:
        part = file.read(min(n, 1 << 26))
        if not part:
            break
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


def _lock(file: IO[bytes], path: Path) -> None:
    """Refuse a file that another process has open as a journal."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_current = os.fstat(file.fileno()).st_ino == os.stat(path).st_ino
    except (BlockingIOError, FileNotFoundError):
        is_current = False
    if not is_current:  # it is locked, or was replaced a moment ago
        raise ValueError(
            f"{path} is in use by another process: wait for its end, or write to another place."
        )
