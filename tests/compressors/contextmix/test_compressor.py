"""The compressor: streams, and what is no stream. The contract is tested with all others."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.compressors import build_compressor
from compressclf.compressors.contextmix import ContextMix
from compressclf.documents import Corpus
from tests.texts import AWKWARD, labelled_texts

TEXT = " ".join(labelled_texts(10, seed=4)[0]).encode()
SMALL = ContextMix(memory=1)


def test_golden_stream():
    """A changed stream cannot be read by older versions: raise `version` with it."""
    assert SMALL.version == "1"
    assert SMALL.compress(b"").hex() == "000000"
    assert (
        SMALL.compress(TEXT[:60]).hex()
        == "3c87518a9295d7f437752c70528d69ec0f96160353e59f2cf24217375aaa8bac0d6322"
    )


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 140_000])
def test_round_trip_across_chunks(size):
    data = (TEXT * (size // len(TEXT) + 1))[:size]
    assert SMALL.decompress(SMALL.compress(data)) == data


def test_round_trip_of_a_megabyte_of_noise():
    noise = random.Random(7).randbytes(1_000_000)
    stream = SMALL.compress(noise)
    assert SMALL.decompress(stream) == noise
    assert 8 * len(stream) == pytest.approx(SMALL.codelength(noise), rel=1e-6, abs=64)


def test_the_longest_possible_message_passes_the_check_of_the_length():
    data = bytes(1_000_000)
    stream = SMALL.compress(data)
    assert SMALL.decompress(stream) == data


def test_every_cut_is_refused():
    stream = SMALL.compress(TEXT[:300])
    for end in range(len(stream)):
        with pytest.raises(ValueError, match=r"no whole contextmix stream .* memory=1"):
            SMALL.decompress(stream[:end])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_changed_byte_is_refused(data):
    stream = bytearray(SMALL.compress(TEXT[:300]))
    place = data.draw(st.integers(0, len(stream) - 1))
    stream[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="no whole contextmix stream"):
        SMALL.decompress(bytes(stream))


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff" * 100,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\x00" * 20,  # 2**63 bytes
        b"\xff\xff\xff\x7f" + b"\xff" * 4,
    ],
)
def test_hostile_lengths_are_refused_before_memory_is_taken(stream):
    with pytest.raises(ValueError, match="no whole contextmix stream"):
        SMALL.decompress(stream)


@given(st.binary(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_bytes_decompress_or_are_refused(data):
    try:
        SMALL.decompress(data)
    except ValueError as error:
        assert "no whole contextmix stream" in str(error)  # noqa: PT017


def test_another_memory_is_refused():
    data = random.Random(1).randbytes(100_000)
    with pytest.raises(ValueError, match="written with memory=2"):
        ContextMix(memory=2).decompress(SMALL.compress(data))


def test_codelengths_are_exact_sums():
    given_docs, docs = Corpus.from_documents(AWKWARD[3:]), Corpus.from_documents(AWKWARD)
    conditional = SMALL.conditional_codelengths(docs, given_docs, separator=b" ")
    joint = SMALL.joint_codelengths(given_docs, docs, separator=b" ")
    assert (joint.T - conditional == SMALL.codelengths(given_docs)).all()
    assert (conditional * 2**20 % 1 == 0).all()


def test_text_takes_less_than_with_ppmd():
    ppmd = build_compressor("ppmd")
    for n in (200, len(TEXT)):
        assert SMALL.codelength(TEXT[:n]) < ppmd.codelength(TEXT[:n])


def test_memory_is_checked():
    with pytest.raises(ValueError, match=r"'memory' parameter of contextmix must be an int in"):
        build_compressor("contextmix:memory=0")
