"""The fast coder against the exact one, the ideal codelength and itself."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compressclf.coding import rangecoder, reference


def range_encode(shares):
    coder, stream = rangecoder.encoder(), np.zeros(8 * len(shares) + rangecoder.MARGIN, np.uint8)
    for share in shares:
        rangecoder.encode_interval(coder, stream, *map(np.uint64, share))
    return stream[: rangecoder.finish(coder, stream)].tobytes()


def range_decode(code, tables, precision):
    stream = np.frombuffer(code, np.uint8).copy()
    coder = rangecoder.decoder(stream)
    symbols = []
    for sizes in tables:
        target = int(rangecoder.decode_target(coder, np.uint64(precision)))
        starts = np.concatenate([[0], np.cumsum(sizes)])
        symbol = int(np.searchsorted(starts, target, side="right")) - 1
        share = starts[symbol], sizes[symbol], precision
        rangecoder.decode_interval(coder, stream, *map(np.uint64, share))
        symbols.append(symbol)
    return symbols


@st.composite
def messages(draw, longest=200):
    """Symbols, the table of sizes that each is drawn from, and the precision of the sizes."""
    precision = draw(st.sampled_from([8, 16, 24]))
    cuts = st.lists(st.integers(1, 2**precision - 1), max_size=6, unique=True)
    tables = [
        np.diff([0, *sorted(draw(cuts)), 2**precision]).tolist()
        for _ in range(draw(st.integers(1, 4)))
    ]
    chosen = draw(st.lists(st.sampled_from(tables), max_size=longest))
    return [draw(st.integers(0, len(t) - 1)) for t in chosen], chosen, precision


def shares_of(symbols, tables, precision):
    return [(sum(t[:s]), t[s], precision) for s, t in zip(symbols, tables, strict=True)]


def ideal_bits(shares):
    return sum(precision - math.log2(size) for _, size, precision in shares)


@given(messages())
@example(
    message=(
        [0, 0, 0, 1, 1, 1, 0, 0, 0],
        [[2, 65534]] * 4 + [[1, 65535]] * 2 + [[2, 65534]] * 3,
        16,
    )
)
@settings(max_examples=200, deadline=None)
def test_both_coders_round_trip_within_a_byte_of_the_ideal(message):
    symbols, tables, precision = message
    shares = shares_of(*message)
    exact, fast = reference.encode(shares), range_encode(shares)
    assert reference.decode(exact, tables) == symbols
    assert range_decode(fast, tables, precision) == symbols
    # The last interval, of width w, holds a multiple of any power of two that is at most w. The
    # two coders' lengths are not compared: either may happen to hold a shorter number as well.
    assert 8 * len(exact) <= ideal_bits(shares) + 8 + 1e-6
    # a 24-bit share of a range of 48 bits or more loses less than 2**-24 of it
    assert 8 * len(fast) <= ideal_bits(shares) + len(shares) * 1e-6 + 8


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 65535)), max_size=400))
@settings(max_examples=100, deadline=None)
def test_bits_round_trip(decisions):
    precision = np.uint64(16)
    coder, stream = rangecoder.encoder(), np.zeros(2 * len(decisions) + 8, np.uint8)
    for bit, ones in decisions:
        rangecoder.encode_bit(coder, stream, int(bit), np.uint64(ones), precision)
    code = stream[: rangecoder.finish(coder, stream)].copy()
    coder = rangecoder.decoder(code)
    decoded = [rangecoder.decode_bit(coder, code, np.uint64(n), precision) for _, n in decisions]
    assert decoded == [int(bit) for bit, _ in decisions]


def test_a_carry_travels_through_bytes_already_written():
    # The last hair of the interval below 1/2, then its last share again and again: 0x7fff...; a
    # final step over the middle must carry into all of them.
    shares = [(2**23 - 1, 2, 24), *[(2**24 // 2 - 1, 2, 24)] * 5, (2**24 - 1, 1, 24)]
    tables = [[2**23 - 1, 2, 2**23 - 1]] * 6 + [[2**24 - 1, 1]]
    code = range_encode(shares)
    assert range_decode(code, tables, 24) == [1, 1, 1, 1, 1, 1, 1]


def test_golden_code():
    shares = [(i * 37 % 200 * 300, 700 + i, 16) for i in range(12)]
    assert reference.encode(shares).hex() == "00792373b7d25203d458"
    assert range_encode(shares).hex() == "00792373b7d1ce636a35"  # shares rounded down to 2**-48


@pytest.mark.parametrize(("n", "n_bytes"), [(0, 0), (8, 1), (9, 2), (80, 10)])
def test_fair_bits_take_a_bit_each(n, n_bytes):
    shares = [(1, 1, 1)] * n
    assert len(reference.encode(shares)) == n_bytes
    assert len(range_encode(shares)) <= n_bytes + 1


def test_a_sure_symbol_costs_nothing():
    shares = [(0, 2**24 - 1, 24)] * 1000
    assert range_encode(shares) == b""
    assert range_decode(b"", [[2**24 - 1, 1]] * 1000, 24) == [0] * 1000
