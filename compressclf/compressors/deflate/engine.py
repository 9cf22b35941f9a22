"""Lengths of DEFLATE streams of documents, and of every document after every prefix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.deflate.rows import fill
from compressclf.compressors.deflate.stream import BATCH
from compressclf.compressors.deflate.tables import TUNING
from compressclf.compressors.deflate.texts import frozen, prepare
from compressclf.documents import Corpus

__all__ = [
    "EXACT_LEVELS",
    "MAX_BYTES",
    "joint_lz77_bits",
    "joint_payload_bytes",
    "lz77_bits",
    "payload_bytes",
]

# Levels at which the engine computes every pair itself. Level 0 is left out, because the stored
# blocks of zlib depend on the size of its caller's output buffer.
EXACT_LEVELS = range(1, 10)

# The longest text, prefix included: positions are 32-bit numbers.
MAX_BYTES = 2**31 - 1024


def payload_bytes(docs: Corpus, level: int) -> NDArray[np.int64]:
    """Return the length of each document as a raw DEFLATE stream.

    Parameters
    ----------
    docs : Corpus
        The documents.
    level : int
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of int64, shape (n_documents,)
        Bytes, without a container: zlib's adds 6, gzip's 18.

    Examples
    --------
    >>> import zlib
    >>> docs = Corpus.from_documents(["to be or not to be", ""])
    >>> payload_bytes(docs, level=9)
    array([17,  2])
    >>> [len(zlib.compress(doc, 9)) - 6 for doc in docs]
    [17, 2]
    """
    lengths: NDArray[np.int64] = joint_payload_bytes(_nothing(), docs, separator=b"", level=level)[
        0
    ]
    return lengths


def joint_payload_bytes(
    prefixes: Corpus, docs: Corpus, *, separator: bytes, level: int
) -> NDArray[np.int64]:
    """Return the length of each prefix, separator and document as one raw DEFLATE stream.

    The call is serial and releases the GIL; split the prefixes or the documents to use more
    threads. Slices of prepared documents share their notes.

    Parameters
    ----------
    prefixes : Corpus
        The first parts of the texts.
    docs : Corpus
        The last parts of the texts. Use `prepare` if they will be used more than once.
    separator : bytes
        Bytes between the two.
    level : int
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of int64, shape (n_prefixes, n_documents)
        Bytes, without a container.

    Raises
    ------
    ValueError
        If the level is not one of `EXACT_LEVELS` or a text is longer than `MAX_BYTES`.

    Examples
    --------
    >>> prefixes = Corpus.from_documents(["to be or not to be", "two bees"])
    >>> docs = Corpus.from_documents(["to be", "or not"])
    >>> joint_payload_bytes(prefixes, docs, separator=b" ", level=9)
    array([[19, 18],
           [13, 17]])
    """
    return _joint(prefixes, docs, separator, level, False).astype(np.int64)


def lz77_bits(docs: Corpus, level: int = 9) -> NDArray[np.float64]:
    """Return the entropy of the symbols into which zlib parses each document.

    See `joint_lz77_bits`.

    Parameters
    ----------
    docs : Corpus
        The documents.
    level : int, default=9
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of float64, shape (n_documents,)
        Bits.

    Examples
    --------
    Four symbols (a, b, c, end of block), each once, take two bits each:

    >>> lz77_bits(Corpus.from_documents(["abc"]))
    array([8.])
    """
    bits: NDArray[np.float64] = joint_lz77_bits(_nothing(), docs, separator=b"", level=level)[0]
    return bits


def joint_lz77_bits(
    prefixes: Corpus, docs: Corpus, *, separator: bytes, level: int = 9
) -> NDArray[np.float64]:
    """Return the entropy of the symbols into which zlib parses prefix, separator and document.

    The parse is the same as for `joint_payload_bytes`. Here a symbol costs ``-log2`` of its
    relative frequency, in one alphabet of literals, match lengths and one end of block, and another
    of distances. The extra bits of lengths and distances are added. There is one block without a
    header, and nothing is rounded to bits or bytes.

    Parameters
    ----------
    prefixes, docs : Corpus
        The first and the last parts of the texts; use `prepare` for the latter.
    separator : bytes
        Bytes between the two.
    level : int, default=9
        zlib's level of compression, 1 to 9.

    Returns
    -------
    ndarray of float64, shape (n_prefixes, n_documents)
        Bits.

    Raises
    ------
    ValueError
        If the level is not one of `EXACT_LEVELS` or a text is longer than `MAX_BYTES`.
    """
    return _joint(prefixes, docs, separator, level, True)


def _nothing() -> Corpus:
    return Corpus(np.zeros(0, np.uint8), np.zeros(2, np.int64))


def _joint(
    prefixes: Corpus, docs: Corpus, separator: bytes, level: int, entropy: bool
) -> NDArray[np.float64]:
    texts = prepare(docs, level)
    out = np.empty((len(prefixes), len(texts)))
    if out.size == 0:
        return out
    longest = int(prefixes.lengths.max()) + len(separator) + int(texts.lengths.max())
    if longest > MAX_BYTES:
        raise ValueError(f"A text must have at most {MAX_BYTES:,} bytes. Got {longest:,} instead.")
    fill(
        frozen(prefixes.buffer),
        frozen(prefixes.offsets),
        np.frombuffer(separator, np.uint8),
        texts.arrays,
        TUNING[level],
        entropy,
        np.zeros(3, BATCH).view(np.recarray),
        out,
    )
    return out
