"""Read a file, and unpack it if it is compressed.

Compression is recognised by the first bytes, since browsers drop suffixes: gzip, bzip2, xz,
Zstandard, and zip archives of one file. `compressclf.datasets.folders.zips` reads archives of
several files.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from compressclf.datasets.junk import is_junk
from compressclf.datasets.reading import Notes
from compressclf.datasets.signatures import refuse_foreign

__all__ = [
    "DAMAGE",
    "LARGEST",
    "PACKED_SUFFIXES",
    "Content",
    "first_line",
    "members_of",
    "unpacked",
]

LARGEST = 4 * 1024**3
"""Largest number of bytes that a packed file or a zip archive may unpack to."""
LAYERS = 3
PACKED_SUFFIXES = frozenset({".gz", ".xz", ".bz2", ".zst", ".zip"})
# Errors that damaged files raise.
DAMAGE: tuple[type[Exception], ...] = (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
DAMAGE += (zipfile.BadZipFile, NotImplementedError, RuntimeError, LookupError, OverflowError)
DAMAGE += (struct.error,)


class Content(NamedTuple):
    """The content of a file, unpacked."""

    name: str
    """Name in messages: that of the file, or of the file and the member of its archive."""
    suffixes: list[str]
    """The suffixes in lower case, without those of compression."""
    data: bytes


def unpacked(path: Path, notes: Notes) -> Content:
    """Return the content of a file, unpacked as often as needed.

    Raises
    ------
    ValueError
        If it is damaged, not packed as its suffix says, or too large when unpacked.
    OSError
        If it cannot be read.
    """
    name, data = str(path), path.read_bytes()
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = _packing(data)
    if packed is None and data and suffixes and suffixes[-1] in PACKED_SUFFIXES:
        raise ValueError(
            f"{path}: the content is not compressed, although the suffix is {path.suffix}; if it "
            f"is already unpacked, remove the suffix."
        )
    refuse_foreign(name, data)
    layers = []
    while packed is not None:
        layers.append(packed)
        if len(layers) > LAYERS:
            raise ValueError(f"{path}: it is packed more than {LAYERS} times; unpack it.")
        try:
            if packed == "zip":
                member, data = _only_member(name, data)
                name, suffixes = f"{name}/{member}", PurePosixPath(member.lower()).suffixes
            else:
                data = _joined(path, _UNPACKERS[packed](data))
        except DAMAGE as error:
            if isinstance(error, _Refusal):
                raise ValueError(str(error)) from None
            raise ValueError(
                f"{path}: the {packed} file is damaged or cut off ({first_line(error)})."
            ) from None
        refuse_foreign(name, data)
        packed = _packing(data)
    if layers:
        notes.fact("packed", ", ".join(layers))
    while suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return Content(name, suffixes, data)


def members_of(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of a zip archive that may be documents or tables.

    Raises
    ------
    ValueError
        If it is encrypted, holds paths that lead out of it, or is too large when unpacked.
    """
    members = []
    for info in archive.infolist():
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if (
            not parts
            or ".." in parts
            or info.filename.startswith(("/", "\\"))
            or ":" in info.filename[:2]
        ):
            raise _Refusal(f"{name}: the path {info.filename!r} leads out of the archive.")
        if info.filename.endswith("/") or any(map(is_junk, parts)):
            continue
        if info.flag_bits & 1:
            raise _Refusal(f"{name}: the archive is encrypted; unzip it with its password.")
        members.append(info)
    if sum(info.file_size for info in members) > LARGEST:
        raise _Refusal(f"{name}: {_too_large()}")
    return members


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


class _Refusal(ValueError):
    """An error whose message is a whole sentence already."""


def _only_member(name: str, data: bytes) -> tuple[str, bytes]:
    """Return name and content of the one file in a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = members_of(name, archive)
        if len(members) != 1:
            found = ", ".join(info.filename for info in members[:5]) or "no files"
            more = ", ..." if len(members) > 5 else ""
            raise _Refusal(
                f"{name}: the zip archive holds {found}{more}, not one table; unzip it and name "
                f"the table or the directory."
            )
        return members[0].filename, archive.read(members[0])


def _packing(data: bytes) -> str | None:
    """Return the kind of compression, by the first bytes; None if there is none."""
    return next((name for name, magic in _MAGIC.items() if re.match(magic, data)), None)


_MAGIC = {
    "gzip": rb"\x1f\x8b\x08",
    "bzip2": rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)",
    "xz": rb"\xfd7zXZ\0",
    "Zstandard": rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18",
    "zip": rb"PK(\x03\x04|\x05\x06)",
}


def _joined(path: Path, pieces: Iterator[bytes]) -> bytes:
    """Join the output of a decompressor, up to a limit."""
    parts, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST:
            raise _Refusal(f"{path}: {_too_large()}")
        parts.append(piece)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large() -> str:
    return f"unpacked, it holds more than {LARGEST >> 30} GiB; unpack it and keep only a part."


def _streams(new: Callable[[], Any], data: bytes) -> Iterator[bytes]:
    """Unpack concatenated streams, which zero bytes may follow."""
    while data:
        stream = new()
        yield stream.decompress(data, LARGEST + 1)
        if not stream.eof:
            raise EOFError("Compressed file ended before the end-of-stream marker was reached")
        data = stream.unused_data.lstrip(b"\0")


def _zstd_frames(data: bytes) -> Iterator[bytes]:
    """Unpack concatenated frames piece by piece, since one frame may unpack to any size."""
    import zstandard

    at = 0
    while at < len(data):
        frame = zstandard.ZstdDecompressor().decompressobj()
        while not frame.eof:
            piece = data[at : at + 4096]
            if not piece:
                raise EOFError("the last frame does not end")
            at += len(piece)
            try:
                yield frame.decompress(piece)
            except zstandard.ZstdError as error:
                raise ValueError(str(error)) from None
        at -= len(frame.unused_data)


_UNPACKERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": lambda data: _streams(lambda: zlib.decompressobj(31), data),
    "bzip2": lambda data: _streams(bz2.BZ2Decompressor, data),
    "xz": lambda data: _streams(lzma.LZMADecompressor, data),
    "Zstandard": _zstd_frames,
}
