"""A compressor that has read a text, and the bits of documents after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Primed"]


class Primed(ABC):
    """A compressor after it has read a text; the bits of a document depend on nothing else.

    Several threads may use an object at once, and it can be pickled.

    Attributes
    ----------
    rereads : int
        Bytes that are coded again for each document, in addition to the document.
    divisible : bool
        Whether many small calls take about as long as one large call.
    """

    rereads: int = 0
    divisible: bool = False

    @abstractmethod
    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""

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
