"""The model in integers: one step of several sequences at a time, and the cost of the next byte.

All arithmetic is on integers and cannot overflow for weights within the bounds of `weights.py`. So
the results are the same for any number of sequences, in any thread and on any machine. Right shifts
round to nearest by adding one half first.
"""

# The kernels are typed by numba.
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

__all__ = [
    "BLOCK",
    "PRECISION",
    "ahead",
    "decode_bytes",
    "encode_bytes",
    "follow",
    "price",
    "trace",
    "tree",
]

kernel: Any = kernels_of(Path(__file__).parent, Path(rangecoder.__file__).parent)

BLOCK = 16  # sequences that are multiplied with a row of a matrix while it is in the cache
PRECISION = 24  # the frequencies sum to 2**24
FLOOR = 16  # least frequency of a byte, so that it costs at most 20 bits
_SHARED = (1 << PRECISION) - SYMBOLS * FLOOR
_ONE = 1 << STATE_BITS
_HALF_SCALE = 1 << SCALE_BITS - 1
_LIMIT = (1 << 15) - 1  # largest input of a gate, 16
_END_OF_LOGISTIC = 1 << 14
_UNLIKELY = 30 << 8  # scores so far below the best, in 1/256 bit, get only the floor
_EXACT = 38  # bits after the point of `worth`, the frequency of a unit of probability


@kernel
def _work(hidden):
    """Return the work space of `_advance`: tokens, quantised state, two sets of gates, scores."""
    return (
        np.zeros(BLOCK, np.int64),
        np.zeros((BLOCK, hidden), np.int16),
        np.zeros((BLOCK, 3 * hidden), np.int32),
        np.zeros((BLOCK, 3 * hidden), np.int32),
        np.zeros((BLOCK, SYMBOLS), np.int32),
    )


@kernel
def _advance(model, state, n, work):
    """Read a token in each of `n` sequences: update states, and write scores of the next byte.

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
        for i in range(0, n, 4):  # BLOCK is a multiple of 4, so up to 3 vectors may be unused
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
        # tanh(x) = 2·logistic(2x) − 1; x with 11 bits after the point, read with 10, is 2x
        size = min(abs(inner), _END_OF_LOGISTIC)
        new = 2 * np.int64(logistic[size]) - _ONE
        if inner < 0:
            new = -new
        blend = (_ONE - keep) * new + keep * np.int64(state[j])
        state[j] = np.int16(blend + (_ONE >> 1) >> STATE_BITS)


@kernel
def _logistic(x, logistic):
    """Return the logistic function with 15 bits of an int64 with 11 bits after the point."""
    value = np.int64(logistic[min(abs(x) + 1 >> 1, _END_OF_LOGISTIC)])
    return value if x >= 0 else _ONE - value


@kernel
def _frequencies(scores, halves, result):
    """Divide 2**24 units among the 256 bytes by their scores, at least 16 each; int64."""
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
    """Return 24 − log2 of a frequency in units of 2**-20 bit, within one unit."""
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
    """Read several sequences in parallel, and add up the cost of their bytes.

    Parameters
    ----------
    model : tuple
    buffer : uint8
    begins, ends : int64, shape (n,)
        Begins and ends of the sequences in the buffer, the longest first.
    firsts : int64, shape (n,)
        The token before each one.
    state : int16, shape (n, layers, hidden)
        States after all tokens before `firsts`; on return, after all tokens but the last.
    bits : int64, shape (n,)
        To which the cost is added, in units of 2**-20 bit.
    costs : int64
        Receives the cost of each byte if it is as large as the buffer; may be empty.
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
    """Read several sequences in parallel, and keep the input of the output layer for each byte.

    The parameters are those of `follow`, except for

    states : int8, shape (n_bytes, hidden)
        Receives the inputs in units of 2**-7, one row per byte, sequence after sequence.
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
    """Write the cost of each symbol, in units of 2**-20 bit.

    `sums`, shape (n, 256), are the products of the output layer with n states, as integers.
    """
    scores = np.zeros(SYMBOLS, np.int32)
    shares = np.zeros(SYMBOLS, np.int64)
    for i in range(symbols.size):
        for s in range(SYMBOLS):
            scores[s] = _scaled(sums[i, s], scale[s], bias[s])
        _frequencies(scores, halves, shares)
        costs[i] = _cost(shares[np.int64(symbols[i])], logarithm)


@kernel
def ahead(model, data, token, state, chances):
    """Read `data` after `token`, and write each bit's probability of a 1 before it is known.

    `state` becomes that after all tokens but the last. `chances`, uint16 of shape (n_bytes, 8),
    gets the probabilities in 1/65536, those of the highest bits first.
    """
    halves = model[4][1]
    work = _work(state.shape[2])
    tokens, scores = work[0], work[4]
    sums = np.zeros(2 * SYMBOLS, np.int64)
    tokens[0] = token
    for place in range(data.size):
        _advance(model, state, 1, work)
        _sum_up(scores[0], halves, sums)
        tokens[0] = np.int64(data[place])
        leaf = SYMBOLS + tokens[0]
        for bit in range(8):
            chances[place, bit] = _chance(sums, leaf >> 8 - bit)


@kernel
def tree(model, token, state, chances):
    """Read `token`, and write the probability of a 1 at each node of the next byte's tree.

    The node of the first `k` bits of a byte has the binary number of a 1 and these bits. `chances`,
    uint16 of shape (256,), gets the probabilities in 1/65536; its first entry is unused.
    """
    work = _work(state.shape[2])
    work[0][0] = token
    _advance(model, state, 1, work)
    sums = np.zeros(2 * SYMBOLS, np.int64)
    _sum_up(work[4][0], model[4][1], sums)
    for node in range(1, SYMBOLS):
        chances[node] = _chance(sums, node)


@kernel
def _sum_up(scores, halves, sums):
    """Write the frequency of each byte to the second half of `sums`, of each node to the first."""
    _frequencies(scores, halves, sums[SYMBOLS:])
    for node in range(SYMBOLS - 1, 0, -1):
        sums[node] = sums[2 * node] + sums[2 * node + 1]


@kernel
def _chance(sums, node):
    """Return the probability of a 1 at a node, rounded down to 1/65536."""
    return np.uint16((sums[2 * node + 1] << 16) // sums[node])


@kernel
def encode_bytes(model, data, token, state, coder, stream, position, until):
    """Encode the bytes of `data` from `position` to `until`; `token` precedes them."""
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
    """Decode bytes of the stream into `data`, from `position` to `until`."""
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
