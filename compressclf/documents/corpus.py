"""Documents as bytes: everything that can be classified becomes a `Corpus`.

A `Corpus` is one flat ``uint8`` buffer and ``n + 1`` ``int64`` offsets. That is the layout of an
Arrow string column, so a column of a Hugging Face, pyarrow, pandas or polars table becomes a corpus
without copying its text, and a numba kernel gets two plain arrays.

Documents are not decoded, cleaned, normalised or tokenised: bytes go in, the same bytes come out.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from compressclf.documents.columns import single_column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Corpus", "document_bytes"]


def document_bytes(document: object) -> bytes:
    r"""Return one document as bytes.

    Parameters
    ----------
    document : str, bytes-like, array of numbers, or os.PathLike
        A str is encoded as UTF-8. Lone surrogates are kept: those that Python's
        ``surrogateescape`` made from undecodable bytes become these bytes again, and all others
        are encoded like any code point. An array becomes the bytes of its elements
        in row-major order, and a path becomes the content of its file.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        For anything else, None and NaN included.

    Examples
    --------
    >>> document_bytes("é"), document_bytes(b"\x00\r"), document_bytes("\udcff")
    (b'\xc3\xa9', b'\x00\r', b'\xff')
    """
    if isinstance(document, str):
        try:
            return document.encode()
        except UnicodeEncodeError:
            return _encode_surrogates(document)
    if isinstance(document, bytes):
        return document
    if isinstance(document, (bytearray, memoryview)):
        return bytes(document)
    if isinstance(document, np.ndarray) and document.dtype.kind in "uifb" and document.ndim:
        return document.tobytes()
    if isinstance(document, os.PathLike):
        with open(document, "rb") as file:
            return file.read()
    raise TypeError(
        f"A document must be a str, bytes, an array of numbers or a path. "
        f"Got {_describe(document)} instead."
    )


class Corpus(Sequence[bytes]):
    """A sequence of byte strings in one buffer.

    Document ``i`` is ``buffer[offsets[i]:offsets[i + 1]]``. Slices share the buffer.

    Parameters
    ----------
    buffer : ndarray of uint8, shape (n_bytes,)
        The documents' bytes, one after the other.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Where each document begins, and where the last one ends; they never decrease.

    Raises
    ------
    ValueError
        If the offsets decrease or lie outside the buffer.

    Examples
    --------
    >>> corpus = Corpus.from_documents(["to be", "", "or not"])
    >>> len(corpus), corpus[0], corpus.lengths.tolist()
    (3, b'to be', [5, 0, 6])
    """

    __slots__ = ("buffer", "offsets")

    buffer: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __init__(self, buffer: ArrayLike, offsets: ArrayLike) -> None:
        self.buffer = np.ascontiguousarray(buffer, dtype=np.uint8)
        self.offsets = np.ascontiguousarray(offsets, dtype=np.int64)
        if self.buffer.ndim != 1 or self.offsets.ndim != 1 or self.offsets.size == 0:
            raise ValueError("A corpus needs a flat buffer and n_documents + 1 offsets.")
        # Compare, do not subtract: the difference of huge offsets can wrap around to a small one.
        rising = bool((self.offsets[:-1] <= self.offsets[1:]).all())
        if self.offsets[0] < 0 or self.offsets[-1] > self.buffer.size or not rising:
            raise ValueError("The offsets of a corpus must not decrease or leave its buffer.")

    @classmethod
    def from_documents(cls, documents: object) -> Corpus:
        """Make a corpus of a list, array or column of documents.

        Parameters
        ----------
        documents : Corpus, or sequence, array, Series or Arrow column of documents
            Lists may mix the kinds that `document_bytes` takes. An Arrow string or binary
            column, or anything that exports one (``__arrow_c_stream__``, an Arrow-backed
            pandas Series), is used without copying its text if it is one chunk. A data frame,
            Arrow table, array or list of lists with a single column of documents counts as that
            column. Each row of a numeric table, or of a numeric array of two or more dimensions,
            is one document.
            Images (see `compressclf.documents.images.are_images`) become an `ImageCorpus`.

        Raises
        ------
        TypeError
            If `documents` is a single str or bytes or a set, if it has several columns, or if an
            element cannot be read as a document. The message names the columns, or the position
            of the element.

        Examples
        --------
        >>> import numpy as np
        >>> images = np.zeros((2, 28, 28), dtype=np.uint8)
        >>> Corpus.from_documents(images)
        ImageCorpus of 2 images, 1,568 bytes
        """
        from compressclf.documents.images import ImageCorpus, are_images

        if isinstance(documents, Corpus):
            return documents
        if are_images(documents):
            return ImageCorpus.from_images(documents)
        if isinstance(documents, (str, bytes, bytearray, memoryview)):
            raise TypeError(
                f"Expected a sequence of documents, got a single {type(documents).__name__}: "
                f"put it in a list."
            )
        documents = single_column(documents)
        if are_images(documents):  # in a column
            return ImageCorpus.from_images(documents)
        column = _arrow_column(documents)
        if column is not None:
            return _from_arrow(column)
        if hasattr(documents, "__array__"):  # for example a pandas Series
            documents = np.asarray(documents)
        if isinstance(documents, np.ndarray):
            if documents.ndim >= 2 and documents.dtype.kind in "uifb":
                return _from_rows(documents)
            if documents.ndim != 1:
                raise TypeError(
                    f"Expected one document per row, got {_describe(documents)}: select one column."
                )
            documents = documents.tolist()
        if isinstance(documents, (set, frozenset)):
            raise TypeError(
                f"Expected a sequence of documents, got a {type(documents).__name__}, which has no "
                f"order: give a list."
            )
        if not isinstance(documents, Iterable):
            raise TypeError(f"Expected a sequence of documents, got {_describe(documents)}.")
        if isinstance(documents, list):
            try:  # encode all at once; it works if all are str without a lone surrogate
                return cls._join(map(str.encode, documents))
            except (TypeError, UnicodeEncodeError):
                pass
        return cls._join(_as_bytes(documents))

    @classmethod
    def _join(cls, documents: Iterable[bytes]) -> Corpus:
        parts = list(documents)
        offsets = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum([len(part) for part in parts], out=offsets[1:])
        return cls(np.frombuffer(b"".join(parts), dtype=np.uint8), offsets)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each document in bytes, shape (n_documents,)."""
        return np.diff(self.offsets)

    @property
    def nbytes(self) -> int:
        """Total length of the documents in bytes."""
        return int(self.offsets[-1] - self.offsets[0])

    def digest(self) -> str:
        """Return the SHA-256 of all lengths (int64) and bytes, for images also of the shapes.

        Returns
        -------
        str
            64 hexadecimal digits.

        Examples
        --------
        >>> one, other = Corpus.from_documents(["ab", "c"]), Corpus.from_documents(["a", "bc"])
        >>> one.digest()[:12], other.digest()[:12]
        ('c700bf88b9fa', 'd2e978778001')
        """
        digest = hashlib.sha256(np.ascontiguousarray(self.lengths).tobytes())
        digest.update(self.buffer[self.offsets[0] : self.offsets[-1]].data)
        if hasattr(self, "shapes"):
            digest.update(np.ascontiguousarray(self.shapes).tobytes())
        return digest.hexdigest()

    def take(self, indices: ArrayLike) -> Corpus:
        """Return the documents at `indices`, in that order, as a new corpus.

        Parameters
        ----------
        indices : array-like of int, shape (n,)
            Positions, which may repeat.

        Returns
        -------
        Corpus

        Examples
        --------
        >>> list(Corpus.from_documents(["a", "b", "c"]).take([2, 0]))
        [b'c', b'a']
        """
        positions, offsets = self._gather(np.asarray(indices, dtype=np.int64))
        return Corpus(self.buffer[positions], offsets)

    def _gather(self, indices: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the bytes of these documents are, and the offsets of their copies."""
        offsets = np.zeros(indices.size + 1, dtype=np.int64)
        np.cumsum(self.lengths[indices], out=offsets[1:])
        lengths = np.diff(offsets).astype(np.intp, copy=False)  # 32 bits in a browser
        moved = np.repeat(self.offsets[indices] - offsets[:-1], lengths)
        return moved + np.arange(offsets[-1]), offsets

    def __len__(self) -> int:
        return self.offsets.size - 1

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Corpus: ...
    def __getitem__(self, index: int | slice) -> bytes | Corpus:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                return self.take(np.arange(start, stop, step))
            return Corpus(self.buffer, self.offsets[start : max(start, stop) + 1])
        position = range(len(self))[index]  # handles negative indices and raises IndexError
        return self.buffer[self.offsets[position] : self.offsets[position + 1]].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        data = self.buffer.data
        bounds = self.offsets.tolist()
        for start, stop in itertools.pairwise(bounds):
            yield bytes(data[start:stop])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Corpus):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        start, stop = self.offsets[0], self.offsets[-1]
        return Corpus, (self.buffer[start:stop], self.offsets - start)

    def __repr__(self) -> str:
        plural = "" if len(self) == 1 else "s"
        return f"Corpus of {len(self):,} document{plural}, {self.nbytes:,} bytes"


def _encode_surrogates(text: str) -> bytes:
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def _as_bytes(documents: Iterable[object]) -> Iterator[bytes]:
    for position, document in enumerate(documents):
        try:
            yield document_bytes(document)
        except TypeError as error:
            raise TypeError(f"Document {position}: {error}") from None


def _from_rows(array: NDArray[Any]) -> Corpus:
    row_bytes = math.prod(array.shape[1:]) * array.itemsize
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return Corpus(flat, np.arange(len(array) + 1) * row_bytes)


def _arrow_column(documents: Any) -> Any | None:
    """Return `documents` as a pyarrow ChunkedArray if Arrow holds them, else None."""
    storage = getattr(documents, "array", documents)  # where a pandas Series keeps its data
    exports = ("__arrow_array__", "__arrow_c_stream__", "__arrow_c_array__")
    if hasattr(documents, "columns") or not any(hasattr(storage, name) for name in exports):
        return None
    try:
        import pyarrow
    except ModuleNotFoundError:  # without pyarrow, a polars Series is iterated as str
        return None
    if hasattr(storage, "__arrow_array__"):
        storage = storage.__arrow_array__()
    if isinstance(storage, pyarrow.ChunkedArray):
        return storage
    if hasattr(storage, "__arrow_c_stream__"):
        return pyarrow.chunked_array(storage)
    return pyarrow.chunked_array([pyarrow.array(storage)])


def _from_arrow(column: Any) -> Corpus:
    import pyarrow

    if column.null_count:
        position = column.is_null().to_pylist().index(True)
        raise TypeError(f"Document {position}: missing value; drop the row or fill it.")
    is_dictionary = pyarrow.types.is_dictionary(column.type)
    kind = str(column.type.value_type if is_dictionary else column.type)
    if not kind.startswith(("string", "large_string", "binary", "large_binary", "fixed_size_bin")):
        raise TypeError(f"Expected a column of text or bytes, got an Arrow column of {kind}.")
    column = column.cast(pyarrow.large_string() if "string" in kind else pyarrow.large_binary())
    chunks = column.chunks or [pyarrow.array([], column.type)]
    chunk = chunks[0] if len(chunks) == 1 else pyarrow.concat_arrays(chunks)
    _, offsets, data = chunk.buffers()
    if len(chunk) == 0 or data is None:
        return Corpus(np.zeros(0, np.uint8), np.zeros(len(chunk) + 1, np.int64))
    bounds = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
    return Corpus(np.frombuffer(data, np.uint8), bounds)


def _describe(value: object) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "a missing value"
    if isinstance(value, np.ndarray):
        return f"a {value.ndim}-D array of dtype {value.dtype}"
    return f"{type(value).__name__}"
