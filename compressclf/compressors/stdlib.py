"""bzip2, xz and raw LZMA from Python's standard library."""

from __future__ import annotations

import bz2
import lzma
import platform
from dataclasses import dataclass
from typing import Any

from compressclf._lib.checks import check_int
from compressclf.compressors.base import ByteCompressor

__all__ = ["Bz2", "Lzma", "Xz"]

_PYTHON = f"Python {platform.python_version()}"  # the modules do not state their library's version
_MOST_MEMORY = 1 << 28  # bytes; a stream of preset 9 needs a quarter of it
_XZ_DICTIONARY_MIB = (0.25, 1, 2, 4, 4, 8, 8, 16, 32, 64)  # by preset, as in `man xz`


@dataclass(frozen=True)
class Bz2(ByteCompressor):
    """bzip2: Burrows-Wheeler transform in independent blocks.

    Parameters
    ----------
    level : int, default=9
        Size of a block in 100,000 bytes, 1 to 9.
    """

    level: int = 9

    name = "bz2"
    version = _PYTHON
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 1, 9)

    @property
    def window(self) -> int:  # type: ignore[override]
        """Size of a block in bytes."""
        return 100_000 * self.level

    def compress(self, data: bytes) -> bytes:
        """Return a bzip2 stream."""
        return bz2.compress(data, self.level)

    def decompress(self, data: bytes) -> bytes:
        """Return the data of the stream."""
        return bz2.decompress(data)

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the data of the stream, at most their first `n_bytes` + 1 bytes."""
        return bz2.BZ2Decompressor().decompress(data, n_bytes + 1)


@dataclass(frozen=True)
class Xz(ByteCompressor):
    """LZMA2 in an xz file with a 64-bit checksum.

    Parameters
    ----------
    preset : int, default=6
        Effort, 0 (fast) to 9 (small output, much memory).
    """

    preset: int = 6

    name = "xz"
    version = _PYTHON
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "preset", self.preset, 0, 9)

    @property
    def window(self) -> int:  # type: ignore[override]
        """Size of the preset's dictionary in bytes."""
        return int(_XZ_DICTIONARY_MIB[self.preset] * 2**20)

    def compress(self, data: bytes) -> bytes:
        """Return an xz file."""
        return lzma.compress(data, preset=self.preset)

    def decompress(self, data: bytes) -> bytes:
        """Return the data of the stream."""
        return lzma.decompress(data)

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the data of the stream, at most their first `n_bytes` + 1 bytes."""
        return self._decoder().decompress(data, n_bytes + 1)

    def _decoder(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=_MOST_MEMORY)


@dataclass(frozen=True)
class Lzma(Xz):
    """LZMA without a container, that is, without xz's header, index and checksum.

    Parameters
    ----------
    preset : int, default=6
        Effort, 0 (fast) to 9 (small output, much memory).
    """

    name = "lzma"

    @property
    def _filters(self) -> list[dict[str, Any]]:
        return [{"id": lzma.FILTER_LZMA1, "preset": self.preset}]

    def compress(self, data: bytes) -> bytes:
        """Return a raw LZMA stream with an end mark."""
        return lzma.compress(data, format=lzma.FORMAT_RAW, filters=self._filters)

    def decompress(self, data: bytes) -> bytes:
        """Return the data of the stream."""
        return lzma.decompress(data, format=lzma.FORMAT_RAW, filters=self._filters)

    def _decoder(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=self._filters)
