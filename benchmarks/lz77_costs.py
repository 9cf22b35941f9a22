"""The parse of `lz77` token by token, and other prices of it, for `benchmarks.lz77_variants`.

Plain on purpose: every pair is parsed from its first byte, so that the parser can be changed in
one place. With zlib's own minimum match and window its tokens are those of the engine.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from compressclf._jit import kernels_of
from compressclf.compressors import deflate
from compressclf.compressors.deflate.chains import insert, new_chains, remove
from compressclf.compressors.deflate.native import copy, match_length
from compressclf.compressors.deflate.tables import (
    DISTANCE_EXTRA,
    DISTANCE_SYMBOL,
    END_OF_BLOCK,
    LENGTH_SYMBOL,
    LITERAL_EXTRA,
    MAX_DISTANCE,
    MAX_MATCH,
    MIN_MATCH,
    N_DISTANCES,
    N_LITERALS,
    TOO_FAR,
    TUNING,
)
from compressclf.documents import Corpus

kernel: Any = kernels_of(Path(__file__).parent, Path(deflate.__file__).parent, error_model="numpy")

PARSES = {  # name: minimum match, window
    "lz77": (MIN_MATCH, MAX_DISTANCE),
    "minimum match 4": (4, MAX_DISTANCE),
    "minimum match 5": (5, MAX_DISTANCE),
    "minimum match 6": (6, MAX_DISTANCE),
    "window 256": (MIN_MATCH, 256),
    "window 1,024": (MIN_MATCH, 1024),
    "window 4,096": (MIN_MATCH, 4096),
}
COSTS = [  # of the first parse
    "lz77",
    "no extra bits of distances",
    "no cost of distances",
    "distances at log2(distance)",
    "Dirichlet prior 1",
    "Dirichlet prior 1/2",
    "Dirichlet prior 1/10",
    "prior of the training set, mass 10",
    "prior of the training set, mass 100",
    "code of the training set",
    "code of the prefix",
    "literals by the training set's order 1",
    "literals by class of the byte before",
    "literals after a match apart",
]
VARIANTS = [*COSTS, *(name for name in PARSES if name not in COSTS)]

_DIRICHLET = (1.0, 0.5, 0.1)
_MASSES = (10.0, 100.0)
_PREFIX_MASS = 10.0  # of the training set's statistics in the code of the prefix
_ORDER_0_MASS = 20.0  # of the order-0 statistics in a context of order 1
_LOW, _MANY = TUNING[9].good_length, TUNING[9].max_chain


class Tokens(NamedTuple):
    """Room for the tokens of a text."""

    position: np.ndarray
    length: np.ndarray  # 1: a literal
    distance: np.ndarray


class Statistics(NamedTuple):
    """What is known of the training set: how often each symbol stands in documents alone."""

    literals: np.ndarray  # (N_LITERALS,) shares of the literal/length symbols
    distances: np.ndarray  # (N_DISTANCES,)
    order_1: np.ndarray  # (256, 256) bits of a literal by the byte before


def statistics_of(docs: Corpus) -> Statistics:
    """Return the statistics of documents parsed alone, no share of them zero."""
    bytes_before = np.zeros((256, 256))
    literals, distances = np.full(N_LITERALS, 0.5), np.full(N_DISTANCES, 0.5)
    _gather(docs.buffer, docs.offsets, literals, distances, bytes_before)
    order_0 = bytes_before.sum(axis=0) + 0.5
    order_0 /= order_0.sum()
    seen = bytes_before.sum(axis=1, keepdims=True)
    order_1 = (bytes_before + _ORDER_0_MASS * order_0) / (seen + _ORDER_0_MASS)
    return Statistics(
        literals / literals.sum(), distances / distances.sum(), np.asarray(-np.log2(order_1))
    )


def row_of_bits(prefix: bytes, docs: Corpus, statistics: Statistics) -> np.ndarray:
    """Return the bits of each document behind `prefix`, shape (n_variants, n_documents)."""
    bits = np.empty((len(VARIANTS), len(docs)))
    text = np.frombuffer(prefix, np.uint8)
    for i, (least, window) in enumerate(PARSES.values()):
        rows = bits[: len(COSTS)] if i == 0 else bits[len(COSTS) + i - 1 :][:1]
        _cost_row(text, docs.buffer, docs.offsets, least, window, statistics, rows)
    return bits


@kernel
def _parse(text, end, previous, least, window, tokens):  # type: ignore[no-untyped-def]
    """Parse ``text[:end]`` as zlib's level 9 does; return the number of tokens."""
    n, s = 0, np.int64(0)
    length, start, pending = least - 1, np.int64(0), False
    while s < end:
        remaining = end - s
        found, found_start = least - 1, np.int64(0)
        if remaining >= MIN_MATCH and length < min(MAX_MATCH, remaining):
            found = length
            budget = _MANY >> 2 if length >= _LOW else _MANY
            candidate = np.int64(previous[s])
            while candidate != 0 and s - candidate <= window and budget > 0:
                matched = match_length(text, candidate, s, min(remaining, MAX_MATCH))
                if matched > found:
                    found, found_start = matched, candidate
                    if matched >= min(MAX_MATCH, remaining):
                        break
                candidate = np.int64(previous[candidate])
                budget -= 1
            if found == MIN_MATCH and s - found_start > TOO_FAR:
                found = least - 1
        if length >= least and found <= length:
            tokens.position[n], tokens.length[n] = s - 1, length
            tokens.distance[n] = s - 1 - start
            n += 1
            s += length - 1
            found = least - 1
            pending = False
        else:
            if pending:
                tokens.position[n], tokens.length[n], tokens.distance[n] = s - 1, 1, 0
                n += 1
            pending = True
            s += 1
        length, start = found, found_start
    if pending:
        tokens.position[n], tokens.length[n], tokens.distance[n] = end - 1, 1, 0
        n += 1
    return n


