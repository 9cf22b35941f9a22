"""Codes alone, against a zlib that is told to look for no matches."""

import random
import zlib

import numpy as np
import pytest

from compressclf.compressors.deflate.blocks import dynamic_bits, end_of_block, fixed_bits
from compressclf.compressors.deflate.huffman import BLOCKS, LANES
from compressclf.compressors.deflate.native import entry
from compressclf.compressors.deflate.tables import END_OF_BLOCK

ALPHABET = np.arange(286, dtype=np.uint16)


@entry
def stream_bytes(room, alphabet, n_bytes, out):
    blocks = room[0]
    dynamic_bits(blocks, alphabet)
    for lane in range(out.size):
        fixed = fixed_bits(blocks.literals[lane], blocks.distances[lane])
        out[lane] = (end_of_block(0, blocks.dynamic[lane], fixed, n_bytes[lane]) + 7) >> 3


def huffman_only(text):
    compressor = zlib.compressobj(9, wbits=-15, strategy=zlib.Z_HUFFMAN_ONLY)
    return len(compressor.compress(text) + compressor.flush())


def lengths_by_lanes(texts):
    room = np.zeros(1, BLOCKS).view(np.recarray)
    for lane, text in enumerate(texts):
        room[0].literals[lane, :256] = np.bincount(np.frombuffer(text, np.uint8), minlength=256)
        room[0].literals[lane, END_OF_BLOCK] = 1
    out = np.zeros(LANES, np.int64)
    stream_bytes(room, ALPHABET, np.array([len(text) for text in texts]), out)
    return out.tolist()


def with_counts(counts, rng):
    symbols = rng.sample(range(256), len(counts))
    return b"".join(bytes([symbol]) * count for symbol, count in zip(symbols, counts, strict=True))


def fibonacci_counts(n):
    counts = [1, 1]
    while len(counts) < n:
        counts.append(counts[-1] + counts[-2])
    return counts[:n]


@pytest.mark.parametrize("n", range(1, 20))
def test_trees_that_are_too_high(n):
    """From 17 Fibonacci numbers on, the longest code of a Huffman tree has more than 15 bits."""
    rng = random.Random(n)
    counts = [rng.sample(fibonacci_counts(n), n) for _ in range(LANES)]
    texts = [with_counts(lane, rng) for lane in counts]
    assert lengths_by_lanes(texts) == [huffman_only(text) for text in texts]


def test_histograms():
    rng = random.Random(0)
    kinds = [
        lambda: [rng.randrange(1, 40) for _ in range(rng.randrange(0, 256))],
        lambda: [int(1 / rng.random() ** 2) + 1 for _ in range(rng.randrange(1, 100))],
        lambda: [1] * rng.randrange(0, 256),
        lambda: [2 ** rng.randrange(8) for _ in range(rng.randrange(1, 60))],
    ]
    for _ in range(300):
        texts = []
        for _ in range(LANES):
            counts = rng.choice(kinds)()
            while sum(counts) > 16_000:
                counts.remove(max(counts))
            texts.append(with_counts(counts, rng))
        assert lengths_by_lanes(texts) == [huffman_only(text) for text in texts]
