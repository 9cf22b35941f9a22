"""The control: no compression at all, so that only the lengths of the texts speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf.compressors.base import ByteCompressor
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Identity"]


@dataclass(frozen=True)
class Identity(ByteCompressor):
    """Eight bits a byte. Whatever accuracy it reaches, the lengths of the texts explain."""

    name = "identity"
    version = "1"
    engine = "lengths"
    lossless = True
    window = 0

    def compress(self, data: bytes) -> bytes:
        """Return `data`."""
        return data

    def decompress(self, data: bytes) -> bytes:
        """Return `data`."""
        return data

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        return np.asarray(8 * docs.lengths, dtype=np.float64)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        n_bytes = prefixes.lengths[:, None] + len(separator) + docs.lengths
        return np.asarray(8 * n_bytes, dtype=np.float64)
