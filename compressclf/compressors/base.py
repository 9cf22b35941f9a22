"""The contract of a compressor: the bits of documents, alone and after one another.

All codelengths are **bits**, float64. A compressor runs in the calling thread, keeps no state
between calls and can be called from several threads at once. To use threads, split the work
(`compressclf.distances.tiles`).

A new compressor needs only one method:

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

__all__ = ["ByteCompressor", "Compressor", "RereadText"]


class Compressor(ABC):
    """Codelengths of documents.

    Subclasses are frozen dataclasses. Their fields are the parameters of the spec, and
    ``__post_init__`` refuses bad values.

    Attributes
    ----------
    name : str
        Name in a spec.
    version : str
        The library and its version, on which codelengths depend.
    lossless : bool
        Whether `decompress` restores the input of `compress`.
    window : int or None
        How many bytes back a repetition can be found; None is unlimited.
    shares_prefixes : bool
        Whether `joint_codelengths` reads a prefix only once for all documents after it, so that
        they are best passed in one call.
    engine : str
        How codelengths are computed without running the library; empty if they are not.
    runs_by_default : bool
        Whether commands that try every compressor include this one; False if it takes minutes,
        needs a parameter, or is for images.

    Examples
    --------
    >>> from compressclf import build_compressor
    >>> build_compressor("gzip:level=6").codelength(b"to be " * 100)
    256.0
    """

    name: str
    version: str
    lossless: bool = True
    window: int | None = None
    shares_prefixes: bool = False
    engine: str = ""
    runs_by_default: bool = True

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
        """

    @abstractmethod
    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc.

        Parameters
        ----------
        prefixes : Corpus
            The documents that are coded first.
        docs : Corpus
            The documents that are coded last; calls are faster if `prepare` returned them.
        separator : bytes
            Text that is coded between the two.

        Returns
        -------
        ndarray of float64, shape (n_prefixes, n_docs)
        """

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of each document after each given document.

        C(x|y) = C(y·separator·x) − C(y); real compressors round both terms to bytes.

        Parameters
        ----------
        docs : Corpus
            The documents x.
        given : Corpus
            The given documents y.
        separator : bytes
            Text that is coded between the two.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_given)
        """
        joint = self.joint_codelengths(given, docs, separator=separator)
        return joint.T - self.codelengths(given)

    def tree_codelengths(
        self, docs: Corpus, given: Corpus, *, root: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of each document after root·given, for each given text.

        By default root and given are one text. Override it in a compressor that can read the root,
        and then each given text, only once. ``conditional_codelengths`` is the better choice for
        texts that share no root, except for many given texts with few short documents after them.

        Parameters
        ----------
        docs : Corpus
            The documents.
        given : Corpus
            The given texts.
        root : bytes
            The text before all given texts.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_given)

        Examples
        --------
        >>> from compressclf.compressors import build_compressor
        >>> docs = Corpus.from_documents(["a sea of troubles"])
        >>> given = Corpus.from_documents(["to be, ", "a sea "])
        >>> build_compressor("gzip").tree_codelengths(docs, given, root=b"whether ").tolist()
        [[136.0, 88.0]]
        """
        return self.conditional_codelengths(docs, Corpus.from_documents([root + y for y in given]))

    def primed(self, text: bytes) -> Primed:
        """Return this compressor after it has read a text.

        By default the bits of a document are C(text·document) − C(text), and the text is read again
        for it. Override it in a compressor that can keep its state after the text.

        Parameters
        ----------
        text : bytes
            The text.

        Returns
        -------
        Primed
            Its method ``bits`` returns the bits of documents after the text.

        Examples
        --------
        >>> from compressclf.compressors import build_compressor
        >>> primed = build_compressor("gzip").primed(b"to be, or not to be, ")
        >>> primed.bits(Corpus.from_documents(["or not to be", "a sea of troubles"])).tolist()
        [8.0, 136.0]
        """
        return RereadText(self, text)

    def for_texts(self, n_bytes: NDArray[np.int64]) -> list[Compressor]:
        """Return a compressor for each of several texts that are kept in memory together.

        By default it is this compressor for all. Override it if the memory depends on the text.

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
            If they take too much memory together.
        """
        return [self] * len(n_bytes)

    def prepare(self, docs: Corpus) -> Corpus:
        """Return `docs` with everything that can be computed once for many joint codelengths.

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
        """Refuse parameters that a file must not choose; called if a model or .cclf file has them.

        Override it in a compressor whose parameters select a device, a path, an amount of memory or
        the network (`compressclf._lib.foreign` has the messages).
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
        """Bits of the empty document: header and trailer."""
        return self.codelength(b"")

    @property
    def spec(self) -> str:
        """The spec that builds this compressor again."""
        parameters = fields(self) if is_dataclass(self) else tuple[Field[object]]()
        return format_spec(self.name, {item.name: getattr(self, item.name) for item in parameters})


class RereadText(Primed):
    """Any compressor and a text: the text is read again for each document.

    Parameters
    ----------
    compressor : Compressor
        The compressor.
    text : bytes
        The text that it has read.
    """

    def __init__(self, compressor: Compressor, text: bytes) -> None:
        self.text = text
        self.compressor = compressor
        self.divisible = not compressor.shares_prefixes
        self.rereads = len(text) if self.divisible else 0

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        given = Corpus.from_documents([self.text])
        return self.compressor.conditional_codelengths(docs, given)[:, 0]


class ByteCompressor(Compressor):
    """A compressor of bytes; a subclass needs `compress` only.

    Examples
    --------
    >>> import zlib
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Fast(ByteCompressor):
    ...     name = "fast"
    ...     version = zlib.ZLIB_RUNTIME_VERSION
    ...
    ...     def compress(self, data):
    ...         return zlib.compress(data, 1)
    >>> Fast().codelength(b"to be " * 100)
    176.0
    """

    lossless = False  # unless a subclass has `decompress`

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
        """Return the document.

        Parameters
        ----------
        data : bytes
            The output of `compress`.

        Returns
        -------
        bytes
        """
        raise NotImplementedError(f"{self.name} cannot decompress.")

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the document, or at least its first `n_bytes` + 1 bytes.

        Override it if the library decodes in parts, since a few bytes can decompress to gigabytes.

        Parameters
        ----------
        data : bytes
            The output of `compress`.
        n_bytes : int
            The expected length of the document.

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

        Override it in a compressor that reads `start` once for all (``shares_prefixes``).

        Parameters
        ----------
        start : bytes
            The common start.
        texts : sequence of bytes
            The texts after it.

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
