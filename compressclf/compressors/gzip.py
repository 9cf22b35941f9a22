"""gzip, zlib and raw DEFLATE: one stream in three wrappers (RFC 1950, 1951, 1952).

The stream is the same in all three, so that one length serves them all: gzip adds 18 bytes, zlib
6, raw DEFLATE none. Matches reach 32,768 bytes back, no further.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import ClassVar

from compressclf.compressors.base import ByteCompressor, check_int

__all__ = ["Deflate", "Gzip", "Zlib"]

ZLIB_WRAPPER_BYTES = 6


@dataclass(frozen=True)
class Deflate(ByteCompressor):
    """Raw DEFLATE.

    Parameters
    ----------
    level : int, default=9
        1 (fast) to 9 (small).
    """

    level: int = 9

    name = "deflate"
    version = f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    lossless = True
    window = 32_768

    wrapper_bytes: ClassVar[int] = 0
    wbits: ClassVar[int] = -15

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 1, 9)

    def compress(self, data: bytes) -> bytes:
        """Return the stream in its wrapper."""
        coder = zlib.compressobj(self.level, zlib.DEFLATED, self.wbits)
        return coder.compress(data) + coder.flush()

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given."""
        return zlib.decompress(data, self.wbits)

    def compressed_size(self, data: bytes) -> int:
        """Return the length of ``compress(data)`` in bytes."""
        return len(zlib.compress(data, self.level)) - ZLIB_WRAPPER_BYTES + self.wrapper_bytes


@dataclass(frozen=True)
class Zlib(Deflate):
    """DEFLATE with zlib's 6 bytes of header and checksum."""

    name = "zlib"
    wrapper_bytes = ZLIB_WRAPPER_BYTES
    wbits = 15


@dataclass(frozen=True)
class Gzip(Deflate):
    """DEFLATE with gzip's 18 bytes of header, checksum and length."""

    name = "gzip"
    wrapper_bytes = 18
    wbits = 31
