"""What is in a file: compression is peeled off."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

from compressclf.datasets._reading import Notes

__all__ = ["PACKED_SUFFIXES", "first_line", "unpacked"]


def unpacked(path: Path, notes: Notes) -> bytes:
    """Return the content of a file, unpacked by its suffix."""
    data = path.read_bytes()
    unpack = _UNPACKERS.get(path.suffix.lower())
    if unpack is None:
        return data
    try:
        return unpack(data)
    except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(
            f"{path}: the {path.suffix} file is damaged or cut off ({first_line(error)})."
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


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


_UNPACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".xz": lzma.decompress,
    ".bz2": bz2.decompress,
    ".zst": _unpack_zstd,
}

PACKED_SUFFIXES = frozenset(_UNPACKERS)
