"""A range coder for numba kernels: intervals of integer frequencies to bytes and back.

The state is an interval ``[low, low + range)`` of 64-bit numbers. Coding a symbol that owns the
share ``[start, start + size) / 2**precision`` of the probability keeps that share of the interval;
whenever the range falls below 2**48, the leading byte is written out. A carry out of `low` is added
to the bytes already written. With 24-bit frequencies, rounding costs less than 2**-24 of the
message, and `finish` writes the fewest bytes that identify a number in the last interval, so a
message costs at most 8 bits more than its ideal codelength rounded up to bytes.

`encode_bit` and `decode_bit` code binary decisions. For a larger alphabet, call `encode_interval`
to encode, and `decode_target` and `decode_interval` to decode.

After G. N. N. Martin, "Range encoding" (1979).
"""

# The kernels are typed by numba.
# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    State = NDArray[np.uint64]
    Stream = NDArray[np.uint8]

__all__ = [
    "MARGIN",
    "POSITION",
    "check_end",
    "decode_bit",
    "decode_interval",
    "decode_target",
    "decoder",
    "encode_bit",
    "encode_interval",
    "encoder",
    "finish",
    "with_room",
]

kernel: Any = kernels_of(Path(__file__).parent)

# The state: three uint64, the last one the number of bytes written or read.
_LOW, _RANGE, POSITION = 0, 1, 2
_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SMALLEST = np.uint64(1 << 48)
_TOP_BYTE = np.uint64(56)
_BYTE = np.uint64(8)

# Free bytes that the encoder needs in the output beyond the ideal codelength. The decoder reads at
# most this many bytes beyond the end.
MARGIN = 8


@kernel
def encoder():
    """Return the state of a new encoder: low, range and number of bytes written."""
    return np.array([np.uint64(0), _FULL, np.uint64(0)])


@kernel
def encode_interval(state, stream, start, size, precision):
    """Code the symbol that owns ``[start, start + size) / 2**precision``, all uint64."""
    unit = state[_RANGE] >> precision
    low = state[_LOW] + unit * start
    if low < state[_LOW]:
        _carry(stream, state[POSITION])
    state[_LOW] = low
    state[_RANGE] = unit * size
    while state[_RANGE] < _SMALLEST:
        stream[state[POSITION]] = np.uint8(state[_LOW] >> _TOP_BYTE)
        state[POSITION] += np.uint64(1)
        state[_LOW] <<= _BYTE
        state[_RANGE] <<= _BYTE


@kernel
def encode_bit(state, stream, bit, ones, precision):
    """Code a bit that is 1 with probability ``ones / 2**precision``; 0 < ones < 2**precision."""
    if bit:
        encode_interval(state, stream, np.uint64(0), ones, precision)
    else:
        encode_interval(state, stream, ones, (np.uint64(1) << precision) - ones, precision)


@kernel
def finish(state, stream):
    """Write the fewest bytes that identify a number in the interval; return the message's length.

    The decoder reads zeros after the last byte. So the number is the first multiple of 2**56 that
    is not below `low`, or of 2**48 if that one is beyond the interval; if `low` is 0, no byte is
    needed. Zeros that were already written are kept, so that a decoder never reads far beyond the
    end.
    """
    low, width = state[_LOW], state[_RANGE]
    if low == 0:
        return np.int64(state[POSITION])
    kept = np.uint64(0)
    while True:
        kept += _BYTE
        step = np.uint64(64) - kept
        rest = (np.uint64(1) << step) - np.uint64(1)
        number = (low + rest) >> step << step  # may wrap to 0: a carry
        if number - low < width:
            break
    if number < low:
        _carry(stream, state[POSITION])
    while kept > 0:
        stream[state[POSITION]] = np.uint8(number >> _TOP_BYTE)
        state[POSITION] += np.uint64(1)
        number <<= _BYTE
        kept -= _BYTE
    return np.int64(state[POSITION])


@kernel
def _carry(stream, position):
    position -= np.uint64(1)
    while stream[position] == 255:
        stream[position] = 0
        position -= np.uint64(1)
    stream[position] += np.uint8(1)


@kernel
def decoder(stream):
    """Return the state of a decoder: the code relative to low, range, number of bytes read."""
    state = np.array([np.uint64(0), _FULL, np.uint64(0)])
    for _ in range(8):
        state[_LOW] = state[_LOW] << _BYTE | _next_byte(state, stream)
    return state


@kernel
def decode_target(state, precision):
    """Return a number in ``[0, 2**precision)`` that lies in the share of the next symbol."""
    last = (np.uint64(1) << precision) - np.uint64(1)
    return min(state[_LOW] // (state[_RANGE] >> precision), last)


@kernel
def decode_interval(state, stream, start, size, precision):
    """Remove the symbol that owns ``[start, start + size) / 2**precision`` from the state."""
    unit = state[_RANGE] >> precision
    state[_LOW] -= unit * start
    state[_RANGE] = unit * size
    while state[_RANGE] < _SMALLEST:
        state[_LOW] = state[_LOW] << _BYTE | _next_byte(state, stream)
        state[_RANGE] <<= _BYTE


@kernel
def decode_bit(state, stream, ones, precision):
    """Return the next bit, which is 1 with probability ``ones / 2**precision``."""
    if state[_LOW] < (state[_RANGE] >> precision) * ones:
        decode_interval(state, stream, np.uint64(0), ones, precision)
        return np.int64(1)
    decode_interval(state, stream, ones, (np.uint64(1) << precision) - ones, precision)
    return np.int64(0)


@kernel
def _next_byte(state, stream):
    position = state[POSITION]
    state[POSITION] += np.uint64(1)
    return np.uint64(stream[position]) if position < np.uint64(stream.size) else np.uint64(0)


def with_room(stream: Stream, state: State, n_bytes: int) -> Stream:
    """Return `stream` with room for `n_bytes` more bytes and those that `finish` writes."""
    needed = int(state[POSITION]) + n_bytes + MARGIN
    if needed <= stream.size:
        return stream
    return np.concatenate([stream, np.zeros(max(needed, stream.size), np.uint8)])


def check_end(state: State, n_bytes: int) -> None:
    """Check that a code of `n_bytes` bytes ends where a decoder has stopped.

    The encoder has written as many bytes as the decoder has shifted out, and `finish` adds at most
    two.

    Raises
    ------
    ValueError
        If the code is shorter or longer. Other damage must be found by a checksum of the data.
    """
    settled = int(state[POSITION]) - 8
    if n_bytes < settled:
        raise ValueError("The code ends before the data does.")
    if n_bytes > settled + 2:
        raise ValueError("The code goes on after the data.")
