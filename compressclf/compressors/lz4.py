"""LZ4: matches only, no entropy coder."""

from __future__ import annotations

from dataclasses import dataclass

from compressclf._lib.checks import check_int
from compressclf._lib.optional import optional_import
from compressclf.compressors.base import ByteCompressor

__all__ = ["Lz4"]

lz4 = optional_import("lz4", extra="lz4")
lz4_frame = optional_import("lz4.frame", extra="lz4")


@dataclass(frozen=True)
class Lz4(ByteCompressor):
    """LZ4 frames.

    Parameters
    ----------
    level : int, default=12
        Effort, 0 (fast) to 16; from 3 on, LZ4 uses its high-compression search.
    """

    level: int = 12

    name = "lz4"
    version = f"lz4 {lz4.library_version_string()}"
    lossless = True
    window = 65_535

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 0, 16)

    def compress(self, data: bytes) -> bytes:
        """Return an LZ4 frame."""
        return bytes(lz4_frame.compress(data, compression_level=self.level))

    def decompress(self, data: bytes) -> bytes:
        """Return the data of the frame."""
        return bytes(lz4_frame.decompress(data))

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the data of the frame, at most their first `n_bytes` + 1 bytes."""
        return bytes(lz4_frame.LZ4FrameDecompressor().decompress(data, max_length=n_bytes + 1))
