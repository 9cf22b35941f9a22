import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.deflate_cases import Cases
from compressclf.compressors import deflate
from compressclf.documents import Corpus
from tests.compressors.deflate import reference_deflate


def test_values_worked_out_by_hand():
    documents = Corpus.from_documents(["abc", "a" * 259, "", "abcabcabcabc"])
    expected = [
        # a, b, c and the end of the block, each once
        4 * 2,
        # a, a, length 257, end: zlib never matches the first byte. 257 has 5 extra bits, 1 has none
        2 * 1 + 2 * 2 + 5,
        # the end of the block is certain
        0,
        # a, b, c, a, length 8 and the end: a twice in six; distance 3 is the only one
        2 * math.log2(3) + 4 * math.log2(6),
    ]
    np.testing.assert_allclose(deflate.lz77_bits(documents), expected)


@pytest.mark.parametrize("level", deflate.EXACT_LEVELS)
def test_entropy_of_the_symbols_that_zlib_writes(level):
    cases = Cases(seed=level)
    prefixes = [cases.text(size) for size in (0, 1, 2, 40, 300, 3000)]
    documents = [cases.text(size) for size in (0, 1, 5, 200, 2000)]
    documents += [cases.runs(900), cases.periodic(900), cases.mutated(prefixes[-1])]
    bits = deflate.joint_lz77_bits(
        Corpus.from_documents(prefixes),
        Corpus.from_documents(documents),
        separator=b" ",
        level=level,
    )
    expected = [
        [reference_deflate.lz77_bits(prefix + b" " + document, level) for document in documents]
        for prefix in prefixes
    ]
    np.testing.assert_allclose(bits, expected, rtol=1e-12, atol=1e-9)


def test_blocks_are_not_split():
    text = Cases(seed=3).text(120_000)
    bits = deflate.lz77_bits(Corpus.from_documents([text]))
    np.testing.assert_allclose(bits, reference_deflate.lz77_bits(text, 9), rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.text("abc ", max_size=300).map(str.encode), st.integers(0, 300))
def test_the_seam_does_not_show(text, seam):
    whole = deflate.lz77_bits(Corpus.from_documents([text]))
    cut = deflate.joint_lz77_bits(
        Corpus.from_documents([text[:seam]]), Corpus.from_documents([text[seam:]]), separator=b""
    )
    np.testing.assert_array_equal(cut[0], whole)
