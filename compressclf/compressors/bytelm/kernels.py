"""The model in integers: one step of some sequences at a time, and what a byte then costs.

All arithmetic is on integers and cannot overflow for weights within the bounds of `weights.py`, so
that it gives the same numbers for any number of sequences, in any thread and on any machine.
Right shifts round to the nearest by adding half first.
"""

# numba types the kernels.
# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from compressclf._lib.jit import kernels_of
from compressclf.coding import rangecoder
from compressclf.coding.rangecoder import decode_interval, decode_target, encode_interval
from compressclf.compressors.bytelm.products import dot_products
from compressclf.compressors.bytelm.weights import SCALE_BITS, STATE_BITS, SYMBOLS

__all__ = ["BLOCK", "PRECISION", "decode_bytes", "encode_bytes", "follow", "price", "trace"]

kernel: Any = kernels_of(Path(__file__).parent, Path(rangecoder.__file__).parent)

BLOCK = 16  # sequences that go through a row of a matrix while it is at hand
PRECISION = 24  # bits of the frequencies' sum
FLOOR = 16  # of the 2**24 units, for every byte whatever the model thinks of it: at most 20 bits
_SHARED = (1 << PRECISION) - SYMBOLS * FLOOR
_ONE = 1 << STATE_BITS
_HALF_SCALE = 1 << SCALE_BITS - 1
_LIMIT = (1 << 15) - 1  # of what goes into a gate: ±16
_END_OF_LOGISTIC = 1 << 14
_UNLIKELY = 30 << 8  # scores that far below the best, in 1/256 bit, give nothing but the floor
_EXACT = 38  # bits after the point of what a unit of probability is worth


@kernel
def _work(hidden):
    """Return what `_advance` works in: tokens, quantised state, two sets of gates, scores."""
    return (
        np.zeros(BLOCK, np.int64),
        np.zeros((BLOCK, hidden), np.int16),
        np.zeros((BLOCK, 3 * hidden), np.int32),
        np.zeros((BLOCK, 3 * hidden), np.int32),
        np.zeros((BLOCK, SYMBOLS), np.int32),
    )


@kernel
def _advance(model, state, n, work):
    """Read a token in each of `n` sequences: change their states, write the next byte's scores.

    `model` is what `model.arrays_of` returns, `state` int16, shape (n, layers, hidden).
    """
    table, feeds, recurrents, head, tables = model
    tokens, quantised, own, given, scores = work
    layers, hidden = state.shape[1], state.shape[2]
    logistic = tables[0]
    for layer in range(layers):
        for i in range(n):
            _quantise(state[i, layer], quantised[i])
        matrix, scale, bias = recurrents
        _products(matrix[layer], scale[layer], bias[layer], quantised, n, own)
        if layer:
            for i in range(n):
                _quantise(state[i, layer - 1], quantised[i])
            matrix, scale, bias = feeds
            _products(matrix[layer - 1], scale[layer - 1], bias[layer - 1], quantised, n, given)
        for i in range(n):
            if layer == 0:
                row = table[tokens[i]]
                for j in range(3 * hidden):
                    given[i, j] = np.int32(row[j])
            _gates(given[i], own[i], state[i, layer], logistic)
    for i in range(n):
        _quantise(state[i, layers - 1], quantised[i])
    matrix, scale, bias = head
    _products(matrix[0], scale[0], bias[0], quantised, n, scores)


@kernel
def _quantise(state, quantised):
    """Round a state from 15 bits to 7, within ±127."""
    for j in range(state.size):
        quantised[j] = np.int16(min(max((np.int32(state[j]) + 128) >> 8, -127), 127))


@kernel
def _products(matrix, scale, bias, vectors, n, results):
    """Multiply the matrix with each of the `n` vectors; scale, round, add the bias."""
    if n == 1:
        for r in range(0, matrix.shape[0], 4):
            sums = dot_products(vectors[0], matrix[r], matrix[r + 1], matrix[r + 2], matrix[r + 3])
            results[0, r] = _scaled(sums[0], scale[r], bias[r])
            results[0, r + 1] = _scaled(sums[1], scale[r + 1], bias[r + 1])
            results[0, r + 2] = _scaled(sums[2], scale[r + 2], bias[r + 2])
            results[0, r + 3] = _scaled(sums[3], scale[r + 3], bias[r + 3])
        return
    for r in range(matrix.shape[0]):
        for i in range(0, n, 4):  # BLOCK is a multiple of 4: some of the vectors may be idle
            sums = dot_products(
                matrix[r], vectors[i], vectors[i + 1], vectors[i + 2], vectors[i + 3]
            )
            results[i, r] = _scaled(sums[0], scale[r], bias[r])
            results[i + 1, r] = _scaled(sums[1], scale[r], bias[r])
            results[i + 2, r] = _scaled(sums[2], scale[r], bias[r])
            results[i + 3, r] = _scaled(sums[3], scale[r], bias[r])


