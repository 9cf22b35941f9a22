"""The byte language model as a compressor."""

from __future__ import annotations

import functools
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.foreign import check_place
from compressclf._lib.progress import mention_compiling
from compressclf.compressors.bytelm.model import ByteModel, Prefixes
from compressclf.compressors.bytelm.weights import MOST_BYTES, Weights
from compressclf.compressors.coded import ModelCompressor, Progress
from compressclf.compressors.primed import Primed
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BUNDLED", "ByteLM", "compile_bytelm", "untrained_model"]

BUNDLED = Path(__file__).parent / "bundled" / "weights.safetensors"
_REMEDY = "the 'weights' parameter of bytelm must be a file that compressclf train-lm wrote."


@dataclass(frozen=True)
class ByteLM(ModelCompressor):
    """A small language model over bytes, whose weights are bundled.

    It consists of gated recurrent units, trained in floating point and rounded to integers, so that
    codelengths and codes are the same on every machine (``docs/evidence/neural.md``). Codelengths
    are multiples of 2**-20 bits, and the code is at most 8 bits longer. A byte costs at most 20
    bits.

    Parameters
    ----------
    weights : str, default=""
        A file that ``compressclf train-lm`` wrote; empty for the bundled one, whose card is
        ``bundled/README.md`` beside this file.

    Examples
    --------
    >>> model = ByteLM()
    >>> text = b"The president of the company said on Monday that"
    >>> model.decode(model.encode(text), len(text)) == text
    True
    >>> bool(model.codelength(text) < 3 * len(text))
    True
    """

    weights: str = ""

    name = "bytelm"
    version = "1"
    engine = "own model"
    shares_prefixes = True

    def __post_init__(self) -> None:
        if not isinstance(self.weights, str):
            raise ValueError(
                f"The 'weights' parameter of bytelm must be the path of a file that compressclf "
                f"train-lm wrote, or empty. Got {self.weights!r} instead."
            )

    def check_from_file(self) -> None:
        """Refuse weights outside the folders that a file may name."""
        if self.weights:
            check_place(self.spec, self.weights)

    @property
    def spec(self) -> str:
        """The spec that builds this compressor again."""
        return f"{self.name}:weights={self.weights}" if self.weights else self.name

    @property
    def digest(self) -> str:
        """SHA-256 of the file of weights."""
        return self._load()[1]

    @property
    def model_bytes(self) -> int:
        """Size in bytes of the file of weights, which a decoder needs too."""
        return _place(self.weights).stat().st_size

    def model(self) -> ByteModel:
        """Return the loaded model."""
        compile_bytelm()
        return self._load()[0]

    def _load(self) -> tuple[ByteModel, str]:
        path = _place(self.weights)
        try:
            facts = path.stat()
        except OSError as error:
            raise ValueError(
                f"{path}: there is no such file ({error.strerror}); {_REMEDY}"
            ) from None
        if not stat.S_ISREG(facts.st_mode):  # a pipe or a device may never end
            raise ValueError(f"{path} is not a regular file; {_REMEDY}")
        if facts.st_size > MOST_BYTES:
            raise ValueError(
                f"{path} has {facts.st_size:,} bytes, but the largest byte model has "
                f"{MOST_BYTES:,}; {_REMEDY}"
            )
        return _loaded(path, facts.st_mtime_ns, facts.st_size)

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        return self.model().bits(docs)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        model = self.model()
        after, bits = model.after(prefixes)
        after, more = _separated(model, after, separator)
        return model.bits(docs, after) + (bits + more)[:, np.newaxis]

    def primed(self, text: bytes) -> Primed:
        """Return the state after a text, which is computed once for all documents."""
        return _PrimedByteLM(self, self.model().after(Corpus.from_documents([text]))[0])

    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data`, at most 8 bits longer than its codelength."""
        return self.model().encode(data, progress=progress)

    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Raises
        ------
        ValueError
            If `code` cannot be a code of `n_bytes` bytes.
        """
        return self.model().decode(code, n_bytes, progress=progress)


class _PrimedByteLM(Primed):
    """A byte model that has read a text: a small vector for each layer."""

    def __init__(self, compressor: ByteLM, after: Prefixes) -> None:
        self._bytelm = compressor
        self._after = after

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        bits: NDArray[np.float64] = self._bytelm.model().bits(docs, self._after)[0]
        return bits

    def byte_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of a document after the text, shape (n_bytes,)."""
        return self._bytelm.model().bits_per_byte_positions(doc, self._after)


def _separated(
    model: ByteModel, prefixes: Prefixes, separator: bytes
) -> tuple[Prefixes, NDArray[np.float64]]:
    """Return the states after prefix and separator, and the bits of the separator."""
    if not separator:
        return prefixes, np.zeros(len(prefixes))
    return model.after(Corpus.from_documents([separator] * len(prefixes)), prefixes)


def _place(weights: str) -> Path:
    return Path(weights) if weights else BUNDLED


@functools.lru_cache(maxsize=4)
def _loaded(path: Path, changed: int, size: int) -> tuple[ByteModel, str]:
    """Read a model, again only if its file has changed."""
    with open(path, "rb") as file:
        weights, digest = Weights.from_bytes(file.read(size), name=str(path))
    return ByteModel(weights), digest


@functools.cache
def compile_bytelm() -> None:
    """Compile the kernels once, and log it if they are not in the cache."""
    with mention_compiling("Compiling the byte model, once for this installation: some seconds."):
        model = untrained_model()
        model.decode(model.encode(b"a"), 1)
        model.bits(Corpus.from_documents([b"a"]))


def untrained_model() -> ByteModel:
    """Return the smallest model, which compiles the kernels."""
    from compressclf.compressors.bytelm.training.network import random_parameters
    from compressclf.compressors.bytelm.training.quantise import quantise

    return ByteModel(quantise(random_parameters(32, 1)))
