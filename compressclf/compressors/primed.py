"""A compressor that has read a text, and the bits of documents after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compressclf.documents import Corpus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.compressors.base import Compressor

__all__ = ["Primed"]


class Primed:
    """A compressor after it has read a text; the bits of a document depend on nothing else.

    This class keeps the text and reads it again, which works with any compressor. A compressor that
    can keep its state after the text has a subclass. Several threads may use an object at once, and
    it can be pickled.

    Parameters
    ----------
    compressor : Compressor
        The compressor.
    text : bytes
        The text that it has read.

    Attributes
    ----------
    rereads : int
        Bytes that are coded again for each document, in addition to the document.
    divisible : bool
        Whether many small calls take about as long as one large call.
    """

    rereads: int = 0
    divisible: bool = False

    def __init__(self, compressor: Compressor, text: bytes) -> None:
        self.text = text
        self._compressor = compressor
        self.divisible = not compressor.shares_prefixes
        self.rereads = len(text) if self.divisible else 0

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        given = Corpus.from_documents([self.text])
        return self._compressor.conditional_codelengths(docs, given)[:, 0]

    def byte_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of a document after the text, shape (n_bytes,).

        Raises
        ------
        NotImplementedError
            If the compressor codes several bytes at once, such as a match of gzip or a token of a
            language model.
        """
        raise NotImplementedError("This compressor codes several bytes at once.")

    def copy(self) -> Primed:
        """Return an object that another thread can use without waiting; by default itself."""
        return self
