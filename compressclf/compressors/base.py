"""The contract of a compressor: how many bits documents take, alone and after one another.

All codelengths are **bits**, float64. A compressor runs in the calling thread, keeps no state
between calls and may be called from several threads at once; who wants threads splits the work
(`compressclf.distances.tiles`) and calls it on the parts.

The least a new compressor needs is one method:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class RunLength(ByteCompressor):
...     name = "run-length"
...     version = "1"
...     def compress(self, data: bytes) -> bytes:
...         from itertools import groupby
...         runs = ((byte, len(list(run))) for byte, run in groupby(data))
...         return bytes(value for byte, n in runs for value in (n % 256, byte))
>>> RunLength().codelength(b"aaaabbb")
32.0
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._foreign import NotFromFileError
from compressclf._progress import track
from compressclf._registry import format_spec
from compressclf.coding import container
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ByteCompressor", "Compressor", "ModelCompressor", "check_int"]

Progress = Callable[[int], None]


class Compressor(ABC):
    """Codelengths of documents.

    Subclasses are frozen dataclasses: their fields are the parameters of the spec, and
    ``__post_init__`` refuses bad values.

    Attributes
    ----------
    name : str
        Name in a spec.
    version : str
        The library that does the work and its version: codelengths change with it.
    lossless : bool
        Whether `decompress` restores what `compress` was given.
    deterministic : bool
        Whether equal input always has equal codelength.
    window : int or None
        How many bytes back a repetition can be found; None is unlimited.
    engine : str
        How codelengths are computed when not by running the library; else empty.
    runs_unasked : bool
        Whether commands that try every compressor try this one: not if it takes minutes, needs a
        parameter, or is made for images.
    """

    name: str
    version: str
    lossless: bool = True
    deterministic: bool = True
    window: int | None = None
    engine: str = ""
    runs_unasked: bool = True

    @abstractmethod
    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""

    @abstractmethod
    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""

    def conditional_codelengths(
        self, docs: Corpus, given: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of each document after each given one, shape (n_docs, n_given).

        C(x|y) = C(y·separator·x) − C(y), which for a real compressor may be off by its rounding
        to bytes.
        """
        joint = self.joint_codelengths(given, docs, separator=separator)
        return joint.T - self.codelengths(given)

    def prepare(self, docs: Corpus) -> Corpus:
        """Return `docs` with what can be computed once for many joint codelengths.

        The result equals `docs` and can be sliced; `joint_codelengths` takes it as `docs`.
        """
        return docs

    def check_from_file(self) -> None:  # noqa: B027 (most have nothing to refuse)
        """Refuse what a file may not ask for; called if a saved model or a .cclf names this.

        Override it in a compressor whose parameters choose a device, a path, an amount of memory or
        the network (`compressclf._foreign` has the sentences).
        """

    def codelength(self, data: bytes) -> float:
        """Return the bits of one document."""
        return float(self.codelengths(Corpus.from_documents([data]))[0])

    @property
    def overhead_bits(self) -> float:
        """Bits of the empty document: what header and trailer cost."""
        return self.codelength(b"")

    @property
    def spec(self) -> str:
        """The spec that builds this compressor again."""
        parameters = fields(self) if is_dataclass(self) else tuple[Field[object]]()
        return format_spec(self.name, {item.name: getattr(self, item.name) for item in parameters})


class ByteCompressor(Compressor):
    """A compressor that turns bytes into fewer bytes; write `compress`, the rest follows."""

    lossless = False  # until a subclass brings `decompress`

    @abstractmethod
    def compress(self, data: bytes) -> bytes:
        """Return the compressed form of `data`."""

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given."""
        raise NotImplementedError(f"{self.name} cannot decompress.")

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return what `compress` was given, or at least its first `n_bytes` + 1 bytes.

        Override it if the library decodes in parts: a code of a few bytes may stand for gigabytes.
        """
        return self.decompress(data)

    def compressed_size(self, data: bytes) -> int:
        """Return the length of ``compress(data)`` in bytes."""
        return len(self.compress(data))

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,)."""
        sizes = np.fromiter((self.compressed_size(doc) for doc in docs), np.float64, len(docs))
        return 8.0 * sizes

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs)."""
        sizes = np.empty((len(prefixes), len(docs)), dtype=np.float64)
        texts = list(docs)
        for row, prefix in zip(sizes, prefixes, strict=True):
            start = prefix + separator
            row[:] = [self.compressed_size(start + text) for text in texts]
        return 8.0 * sizes


