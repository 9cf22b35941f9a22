"""PPMd: prediction by partial matching, variant I (Shkarin 2002), as in zip files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from compressclf._lib.checks import check_int
from compressclf._lib.foreign import check_memory
from compressclf._lib.optional import optional_import
from compressclf.compressors.base import ByteCompressor

__all__ = ["Ppmd", "encoded"]

pyppmd = optional_import("pyppmd", extra="ppmd")

# pyppmd (1.3.1) writes into a buffer of 32 KiB that grows only between two symbols: a symbol that
# does not fit loses bytes, and the stream cannot be decoded. Each call begins with a new buffer,
# and no symbol takes 128 bytes.
_PIECE = 256


@dataclass(frozen=True)
class Ppmd(ByteCompressor):
    """PPMd, variant I, with an end mark.

    Parameters
    ----------
    order : int, default=6
        Longest context in bytes, 2 to 64.
    memory : int, default=16
        Memory of the model in MiB, 1 to 1024; when it is full, the model is reset.
    """

    order: int = 6
    memory: int = 16

    name = "ppmd"
    version = f"pyppmd {pyppmd.__version__}"
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "order", self.order, 2, 64)
        check_int(self.name, "memory", self.memory, 1, 1024)

    def check_from_file(self) -> None:
        """Refuse too much memory."""
        check_memory(self.spec, self.memory)

    def compress(self, data: bytes) -> bytes:
        """Return a PPMd stream."""
        coder = pyppmd.Ppmd8Encoder(self.order, self.memory << 20)
        return encoded(coder, data) + bytes(coder.flush(endmark=True))

    def decompress(self, data: bytes) -> bytes:
        """Return the document."""
        coder = pyppmd.Ppmd8Decoder(self.order, self.memory << 20)
        return bytes(coder.decode(data, -1))

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the document, or its first `n_bytes` + 1 bytes."""
        coder = pyppmd.Ppmd8Decoder(self.order, self.memory << 20)
        return bytes(coder.decode(data, n_bytes + 1))


def encoded(coder: Any, data: bytes) -> bytes:
    """Return the output of a pyppmd encoder for `data`, in pieces that are short enough for it."""
    if len(data) <= _PIECE:
        return bytes(coder.encode(data))
    pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
    return b"".join(map(coder.encode, pieces))
