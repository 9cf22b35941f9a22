"""Zstandard (RFC 8878)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import zstandard

from compressclf.compressors.base import ByteCompressor, check_int

__all__ = ["Zstd"]

_local = threading.local()  # a zstd context serves one thread at a time


@dataclass(frozen=True)
class Zstd(ByteCompressor):
    """Zstandard frames with the content size in the header.

    Parameters
    ----------
    level : int, default=3
        1 (fast) to 22 (small); negative levels, down to -7, are faster still.
    """

    level: int = 3

    name = "zstd"
    version = f"zstd {'.'.join(map(str, zstandard.ZSTD_VERSION))}"
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, -7, 22)

    @property
    def window(self) -> int:  # type: ignore[override]
        """Bytes of the level's window for long input."""
        parameters = zstandard.ZstdCompressionParameters.from_level(self.level)
        return 1 << int(parameters.window_log)

    def compress(self, data: bytes) -> bytes:
        """Return a zstd frame."""
        return bytes(_context(self.level).compress(data))

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given.

        Memory grows with what is decoded, whatever size the frame promises.

        Raises
        ------
        ValueError
            If the frame is not whole.
        zstandard.ZstdError
            If it is damaged.
        """
        decoder = zstandard.ZstdDecompressor().decompressobj()
        text = bytes(decoder.decompress(data))
        if not decoder.eof or decoder.unused_data:
            raise ValueError("This is no whole zstd frame, or more than one.")
        return text

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return what `compress` was given, or its first `n_bytes` + 1 bytes."""
        return bytes(zstandard.ZstdDecompressor().stream_reader(data).read(n_bytes + 1))


def _context(level: int) -> Any:
    contexts: dict[int, Any] = _local.__dict__.setdefault("contexts", {})
    if level not in contexts:
        contexts[level] = zstandard.ZstdCompressor(level=level)
    return contexts[level]
