"""The reader: each bit's probability is that of the frequencies of the next byte."""

import numpy as np
import pytest

from compressclf.compressors.bytelm.reader import Reader
from tests.compressors.bytelm.models import small_model, small_weights
from tests.compressors.bytelm.oracle import Oracle

pytestmark = pytest.mark.slow

TEXT = np.frombuffer(b"caf\xe9 at noon", np.uint8).copy()


def test_probabilities_of_bits_are_those_of_the_frequencies():
    oracle, last = Oracle(small_weights(layers=2)), 256
    chances = Reader(small_model(layers=2)).ahead(TEXT)
    assert chances.shape == (TEXT.size, 8)
    for byte, row in zip(TEXT.tolist(), chances.tolist(), strict=True):
        frequencies = oracle.read(last)
        for bit, chance in enumerate(row):
            shift = 8 - bit
            possible = range(byte >> shift << shift, (byte >> shift) + 1 << shift)
            whole = sum(frequencies[b] for b in possible)
            ones = sum(frequencies[b] for b in possible if b >> shift - 1 & 1)
            assert chance == (ones << 16) // whole
        last = byte


def test_the_tree_has_the_probabilities_of_every_path():
    reader = Reader(small_model(spread=5.0))
    for byte in TEXT.tolist():
        path = reader.copy().ahead(np.array([byte], np.uint8))[0]
        tree = reader.tree()[0]
        assert [tree[(256 + byte) >> 8 - bit] for bit in range(8)] == path.tolist()
        reader.take(byte)


def test_reading_in_parts_is_reading_at_once():
    whole, parts = Reader(small_model(layers=2)), Reader(small_model(layers=2))
    rows = [parts.ahead(part) for part in (TEXT[:0], TEXT[:4], TEXT[4:5], TEXT[5:])]
    assert np.concatenate(rows).tolist() == whole.ahead(TEXT).tolist()
    assert parts.ahead(TEXT).tolist() == whole.ahead(TEXT).tolist()


def test_a_copy_is_independent():
    reader = Reader(small_model())
    reader.ahead(TEXT)
    twin = reader.copy()
    expected = twin.copy().ahead(TEXT).tolist()
    twin.ahead(TEXT[:5])
    assert reader.ahead(TEXT).tolist() == expected