@kernel
def _scaled(total, scale, bias):
    product = np.int64(total) * np.int64(scale) + _HALF_SCALE
    return np.int32((product >> SCALE_BITS) + np.int64(bias))


@kernel
def _gates(given, own, state, logistic):
    """Update the state of a layer: h' = (1 − z)·n + z·h."""
    hidden = state.size
    for j in range(hidden):
        reset = _logistic(np.int64(given[j]) + own[j], logistic)
        keep = _logistic(np.int64(given[hidden + j]) + own[hidden + j], logistic)
        reach = min(max(np.int64(own[2 * hidden + j]), -_LIMIT), _LIMIT)
        inner = given[2 * hidden + j] + (reset * reach + (_ONE >> 1) >> STATE_BITS)
        # tanh(x) = 2·logistic(2x) − 1, and twice a number of 11 bits has 10 in the same digits
        size = min(abs(inner), _END_OF_LOGISTIC)
        new = 2 * np.int64(logistic[size]) - _ONE
        if inner < 0:
            new = -new
        blend = (_ONE - keep) * new + keep * np.int64(state[j])
        state[j] = np.int16(blend + (_ONE >> 1) >> STATE_BITS)


@kernel
def _logistic(x, logistic):
    """Return the logistic function of an int64 with 11 bits after the point, with 15 bits."""
    value = np.int64(logistic[min(abs(x) + 1 >> 1, _END_OF_LOGISTIC)])
    return value if x >= 0 else _ONE - value


@kernel
def _frequencies(scores, halves, result):
    """Share out 2**24 units by the scores of the 256 bytes, at least 16 each; int64."""
    best = 0
    for s in range(SYMBOLS):
        if scores[s] > scores[best]:
            best = s
    top = np.int64(scores[best])
    total = np.int64(0)
    for s in range(SYMBOLS):
        below = top - np.int64(scores[s])
        weight = halves[below & 255] >> (below >> 8) if below < _UNLIKELY else np.int64(0)
        result[s] = weight
        total += weight
    worth = (np.int64(_SHARED) << _EXACT) // total  # 2**30 <= total <= 2**38
    spent = np.int64(0)
    for s in range(SYMBOLS):
        result[s] = (result[s] * worth >> _EXACT) + FLOOR
        spent += result[s]
    result[best] += (np.int64(1) << PRECISION) - spent


@kernel
def _cost(frequency, logarithm):
    """Return 24 − log2 of a frequency in units of 2**-20 bit, to the nearest but for the last."""
    mantissa, places = frequency, 0
    while mantissa < 1 << PRECISION - 1:
        mantissa <<= 1
        places += 1
    rest = mantissa & (1 << PRECISION - 1) - 1  # 11 digits for the table, 12 between its entries
    low = np.int64(logarithm[rest >> 12])
    high = np.int64(logarithm[(rest >> 12) + 1])
    between = low + ((high - low) * (rest & 4095) + 2048 >> 12)
    return (np.int64(places + 1) << 20) - between


