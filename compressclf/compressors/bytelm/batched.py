"""The integer model in torch: the same bits, for a GPU and for many documents at a time.

Matrices are multiplied in float32, which is exact here: the factors are integers of absolute value
at most 127, and a row has at most 1024 of them, so every partial sum is an integer below 2**24,
whatever the order of the additions. (TensorFloat-32 would be exact too: it keeps 11 bits of a
factor and sums in float32. It is switched off during the call nevertheless.) Everything else is
done in int64 tensors, step by step as in `kernels.py`, with equal results to the bit.

It cannot encode or decode: the codec works byte by byte, where a GPU has no advantage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import
from compressclf.compressors.bytelm import tables
from compressclf.compressors.bytelm.kernels import FLOOR, PRECISION
from compressclf.compressors.bytelm.model import Prefixes
from compressclf.compressors.bytelm.weights import SCALE_BITS, STATE_BITS, SYMBOLS, Weights
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BatchedModel"]

_ONE = 1 << STATE_BITS
_LIMIT = (1 << 15) - 1
_END_OF_LOGISTIC = 1 << 14
_UNLIKELY = 30 << 8
_SHARED = (1 << PRECISION) - SYMBOLS * FLOOR
_EXACT = 38


class BatchedModel:
    """A byte language model on a torch device.

    Parameters
    ----------
    weights : Weights
    device : str, default="cpu"
        Name of a torch device.
    batch : int, default=4096
        Number of documents at a time.
    """

    def __init__(self, weights: Weights, device: str = "cpu", *, batch: int = 4096) -> None:
        self.torch = torch = optional_import("torch", extra="neural")
        self.weights, self.device, self.batch = weights, torch.device(device), batch
        self._tensors = {
            name: self._put(array, torch.float32 if array.dtype == np.int8 else torch.int64)
            for name, array in weights.tensors.items()
        }
        self._logistic = self._put(tables.logistic(), torch.int64)
        self._halves = self._put(tables.halves(), torch.int64)
        self._logarithm = self._put(tables.binary_logarithm(), torch.int64)

    def _put(self, array: NDArray[Any], dtype: Any) -> Any:
        return self.torch.from_numpy(array.copy()).to(device=self.device, dtype=dtype)

    def bits(self, docs: Corpus, prefixes: Prefixes | None = None) -> NDArray[np.float64]:
        """Return the bits of each document after each prefix, shape (n_prefixes, n_docs).

        Without prefixes: shape (n_docs,). Equal to `ByteModel.bits`.
        """
        layers, hidden = self.weights.layers, self.weights.hidden
        if prefixes is None:
            empty = np.zeros((1, layers, hidden), np.int16)
            bits: NDArray[np.float64] = self.bits(docs, Prefixes(empty, np.array([SYMBOLS])))[0]
            return bits
        units = np.zeros((len(prefixes), len(docs)), np.int64)
        order = np.argsort(-docs.lengths, kind="stable")
        with _plain_float32(self.torch), self.torch.no_grad():
            for at in range(0, units.size, self.batch):
                which = np.arange(at, min(at + self.batch, units.size))
                doc, prefix = order[which // len(prefixes)], which % len(prefixes)
                units[prefix, doc] = self._follow(docs, doc, prefixes, prefix)
        return np.ldexp(units.astype(np.float64), -20)

    def _follow(
        self, docs: Corpus, doc: NDArray[np.int64], prefixes: Prefixes, prefix: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the cost in 2**-20 bits of documents, the longest first, after prefixes."""
        torch = self.torch
        lengths = docs.lengths[doc]
        symbols = np.zeros((int(lengths.max(initial=0)), doc.size), np.int64)
        for lane, index in enumerate(doc):
            data = np.frombuffer(docs[int(index)], np.uint8)
            symbols[: data.size, lane] = data
        state = self._put(prefixes.state[prefix], torch.int64)
        tokens = self._put(prefixes.last[prefix], torch.int64)
        targets = self._put(symbols, torch.int64)
        units = torch.zeros(doc.size, dtype=torch.int64, device=self.device)
        active = np.searchsorted(-lengths, -np.arange(len(symbols)), side="left")
        for position, n in enumerate(active.tolist()):  # the first n documents have this position
            state = state[:n]
            scores = self._advance(tokens[:n], state)
            tokens = targets[position, :n]
            shares = self._frequencies(scores).gather(1, tokens[:, None])[:, 0]
            units[:n] += self._cost(shares)
        return np.asarray(units.cpu().numpy(), np.int64)

    def _advance(self, tokens: Any, state: Any) -> Any:
        """Read a token in each sequence, update the states and return the scores."""
        weights = self.weights
        for layer in range(weights.layers):
            own = self._product("recurrent", f".{layer}", state[:, layer])
            if layer:
                given = self._product("feed", f".{layer}", state[:, layer - 1])
            else:
                given = self._tensors["input"][tokens]
            state[:, layer] = self._gates(given, own, state[:, layer])
        return self._product("head", "", state[:, weights.layers - 1])

    def _product(self, name: str, suffix: str, state: Any) -> Any:
        rounded = (state + 128 >> 8).clamp(-127, 127).to(self.torch.float32)
        sums = (rounded @ self._tensors[name + suffix].T).to(self.torch.int64)
        scale, bias = self._tensors[f"{name}_scale{suffix}"], self._tensors[f"{name}_bias{suffix}"]
        return (sums * scale + (1 << SCALE_BITS - 1) >> SCALE_BITS) + bias

    def _gates(self, given: Any, own: Any, state: Any) -> Any:
        hidden = self.weights.hidden
        reset = self._sigmoid(given[:, :hidden] + own[:, :hidden])
        keep = self._sigmoid(given[:, hidden : 2 * hidden] + own[:, hidden : 2 * hidden])
        reach = own[:, 2 * hidden :].clamp(-_LIMIT, _LIMIT)
        inner = given[:, 2 * hidden :] + (reset * reach + (_ONE >> 1) >> STATE_BITS)
        new = 2 * self._logistic[inner.abs().clamp(max=_END_OF_LOGISTIC)] - _ONE
        new = self.torch.where(inner < 0, -new, new)
        return (_ONE - keep) * new + keep * state + (_ONE >> 1) >> STATE_BITS

    def _sigmoid(self, x: Any) -> Any:
        value = self._logistic[(x.abs() + 1 >> 1).clamp(max=_END_OF_LOGISTIC)]
        return self.torch.where(x < 0, _ONE - value, value)

    def _frequencies(self, scores: Any) -> Any:
        best = scores.max(dim=1, keepdim=True)
        below = best.values - scores
        weights = self._halves[below & 255] >> (below >> 8).clamp(max=40)
        weights = self.torch.where(below < _UNLIKELY, weights, 0)
        total = weights.sum(dim=1, keepdim=True)
        worth = (_SHARED << _EXACT) // total
        shares = (weights * worth >> _EXACT) + FLOOR
        # The first of the best, as in the kernel; torch's argmax may return any of them.
        first = (scores == best.values).to(self.torch.uint8).cumsum(dim=1).eq(1)
        first &= scores == best.values
        rest = (1 << PRECISION) - shares.sum(dim=1, keepdim=True)
        return self.torch.where(first, shares + rest, shares)

    def _cost(self, shares: Any) -> Any:
        places = self.torch.zeros_like(shares)
        mantissa = shares
        for step in (16, 8, 4, 2, 1):
            small = mantissa < 1 << PRECISION - step
            mantissa = self.torch.where(small, mantissa << step, mantissa)
            places += step * small
        rest = mantissa & (1 << PRECISION - 1) - 1
        low, high = self._logarithm[rest >> 12], self._logarithm[(rest >> 12) + 1]
        between = low + ((high - low) * (rest & 4095) + 2048 >> 12)
        return (places + 1 << 20) - between


@contextmanager
def _plain_float32(torch: Any) -> Iterator[None]:
    """Switch TensorFloat-32 off inside the block."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
