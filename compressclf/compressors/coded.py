"""The contract of a compressor that is a model and a coder, which writes files of its own."""

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
            The document.
        progress : callable, optional
            Called with the bytes done so far.
        """

    @abstractmethod
    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Memory grows with what is decoded, not with what `n_bytes` promises.

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
            If `code` cannot be one of `n_bytes` bytes. That a damaged code decodes to other bytes
            is for the checksum of the file to find.
        """

    def compress(self, data: bytes) -> bytes:
        """Return a file: header, checksums and code.

        If the bits depend on the runtime, the code is decoded again and compared first.

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
        """Return what `compress` was given.

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