@kernel
def _room(longest):  # type: ignore[no-untyped-def]
    return Tokens(
        np.zeros(longest + 1, np.int64),
        np.zeros(longest + 1, np.int64),
        np.zeros(longest + 1, np.int64),
    )


@kernel
def _symbol_of(text, tokens, t):  # type: ignore[no-untyped-def]
    if tokens.length[t] == 1:
        return np.int64(text[tokens.position[t]])
    return np.int64(LENGTH_SYMBOL[tokens.length[t] - MIN_MATCH])


@kernel
def _distance_symbol_of(tokens, t):  # type: ignore[no-untyped-def]
    d = tokens.distance[t] - 1
    return np.int64(DISTANCE_SYMBOL[d if d < 256 else 256 + (d >> 7)])


@kernel
def _gather(buffer, offsets, literals, distances, bytes_before):  # type: ignore[no-untyped-def]
    longest = np.int64(0)
    for j in range(offsets.size - 1):
        longest = max(longest, offsets[j + 1] - offsets[j])
    text, head, previous, depth, _, _ = new_chains(np.int64(0), longest)
    tokens = _room(longest)
    zero = np.int64(0)
    for j in range(offsets.size - 1):
        end = offsets[j + 1] - offsets[j]
        copy(buffer, offsets[j], offsets[j + 1], text, zero)
        insert(text, head, previous, depth, zero, end - 2)
        literals[END_OF_BLOCK] += 1
        for t in range(_parse(text, end, previous, MIN_MATCH, MAX_DISTANCE, tokens)):
            literals[_symbol_of(text, tokens, t)] += 1
            if tokens.distance[t]:
                distances[_distance_symbol_of(tokens, t)] += 1
            else:
                p = tokens.position[t]
                bytes_before[text[p - 1] if p else 0, text[p]] += 1
        remove(text, head, previous, zero, end - 2)


@kernel
def _cost_row(prefix, buffer, offsets, least, window, statistics, out):  # type: ignore[no-untyped-def]
    longest = np.int64(0)
    for j in range(offsets.size - 1):
        longest = max(longest, offsets[j + 1] - offsets[j])
    longest += prefix.size
    text, head, previous, depth, _, _ = new_chains(np.int64(0), longest)
    tokens = _room(longest)
    zero, seam = np.int64(0), np.int64(prefix.size)
    copy(prefix, zero, seam, text, zero)
    for j in range(offsets.size - 1):
        end = seam + offsets[j + 1] - offsets[j]
        copy(buffer, offsets[j], offsets[j + 1], text, seam)
        insert(text, head, previous, depth, zero, end - 2)
        n = _parse(text, end, previous, np.int64(least), window, tokens)
        remove(text, head, previous, zero, end - 2)
        _cost(text, seam, tokens, n, statistics, out[:, j])


