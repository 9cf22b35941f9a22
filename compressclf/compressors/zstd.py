"""Zstandard (RFC 8878), alone or after a dictionary of raw text.

A raw-content dictionary is a text before the document to which matches can refer; only the
document is coded. zstd indexes the dictionary with tables sized for the *level* and silently drops
what does not fit: level 3 no longer finds 200 bytes copied from the start of 2 MiB, level 9 of
8 MiB, level 12 of 32 MiB (``benchmarks.zstd_forgetting`` at 3123e14). `Dictionary` sizes the tables
for the dictionary. This suffices for 8 MiB at every level measured, and for 32 MiB at levels 9 and
12. A test still codes pieces of the start, middle and end, and warns if they are not found.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from compressclf._lib.checks import check_int
from compressclf._lib.registry import format_spec
from compressclf.compressors.base import ByteCompressor
from compressclf.compressors.primed import Primed
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Dictionary", "Zstd"]

LARGEST_TABLE = 27
"""Log2 of the largest number of entries of a table, one per byte of the dictionary."""
PROBE = 128
"""Bytes of the pieces with which a dictionary is tested."""
NEARBY = 1 << 15
"""Bytes around such a piece, which serve as a dictionary for comparison."""

_local = threading.local()  # a zstd context serves one thread at a time


@dataclass(frozen=True)
class Zstd(ByteCompressor):
    """Zstandard frames with the content size in the header.

    Parameters
    ----------
    level : int, default=3
        1 (fast) to 22 (small); negative levels down to -7 are even faster.
    dictionary : bool, default=False
        Whether `primed` uses the text as a `Dictionary`. This is much faster than coding the text
        again for each document, and frames are shorter. Nothing else changes.
    """

    level: int = 3
    dictionary: bool = False

    name = "zstd"
    version = f"zstd {'.'.join(map(str, zstandard.ZSTD_VERSION))}"
    lossless = True

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, -7, 22)
        if not isinstance(self.dictionary, bool):
            raise ValueError(
                f"The 'dictionary' parameter of {self.name} must be True or False. "
                f"Got {self.dictionary!r} instead."
            )

    @property
    def spec(self) -> str:
        """The spec that builds this compressor again."""
        parameters = {"level": self.level} | ({"dictionary": True} if self.dictionary else {})
        return format_spec(self.name, parameters)

    def primed(self, text: bytes) -> Primed:
        """Return this compressor after it has read a text.

        Warns
        -----
        UserWarning
            If the text is so large a dictionary that zstd forgets part of it.
        """
        if not self.dictionary:
            return super().primed(text)
        primed = Dictionary(text, self.level)
        if primed.forgets():
            warnings.warn(
                f"zstd at level {self.level} forgets part of the {len(text):,} bytes that it has "
                f"read: use more parts or a smaller budget.",
                UserWarning,
                stacklevel=2,
            )
        return primed

    @property
    def window(self) -> int:  # type: ignore[override]
        """Size of the window in bytes at this level, for long input."""
        parameters = zstandard.ZstdCompressionParameters.from_level(self.level)
        return 1 << int(parameters.window_log)

    def compress(self, data: bytes) -> bytes:
        """Return a zstd frame."""
        return bytes(_context(self.level).compress(data))

    def decompress(self, data: bytes) -> bytes:
        """Return the document; memory grows with its true size, not with the one in the header.

        Raises
        ------
        ValueError
            If the data are not exactly one whole frame.
        zstandard.ZstdError
            If the frame is damaged.
        """
        decoder = zstandard.ZstdDecompressor().decompressobj()
        text = bytes(decoder.decompress(data))
        if not decoder.eof or decoder.unused_data:
            raise ValueError("The data must be exactly one whole zstd frame.")
        return text

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the document, or its first `n_bytes` + 1 bytes."""
        return bytes(zstandard.ZstdDecompressor().stream_reader(data).read(n_bytes + 1))


def _context(level: int) -> Any:
    contexts: dict[int, Any] = _local.__dict__.setdefault("contexts", {})
    if level not in contexts:
        contexts[level] = zstandard.ZstdCompressor(level=level)
    return contexts[level]


class Dictionary(Primed):
    """zstd with a text as its dictionary, and tables that are large enough for all of it.

    The bits of a document are those of a frame without magic number, content size and checksum.
    For documents of more than 32 kB, zstd copies the tables of the dictionary, which for a
    dictionary of megabytes takes longer than the coding.

    Parameters
    ----------
    text : bytes
        The dictionary.
    level : int
        As in `Zstd`. It sets the search effort for matches, not their distance.
    """

    divisible = True

    def __init__(self, text: bytes, level: int) -> None:
        self._text = text
        self._level = level
        window, table, chain = _table_logs(level, len(text))
        self._parameters = zstandard.ZstdCompressionParameters.from_level(
            level,
            dict_size=len(text),
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_content_size=False,
            write_checksum=False,
            write_dict_id=False,
            window_log=window,
            hash_log=table,
            chain_log=chain,
        )
        self._dictionary = None
        if text:
            self._dictionary = zstandard.ZstdCompressionDict(
                text, dict_type=zstandard.DICT_TYPE_RAWCONTENT
            )
            self._dictionary.precompute_compress(compression_params=self._parameters)

    def __reduce__(self) -> tuple[type[Dictionary], tuple[bytes, int]]:
        return type(self), (self._text, self._level)  # the library's objects cannot be pickled

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        # A dictionary can be shared by threads, a compressor cannot.
        coder = zstandard.ZstdCompressor(
            dict_data=self._dictionary, compression_params=self._parameters
        )
        return 8.0 * np.fromiter((len(coder.compress(doc)) for doc in docs), np.float64, len(docs))

    def forgets(self) -> bool:
        """Return whether a piece of the start, the middle or the end is no longer found.

        A piece is found if its bits are at most 64 more than twice its bits after the bytes around
        it only.
        """
        last = len(self._text) - NEARBY
        for start in (0, last // 2, last) if last > 0 else ():
            around = self._text[start : start + NEARBY]
            piece = Corpus.from_documents([around[:PROBE]])
            if self.bits(piece)[0] > 2 * Dictionary(around, self._level).bits(piece)[0] + 64:
                return True
        return False


def _table_logs(level: int, n_bytes: int) -> tuple[int, int, int]:
    """Return log2 of the sizes of window, hash table and chain table that suffice for all bytes."""
    usual = zstandard.ZstdCompressionParameters.from_level(level, dict_size=n_bytes)
    size = n_bytes.bit_length()
    is_tree = usual.strategy >= zstandard.STRATEGY_BTLAZY2  # two entries per byte
    is_fast = usual.strategy <= zstandard.STRATEGY_DFAST  # no chains: collisions lose entries
    return (
        max(size + 1, usual.window_log),
        max(min(size + is_fast, LARGEST_TABLE), usual.hash_log),
        max(min(size + (is_tree or is_fast), LARGEST_TABLE), usual.chain_log),
    )
