"""The contract of a compressor: how many bits documents take, alone and after one another.

All codelengths are **bits**, float64. A compressor runs in the calling thread, keeps no state
between calls and may be called from several threads at once; who wants threads splits the work
(`compressclf.distances.tiles`) and calls it on the parts.

The least a new compressor needs is one method:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class RunLength(ByteCompressor):
...     name = "run-length"
...     version = "1"
...     def compress(self, data: bytes) -> bytes:
...         from itertools import groupby
...         runs = ((byte, len(list(run))) for byte, run in groupby(data))
...         return bytes(value for byte, n in runs for value in (n % 256, byte))
>>> RunLength().codelength(b"aaaabbb")
32.0
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._registry import format_spec
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ByteCompressor", "Compressor", "check_int"]


class Compressor(ABC):
    """Codelengths of documents.

    Subclasses are frozen dataclasses: their fields are the parameters of the spec, and
    ``__post_init__`` refuses bad values.

    Attributes
    ----------
    name : str
        Name in a spec.
    version : str
        The library that does the work and its version: codelengths change with it.
    lossless : bool
        Whether `decompress` restores what `compress` was given.
    deterministic : bool
        Whether equal input always has equal codelength.
    window : int or None
        How many bytes back a repetition can be found; None is unlimited.
    engine : str
        How codelengths are computed when not by running the library; else empty.
    """

    name: str
    version: str
    lossless: bool = True
    deterministic: bool = True
    window: int | None = None
    engine: str = ""

    @abstractmethod
    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""

    @abstractmethod
    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of each document after each given one, shape (n_docs, n_given).

        C(x|y) = C(y·separator·x) − C(y), which for a real compressor may be off by its rounding
        to bytes.
        """
        joint = self.joint_codelengths(given, docs, separator=separator)
        return joint.T - self.codelengths(given)

    def prepare(self, docs: Corpus) -> Corpus:
        """Return `docs` with what can be computed once for many joint codelengths.

        The result equals `docs` and can be sliced; `joint_codelengths` takes it as `docs`.
        """
        return docs

    def codelength(self, data: bytes) -> float:
        """Return the bits of one document."""
        return float(self.codelengths(Corpus.from_documents([data]))[0])

    @property
    def overhead_bits(self) -> float:
        """Bits of the empty document: what header and trailer cost."""
        return self.codelength(b"")

    @property
    def spec(self) -> str:
        """The spec that builds this compressor again."""
        parameters = fields(self) if is_dataclass(self) else tuple[Field[object]]()
        return format_spec(self.name, {item.name: getattr(self, item.name) for item in parameters})


class ByteCompressor(Compressor):
    """A compressor that turns bytes into fewer bytes; write `compress`, the rest follows."""

    lossless = False  # until a subclass brings `decompress`

    @abstractmethod
    def compress(self, data: bytes) -> bytes:
        """Return the compressed form of `data`."""

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given."""
        raise NotImplementedError(f"{self.name} cannot decompress.")

    def compressed_size(self, data: bytes) -> int:
        """Return the length of ``compress(data)`` in bytes."""
        return len(self.compress(data))

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        sizes = np.fromiter((self.compressed_size(doc) for doc in docs), np.float64, len(docs))
        return 8.0 * sizes

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        sizes = np.empty((len(prefixes), len(docs)), dtype=np.float64)
        texts = list(docs)
        for row, prefix in zip(sizes, prefixes, strict=True):
            start = prefix + separator
            row[:] = [self.compressed_size(start + text) for text in texts]
        return 8.0 * sizes


def check_int(owner: str, name: str, value: object, low: int, high: int) -> None:
    """Refuse a parameter that is no int in [low, high].

    Examples
    --------
    >>> check_int("zstd", "level", 99, 1, 22)
    Traceback (most recent call last):
    ...
    ValueError: The 'level' parameter of zstd must be an int in [1, 22]. Got 99 instead.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(
            f"The {name!r} parameter of {owner} must be an int in [{low}, {high}]. "
            f"Got {value!r} instead."
        )
