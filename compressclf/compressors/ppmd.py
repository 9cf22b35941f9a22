"""PPMd: prediction by partial matching, variant I (Shkarin 2002), as in zip files."""

from __future__ import annotations

from dataclasses import dataclass

from compressclf._optional import optional_import
from compressclf.compressors.base import ByteCompressor, check_int

__all__ = ["Ppmd"]

pyppmd = optional_import("pyppmd", extra="ppmd")


@dataclass(frozen=True)
class Ppmd(ByteCompressor):
    """PPMd, variant I, with an end mark.

    Parameters
    ----------
    order : int, default=6
        Longest context in bytes, 2 to 64.
    memory : int, default=16
        Memory of the model in MiB, 1 to 1024; when it is full the model starts anew.
    """

    order: int = 6
    memory: int = 16

    name = "ppmd"
    version = f"pyppmd {pyppmd.__version__}"
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "order", self.order, 2, 64)
        check_int(self.name, "memory", self.memory, 1, 1024)

    def compress(self, data: bytes) -> bytes:
        """Return a PPMd stream."""
        coder = pyppmd.Ppmd8Encoder(self.order, self.memory << 20)
        return bytes(coder.encode(data) + coder.flush(endmark=True))

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given."""
        coder = pyppmd.Ppmd8Decoder(self.order, self.memory << 20)
        return bytes(coder.decode(data, -1))
