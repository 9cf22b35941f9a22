"""A compressor that has read a text: how many bits documents take after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compressclf.documents import Corpus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.compressors.base import Compressor

__all__ = ["Primed"]


class Primed:
    """A compressor after it has read a text; what a document costs depends on nothing else.

    This one keeps the text and reads it again: any compressor can do that. One that can keep what
    it knows after the text has a subclass, which overrides all that is here but the defaults.
    Several threads may ask one object at once, and it can be pickled.

    Parameters
    ----------
    compressor : Compressor
        What codes.
    text : bytes
        What it has read.

    Attributes
    ----------
    rereads : int
        Bytes that are coded again for each document, besides the document.
    divisible : bool
        Whether many small calls take about as long as a large one.
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
            If the compressor codes several bytes at once: neither a match of gzip nor a token of a
            language model says which of its bytes cost what.
        """
        raise NotImplementedError("This compressor codes several bytes at once.")

    def copy(self) -> Primed:
        """Return an object that another thread can ask without waiting; by default itself."""
        return self
