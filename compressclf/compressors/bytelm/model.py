"""Bits of documents by the integer model, alone and after others, and their codes.

The state after a text is one small vector per layer and the last token (`Prefixes`). It is computed
once for each given text and shared by all documents that follow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.coding import rangecoder
from compressclf.compressors.bytelm import kernels, tables
from compressclf.compressors.bytelm.weights import SYMBOLS, Weights
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors.coded import Progress

__all__ = ["PLACES", "ByteModel", "Prefixes", "arrays_of"]

_BOS = SYMBOLS
_CHUNK = 4096  # bytes coded between two reports of progress
_MOST_CODE_BYTES = 3  # for one byte, which costs at most 20 bits
_MOST_BYTES_PER_CODE_BYTE = 22_803  # the cheapest byte costs −log2(1 − 255·16 / 2**24) bits
_TOGETHER = 64 * kernels.BLOCK  # number of sequences whose states are in memory
PLACES = 20  # binary places of the kernels' bits


@dataclass(frozen=True)
class Prefixes:
    """The states of the model after several texts.

    Attributes
    ----------
    state : ndarray of int16, shape (n, layers, hidden)
        States after all tokens but the last.
    last : ndarray of int64, shape (n,)
        The last token: a byte, or 256 if there is none yet.
    """

    state: NDArray[np.int16]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.last)


class ByteModel:
    """A byte language model in integers.

    Parameters
    ----------
    weights : Weights
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.arrays = arrays_of(weights)
        self._shape = (weights.layers, weights.hidden)

    def __reduce__(self) -> tuple[type[ByteModel], tuple[Weights]]:
        return type(self), (self.weights,)  # the kernels' arrays are made again from them

    def start(self, n: int = 1) -> Prefixes:
        """Return `n` copies of the initial state."""
        return Prefixes(np.zeros((n, *self._shape), np.int16), np.full(n, _BOS, np.int64))

    def bits(self, docs: Corpus, prefixes: Prefixes | None = None) -> NDArray[np.float64]:
        """Return the bits of each document after each prefix, shape (n_prefixes, n_docs).

        Without prefixes, the shape is (n_docs,). All bits are multiples of 2**-20, so their sums
        and differences are exact.
        """
        if prefixes is None:
            bits: NDArray[np.float64] = self.bits(docs, self.start())[0]
            return bits
        units = np.zeros((len(prefixes), len(docs)), np.int64)
        order = np.argsort(-docs.lengths, kind="stable")
        pairs = units.size
        for at in range(0, pairs, _TOGETHER):
            which = np.arange(at, min(at + _TOGETHER, pairs))
            doc, prefix = order[which // len(prefixes)], which % len(prefixes)
            state, some = prefixes.state[prefix], np.zeros(which.size, np.int64)
            begins, ends = docs.offsets[doc], docs.offsets[doc + 1]
            kernels.follow(
                self.arrays, _writable(docs.buffer), begins, ends, prefixes.last[prefix],
                state, some, np.zeros(0, np.int64),
            )  # fmt: skip
            units[prefix, doc] = some
        return np.ldexp(units.astype(np.float64), -PLACES)

    def after(
        self, docs: Corpus, prefixes: Prefixes | None = None
    ) -> tuple[Prefixes, NDArray[np.float64]]:
        """Return the states after each document, and the bits of the documents.

        With prefixes, document ``i`` follows prefix ``i``.
        """
        before = self.start(len(docs)) if prefixes is None else prefixes
        units = np.zeros(len(docs), np.int64)
        order = np.argsort(-docs.lengths, kind="stable")
        begins, ends = docs.offsets[:-1], docs.offsets[1:]
        state, some = before.state[order], units[order]
        kernels.follow(
            self.arrays, _writable(docs.buffer), begins[order], ends[order], before.last[order],
            state, some, np.zeros(0, np.int64),
        )  # fmt: skip
        units[order] = some
        ordered = np.empty_like(state)
        ordered[order] = state
        last = before.last.copy()
        full = ends > begins
        last[full] = docs.buffer[ends[full] - 1]
        return Prefixes(ordered, last), np.ldexp(units.astype(np.float64), -PLACES)

    def bits_per_byte_positions(
        self, doc: bytes, prefix: Prefixes | None = None
    ) -> NDArray[np.float64]:
        """Return the bits of each byte of `doc`, shape (n_bytes,); their sum is its bits.

        If `prefix` is given, it must be a single one, and `doc` follows it.
        """
        costs = np.zeros(len(doc), np.int64)
        before = self.start() if prefix is None else prefix
        kernels.follow(
            self.arrays, _writable(np.frombuffer(doc, np.uint8)), np.array([0]),
            np.array([len(doc)]), before.last, before.state.copy(), np.zeros(1, np.int64), costs,
        )  # fmt: skip
        return np.ldexp(costs.astype(np.float64), -PLACES)

    def encode(self, data: bytes, *, progress: Progress | None = None) -> bytes:
        """Return the code of `data`, which does not contain the length."""
        source, token = np.frombuffer(data, np.uint8).copy(), _BOS
        state, coder = self.start().state, rangecoder.encoder()
        stream = np.zeros(_CHUNK, np.uint8)
        for start in range(0, source.size, _CHUNK):
            stop = min(start + _CHUNK, source.size)
            stream = rangecoder.with_room(stream, coder, _MOST_CODE_BYTES * (stop - start))
            kernels.encode_bytes(
                self.arrays, source, token, state, coder, stream, start, stop
            )  # fmt: skip
            token = int(source[stop - 1])
            if progress is not None:
                progress(stop)
        stream = rangecoder.with_room(stream, coder, 0)
        return stream[: rangecoder.finish(coder, stream)].tobytes()

    def decode(self, code: bytes, n_bytes: int, *, progress: Progress | None = None) -> bytes:
        """Return the `n_bytes` bytes whose code is `code`.

        Raises
        ------
        ValueError
            If `code` cannot be a code of `n_bytes` bytes.
        """
        if n_bytes > _MOST_BYTES_PER_CODE_BYTE * (len(code) + 1):
            raise ValueError("The code is too short for this many bytes.")
        stream = np.frombuffer(code, np.uint8).copy()
        state, coder, token = self.start().state, rangecoder.decoder(stream), _BOS
        decoded, chunk = bytearray(), np.zeros(_CHUNK, np.uint8)
        while len(decoded) < n_bytes:
            size = min(_CHUNK, n_bytes - len(decoded))
            kernels.decode_bytes(self.arrays, chunk, token, state, coder, stream, 0, size)
            if coder[rangecoder.POSITION] > stream.size + rangecoder.MARGIN:
                raise ValueError("The code ends before the data does.")
            token = int(chunk[size - 1])
            decoded += chunk[:size].tobytes()
            if progress is not None:
                progress(len(decoded))
        rangecoder.check_end(coder, stream.size)
        return bytes(decoded)


def arrays_of(weights: Weights) -> Any:
    """Return the arrays for the kernels: contiguous and writable, so numba compiles only once.

    Returns
    -------
    tuple
        The input table; matrices, scales and biases of feeds, recurrents and head, stacked over the
        layers; the tables of functions.
    """
    tensors, layers = weights.tensors, weights.layers
    gates, hidden = 3 * weights.hidden, weights.hidden
    feeds = [_stacked(tensors, name, range(1, layers)) for name in _parts("feed")]
    if layers == 1:
        feeds = [
            np.zeros((0, gates, hidden), np.int8),
            np.zeros((0, gates), np.int32),
            np.zeros((0, gates), np.int32),
        ]
    return (
        np.array(tensors["input"], np.int16),
        tuple(feeds),
        tuple(_stacked(tensors, name, range(layers)) for name in _parts("recurrent")),
        tuple(np.array(tensors[name])[np.newaxis] for name in _parts("head")),
        (tables.logistic().copy(), tables.halves().copy(), tables.binary_logarithm().copy()),
    )


def _parts(name: str) -> tuple[str, str, str]:
    return name, f"{name}_scale", f"{name}_bias"


def _stacked(tensors: Any, name: str, layers: range) -> NDArray[Any]:
    arrays = [tensors[f"{name}.{layer}"] for layer in layers]
    return np.stack(arrays) if arrays else np.zeros(0)


def _writable(buffer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a writable buffer, since the kernels are compiled for these only."""
    return buffer if buffer.flags.writeable else buffer.copy()
