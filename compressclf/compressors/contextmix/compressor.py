"""The context mixer behind the contract of a compressor, and its stream."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._foreign import check_memory
from compressclf._progress import mention_compiling
from compressclf.compressors.base import check_int
from compressclf.compressors.coded import ModelCompressor, Progress
from compressclf.compressors.contextmix.mixer import ContextMixer
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContextMix", "compile_mixer"]

# A byte costs at least eight times the cheapest decision, -log2(65535/65536) bits.
_MOST_BYTES_PER_CODE_BYTE = 45_426


@dataclass(frozen=True)
class ContextMix(ModelCompressor):
    """Context mixing: every byte after all bytes before it, by many models together.

    Codelengths are fractional: −log2 of the probability that the model gives to the document, in
    multiples of 2**-20 bits. The model is nothing but integer code: what one machine compresses any
    other decompresses. A file of `compress` is a header of about 41 bytes (`coding.container`) and
    the code, which is at most 8 bits longer than the codelength.

    Parameters
    ----------
    memory : int, default=16
        MiB of bit histories, 1 to 4096, rounded down to a power of two; what compresses with one
        value decompresses with the same.

    Examples
    --------
    >>> mixer = ContextMix()
    >>> text = b"to be, or not to be: " * 20
    >>> len(text), len(mixer.compress(text)), mixer.decompress(mixer.compress(text)) == text
    (420, 58, True)
    """

    memory: int = 16

    name = "contextmix"
    version = "1"
    engine = "own model"
    shares_prefixes = True

    def __post_init__(self) -> None:
        check_int(self.name, "memory", self.memory, 1, 4096)

    def check_from_file(self) -> None:
        """Refuse large tables."""
        check_memory(self.spec, self.memory)

    def _model(self) -> ContextMixer:
        compile_mixer()
        return ContextMixer(self.memory)

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        return self._model().bits(docs)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        mixer = self._model()
        joint = np.empty((len(prefixes), len(docs)), np.float64)
        for row, prefix in zip(joint, prefixes, strict=True):
            with mixer.after(prefix + separator) as bits:
                row[:] = bits + mixer.bits(docs)
        return joint

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of separator·doc after each given one, shape (n_docs, n_given).

        By the chain rule this is C(y·separator·x) − C(y), exactly.
        """
        mixer = self._model()
        conditional = np.empty((len(docs), len(given)), np.float64)
        for column, condition in zip(conditional.T, given, strict=True):
            with mixer.after(condition), mixer.after(separator) as bits:
                column[:] = bits + mixer.bits(docs)
        return conditional

    def byte_codelengths(self, doc: bytes, given: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of a document after a given one, shape (n_bytes,)."""
        mixer = self._model()
        with mixer.after(given):
            return mixer.bits_per_byte_positions(doc)

    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data`, at most 8 bits longer than its codelength."""
        return self._model().encode(data, progress=progress)

    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Raises
        ------
        ValueError
            If `code` cannot be one of `n_bytes` bytes.
        """
        if n_bytes > _MOST_BYTES_PER_CODE_BYTE * (len(code) + 1):
            raise ValueError("More bytes than the code can hold.")
        return self._model().decode(code, n_bytes, progress=progress)


@functools.cache
def compile_mixer() -> None:
    """Compile the kernels, once, and say so if they were not in the cache."""
    with mention_compiling(
        "Compiling the context mixer, once for this installation: five seconds."
    ):
        ContextMixer(1).bits(Corpus.from_documents([b"a"]))
