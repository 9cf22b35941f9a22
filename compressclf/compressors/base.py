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
from collections.abc import Sequence
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.registry import format_spec
from compressclf.compressors.primed import Primed
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ByteCompressor", "Compressor"]


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
    window : int or None
        How many bytes back a repetition can be found; None is unlimited.
    shares_prefixes : bool
        Whether `joint_codelengths` reads a prefix once for all documents behind it. A long one then
        gets all its documents at once.
    engine : str
        How codelengths are computed when not by running the library; else empty.
    runs_unasked : bool
        Whether commands that try every compressor try this one: not if it takes minutes, needs a
        parameter, or is made for images.
    """

    name: str
    version: str
    lossless: bool = True
    window: int | None = None
    shares_prefixes: bool = False
    engine: str = ""
    runs_unasked: bool = True

    @abstractmethod
    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document.

        Parameters
        ----------
        docs : Corpus
            The documents.

        Returns
        -------
        ndarray of float64, shape (n_docs,)
            Bits.
        """

    @abstractmethod
    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc.

        Parameters
        ----------
        prefixes : Corpus
            What is coded first.
        docs : Corpus
            What is coded last, best made by `prepare`.
        separator : bytes
            What is coded between the two.

        Returns
        -------
        ndarray of float64, shape (n_prefixes, n_docs)
            Bits.
        """

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of each document after each given one.

        C(x|y) = C(y·separator·x) − C(y), which for a real compressor may be off by its rounding
        to bytes.

        Parameters
        ----------
        docs : Corpus
            The documents, x.
        given : Corpus
            What is known of them, y.
        separator : bytes
            What is coded between the two.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_given)
            Bits.
        """
        joint = self.joint_codelengths(given, docs, separator=separator)
        return joint.T - self.codelengths(given)

    def primed(self, text: bytes) -> Primed:
        """Return this compressor after it has read a text, to be asked about many documents.

        By default a document's bits are C(text·document) − C(text), and the text is read again.
        Override it in a compressor that can keep what it knows after the text.

        Parameters
        ----------
        text : bytes
            What it reads.

        Returns
        -------
        Primed
            Its ``bits`` are those of documents.

        Examples
        --------
        >>> from compressclf.compressors import build_compressor
        >>> primed = build_compressor("gzip").primed(b"to be, or not to be, ")
        >>> primed.bits(Corpus.from_documents(["or not to be", "a sea of troubles"])).tolist()
        [8.0, 136.0]
        """
        return Primed(self, text)

    def for_texts(self, n_bytes: NDArray[np.int64]) -> list[Compressor]:
        """Return a compressor for each of several texts that are read and kept at the same time.

        By default this compressor for all. Override it in one whose memory depends on the text.

        Parameters
        ----------
        n_bytes : ndarray of int64, shape (n_texts,)
            Length of each text.

        Returns
        -------
        list of Compressor

        Raises
        ------
        ValueError
            If together they take too much memory.
        """
        return [self] * len(n_bytes)

    def prepare(self, docs: Corpus) -> Corpus:
        """Return `docs` with what can be computed once for many joint codelengths.

        The result equals `docs` and can be sliced; `joint_codelengths` takes it as `docs`.

        Parameters
        ----------
        docs : Corpus
            The documents.

        Returns
        -------
        Corpus
            Equal to `docs`; its slices are prepared too.
        """
        return docs

    def check_from_file(self) -> None:  # noqa: B027 (most have nothing to refuse)
        """Refuse what a file may not ask for; called if a saved model or a .cclf names this.

        Override it in a compressor whose parameters choose a device, a path, an amount of memory or
        the network (`compressclf._lib.foreign` has the sentences).
        """

    def codelength(self, data: bytes) -> float:
        """Return the bits of one document.

        Parameters
        ----------
        data : bytes
            The document.

        Returns
        -------
        float
        """
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
        """Return the compressed form of `data`.

        Parameters
        ----------
        data : bytes
            The document.

        Returns
        -------
        bytes
            Its length is the codelength, in bytes.
        """

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given.

        Parameters
        ----------
        data : bytes
            From `compress`.

        Returns
        -------
        bytes
            The document.
        """
        raise NotImplementedError(f"{self.name} cannot decompress.")

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return what `compress` was given, or at least its first `n_bytes` + 1 bytes.

        Override it if the library decodes in parts: a code of a few bytes may stand for gigabytes.

        Parameters
        ----------
        data : bytes
            From `compress`.
        n_bytes : int
            Length that the document is said to have.

        Returns
        -------
        bytes
        """
        return self.decompress(data)

    def compressed_size(self, data: bytes) -> int:
        """Return the length of ``compress(data)`` in bytes.

        Parameters
        ----------
        data : bytes
            The document.

        Returns
        -------
        int
        """
        return len(self.compress(data))

    def sizes_after(self, start: bytes, texts: Sequence[bytes]) -> Sequence[int]:
        """Return the length of ``compress(start + text)`` in bytes for each text.

        For a subclass that need not read `start` again for each (``shares_prefixes``).

        Parameters
        ----------
        start : bytes
            What all texts begin with.
        texts : sequence of bytes
            What follows.

        Returns
        -------
        sequence of int
        """
        return [self.compressed_size(start + text) for text in texts]

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
            row[:] = self.sizes_after(prefix + separator, texts)
        return 8.0 * sizes