@kernel
def follow(model, buffer, begins, ends, firsts, state, bits, costs):
    """Read sequences side by side and add up what their bytes cost.

    Parameters
    ----------
    model : tuple
    buffer : uint8
    begins, ends : int64, shape (n,)
        Where the sequences are in the buffer, the longest first.
    firsts : int64, shape (n,)
        The token before each one.
    state : int16, shape (n, layers, hidden)
        After all tokens before `firsts`; on return, after all tokens but the last one of each.
    bits : int64, shape (n,)
        The cost is added here, in units of 2**-20 bit.
    costs : int64
        Of the size of the buffer, for the cost of each byte; or empty.
    """
    halves, logarithm = model[4][1], model[4][2]
    work = _work(state.shape[2])
    tokens, scores = work[0], work[4]
    shares = np.zeros(SYMBOLS, np.int64)
    for start in range(0, begins.size, BLOCK):
        n = min(BLOCK, begins.size - start)
        tokens[:n] = firsts[start : start + n]
        position = np.int64(0)
        while True:
            while n > 0 and begins[start + n - 1] + position >= ends[start + n - 1]:
                n -= 1
            if n == 0:
                break
            _advance(model, state[start : start + n], n, work)
            for i in range(n):
                symbol = np.int64(buffer[begins[start + i] + position])
                _frequencies(scores[i], halves, shares)
                price = _cost(shares[symbol], logarithm)
                bits[start + i] += price
                if costs.size:
                    costs[begins[start + i] + position] = price
                tokens[i] = symbol
            position += 1


@kernel
def trace(model, buffer, begins, ends, firsts, state, states):
    """Read sequences side by side and keep what the output layer is given before each byte.

    Parameters are those of `follow`, but for

    states : int8, shape (n_bytes, hidden)
        Written here in units of 2**-7, a row for each byte, sequence after sequence.
    """
    work = _work(state.shape[2])
    tokens, quantised = work[0], work[1]
    rows = np.zeros(begins.size, np.int64)
    for i in range(1, begins.size):
        rows[i] = rows[i - 1] + ends[i - 1] - begins[i - 1]
    for start in range(0, begins.size, BLOCK):
        n = min(BLOCK, begins.size - start)
        tokens[:n] = firsts[start : start + n]
        position = np.int64(0)
        while True:
            while n > 0 and begins[start + n - 1] + position >= ends[start + n - 1]:
                n -= 1
            if n == 0:
                break
            _advance(model, state[start : start + n], n, work)
            for i in range(n):
                row = states[rows[start + i] + position]
                for j in range(row.size):
                    row[j] = np.int8(quantised[i, j])
                tokens[i] = np.int64(buffer[begins[start + i] + position])
            position += 1


@kernel
def price(sums, scale, bias, symbols, halves, logarithm, costs):
    """Write what each symbol costs, in units of 2**-20 bit.

    `sums`, shape (n, 256), are the products of the output layer with n states: whole numbers.
    """
    scores = np.zeros(SYMBOLS, np.int32)
    shares = np.zeros(SYMBOLS, np.int64)
    for i in range(symbols.size):
        for s in range(SYMBOLS):
            scores[s] = _scaled(sums[i, s], scale[s], bias[s])
        _frequencies(scores, halves, shares)
        costs[i] = _cost(shares[np.int64(symbols[i])], logarithm)


@kernel
def encode_bytes(model, data, token, state, coder, stream, position, until):
    """Code the bytes of `data` from `position` to `until`; `token` is the one before them."""
    halves = model[4][1]
    work = _work(state.shape[2])
    tokens, scores = work[0], work[4]
    shares = np.zeros(SYMBOLS, np.int64)
    tokens[0] = token
    for place in range(position, until):
        _advance(model, state, 1, work)
        _frequencies(scores[0], halves, shares)
        symbol = np.int64(data[place])
        before = np.int64(0)
        for s in range(symbol):
            before += shares[s]
        encode_interval(
            coder, stream, np.uint64(before), np.uint64(shares[symbol]), np.uint64(PRECISION)
        )
        tokens[0] = symbol


@kernel
def decode_bytes(model, data, token, state, coder, stream, position, until):
    """Fill `data` from `position` until `until` with the bytes that the stream holds."""
    halves = model[4][1]
    work = _work(state.shape[2])
    tokens, scores = work[0], work[4]
    shares = np.zeros(SYMBOLS, np.int64)
    tokens[0] = token
    for place in range(position, until):
        _advance(model, state, 1, work)
        _frequencies(scores[0], halves, shares)
        target = np.int64(decode_target(coder, np.uint64(PRECISION)))
        symbol, before = 0, np.int64(0)
        while before + shares[symbol] <= target:
            before += shares[symbol]
            symbol += 1
        decode_interval(
            coder, stream, np.uint64(before), np.uint64(shares[symbol]), np.uint64(PRECISION)
        )
        data[place] = symbol
        tokens[0] = symbol
