"""zlib is the oracle: every length must be the length of what it writes."""

import zlib
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.deflate_cases import LONG_SHAPES, SHAPES, Cases
from compressclf.compressors import deflate
from compressclf.documents import Corpus

pytestmark = pytest.mark.slow

ZLIB_CONTAINER = 6

compiled = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="takes hours as plain Python")


def zlib_lengths(prefixes, separator, documents, level):
    rows = [
        [len(zlib.compress(prefix + separator + document, level)) for document in documents]
        for prefix in prefixes
    ]
    return np.array(rows) - ZLIB_CONTAINER


def lengths(prefixes, separator, documents, level):
    return deflate.joint_payload_bytes(
        Corpus.from_documents(prefixes),
        Corpus.from_documents(documents),
        separator=separator,
        level=level,
    )


def assert_exact(prefixes, separator, documents, level):
    np.testing.assert_array_equal(
        lengths(prefixes, separator, documents, level),
        zlib_lengths(prefixes, separator, documents, level),
    )


@compiled
@pytest.mark.parametrize("level", deflate.EXACT_LEVELS)
def test_all_families(level):
    cases = Cases(seed=level)
    for _ in range(2):
        for shape in SHAPES:
            batch = cases.batch(*shape)
            assert_exact(batch.prefixes, batch.separator, batch.documents, level)


@compiled
@pytest.mark.parametrize("level", deflate.EXACT_LEVELS)
def test_blocks_and_windows(level):
    cases = Cases(seed=100 + level)
    for shape in LONG_SHAPES:
        batch = cases.batch(*shape)
        assert_exact(batch.prefixes, batch.separator, batch.documents, level)


# Few different bytes, so that there is something to match.
texts = st.binary(max_size=400) | st.text("ab\0é", max_size=400).map(str.encode)
levels = st.sampled_from(deflate.EXACT_LEVELS)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(texts, min_size=1, max_size=4), texts, st.lists(texts, min_size=1, max_size=6), levels
)
def test_any_texts(prefixes, separator, documents, level):
    assert_exact(prefixes, separator, documents, level)


@settings(max_examples=100, deadline=None)
@given(texts, st.integers(0, 400), st.integers(0, 400), levels)
def test_the_seam_does_not_show(text, first, second, level):
    """However a text is cut into prefix, separator and document, its length is the same."""
    first, second = sorted((min(first, len(text)), min(second, len(text))))
    prefix, separator, document = text[:first], text[first:second], text[second:]
    whole = deflate.payload_bytes(Corpus.from_documents([text]), level)
    np.testing.assert_array_equal(lengths([prefix], separator, [document], level), whole[None])


@compiled
@pytest.mark.parametrize("level", deflate.EXACT_LEVELS)
def test_a_block_that_is_exactly_full(level):
    """zlib closes a block after 16,383 symbols; noise has one symbol a byte, or nearly."""
    noise = np.random.default_rng(0).permutation(np.arange(2**16, dtype=np.uint16)).tobytes()
    sizes = [*range(16_380, 16_390), *range(32_764, 32_772)]
    documents = [noise[:size] for size in sizes]
    assert_exact([b"", noise[:1], noise[-300:]], b"", documents, level)


@compiled
@pytest.mark.parametrize("level", [1, 6, 9])
def test_the_last_byte_that_a_match_may_reach(level):
    noise = np.random.default_rng(1).integers(0, 256, 40_000, dtype=np.uint8).tobytes()
    prefixes = [noise[:size] for size in range(32_480, 32_530)]
    assert_exact(prefixes, b"", [noise[:20], noise[1:30]], level)


def test_a_worked_example():
    """3 type bits, 4 literals of 8, length 8 (7 bits), distance 3 (5 bits), 7 to end the block."""
    documents = Corpus.from_documents(["abcabcabcabc"])
    # zlib looks one position ahead: it sends a, b, c, a and copies 8 bytes from 3 back.
    assert 3 + 4 * 8 + 7 + 5 + 7 == 54
    assert deflate.payload_bytes(documents, level=9).tolist() == [-(-54 // 8)]


def test_empty_inputs():
    some = Corpus.from_documents(["a", "b", "c"])
    none = Corpus.from_documents([])
    assert deflate.joint_payload_bytes(none, some, separator=b" ", level=9).shape == (0, 3)
    assert deflate.joint_payload_bytes(some, none, separator=b" ", level=9).shape == (3, 0)
    assert deflate.payload_bytes(none, level=9).shape == (0,)
    assert deflate.payload_bytes(Corpus.from_documents([""]), level=1).tolist() == [2]


def test_result_is_int64_bytes():
    assert lengths([b"a"], b" ", [b"b"], 9).dtype == np.int64


@pytest.mark.parametrize("level", [0, 10, -1, None])
def test_other_levels_are_refused(level):
    with pytest.raises(ValueError, match="level"):
        deflate.payload_bytes(Corpus.from_documents(["a"]), level)


@compiled
def test_tiles_on_threads_give_the_same_lengths():
    batch = Cases(seed=7).batch(600, 40, 60)
    prefixes = Corpus.from_documents(batch.prefixes)
    documents = deflate.prepare(Corpus.from_documents(batch.documents), 9)
    whole = deflate.joint_payload_bytes(prefixes, documents, separator=b" ", level=9)

    def tile(corner):
        row, column = corner
        part = deflate.joint_payload_bytes(
            prefixes[row : row + 7], documents[column : column + 9], separator=b" ", level=9
        )
        np.testing.assert_array_equal(part, whole[row : row + 7, column : column + 9])

    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(tile, [(row, column) for row in range(0, 40, 7) for column in range(0, 60, 9)])
        )
