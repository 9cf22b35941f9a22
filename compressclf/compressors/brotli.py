"""Brotli (RFC 7932), which contains a dictionary of common words of six languages."""

from __future__ import annotations

from dataclasses import dataclass

import brotli

from compressclf._lib.checks import check_int
from compressclf.compressors.base import ByteCompressor

__all__ = ["Brotli"]

# Bytes that are decoded at a time; they decode to some dozens of megabytes at most. (Brotli 1.2 can
# limit its output itself, but 1.0 is supported here.)
_PIECE = 8


@dataclass(frozen=True)
class Brotli(ByteCompressor):
    """Brotli streams.

    Parameters
    ----------
    quality : int, default=11
        Effort, 0 (fast) to 11 (small output, and much slower than the others).
    lgwin : int, default=22
        log2 of the window in bytes, 10 to 24.
    """

    quality: int = 11
    lgwin: int = 22

    name = "brotli"
    version = f"brotli {brotli.__version__}"
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "quality", self.quality, 0, 11)
        check_int(self.name, "lgwin", self.lgwin, 10, 24)

    @property
    def window(self) -> int:  # type: ignore[override]
        """Size of the window in bytes (RFC 7932, section 9.1)."""
        return (1 << self.lgwin) - 16

    def compress(self, data: bytes) -> bytes:
        """Return a brotli stream."""
        return bytes(brotli.compress(data, quality=self.quality, lgwin=self.lgwin))

    def decompress(self, data: bytes) -> bytes:
        """Return the data of the stream."""
        return bytes(brotli.decompress(data))

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the data of the stream, or at least their first `n_bytes` + 1 bytes."""
        decoder, text = brotli.Decompressor(), bytearray()
        for start in range(0, len(data), _PIECE):
            text += decoder.process(data[start : start + _PIECE])
            if len(text) > n_bytes:
                break
        return bytes(text)
