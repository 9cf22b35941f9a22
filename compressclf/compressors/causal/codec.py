"""Encode and decode tokens, one at a time.

A decoder needs the probabilities of a token before it can decode it, exactly to the last bit. So it
reads one token at a time. Floating-point sums depend on the batch size, on the caching of keys and
on the number of threads. So the encoder, which could read all tokens at once, does exactly what the
decoder does: one text, one token per step, float32 on the CPU, one thread. `runtime` names
everything else that must be equal on both sides. It is stored in the header of a file, and decoding
is refused if it differs.

This is slow, so codelengths are computed in another way (`scoring`). The two agree within rounding.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressclf._lib.optional import optional_import
from compressclf.coding.frequencies import FLOOR, integer_frequencies
from compressclf.coding.symbols import Decoder, Encoder
from compressclf.compressors.causal.loading import LoadedModel

__all__ = ["PRECISION", "decode", "encode", "runtime"]

torch = optional_import("torch", extra="neural")
transformers = optional_import("transformers", extra="neural")

PRECISION = 32  # bits of the frequencies; a vocabulary of 50,000 tokens needs more than 24
_RAW = np.full(256, 1 << (PRECISION - 8), np.uint32)  # an escaped byte

Frequencies = NDArray[np.uint32]


class _Steps:
    """A text that grows, and the frequencies of its next token."""

    def __init__(self, model: LoadedModel, bos: int | None, size: int, stride: int) -> None:
        self._model = model
        self._start = [] if bos is None else [bos]
        self._size, self._stride = size, stride
        self._ids: list[int] = []
        self._end = size  # end of the current window, see `windows`
        self._cache: Any = None

    def frequencies(self) -> Frequencies:
        """Return the frequencies of the next token."""
        if len(self._ids) == self._end:
            self._cache = None
            self._end += self._stride
        if self._cache is None:
            begin = max(0, self._end - self._size)
            new = self._start + self._ids[begin:]
        else:
            new = self._ids[-1:]
        if not new:  # without a start token, the first token has a uniform distribution
            return integer_frequencies(np.ones(self._model.n_tokens), precision=PRECISION)
        found = self._model.model(
            input_ids=torch.tensor([new]), past_key_values=self._cache, use_cache=True
        )
        self._cache = found.past_key_values
        logits = found.logits[0, -1].double().numpy()
        odds = np.exp(logits - logits.max())
        return integer_frequencies(odds, precision=PRECISION, floor=FLOOR)

    def push(self, token: int) -> None:
        """Append a token."""
        self._ids.append(token)


def encode(
    model: LoadedModel,
    data: bytes,
    *,
    bos: int | None,
    size: int,
    stride: int,
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """Return the code of `data`.

    Parameters
    ----------
    model : LoadedModel
        A model in float32 on the CPU.
    data : bytes
        Any bytes.
    bos : int or None
        The token before the text.
    size, stride : int
        Size and stride of the windows, in tokens.
    progress : callable, optional
        Called with the bytes done so far.

    Raises
    ------
    ValueError
        If the bytes of the tokenizer's tokens are unknown.
    """
    _check(model)
    tokens = model.tokens.encode([data])[0]
    raw = iter(tokens.raw)
    encoder = Encoder(PRECISION)
    steps = _Steps(model, bos, size, stride)
    n_done = 0
    with _alone(model):
        for position, token in enumerate(tokens.ids.tolist()):
            encoder.put(steps.frequencies(), token)
            steps.push(token)
            if token == model.tokens.escape:
                encoder.put(_RAW, next(raw))
                n_done += 1
            else:
                n_done += len(model.tokens.spelling(token, first=position == 0))
            if progress is not None:
                progress(n_done)
    return encoder.finish()


def decode(
    model: LoadedModel,
    code: bytes,
    n_bytes: int,
    *,
    bos: int | None,
    size: int,
    stride: int,
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """Return the `n_bytes` bytes whose code is `code`; the parameters are those of `encode`.

    Raises
    ------
    ValueError
        If `code` cannot be a code of `n_bytes` bytes.
    """
    _check(model)
    decoder = Decoder(code, PRECISION)
    steps = _Steps(model, bos, size, stride)
    tokens = model.tokens
    data = bytearray()
    n_tokens = 0
    with _alone(model):
        while len(data) < n_bytes:
            token = decoder.take(steps.frequencies())
            steps.push(token)
            if token == tokens.escape:
                data.append(decoder.take(_RAW))
            elif tokens.pieces is None or tokens.pieces[token] is None:
                raise ValueError("The code holds a token without bytes.")
            else:
                data += tokens.spelling(token, first=n_tokens == 0)
            n_tokens += 1
            if n_tokens > n_bytes + 1:  # only the space before a text may be a token without bytes
                raise ValueError("The code holds more tokens than the data has bytes.")
            if progress is not None:
                progress(len(data))
    if len(data) > n_bytes:
        raise ValueError("The code holds more bytes than the data.")
    decoder.finish()
    return bytes(data)


@functools.cache
def runtime() -> str:
    """Return what the bits of a code depend on besides the model."""
    return (
        f"torch {torch.__version__}, transformers {transformers.__version__}, "
        f"numpy {np.__version__}, {platform.system()} {platform.machine()} "
        f"{torch.backends.cpu.get_cpu_capability()}, float32, 1 thread"
    )


def _check(model: LoadedModel) -> None:
    if model.tokens.pieces is None:
        raise ValueError(
            f"The bytes of the tokens of {model.tokens.name} are unknown: the model can score "
            f"documents, but not write files. Use a model with byte-level BPE."
        )


@contextmanager
def _alone(model: LoadedModel) -> Iterator[None]:
    """Compute in one thread, and lock the model."""
    n_threads = torch.get_num_threads()
    with model.lock, torch.inference_mode():
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(n_threads)
