"""Encode and decode symbols of any alphabet, for callers in Python.

An autoregressive model needs a symbol before it can predict the frequencies of the next one.
`Encoder` and `Decoder` keep the state between symbols:

>>> tables = integer_frequencies([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
>>> encoder = Encoder()
>>> for table, symbol in zip(tables, [0, 1, 1], strict=True):
...     encoder.put(table, symbol)
>>> code = encoder.finish()
>>> decoder = Decoder(code)
>>> [decoder.take(table) for table in tables], code.hex()
([0, 1, 1], '8b')
>>> decoder.finish()  # nothing is left over

`encode` and `decode` handle a whole message in one call if all frequencies are known. A code does
not contain the number of symbols: store it with the code.
"""

# mypy: disallow-untyped-calls=False

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.jit import kernels_of
from compressclf.coding import rangecoder
from compressclf.coding.frequencies import PRECISION, integer_frequencies
from compressclf.coding.rangecoder import MARGIN, POSITION

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Decoder", "Encoder", "decode", "encode", "integer_frequencies"]

kernel: Any = kernels_of(Path(__file__).parent)

_FIRST_BYTES = 256
_DONE = -1  # returned by a kernel if all rows are valid


class Encoder:
    """Symbols in, bytes out.

    Parameters
    ----------
    precision : int, default=24
        The frequencies of every symbol sum to ``2**precision``; 1 to 32.
    """

    def __init__(self, precision: int = PRECISION) -> None:
        self._precision = np.uint64(precision)
        self._state = rangecoder.encoder()
        self._stream = np.zeros(_FIRST_BYTES, np.uint8)

    def put(self, frequencies: ArrayLike, symbol: int) -> None:
        """Code a symbol.

        Parameters
        ----------
        frequencies : array_like of uint32, shape (n_symbols,)
        symbol : int
            Its index in `frequencies`.

        Raises
        ------
        ValueError
            If the frequencies do not sum to ``2**precision``, or that of the symbol is 0.
        """
        self._put(_rows(frequencies)[np.newaxis], np.array([symbol], np.int64))

    def _put(self, rows: NDArray[np.uint32], symbols: NDArray[np.int64]) -> None:
        # A symbol takes at most four bytes, and can release a byte held back for a carry.
        self._stream = rangecoder.with_room(self._stream, self._state, 5 * symbols.size)
        wrong = _encode_rows(self._state, self._stream, rows, symbols, self._precision)
        if wrong != _DONE:
            raise ValueError(_refusal(rows[wrong], int(self._precision), int(symbols[wrong])))

    def finish(self) -> bytes:
        """Return the code of all symbols. The encoder cannot be used afterwards."""
        self._stream = rangecoder.with_room(self._stream, self._state, 0)
        return self._stream[: rangecoder.finish(self._state, self._stream)].tobytes()


class Decoder:
    """Bytes in, symbols out.

    Parameters
    ----------
    code : bytes
        The code that `Encoder.finish` returned.
    precision : int, default=24
        The precision of the encoder.
    """

    def __init__(self, code: bytes, precision: int = PRECISION) -> None:
        self._precision = np.uint64(precision)
        self._stream = np.frombuffer(code, np.uint8).copy()  # the kernels take writable arrays only
        self._state = rangecoder.decoder(self._stream)

    def take(self, frequencies: ArrayLike) -> int:
        """Return the next symbol, given the frequencies of all symbols.

        Raises
        ------
        ValueError
            If the code has ended, or if the frequencies do not sum to ``2**precision``.
        """
        return int(self._take(_rows(frequencies)[np.newaxis])[0])

    def _take(self, rows: NDArray[np.uint32]) -> NDArray[np.int64]:
        symbols = np.empty(len(rows), np.int64)
        wrong = _decode_rows(self._state, self._stream, rows, symbols, self._precision)
        if wrong != _DONE:
            raise ValueError(_refusal(rows[wrong], int(self._precision)))
        if self._state[POSITION] > self._stream.size + MARGIN:
            raise ValueError("The code ends before the data does.")
        return symbols

    def finish(self) -> None:
        """Check that the code ends after the last symbol.

        Raises
        ------
        ValueError
            If the code is longer or shorter.
        """
        rangecoder.check_end(self._state, self._stream.size)


def encode(
    frequencies: NDArray[np.uint32], symbols: ArrayLike, *, precision: int = PRECISION
) -> bytes:
    """Return the code of a message.

    Parameters
    ----------
    frequencies : ndarray of uint32, shape (n, n_symbols)
        One row per symbol of the message.
    symbols : array_like of int, shape (n,)
    precision : int, default=24

    Examples
    --------
    >>> tables = integer_frequencies([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    >>> encode(tables, [0, 1, 1]).hex()
    '8b'
    """
    numbers = np.asarray(symbols, np.int64)
    if numbers.shape != np.shape(frequencies)[:1]:
        raise ValueError(
            f"Every symbol needs a row of frequencies. Got {numbers.size} symbols and "
            f"{len(frequencies)} rows."
        )
    encoder = Encoder(precision)
    encoder._put(_rows(frequencies), numbers)
    return encoder.finish()


def decode(
    frequencies: NDArray[np.uint32], code: bytes, *, precision: int = PRECISION
) -> NDArray[np.int64]:
    r"""Return the symbols of a message, shape (n,), if all frequencies are known.

    Raises
    ------
    ValueError
        If the code does not end after n symbols.

    Examples
    --------
    >>> tables = integer_frequencies([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    >>> decode(tables, b"\x8b").tolist()
    [0, 1, 1]
    """
    decoder = Decoder(code, precision)
    symbols = decoder._take(_rows(frequencies))
    decoder.finish()
    return symbols


def _rows(frequencies: ArrayLike) -> NDArray[np.uint32]:
    rows = np.ascontiguousarray(frequencies, np.uint32)
    return rows if rows.flags.writeable else rows.copy()  # the kernels take writable arrays only


def _refusal(row: NDArray[np.uint32], precision: int, symbol: int | None = None) -> str:
    total = int(row.sum(dtype=np.uint64))
    if total != 1 << precision:
        return f"Frequencies must sum to 2**{precision} = {1 << precision:,}. Got {total:,}."
    return f"Symbol {symbol} of {row.size} cannot be coded: it is unknown, or its frequency is 0."


@kernel
def _encode_rows(state, stream, rows, symbols, precision):  # type: ignore[no-untyped-def]
    """Encode one symbol per row; return the index of the first invalid row, or −1."""
    for i in range(rows.shape[0]):
        row, symbol = rows[i], symbols[i]
        start, total = np.uint64(0), np.uint64(0)
        for j in range(row.size):
            if j == symbol:
                start = total
            total += np.uint64(row[j])
        if total != np.uint64(1) << precision or not 0 <= symbol < row.size or row[symbol] == 0:
            return i
        rangecoder.encode_interval(state, stream, start, np.uint64(row[symbol]), precision)
    return _DONE


@kernel
def _decode_rows(state, stream, rows, symbols, precision):  # type: ignore[no-untyped-def]
    """Decode one symbol per row; return the index of the first invalid row, or −1."""
    for i in range(rows.shape[0]):
        row = rows[i]
        target = rangecoder.decode_target(state, precision)
        symbol, start, total = 0, np.uint64(0), np.uint64(0)
        for j in range(row.size):
            if total <= target:
                symbol, start = j, total
            total += np.uint64(row[j])
        if total != np.uint64(1) << precision or row[symbol] == 0:
            return i
        rangecoder.decode_interval(state, stream, start, np.uint64(row[symbol]), precision)
        symbols[i] = symbol
    return _DONE