class ModelCompressor(Compressor):
    """A model of the next symbol, and a coder that turns its probabilities into bytes.

    A subclass brings the codelengths of the contract, `encode` and `decode`, which must agree with
    them to 0.1 % and 16 bits, and says what its bits depend on. Files follow.
    """

    lossless = True
    unasked_bytes: int = 1 << 20
    """Bytes that a file without a compressor given may hold, whatever the size of its code."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights in hexadecimal digits; empty if the model is nothing but code."""
        return ""

    @property
    def runtime(self) -> str:
        """What the bits depend on besides the weights; empty if they are the same everywhere.

        A short text: libraries and their versions, device, number type, threads. It goes into the
        header of every file.
        """
        return ""

    @property
    def downloads(self) -> bool:
        """Whether using it may fetch weights over a network, which a file must not bring about."""
        return False

    def check_from_file(self) -> None:
        """Refuse a model that may be downloaded."""
        if self.downloads:
            raise NotFromFileError(
                f"{self.spec!r:.200}, which may be downloaded, and no file decides that"
            )

    @abstractmethod
    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data` alone: no header, no length, no checksum.

        Parameters
        ----------
        data : bytes
        progress : callable, optional
            Called with the bytes done so far.
        """

    @abstractmethod
    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Memory grows with what is decoded, not with what `n_bytes` promises.

        Raises
        ------
        ValueError
            If `code` cannot be one of `n_bytes` bytes. That a damaged code decodes to other bytes
            is for the checksum of the file to find.
        """

    def compress(self, data: bytes) -> bytes:
        """Return a file: header, checksums and code.

        If the bits depend on the runtime, the code is decoded again and compared first.

        Raises
        ------
        ValueError
            If the model cannot decode what it wrote.
        """
        with _tracked(len(data)) as progress:
            code = self.encode(data, progress=progress)
        if self.runtime:
            self._verify(code, data)
        return container.pack(code, data, **self._identity())

    def decompress(self, data: bytes) -> bytes:
        """Return what `compress` was given.

        Raises
        ------
        ValueError
            If the file is cut short, damaged, no such file, or was written by another model, in
            another runtime or by a newer version.
        """
        header, code = container.unpack(data)
        header.check_codec(**self._identity())
        try:
            with _tracked(header.n_bytes) as progress:
                text = self.decode(code, header.n_bytes, progress=progress)
        except ValueError as error:
            raise ValueError(
                f"The file is damaged and cannot be decoded ({str(error).rstrip('.')}); copy or "
                f"download it again."
            ) from None
        header.check_data(text, code)
        return text

    def _identity(self) -> dict[str, str]:
        return {
            "spec": self.spec,
            "version": self.version,
            "runtime": self.runtime,
            "digest": self.digest,
        }

    def _verify(self, code: bytes, data: bytes) -> None:
        try:
            with _tracked(len(data)) as progress:
                same = self.decode(code, len(data), progress=progress) == data
        except ValueError:
            same = False
        if not same:
            raise ValueError(
                f"{self.spec} cannot decode what it wrote, so nothing is written: its numbers "
                f"change from run to run here ({self.runtime}); use the CPU and one thread, or "
                f"another compressor."
            )


@contextmanager
def _tracked(n_bytes: int) -> Iterator[Progress]:
    """Report work of `n_bytes` bytes to who listens; the value takes the bytes done so far."""
    with track(total=n_bytes) as advance:
        done = 0

        def progress(so_far: int) -> None:
            nonlocal done
            advance(so_far - done)
            done = so_far

        yield progress


def check_int(owner: str, name: str, value: object, low: int, high: int) -> None:
    """Refuse a parameter that is no int in [low, high].

    Examples
    --------
    >>> check_int("zstd", "level", 99, 1, 22)
    Traceback (most recent call last):
    ...
    ValueError: The 'level' parameter of zstd must be an int in [1, 22]. Got 99 instead.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(
            f"The {name!r} parameter of {owner} must be an int in [{low}, {high}]. "
            f"Got {value!r} instead."
        )
