"""Brotli (RFC 7932), which brings a dictionary of common words of six languages."""

from __future__ import annotations

from dataclasses import dataclass

from compressclf._optional import optional_import
from compressclf.compressors.base import ByteCompressor, check_int

__all__ = ["Brotli"]

brotli = optional_import("brotli", extra="all")


@dataclass(frozen=True)
class Brotli(ByteCompressor):
    """Brotli streams.

    Parameters
    ----------
    quality : int, default=11
        0 (fast) to 11 (small, and much slower than the others).
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
        """Bytes of the window (RFC 7932, section 9.1)."""
        return (1 << self.lgwin) - 16

    def compress(self, data: bytes) -> bytes:
        """Return a brotli stream."""
        return bytes(brotli.compress(data, quality=self.quality, lgwin=self.lgwin))

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given."""
        return bytes(brotli.decompress(data))
