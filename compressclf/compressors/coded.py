"""The base class of compressors made of a model and a coder, which write their own files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from compressclf._lib.foreign import NotFromFileError
from compressclf._lib.progress import track
from compressclf.coding import container
from compressclf.compressors.base import Compressor

__all__ = ["ModelCompressor", "Progress"]

Progress = Callable[[int], None]


class ModelCompressor(Compressor):
    """A model of the next symbol, and a coder that converts its probabilities to bytes.

    A subclass implements the codelengths, and `encode` and `decode`, which must agree with them to
    0.1 % and 16 bits. It says what its bits depend on. Reading and writing files is done here.
    """

    lossless = True
    bytes_by_default: int = 1 << 20
    """Bytes that a file may unpack to, whatever its size, if the caller gives no compressor."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights in hexadecimal digits; empty if the model has no weights."""
        return ""

    @property
    def runtime(self) -> str:
        """What the bits depend on besides the weights; empty if they are the same everywhere.

        A short text that names libraries and their versions, device, number type and threads. It is
        stored in the header of every file.
        """
        return ""

    @property
    def downloads(self) -> bool:
        """Whether its use may download weights, which a file must not cause."""
        return False

    def check_from_file(self) -> None:
        """Refuse a model that may be downloaded."""
        if self.downloads:
            raise NotFromFileError(
                f"{self.spec!r:.200}, which may be downloaded, and a file may not start downloads"
            )

    @abstractmethod
    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data`, without header, length or checksum.

        Parameters
        ----------
        data : bytes
            The document.
        progress : callable, optional
            Called with the bytes done so far.
        """

    @abstractmethod
    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Memory grows with the bytes that are decoded, not with `n_bytes`.

        Parameters
        ----------
        code : bytes
            From `encode`.
        n_bytes : int
            Length of the document.
        progress : callable, optional
            Called with the bytes done so far.

        Returns
        -------
        bytes
            The document.

        Raises
        ------
        ValueError
            If `code` cannot be a code of `n_bytes` bytes. A damaged code may decode to other bytes,
            which the checksum of the file detects.
        """

    def compress(self, data: bytes) -> bytes:
        """Return a file: header, checksums and code.

        If the bits depend on the runtime, the code is first decoded and compared with `data`.

        Parameters
        ----------
        data : bytes
            The document.

        Returns
        -------
        bytes
            Content of the file.

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
        """Return the data of a file that `compress` returned.

        Parameters
        ----------
        data : bytes
            Content of the file.

        Returns
        -------
        bytes
            The document.

        Raises
        ------
        ValueError
            If the file is cut short, damaged or not such a file, or if it was written by another
            model, in another runtime or by a newer version.
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
                f"{self.spec} cannot decode its own code, so nothing is written: its numbers "
                f"change from run to run here ({self.runtime}); use the CPU and one thread, or "
                f"another compressor."
            )


@contextmanager
def _tracked(n_bytes: int) -> Iterator[Progress]:
    """Report work of `n_bytes` bytes; the yielded function takes the bytes done so far."""
    with track(total=n_bytes) as advance:
        done = 0

        def progress(so_far: int) -> None:
            nonlocal done
            advance(so_far - done)
            done = so_far

        yield progress
