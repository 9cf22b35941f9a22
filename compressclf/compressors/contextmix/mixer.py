"""`ContextMixer`: a context-mixing model that can be primed and scores documents."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.jit import writable
from compressclf.coding import rangecoder
from compressclf.compressors.bytelm.reader import Reader
from compressclf.compressors.contextmix.kernel import (
    DECODE,
    ENCODE,
    SCORE,
    code_and_undo,
    code_bytes,
)
from compressclf.compressors.contextmix.rollback import (
    JOURNAL_BYTES,
    Small,
    grown,
    new_journal,
    undo,
)
from compressclf.compressors.contextmix.tables import POSITION, copied, new_tables
from compressclf.compressors.primed import Primed
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors.bytelm.model import ByteModel

__all__ = ["ContextMixer"]

_CHUNK = 1 << 16
_MOST_CODE_BYTES = 16  # per byte: eight decisions of at most 16 bits
_NO_CODER = np.zeros(3, np.uint64)
_NO_STREAM = np.zeros(0, np.uint8)


class ContextMixer(Primed):
    """An adaptive model of bytes.

    Scoring changes the model and undoes every change. So threads that use the same mixer wait for
    one another. The kernels release the interpreter lock, so that several mixers run in parallel.

    Parameters
    ----------
    memory : int, default=16
        MiB of bit histories, 1 to 4096, rounded down to a power of two. The other tables take about
        half as much in addition. Memory is used only when it is written to.
    model : ByteModel or None, default=None
        A byte language model, whose prediction of each bit is mixed with the others.

    Examples
    --------
    >>> mixer = ContextMixer(memory=1)
    >>> docs = Corpus.from_documents(["to be or not to be", "0123456789"])
    >>> before = mixer.bits(docs)
    >>> mixer.prime(b"to be, or not to be, that is the question")
    >>> (mixer.bits(docs) < before).tolist()
    [True, False]
    """

    def __init__(self, memory: int = 16, model: ByteModel | None = None) -> None:
        check_int("ContextMixer", "memory", memory, 1, 4096)
        self.memory = memory
        self._tables = new_tables(memory, opinion=model is not None)
        self._reader = None if model is None else Reader(model)
        self._begin()

    def _begin(self) -> None:
        self._journal = new_journal(0)
        # Held while coding, and from the beginning to the end of `after`.
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:  # not while another thread scores
            reader = self._reader.copy() if self._reader else None
            return {"memory": self.memory, "_tables": copied(self._tables), "_reader": reader}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    @property
    def n_bytes(self) -> int:
        """Number of bytes that the model has learned."""
        return int(self._tables.registers[POSITION])

    def prime(self, data: bytes | Corpus) -> None:
        """Learn `data`; the documents of a corpus are read as one text."""
        with self._lock:
            if isinstance(data, Corpus):
                self._code(data.buffer[data.offsets[0] : data.offsets[-1]])
            else:
                self._code(np.frombuffer(data, np.uint8))

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the learned bytes.

        Returns
        -------
        ndarray of float64, shape (n_docs,)
            Multiples of 2**-20, so that their sums and differences are exact.
        """
        bits = np.empty(len(docs), np.float64)
        with self._lock:
            small = Small.copy_of(self._tables)
            for i, (start, stop) in enumerate(itertools.pairwise(docs.offsets.tolist())):
                bits[i] = self._score(docs.buffer[start:stop], small)
        return bits

    def byte_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte of `doc`, shape (n_bytes,); their sum is its bits."""
        costs = np.empty(len(doc), np.float64)
        with self._lock:
            self._score(np.frombuffer(doc, np.uint8), Small.copy_of(self._tables), costs)
        return costs

    @contextmanager
    def after(self, data: bytes) -> Iterator[float]:
        """Learn `data` for the duration of a ``with`` block, whose value is the bits of `data`.

        Examples
        --------
        >>> mixer = ContextMixer(memory=1)
        >>> with mixer.after(b"to be, ") as bits:
        ...     both = bits + mixer.bits(Corpus.from_documents(["or not to be"]))
        >>> bool(both == mixer.bits(Corpus.from_documents(["to be, or not to be"])))
        True
        """
        with self._lock, self._reversible(len(data)) as keep:
            yield self._code(np.frombuffer(data, np.uint8), keep=keep)

    def copy(self) -> ContextMixer:
        """Return an independent copy."""
        twin = object.__new__(ContextMixer)
        twin.__setstate__(self.__getstate__())
        return twin

    def encode(self, data: bytes, *, progress: Callable[[int], None] | None = None) -> bytes:
        """Learn `data` and return its code, which does not include its length.

        `progress` is called with the number of bytes done so far.
        """
        source = np.frombuffer(data, np.uint8)
        coder, stream = rangecoder.encoder(), np.zeros(_CHUNK, np.uint8)
        with self._lock:
            for start in range(0, source.size, _CHUNK):
                chunk = source[start : start + _CHUNK]
                stream = rangecoder.with_room(stream, coder, _MOST_CODE_BYTES * chunk.size)
                self._code(chunk, mode=ENCODE, coder=coder, stream=stream)
                if progress is not None:
                    progress(start + chunk.size)
        stream = rangecoder.with_room(stream, coder, 0)
        return stream[: rangecoder.finish(coder, stream)].tobytes()

    def decode(
        self, code: bytes, n_bytes: int, *, progress: Callable[[int], None] | None = None
    ) -> bytes:
        """Learn and return the `n_bytes` bytes whose code is `code`.

        Raises
        ------
        ValueError
            If the code is too short or too long. Other damage gives wrong bytes, which only a
            checksum finds.
        """
        stream = np.frombuffer(code, np.uint8).copy()
        coder = rangecoder.decoder(stream)
        text = bytearray()
        with self._lock:
            while len(text) < n_bytes:
                size = min(_CHUNK, n_bytes - len(text))
                self._code(np.zeros(size, np.uint8), mode=DECODE, coder=coder, stream=stream)
                text += self._tables.text[self.n_bytes - size : self.n_bytes].tobytes()
                if coder[rangecoder.POSITION] > stream.size + rangecoder.MARGIN:
                    raise ValueError("The code ends before the data does.")
                if progress is not None:
                    progress(len(text))
        rangecoder.check_end(coder, stream.size)
        return bytes(text)

    def _score(
        self,
        data: NDArray[np.uint8],
        small: Small,
        costs: NDArray[np.float64] | None = None,
    ) -> float:
        """Return the bits of `data` without learning it.

        One kernel codes and undoes, so that no interrupt can separate the two.
        """
        if data.size > self._journal_limit:
            return self.copy()._code(data, costs=costs)
        self._make_room(data.size)
        self._journal = grown(self._journal, data.size)
        if costs is None:
            costs = np.empty(data.size, np.float64)
        data = np.require(data, requirements="W")
        opinion = self._reader.copy().ahead(data) if self._reader else None
        return float(
            code_and_undo(  # type: ignore[no-untyped-call]
                self._tables, self._journal, small, data, _NO_CODER, _NO_STREAM, costs, opinion
            )
        )

    def _code(
        self,
        data: NDArray[np.uint8],
        *,
        keep: bool = False,
        costs: NDArray[np.float64] | None = None,
        mode: int = SCORE,
        coder: NDArray[np.uint64] = _NO_CODER,
        stream: NDArray[np.uint8] = _NO_STREAM,
    ) -> float:
        self._make_room(data.size)
        if costs is None:
            costs = np.empty(data.size, np.float64)
        data = np.require(data, requirements="W")  # one numba signature
        reader, opinion, bits = self._reader, None, 0.0
        # The reader needs a decoded byte before it can predict the next.
        step = 1 if reader is not None and mode == DECODE else max(1, data.size)
        for start in range(0, data.size, step):
            if reader is not None:
                opinion = reader.tree() if mode == DECODE else reader.ahead(data)
            bits += code_bytes(  # type: ignore[no-untyped-call]
                self._tables, self._journal, keep, mode, data, start, start + step, coder, stream,
                costs, opinion,
            )  # fmt: skip
            if reader is not None and mode == DECODE:
                reader.take(int(self._tables.text[self.n_bytes - 1]))
        return bits

    def _make_room(self, n_bytes: int) -> None:
        """Make the tables writable, and enlarge the text for `n_bytes` more."""
        self._tables = writable(self._tables)
        needed = self.n_bytes + n_bytes
        text = self._tables.text
        if needed > text.size:
            longer = np.zeros(max(needed, 2 * text.size), np.uint8)
            longer[: self.n_bytes] = text[: self.n_bytes]
            self._tables = self._tables._replace(text=longer)

    @property
    def _journal_limit(self) -> int:
        """Number of bytes up to which a journal is smaller than a copy of the large tables."""
        large = self._tables.slots.nbytes + self._tables.refinements.nbytes
        return large // JOURNAL_BYTES

    @contextmanager
    def _reversible(self, n_bytes: int) -> Iterator[bool]:
        """Undo all changes after the block; its value is whether to keep the journal."""
        self._make_room(n_bytes)
        reader = self._reader and self._reader.copy()
        if n_bytes > self._journal_limit:
            saved = copied(self._tables)
            try:
                yield False
            finally:
                self._tables, self._reader = saved, reader
            return
        self._journal = grown(self._journal, n_bytes)
        slots_kept, cells_kept = self._journal.used.tolist()
        small = Small.copy_of(self._tables)
        try:
            yield True
        finally:
            undo(self._tables, self._journal, small, slots_kept, cells_kept)  # type: ignore[no-untyped-call]
            self._reader = reader
