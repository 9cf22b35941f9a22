"""The byte language model as a compressor."""

from __future__ import annotations

import functools
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._foreign import check_place
from compressclf._progress import mention_compiling
from compressclf.compressors.coded import ModelCompressor, Progress
from compressclf.compressors.neural.bytelm.model import ByteModel, Prefixes
from compressclf.compressors.neural.bytelm.weights import MOST_BYTES, Weights
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BUNDLED", "ByteLM", "compile_bytelm"]

BUNDLED = Path(__file__).parent / "bundled" / "weights.safetensors"
_REMEDY = "the 'weights' parameter of bytelm must be a file that compressclf train-lm wrote."


@dataclass(frozen=True)
class ByteLM(ModelCompressor):
    """A small language model over bytes, whose weights are bundled.

    It consists of gated recurrent units, trained in floating point and rounded to integers, so that
    codelengths and codes are the same on every machine (see ``docs/neural.md``). Codelengths are
    multiples of 2**-20 bits, and the code is at most 8 bits longer. A byte costs at most 20 bits.

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

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of separator·doc after each given document, shape (n_docs, n_given).

        By the chain rule this is exactly C(y·separator·x) − C(y); the state after y is computed
        once.
        """
        model = self.model()
        after, more = _separated(model, model.after(given)[0], separator)
        return (model.bits(docs, after) + more[:, np.newaxis]).T

    def byte_codelengths(self, doc: bytes, given: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of a document after `given`, shape (n_bytes,)."""
        model = self.model()
        after = model.after(Corpus.from_documents([given]))[0]
        return model.bits_per_byte_positions(doc, after)

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
        from compressclf.compressors.neural.bytelm.network import random_parameters
        from compressclf.compressors.neural.bytelm.quantise import quantise

        model = ByteModel(quantise(random_parameters(32, 1)))
        model.decode(model.encode(b"a"), 1)
        model.bits(Corpus.from_documents([b"a"]))