@kernel
def _cost(text, seam, tokens, n, statistics, out):  # type: ignore[no-untyped-def]
    """Set `out` to the bits of a text by all `COSTS`, or by as many as fit."""
    literals, distances = np.zeros(N_LITERALS), np.zeros(N_DISTANCES)
    literals[END_OF_BLOCK] = 1.0
    of_lengths = of_distances = logarithms = 0.0
    for t in range(n):
        symbol = _symbol_of(text, tokens, t)
        literals[symbol] += 1.0
        if tokens.distance[t]:
            far = _distance_symbol_of(tokens, t)
            distances[far] += 1.0
            of_lengths += LITERAL_EXTRA[symbol]
            of_distances += DISTANCE_EXTRA[far]
            logarithms += math.log2(float(tokens.distance[t]))
    symbols, places = _entropy(literals), _entropy(distances)
    extra = of_lengths + of_distances
    out[0] = symbols + places + extra
    if out.size == 1:
        return
    out[1] = symbols + places + of_lengths
    out[2] = symbols + of_lengths
    out[3] = symbols + of_lengths + logarithms
    for i, weight in enumerate(_DIRICHLET):
        even = np.full(N_LITERALS, weight), np.full(N_DISTANCES, weight)
        out[4 + i] = _adaptive(literals, even[0]) + _adaptive(distances, even[1]) + extra
    by, by_far = statistics.literals, statistics.distances
    for i, mass in enumerate(_MASSES):
        out[7 + i] = _adaptive(literals, mass * by) + _adaptive(distances, mass * by_far) + extra
    out[9] = _static(literals, by) + _static(distances, by_far) + extra
    out[10] = _by_prefix(text, seam, tokens, n, statistics, literals, distances) + extra
    of_literals = 0.0
    for t in range(n):
        if tokens.distance[t] == 0:
            p = tokens.position[t]
            of_literals += statistics.order_1[text[p - 1] if p else 0, text[p]]
    out[11] = of_literals + _entropy_of_kinds(literals) + places + extra
    out[12] = _by_context(text, tokens, n, literals, True) + places + extra
    out[13] = _by_context(text, tokens, n, literals, False) + places + extra


@kernel
def _entropy(counts):  # type: ignore[no-untyped-def]
    total, bits = 0.0, 0.0
    for n in counts:
        if n > 0:
            total += n
            bits -= n * math.log2(n)
    return bits + (total * math.log2(total) if total else 0.0)


@kernel
def _entropy_of_kinds(literals):  # type: ignore[no-untyped-def]
    """Bits of which length, the end or any literal."""
    kinds = literals[END_OF_BLOCK - 1 :].copy()
    kinds[0] = literals[:END_OF_BLOCK].sum()
    return _entropy(kinds)


@kernel
def _adaptive(counts, prior):  # type: ignore[no-untyped-def]
    """Bits of symbols by a code that begins with `prior` counts and learns (Dirichlet)."""
    nats = math.lgamma(prior.sum() + counts.sum()) - math.lgamma(prior.sum())
    for symbol in range(counts.size):
        if counts[symbol]:
            nats -= math.lgamma(prior[symbol] + counts[symbol]) - math.lgamma(prior[symbol])
    return nats / math.log(2.0)


@kernel
def _static(counts, shares):  # type: ignore[no-untyped-def]
    bits = 0.0
    for symbol in range(counts.size):
        if counts[symbol]:
            bits -= counts[symbol] * math.log2(shares[symbol])
    return bits


@kernel
def _by_prefix(text, seam, tokens, n, statistics, literals, distances):  # type: ignore[no-untyped-def]
    """Bits of the prefix's symbols at their own entropy, of the rest by the prefix's shares."""
    first, first_far = np.zeros(N_LITERALS), np.zeros(N_DISTANCES)
    for t in range(n):
        if tokens.position[t] >= seam:
            break
        first[_symbol_of(text, tokens, t)] += 1.0
        if tokens.distance[t]:
            first_far[_distance_symbol_of(tokens, t)] += 1.0
    if seam == 0:
        return _entropy(literals) + _entropy(distances)
    shares = first + _PREFIX_MASS * statistics.literals
    shares_far = first_far + _PREFIX_MASS * statistics.distances
    bits = _entropy(first) + _static(literals - first, shares / shares.sum())
    return (
        bits + _entropy(first_far) + _static(distances - first_far, shares_far / shares_far.sum())
    )


@kernel
def _by_context(text, tokens, n, literals, by_class):  # type: ignore[no-untyped-def]
    """Entropy of the kinds, and of the literals within each of a few contexts."""
    counts = np.zeros((3, 256))
    after_match = 0
    for t in range(n):
        if tokens.distance[t]:
            after_match = 1
            continue
        p = tokens.position[t]
        context = after_match
        if by_class:
            context = _class_of(text[p - 1]) if p else 0
        counts[context, text[p]] += 1.0
        after_match = 0
    bits = _entropy_of_kinds(literals)
    for context in range(3):
        bits += _entropy(counts[context])
    return bits


@kernel
def _class_of(byte):  # type: ignore[no-untyped-def]
    if byte >= 128:
        return 2
    return 1 if byte | 32 >= 97 and byte | 32 <= 122 else 0
