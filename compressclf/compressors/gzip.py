"""gzip, zlib and raw DEFLATE: one stream in three wrappers (RFC 1950, 1951, 1952).

The stream is the same in all three; gzip adds 18 bytes, zlib 6, raw DEFLATE none. Matches reach at
most 32,768 bytes back.

The lengths of many pairs come from `compressclf.compressors.deflate`, which computes the exact
length of zlib's output without writing it. Before its first use it is compared with the zlib that
Python runs; if they differ, or numba is not installed, zlib itself is used.
"""

from __future__ import annotations

import functools
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.progress import mention_compiling
from compressclf.compressors.base import ByteCompressor, Compressor
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Deflate", "Gzip", "Lz77", "Zlib"]

ZLIB_WRAPPER_BYTES = 6
ENGINE_FROM_DOCS = 32  # with fewer documents per prefix, zlib is faster
LONGEST_PREFIX = 2**20  # bytes; the engine needs 13 times as much memory, zlib's coder 256 KB
COPY_FROM = 2**14  # bytes; it takes longer to code a longer prefix than to copy a coder


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
    shares_prefixes = True

    wrapper_bytes: ClassVar[int] = 0
    wbits: ClassVar[int] = -15

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 1, 9)

    @property
    def engine(self) -> str:  # type: ignore[override]
        """How the lengths of many pairs are computed; empty until `prepare` has decided it."""
        return "deflate engine, exact" if _agreement.get(self.level) else ""

    def compress(self, data: bytes) -> bytes:
        """Return the stream in its wrapper."""
        coder = zlib.compressobj(self.level, zlib.DEFLATED, self.wbits)
        return coder.compress(data) + coder.flush()

    def decompress(self, data: bytes) -> bytes:
        """Return the data of the stream."""
        return zlib.decompress(data, self.wbits)

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the data of the stream, at most their first `n_bytes` + 1 bytes."""
        return zlib.decompressobj(self.wbits).decompress(data, n_bytes + 1)

    def compressed_size(self, data: bytes) -> int:
        """Return the length of ``compress(data)`` in bytes."""
        return len(zlib.compress(data, self.level)) - ZLIB_WRAPPER_BYTES + self.wrapper_bytes

    def sizes_after(self, start: bytes, texts: Sequence[bytes]) -> Sequence[int]:
        """Return the length of ``compress(start + text)`` in bytes for each text.

        A long start is coded once, and the coder is copied for each text.
        """
        if len(start) < COPY_FROM or len(texts) < 2 or not _copies_agree(self.level):
            return super().sizes_after(start, texts)
        wrapper = self.wrapper_bytes - ZLIB_WRAPPER_BYTES
        return [size + wrapper for size in _sizes_of_copies(self.level, start, texts)]

    def prepare(self, docs: Corpus) -> Corpus:
        """Return `docs` with what the engine precomputes, if there are enough documents."""
        if len(docs) < ENGINE_FROM_DOCS or not _engine_agrees(self.level):
            return docs
        from compressclf.compressors import deflate

        return deflate.prepare(docs, self.level)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        is_prepared = type(docs) not in (Corpus, ImageCorpus)
        if not is_prepared or int(prefixes.lengths.max(initial=0)) > LONGEST_PREFIX:
            return super().joint_codelengths(prefixes, docs, separator=separator)
        from compressclf.compressors import deflate

        sizes = deflate.joint_payload_bytes(prefixes, docs, separator=separator, level=self.level)
        return np.asarray(8 * (sizes + self.wrapper_bytes), dtype=np.float64)


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


@dataclass(frozen=True)
class Lz77(Compressor):
    """The entropy of the symbols that gzip finds, without Huffman codes and whole bytes.

    The text is parsed into literals and matches as by zlib. The codelength is the empirical entropy
    of the literal/length symbols, plus that of the distance symbols, plus the extra bits of both
    (RFC 1951, 3.2.5), without header, code tables or rounding. It is the codelength of an ideal
    coder that knows the frequencies beforehand; there is no stream.

    In kNN it is more accurate than gzip's bytes on nearly every set of short texts: header and code
    tables say nothing about the content, and fractions of bits break ties.

    Parameters
    ----------
    level : int, default=9
        Effort of the search for matches, 1 to 9, as zlib's.
    """

    level: int = 9

    name = "lz77"
    version = "1"
    lossless = False
    window = 32_768
    shares_prefixes = True
    engine = "deflate engine"

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 1, 9)

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        with mention_compiling(_COMPILING):
            from compressclf.compressors import deflate

            return deflate.lz77_bits(docs, self.level)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        from compressclf.compressors import deflate

        return deflate.joint_lz77_bits(prefixes, docs, separator=separator, level=self.level)

    def prepare(self, docs: Corpus) -> Corpus:
        """Return `docs` with what the engine precomputes for each text."""
        from compressclf.compressors import deflate

        return deflate.prepare(docs, self.level)


_COMPILING = "Compiling the DEFLATE engine, once for this installation: about ten seconds."


def _sizes_of_copies(level: int, start: bytes, texts: Sequence[bytes]) -> list[int]:
    coder = zlib.compressobj(level)
    done = len(coder.compress(start))
    sizes = []
    for text in texts:
        copy = coder.copy()
        sizes.append(done + len(copy.compress(text)) + len(copy.flush()))
    return sizes


@functools.cache
def _copies_agree(level: int) -> bool:
    """Return whether this zlib writes as many bytes for a text in two parts as for the whole."""
    random = np.random.default_rng(0)
    start = b"".join(
        random.integers(97, high, 40_000, dtype=np.uint8).tobytes() for high in (100, 123)
    )
    texts = [b"", start[:1], start[:300], start[-50_000:]]
    whole = [len(zlib.compress(start + text, level)) for text in texts]
    return _sizes_of_copies(level, start, texts) == whole


_agreement: dict[int, bool] = {}


def _engine_agrees(level: int) -> bool:
    """Return whether the engine agrees with the zlib that Python runs; warn once if not.

    Without numba the engine is slower than zlib, so the answer is False, without a warning.
    """
    if level in _agreement:
        return _agreement[level]
    from compressclf._lib.jit import HAS_NUMBA  # here, since importing numba takes a while

    if not HAS_NUMBA:
        return False
    with mention_compiling(_COMPILING):
        from compressclf.compressors import deflate

        _agreement[level] = deflate.self_check(level)
    if not _agreement[level]:
        warnings.warn(
            f"zlib {zlib.ZLIB_RUNTIME_VERSION} differs from the DEFLATE engine at level {level}; "
            f"codelengths come from zlib itself, several times slower.",
            RuntimeWarning,
            stacklevel=2,
        )
    return _agreement[level]
