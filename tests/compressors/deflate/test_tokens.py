"""The tokens of a stream: they cover the text, copy what is there, and take its bits."""

import zlib

import pytest

from benchmarks.deflate_cases import Cases
from compressclf.compressors.deflate.tokens import tokens_of
from tests.compressors.deflate import reference_deflate


@pytest.mark.parametrize("level", [1, 4, 6, 9])
def test_the_text_comes_back(level):
    cases = Cases(seed=level)
    texts = [b"", b"a", b"a" * 600, cases.text(3000), cases.runs(900), cases.periodic(900)]
    texts += [bytes(range(256)) * 3, cases.text(60_000)]
    for text in texts:
        tokens, built = tokens_of(text, level), bytearray()
        for token in tokens:
            assert token.begin == len(built)
            if not token.distance:
                built.append(token.symbol)
            for _ in range(token.length if token.distance else 0):
                built.append(built[-token.distance])
        assert bytes(built) == text
        coder = zlib.compressobj(level, wbits=-15)
        stream = coder.compress(text) + coder.flush()
        assert sum(token.bits for token in tokens) < 8 * len(stream)


def test_the_symbols_are_those_of_the_reference():
    text = Cases(seed=2).text(5000)
    coder = zlib.compressobj(9, wbits=-15)
    expected = list(reference_deflate.symbols(coder.compress(text) + coder.flush()))
    found = [
        (token.symbol, token.distance_symbol if token.distance else None)
        for token in tokens_of(text)
    ]
    assert found == expected


def test_bits_by_hand():
    # Fixed codes: 8 bits for each of a, b, c; length 4 takes 7 and distance 3 takes 5.
    assert [token.bits for token in tokens_of(b"abcabcab")] == [8, 8, 8, 8, 12]


def test_stored_blocks():
    import random

    text = random.Random(0).randbytes(500)
    tokens = tokens_of(text)
    assert bytes(token.symbol for token in tokens) == text
    assert {token.bits for token in tokens} == {8}
