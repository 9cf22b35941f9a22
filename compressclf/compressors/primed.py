"""A compressor that has read a text: how many bits documents take after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from compressclf.documents import Corpus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.compressors.base import Compressor

__all__ = ["Conditional", "JointLessSingle", "Primed"]


class Primed(ABC):
    """A compressor after it has read a text; what a document costs depends on nothing else.

    Several threads may ask one object at once, and it can be pickled.

    Attributes
    ----------
    rereads : int
        Bytes that are coded again for each document, besides the document.
    divisible : bool
        Whether many small calls take no longer than a large one.
    """

    rereads: int = 0
    divisible: bool = False

    @abstractmethod
    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text.

        Parameters
        ----------
        docs : Corpus
            The documents.

        Returns
        -------
        ndarray of float64, shape (n_docs,)
            Bits.
        """

    def byte_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of a document after the text.

        Parameters
        ----------
        doc : bytes
            One document.

        Returns
        -------
        ndarray of float64, shape (n_bytes,)
            Their sum is the document's bits.

        Raises
        ------
        NotImplementedError
            If the compressor codes several bytes at once: neither a match of gzip nor a token of a
            language model says which of its bytes cost what.
        """
        raise NotImplementedError(
            "This compressor codes several bytes at once and does not say what single bytes cost; "
            "contextmix and bytelm do."
        )

    def copy(self) -> Primed:
        """Return an object that another thread can ask without waiting; by default itself."""
        return self


class JointLessSingle(Primed):
    """C(text·document) − C(text): any compressor, which reads the text again.

    Parameters
    ----------
    compressor : Compressor
        What codes.
    text : bytes
        What it has read.
    """

    def __init__(self, compressor: Compressor, text: bytes) -> None:
        self._compressor = compressor
        self._given = Corpus.from_documents([text])
        self._alone = compressor.codelengths(self._given)
        self.divisible = not compressor.shares_prefixes
        self.rereads = len(text) if self.divisible else 0

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        joint = self._compressor.joint_codelengths(self._given, docs)[0]
        bits: NDArray[np.float64] = joint - self._alone
        return bits


class Conditional(Primed):
    """C(document | text) by a compressor that computes it directly, text and all, in each call.

    Parameters
    ----------
    compressor : Compressor
        One with a `conditional_codelengths` of its own.
    text : bytes
        What it has read.
    """

    def __init__(self, compressor: Compressor, text: bytes) -> None:
        self._compressor = compressor
        self._given = Corpus.from_documents([text])

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        return self._compressor.conditional_codelengths(docs, self._given)[:, 0]
