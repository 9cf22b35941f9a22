"""Frequencies of any probabilities, and the coder that takes them, against the exact coder."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.coding import reference
from compressclf.coding.frequencies import floor_units, integer_frequencies, most_bits
from compressclf.coding.symbols import Decoder, Encoder, decode, encode

weights = st.floats(0, 1e300, allow_subnormal=True) | st.sampled_from([0.0, 1.0, 1e-300])
rows = st.lists(weights, min_size=2, max_size=40).filter(lambda row: 0 < sum(row) < math.inf)


@given(rows, st.integers(6, 32), st.sampled_from([0.0, 2.0**-12, 0.5, 1.0]))
@settings(max_examples=300, deadline=None)
def test_frequencies_sum_exactly_and_are_near_the_mixture(row, precision, floor):
    frequencies = integer_frequencies(row, precision=precision, floor=floor)
    units = floor_units(len(row), precision=precision, floor=floor)
    assert frequencies.dtype == np.uint32
    assert int(frequencies.sum(dtype=np.uint64)) == 2**precision
    assert frequencies.min() >= units >= 1
    shared = 2**precision - units * len(row)
    expected = units + np.array(row) / sum(row) * shared
    assert (np.abs(frequencies - expected) < 1.001).all()


def test_every_row_by_itself():
    rng = np.random.default_rng(0)
    many = rng.dirichlet(np.full(256, 0.05), size=(5, 4))
    together = integer_frequencies(many)
    assert together.shape == many.shape
    assert all(
        (integer_frequencies(many[i, j]) == together[i, j]).all() for i, j in np.ndindex(5, 4)
    )
    assert (integer_frequencies(many * 7) == integer_frequencies(many * 7)).all()


def test_golden_frequencies():
    """A changed frequency makes every file of a model unreadable."""
    found = integer_frequencies(1.0 / np.arange(1, 257)).tolist()
    assert (found[:4], found[-1]) == ([2738777, 1369397, 912936, 684707], 10715)
    assert integer_frequencies([1.0, 0.0], precision=32).tolist() == [2**32 - 2**19, 2**19]
    assert integer_frequencies(np.eye(1, 3)[0], floor=0.0).tolist() == [2**24 - 2, 1, 1]


def test_no_symbol_costs_more_than_the_cap():
    sure = np.zeros(256)
    sure[0] = 1.0
    frequencies = integer_frequencies(sure)
    assert 24 - math.log2(frequencies[255]) == most_bits(256) == 20.0
    assert 24 - math.log2(frequencies[0]) == pytest.approx(2.0**-12 / math.log(2), rel=0.01)
    assert most_bits(49_152, precision=32) == pytest.approx(32 - math.log2(21))


@pytest.mark.parametrize(
    ("n_symbols", "precision", "most"), [(256, 24, 5e-5), (49_152, 32, 5e-5), (49_152, 24, 5e-3)]
)
def test_rounding_costs_little(n_symbols, precision, most):
    """Bits a symbol beyond those of the mixture with the floor, for peaked distributions."""
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.full(n_symbols, 0.01), size=20)
    frequencies = integer_frequencies(probabilities, precision=precision)
    mixture = (1 - 2**-12) * probabilities + 2**-12 / n_symbols
    ideal = -(mixture * np.log2(mixture)).sum(1)
    real = (mixture * (precision - np.log2(frequencies.astype(np.float64)))).sum(1)
    assert (real - ideal).max() < most


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        ([0.0, 0.0], {}, "look for NaN in what the model returned"),
        ([0.5, math.nan], {}, "look for NaN"),
        ([0.5, -0.1], {}, "look for NaN"),
        ([math.inf, 1.0], {}, "look for NaN"),
        ([1.0], {}, r"24 bits code 2 to 16,777,216 symbols. Got 1; choose"),
        (np.ones(5), {"precision": 2}, "2 bits code 2 to 4 symbols. Got 5; choose"),
        ([0.5, 0.5], {"precision": 33}, r"must be an int in \[1, 32\]. Got 33"),
        ([0.5, 0.5], {"floor": 2.0}, r"must be a number in \[0, 1\]. Got 2.0"),
    ],
)
def test_bad_probabilities_are_refused(row, options, message):
    with pytest.raises(ValueError, match=message):
        integer_frequencies(row, **options)


@st.composite
def messages(draw):
    precision = draw(st.sampled_from([6, 16, 24, 32]))
    floor = draw(st.sampled_from([0.0, 2.0**-12]))
    tables = [
        integer_frequencies(r, precision=precision, floor=floor) for r in draw(st.lists(rows))
    ]
    return tables, [draw(st.integers(0, len(t) - 1)) for t in tables], precision


@given(messages())
@settings(max_examples=200, deadline=None)
def test_messages_round_trip_within_a_byte_of_the_ideal(message):
    tables, symbols, precision = message
    encoder = Encoder(precision)
    for table, symbol in zip(tables, symbols, strict=True):
        encoder.put(table, symbol)
    code = encoder.finish()
    decoder = Decoder(code, precision)
    assert [decoder.take(table) for table in tables] == symbols
    decoder.finish()
    sizes = [int(table[symbol]) for table, symbol in zip(tables, symbols, strict=True)]
    ideal = sum(precision - math.log2(size) for size in sizes)
    # of a range of 2**48 at least, 16 bits stay to round in
    assert 8 * len(code) <= ideal + 2**-15 * len(symbols) + 8
    starts = [int(t[:s].sum(dtype=np.uint64)) for t, s in zip(tables, symbols, strict=True)]
    shares = [(start, size, precision) for start, size in zip(starts, sizes, strict=True)]
    exact = reference.encode(shares)
    assert reference.decode(exact, [table.tolist() for table in tables]) == symbols
    assert 8 * len(exact) <= ideal + 8 + 1e-6


def test_whole_messages_are_coded_as_step_by_step():
    rng = np.random.default_rng(2)
    tables = integer_frequencies(rng.dirichlet(np.full(256, 0.1), size=3000))
    symbols = rng.integers(0, 256, 3000)
    encoder = Encoder()
    for table, symbol in zip(tables, symbols, strict=True):
        encoder.put(table, symbol)
    code = encode(tables, symbols)
    assert code == encoder.finish()
    assert (decode(tables, code) == symbols).all()
    assert decode(tables[:0], b"").size == 0


def test_a_code_of_other_length_is_refused():
    tables = integer_frequencies(np.ones((100, 256)))
    code = encode(tables, np.arange(100))
    with pytest.raises(ValueError, match=r"The code ends before the data does\."):
        decode(tables, code[:90])
    for longer in (code + bytes(9), code * 2):
        with pytest.raises(ValueError, match=r"The code goes on after the data\."):
            decode(tables, longer)
    decoder = Decoder(code[:1])
    assert [decoder.take(table) for table in tables[:2]] == [0, 0]
    with pytest.raises(ValueError, match=r"The code ends before the data does\."):
        decoder.take(tables[2])


@pytest.mark.parametrize(
    ("table", "symbol", "message"),
    [
        ([2**23, 2**23 - 1], 0, r"Frequencies must sum to 2\*\*24 = 16,777,216. Got 16,777,215\."),
        ([2**23, 2**23], 2, "Symbol 2 of 2 cannot be coded"),
        ([2**23, 2**23], -1, "Symbol -1 of 2 cannot be coded"),
        ([2**24, 0], 1, "Symbol 1 of 2 cannot be coded: it is unknown, or its frequency is 0"),
    ],
)
def test_what_cannot_be_coded_is_refused(table, symbol, message):
    with pytest.raises(ValueError, match=message):
        Encoder().put(table, symbol)
    with pytest.raises(ValueError, match=message):
        encode(np.array([table], np.uint32), [symbol])


def test_wrong_frequencies_are_refused_by_the_decoder():
    with pytest.raises(ValueError, match=r"Frequencies must sum to 2\*\*24"):
        Decoder(b"\x80").take([1, 2, 3])


def test_rows_and_symbols_must_be_as_many():
    with pytest.raises(ValueError, match="Got 3 symbols and 2 rows"):
        encode(integer_frequencies(np.ones((2, 4))), [1, 2, 3])
