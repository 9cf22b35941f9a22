"""`ContextMix`: the context mixer as a compressor."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.foreign import check_memory
from compressclf._lib.progress import mention_compiling
from compressclf._lib.registry import format_spec
from compressclf.compressors import build_compressor
from compressclf.compressors.base import Compressor
from compressclf.compressors.bytelm.compressor import ByteLM, untrained_model
from compressclf.compressors.coded import ModelCompressor, Progress
from compressclf.compressors.contextmix.memory import check_together, sizes_for
from compressclf.compressors.contextmix.mixer import ContextMixer
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContextMix", "compile_mixer"]

# A byte costs at least eight times the cheapest decision, -log2(65535/65536) bits.
_MOST_BYTES_PER_CODE_BYTE = 45_426
USUAL_MEMORY = 16
"""MiB of bit histories with ``memory="auto"`` if no text is read before the documents."""


@dataclass(frozen=True)
class ContextMix(ModelCompressor):
    """Context mixing: every byte is predicted from all bytes before it by many models together.

    Codelengths are fractional: −log2 of the probability that the model gives to the document, in
    multiples of 2**-20 bits. The model uses integers only, so that any machine can decompress what
    another compressed. The output of `compress` is a header of about 41 bytes (`coding.container`)
    and the code, which is at most 8 bits longer than the codelength.

    Parameters
    ----------
    memory : int or "auto", default=16
        MiB of bit histories, 1 to 4096, rounded down to a power of two; decompression needs the
        same value. "auto" is 16. For a text that is read before documents (`primed`) it is 64 bytes
        per byte of text: 1 to 64 MiB per mixer, and at most 1 GiB for all mixers that are kept
        together (`for_texts`).
    model : str, default=""
        A byte language model whose prediction of each bit is mixed with the others: ``bytelm``, or
        ``bytelm:weights=FILE`` with a file that ``compressclf train-lm`` wrote. With the bundled
        weights, short English texts need far fewer bits, and other data about as many; coding takes
        ten times as long, and decoding longer. By default there is none.

    Examples
    --------
    >>> mixer = ContextMix()
    >>> text = b"to be, or not to be: " * 20
    >>> len(text), len(mixer.compress(text)), mixer.decompress(mixer.compress(text)) == text
    (420, 58, True)
    >>> text = b"The president of the company said on Monday that"
    >>> round(mixer.codelength(text)), round(ContextMix(model="bytelm").codelength(text))
    (273, 83)
    """

    memory: int | str = USUAL_MEMORY
    model: str = ""

    name = "contextmix"
    version = "1"
    engine = "own model"
    shares_prefixes = True

    def __post_init__(self) -> None:
        check_int(self.name, "memory", self.memory, 1, 4096, auto=True)
        self._byte_model()

    def check_from_file(self) -> None:
        """Refuse large tables."""
        check_memory(self.spec, self._mebibytes)

    @property
    def _mebibytes(self) -> int:
        return self.memory if isinstance(self.memory, int) else USUAL_MEMORY

    @property
    def spec(self) -> str:
        """The spec that builds this compressor again."""
        parameters = {"memory": self.memory, **({"model": self.model} if self.model else {})}
        return format_spec(self.name, parameters)

    @property
    def digest(self) -> str:
        """SHA-256 of the file of weights; empty without a byte model."""
        bytelm = self._byte_model()
        return bytelm.digest if bytelm else ""

    @property
    def model_bytes(self) -> int:
        """Size in bytes of the file of weights, which a decoder needs too."""
        bytelm = self._byte_model()
        return bytelm.model_bytes if bytelm else 0

    def _byte_model(self) -> ByteLM | None:
        if self.model == "":
            return None
        if not isinstance(self.model, str) or self.model.partition(":")[0] != ByteLM.name:
            raise ValueError(
                f"The 'model' parameter of contextmix must be bytelm, bytelm:weights=FILE or "
                f"empty. Got {self.model!r:.200} instead."
            )
        built = build_compressor(self.model)
        assert isinstance(built, ByteLM)
        return built

    def _model(self) -> ContextMixer:
        bytelm = self._byte_model()
        compile_mixer(opinion=self.model != "")
        return ContextMixer(self._mebibytes, bytelm.model() if bytelm else None)

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

    def primed(self, text: bytes) -> ContextMixer:
        """Return a mixer that has read a text; scoring a document does not change it."""
        (sized,) = self._sized(np.array([len(text)]))
        mixer = sized._model()
        mixer.prime(text)
        return mixer

    def for_texts(self, n_bytes: NDArray[np.int64]) -> list[Compressor]:
        """Return a compressor for each of several texts whose mixers are kept together."""
        sized = self._sized(n_bytes)
        check_together([each._mebibytes for each in sized])
        compile_mixer(opinion=self.model != "")  # once, before threads begin
        return list[Compressor](sized)

    def _sized(self, n_bytes: NDArray[np.int64]) -> list[ContextMix]:
        if self.memory != "auto":
            return [self] * len(n_bytes)
        return [replace(self, memory=size) for size in sizes_for(n_bytes)]

    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data`, at most 8 bits longer than its codelength."""
        return self._model().encode(data, progress=progress)

    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Raises
        ------
        ValueError
            If `code` cannot be the code of `n_bytes` bytes.
        """
        if n_bytes > _MOST_BYTES_PER_CODE_BYTE * (len(code) + 1):
            raise ValueError(f"{len(code):,} bytes of code cannot hold {n_bytes:,} bytes.")
        return self._model().decode(code, n_bytes, progress=progress)


@functools.cache
def compile_mixer(*, opinion: bool = False) -> None:
    """Compile the kernels once, with a notice if they were not in the cache."""
    with mention_compiling(
        "Compiling the context mixer, once for this installation: five seconds."
    ):
        model = untrained_model() if opinion else None
        mixer = ContextMixer(1, model)
        mixer.bits(Corpus.from_documents([b"a"]))
        if opinion:  # the kernel that decodes differs
            ContextMixer(1, model).decode(mixer.encode(b"a"), 1)
