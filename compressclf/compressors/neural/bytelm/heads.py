"""Several output layers on one byte model: what a document costs by each, for one reading of it.

Nearly all of a model's work is its state, which the output layer has no part in. So documents are
read once, and each output layer looks at the same states. What it gives is to the bit what
`ByteModel` gives with that layer in its place: the products of integers are taken in float32, where
they are exact (`batched.py` says why), and the rest is the same kernels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._jit import read_only
from compressclf.compressors.neural.bytelm import kernels, tables
from compressclf.compressors.neural.bytelm.model import PLACES, ByteModel
from compressclf.compressors.neural.bytelm.weights import SYMBOLS, Weights
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Heads", "Traced", "traced"]

_TOGETHER = 4 * kernels.BLOCK  # documents that are read side by side
_WINDOW = 512  # bytes of each whose states are in memory


class Traced(NamedTuple):
    """What a model is in before some bytes of some documents."""

    docs: NDArray[np.int64]
    """The documents."""
    starts: NDArray[np.int64]
    """The first row of each one."""
    states: NDArray[np.int8]
    """In units of 2**-7, shape (n_bytes, hidden)."""
    symbols: NDArray[np.uint8]
    """The bytes that come then."""


def traced(model: ByteModel, docs: Corpus) -> Iterator[Traced]:
    """Yield the states before all bytes of all documents, each from a cold start.

    A document's bytes come in their order, those of several documents by turns. Memory does not
    grow with the documents.
    """
    buffer = docs.buffer if docs.buffer.flags.writeable else docs.buffer.copy()
    order = np.argsort(-docs.lengths, kind="stable")
    order = order[docs.lengths[order] > 0]
    for at in range(0, order.size, _TOGETHER):
        which = order[at : at + _TOGETHER]
        start = model.start(which.size)
        state, firsts = start.state, start.last
        begins, stops = docs.offsets[which], docs.offsets[which + 1]
        while which.size:
            ends = np.minimum(begins + _WINDOW, stops)
            sizes = ends - begins
            states = np.zeros((int(sizes.sum()), model.weights.hidden), np.int8)
            kernels.trace(model.arrays, buffer, begins, ends, firsts, state, states)
            symbols = np.concatenate(
                [buffer[begin:end] for begin, end in zip(begins, ends, strict=True)]
            )
            yield Traced(which, np.cumsum(sizes) - sizes, states, symbols)
            n = int((ends < stops).sum())  # the longest come first
            which, begins, stops = which[:n], ends[:n], stops[:n]
            state, firsts = state[:n].copy(), buffer[begins - 1].astype(np.int64)


class Heads:
    """A model with several output layers.

    Parameters
    ----------
    model : ByteModel
        Whose states are used.
    heads : sequence of Weights
        Models of which only the output layers are used.
    """

    def __init__(self, model: ByteModel, heads: Sequence[Weights]) -> None:
        self.model = model
        self._heads = [
            (
                np.ascontiguousarray(head.tensors["head"].T, np.float32),
                np.array(head.tensors["head_scale"]),
                np.array(head.tensors["head_bias"]),
            )
            for head in heads
        ]

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document by each output layer, shape (n_docs, n_heads)."""
        units = np.zeros((len(docs), len(self._heads)), np.int64)
        for part in traced(self.model, docs):
            units[part.docs] += np.add.reduceat(self._units(part), part.starts, axis=0)
        return np.ldexp(units.astype(np.float64), -PLACES)

    def bits_per_byte_positions(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte by each output layer, shape (n_bytes, n_heads)."""
        parts = [self._units(part) for part in traced(self.model, Corpus.from_documents([doc]))]
        units = np.concatenate([np.zeros((0, len(self._heads)), np.int64), *parts])
        return np.ldexp(units.astype(np.float64), -PLACES)

    def _units(self, part: Traced) -> NDArray[np.int64]:
        states = part.states.astype(np.float32)
        units = np.zeros((part.symbols.size, len(self._heads)), np.int64)
        costs = np.zeros(part.symbols.size, np.int64)
        halves, logarithm = tables.halves().copy(), tables.binary_logarithm().copy()
        sums = np.empty((part.symbols.size, SYMBOLS), np.float32)
        for column, (matrix, scale, bias) in enumerate(self._heads):
            np.matmul(states, matrix, out=sums)
            kernels.price(sums, *read_only((scale, bias)), part.symbols, halves, logarithm, costs)
            units[:, column] = costs
        return units
