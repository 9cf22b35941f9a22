"""Would a lower bound of NCD save time? ``python -m benchmarks.ncd_bound SOURCE...``.

Of a pair that is surely no nearer than the k-th nearest found so far nobody needs the length. The
engine's work on a pair is the parse and then the codes (Huffman trees and how they are sent); a
bound from the counts of the symbols would spare the codes, one from the prefix's counts the parse
as well. For some test rows against all training rows this script prints, with gzip's NCD:

- whether the bound ever exceeded what zlib writes, and how many bytes it misses;
- how many pairs it rules out against the running k-th best, in the order of the data;
- what all that comes to: exact / (exact + bound - share · (exact - parse)) in time, where the
  engine's entropy stands for the parse; the same if the bound cost nothing and then ruled out
  everything.

The bound of a dynamic block: the entropy of its symbols, which no code beats, and their extra bits,
which are known. Of what heads the block, 14 bits; 3 bits for each code-length symbol that is sent,
in an order in which the shortest code's length tells how many at least; zeros between symbols,
known exactly with their extra bits. The code lengths themselves take at least the entropy of their
counts. Which symbols share a length is unknown, but in a Huffman tree the nodes of one depth weigh
no more than the two lightest of them together. So leaves of one depth have counts within a factor
of two but for one of them, and the grouping with the least entropy under that rule is found by
dynamic programming. Where four neighbours could have equal lengths a repeat may replace them: these
count nothing.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from cli._output import render_table
from compressclf._jit import kernels_of
from compressclf.compressors import deflate
from compressclf.compressors.deflate.blocks import extra_bits, fixed_bits
from compressclf.compressors.deflate.chains import insert, new_chains, remove
from compressclf.compressors.deflate.native import copy
from compressclf.compressors.deflate.parse import start_of_text
from compressclf.compressors.deflate.stream import BATCH, Stream, Writer, open_block, write
from compressclf.compressors.deflate.tables import N_DISTANCES, N_LITERALS, TUNING
from compressclf.datasets import load_dataset
from compressclf.documents import Corpus

kernel: Any = kernels_of(Path(__file__).parent, Path(deflate.__file__).parent, error_model="numpy")

SEPARATOR = b" "
LEVEL = 9
GZIP_BYTES = 18
MAX_SYMBOLS = 2584  # with less, no code is longer than 15 bits: 1 + 1 + 2 + 3 + 5 + 8 + ...
LEAST_HEADER = 14 + 3 * 4

_COUNT = np.arange(1, MAX_SYMBOLS + 400, dtype=np.float64)
_N_LOG_N = np.concatenate([[0.0], _COUNT * np.log2(_COUNT)])
# How a gap of absent symbols is sent, in three fields: plain zeros, symbols 17, symbols 18.
_SHORT_GAP = np.array([0, 1, 2] + [1 << 20] * 8 + [1 << 40] * 128, dtype=np.int64)
_GAP = np.concatenate([_SHORT_GAP, (1 << 40) + _SHORT_GAP[1:], [2 << 40] * 20])
_FIELD = (1 << 20) - 1
# How many code-length symbols are sent at least, by the length of the shortest code (RFC 1951's
# order is 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15).
_SENT = np.array([19, 18, 16, 14, 12, 10, 8, 6, 5], dtype=np.int64)

ROOM = np.dtype(
    [
        ("symbol", np.int32, (320,)),  # of each leaf
        ("count", np.int32, (320,)),
        ("leaves_of", np.int32, (MAX_SYMBOLS + 1,)),  # how many leaves have a count
        ("count_of", np.uint64, (320,)),  # the counts that occur, ascending
        ("up_to", np.int64, (320,)),  # leaves with smaller counts
        ("best", np.float64, (320,)),  # most n log n of these in groups
    ]
)


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("-k", default=3, show_default=True)
@click.option("--limit-test", default=60, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(sources: tuple[str, ...], k: int, limit_test: int, seed: int) -> None:
    """Measure the bound on SOURCES."""
    rows = [_study(source, k, limit_test, seed) for source in sources]
    print(render_table(rows, "md"))


def _study(source: str, k: int, limit_test: int, seed: int) -> dict[str, object]:
    dataset = load_dataset(source)
    assert dataset.test is not None
    queries = Corpus.from_documents(dataset.test.sample(limit_test, seed).docs)
    training = deflate.prepare(Corpus.from_documents(dataset.train.docs), LEVEL)
    cx, cy = (deflate.payload_bytes(docs, LEVEL) + GZIP_BYTES for docs in (queries, training))
    shape = (len(training), N_LITERALS + 2)
    literals, distances = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    room = np.zeros(1, ROOM).view(np.recarray)
    blocks = np.zeros(2, BATCH).view(np.recarray)
    seconds: list[tuple[float, ...]] = []
    slacks, shares = [], []
    _one_row(queries[:1], training[:40], literals, distances, blocks, room)  # compile
    for i in range(len(queries)):
        exact, bound, early, times = _one_row(
            queries[i : i + 1], training, literals, distances, blocks, room
        )
        seconds.append(times)
        slacks.append(exact - bound)
        small, large = np.minimum(cx[i], cy), np.maximum(cx[i], cy)
        ncds = [(size + GZIP_BYTES - small) / large for size in (exact, bound, early)]
        shares.append(_ruled_out(*ncds, k))
    slack = np.concatenate(slacks)
    exact_time, parse_time, bound_time = np.median(seconds, axis=0) / len(training) * 1e6
    share, early_share = np.mean(shares, axis=0)
    saved = exact_time - parse_time
    return {
        "set": dataset.name,
        "pairs": slack.size,
        "violations": int((slack < 0).sum()),
        "bytes missed": float(np.median(slack)),
        "ruled out": share,
        "before the parse": early_share,
        "exact µs": exact_time,
        "parse µs": parse_time,
        "bound µs": bound_time,
        "gain": exact_time / (exact_time + bound_time - share * saved),
        "gain, bound free": exact_time / (exact_time - share * saved),
        "gain, all ruled out": exact_time / parse_time,
    }


def _one_row(
    query: Corpus,
    training: Any,
    literals: np.ndarray,
    distances: np.ndarray,
    blocks: Any,
    room: Any,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, ...]]:
    """Return exact bytes, bound, bound before the parse and the times of exact, parse, bound."""
    clock = [time.thread_time()]
    exact = deflate.joint_payload_bytes(query, training, separator=SEPARATOR, level=LEVEL)[0]
    clock.append(time.thread_time())
    deflate.joint_lz77_bits(query, training, separator=SEPARATOR, level=LEVEL)
    clock.append(time.thread_time())
    bound = np.zeros(len(training), np.int64)
    prefix = np.frombuffer(query[0] + SEPARATOR, np.uint8)
    n_bytes = training.lengths + prefix.size
    bits = _count_symbols(prefix, training.arrays, TUNING[LEVEL], blocks, literals, distances)
    early = np.minimum((int(bits) + LEAST_HEADER + 3 + 7) >> 3, n_bytes)
    alphabet = np.arange(N_LITERALS, dtype=np.uint16)
    alphabet = alphabet[literals[: len(training), :N_LITERALS].any(axis=0)]
    clock.append(time.thread_time())
    _bound_all(literals, distances, alphabet, n_bytes, room, bound)
    clock.append(time.thread_time())
    return exact, bound, early, (clock[1] - clock[0], clock[2] - clock[1], clock[4] - clock[3])


@kernel
def _count_symbols(prefix, training, tuning, blocks, literals, distances):  # type: ignore[no-untyped-def]
    """Count the symbols behind `prefix`; return the entropy of those that come before all."""
    buffer, offsets = training.buffer, training.offsets
    longest = 0
    for j in range(offsets.size - 1):
        longest = max(longest, offsets[j + 1] - offsets[j])
    chains = new_chains(prefix.size, prefix.size + longest)
    writer = Writer(tuning, chains, np.zeros(0, np.uint16), np.int64(1 << 62))
    closing = blocks[0]
    open_block(blocks[1].blocks.literals[0], blocks[1].blocks.distances[0])
    zero = np.int64(0)
    copy(prefix, zero, np.int64(prefix.size), chains.text, zero)
    start = Stream(start_of_text(), zero, zero)
    seam = np.int64(prefix.size)
    insert(chains.text, chains.head, chains.previous, chains.depth, zero, seam - 2)
    shared, shared_far = blocks[1].blocks.literals[0], blocks[1].blocks.distances[0]
    write(writer, start, seam, np.bool_(True), shared, shared_far, closing)
    remove(chains.text, chains.head, chains.previous, zero, seam - 2)
    bits = _entropy(shared) + _entropy(shared_far) + extra_bits(shared, shared_far)
    for j in range(offsets.size - 1):
        end = seam + offsets[j + 1] - offsets[j]
        copy(buffer, offsets[j], offsets[j + 1], chains.text, seam)
        open_block(literals[j], distances[j])
        insert(chains.text, chains.head, chains.previous, chains.depth, zero, end - 2)
        write(writer, start, end, np.bool_(False), literals[j], distances[j], closing)
        remove(chains.text, chains.head, chains.previous, zero, end - 2)
    return bits


@kernel
def _entropy(counts):  # type: ignore[no-untyped-def]
    total, bits = np.int64(0), 0.0
    for n in counts:
        if n > 0:
            total += n
            bits -= n * np.log2(float(n))
    return bits + (total * np.log2(float(total)) if total else 0.0)


@kernel
def _bound_all(literals, distances, alphabet, n_bytes, room, bound):  # type: ignore[no-untyped-def]
    for j in range(bound.size):
        bits = _least_dynamic_bits(literals[j], distances[j], alphabet, room[0])
        least = min(np.int64(np.ceil(bits - 1e-6)), fixed_bits(literals[j], distances[j]))
        bound[j] = min((least + 3 + 7) >> 3, n_bytes[j])


@kernel
def _least_dynamic_bits(literals, distances, alphabet, room):  # type: ignore[no-untyped-def]
    """Return what a dynamic block takes at least; nothing is said of large blocks."""
    n_far, bits_far, matches, gaps_far = _distance_leaves(distances, room)
    n = _literal_leaves(literals, alphabet, room)
    total, bits = np.int64(0), 0.0
    for i in range(n):
        total += room.count[i]
        bits -= _N_LOG_N[min(room.count[i], MAX_SYMBOLS)]
    if total >= MAX_SYMBOLS:
        return 0.0
    gaps, alone = _send_lengths(n, room)
    if n_far >= 2:
        gaps += gaps_far
    plain, by_17, by_18 = gaps & _FIELD, (gaps >> 20) & _FIELD, gaps >> 40
    shortest = 1
    while shortest < 8 and 2 << shortest <= max(min(n, n_far), 2):
        shortest += 1
    bits += _N_LOG_N[total] + bits_far + _N_LOG_N[matches] + extra_bits(literals, distances)
    bits += 14 + 3 * _SENT[shortest] + 3 * by_17 + 7 * by_18
    sent = alone + plain + by_17 + by_18
    of_zeros = _N_LOG_N[plain] + _N_LOG_N[by_17] + _N_LOG_N[by_18]
    return bits + _N_LOG_N[sent] - of_zeros - min(_most_in_groups(alone, room), _N_LOG_N[alone])


@kernel
def _literal_leaves(literals, alphabet, room):  # type: ignore[no-untyped-def]
    n = np.uint64(0)
    for symbol in alphabet:
        count = literals[np.uint64(symbol)]
        room.symbol[n] = symbol
        room.count[n] = count
        n += np.uint64(count != 0)
    return np.int64(n)


@kernel
def _distance_leaves(distances, room):  # type: ignore[no-untyped-def]
    """Return leaves, entropy less its first term, matches and gaps of the distance symbols."""
    n, bits, matches, gaps, last = np.int64(0), 0.0, np.int64(0), np.int64(0), np.int64(-1)
    for symbol in range(N_DISTANCES):
        count = np.int64(distances[symbol])
        if count:
            n += 1
            matches += count
            bits -= _N_LOG_N[min(count, MAX_SYMBOLS)]
            gaps += _GAP[symbol - last - 1]
            last = np.int64(symbol)
    return n, bits, min(matches, MAX_SYMBOLS), gaps


@kernel
def _send_lengths(n, room):  # type: ignore[no-untyped-def]
    """Return the gaps, and how many lengths no repeat can replace; sort these into `leaves_of`."""
    gaps, alone, last = np.int64(0), np.int64(0), np.int64(-1)
    replaced = np.int64(3)  # as many more leaves as are in doubt
    a = b = c = np.int64(0)  # the counts of the three symbols before, 0 if absent
    for i in range(n):
        d, symbol = np.int64(room.count[i]), np.int64(room.symbol[i])
        gap = symbol - last - 1
        gaps += _GAP[gap]
        last = symbol
        if gap:
            a = b = c = np.int64(0)
        low, high, low2, high2 = min(a, b), max(a, b), min(c, d), max(c, d)
        second = min(max(low, low2), min(high, high2))
        if min(low, low2) > 0 and max(high, high2) <= min(low, low2) + second:
            replaced = np.int64(4)
        if replaced:
            replaced -= 1
        else:
            room.leaves_of[room.count[i - 3]] += 1
            alone += 1
        a, b, c = b, c, d
    for i in range(max(n - 3 + replaced, 0), n):
        room.leaves_of[room.count[i]] += 1
        alone += 1
    return gaps, alone


@kernel
def _most_in_groups(alone, room):  # type: ignore[no-untyped-def]
    """Return the most n log n that groups of equal length can add up to; empty `leaves_of`."""
    n, first = np.uint64(0), np.uint64(0)
    seen, count = np.int64(0), np.uint64(0)
    room.best[0] = 0.0
    room.up_to[0] = 0
    while seen < alone:
        count += np.uint64(1)
        leaves = room.leaves_of[count]
        if leaves == 0:
            continue
        room.leaves_of[count] = 0
        seen += leaves
        room.count_of[n] = count
        while count > 2 * room.count_of[first]:
            first += np.uint64(1)
        n += np.uint64(1)
        most = 0.0
        for begin in range(first, n):  # a group of these counts and one lighter leaf
            group = seen - room.up_to[np.uint64(begin)] + 1
            most = max(most, room.best[np.uint64(begin)] + _N_LOG_N[group])
        room.up_to[n] = seen
        room.best[n] = most
    return room.best[n]


@kernel
def _ruled_out(exact, bound, early, k):  # type: ignore[no-untyped-def]
    """Return the shares of pairs that the bounds rule out against the k nearest before them."""
    nearest = np.full(k, np.inf)
    late_pairs = early_pairs = 0
    for j in range(exact.size):
        late_pairs += bound[j] > nearest[-1]
        early_pairs += early[j] > nearest[-1]
        if exact[j] < nearest[-1]:
            nearest[-1] = exact[j]
            nearest.sort()
    return late_pairs / exact.size, early_pairs / exact.size


if __name__ == "__main__":
    main()
