"""The compressor: codes, and what is no code. The contract is tested with all others."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.compressors import build_compressor
from compressclf.compressors.contextmix import ContextMix
from compressclf.documents import Corpus
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

TEXT = " ".join(labelled_texts(10, seed=4)[0]).encode()
SMALL = ContextMix(memory=1)


def test_golden_code():
    """A changed code cannot be read by older versions: raise `version` with it."""
    assert SMALL.version == "1"
    assert SMALL.encode(b"") == b""
    assert (
        SMALL.encode(TEXT[:60]).hex()
        == "8a9295d7f437752c70528d69ec0f96160353e59f2cf24217375aaa8bac0d6322"
    )


def test_golden_file():
    """What versions out there have written: it must stay readable."""
    header = "cc434c46011e13636f6e746578746d69783a6d656d6f72793d31013100"
    assert SMALL.compress(b"").hex() == f"{header}00000000000000b5db426d"
    file = f"{header}0005bb9cceb40583b50d148b8d9f4246"
    assert SMALL.compress(b"to be").hex() == file
    assert SMALL.decompress(bytes.fromhex(file)) == b"to be"


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 140_000])
def test_round_trip_across_chunks(size):
    data = (TEXT * (size // len(TEXT) + 1))[:size]
    assert SMALL.decompress(SMALL.compress(data)) == data


def test_round_trip_of_a_megabyte_of_noise():
    noise = random.Random(7).randbytes(1_000_000)
    code = SMALL.encode(noise)
    assert SMALL.decode(code, len(noise)) == noise
    assert 8 * len(code) == pytest.approx(SMALL.codelength(noise), rel=1e-6, abs=8)


def test_the_longest_possible_message_passes_the_check_of_the_length():
    data = bytes(1_000_000)
    code = SMALL.encode(data)
    assert SMALL.decode(code, len(data)) == data


def test_progress_tells_the_bytes_done():
    data, done = TEXT * (140_000 // len(TEXT) + 1), []
    code = SMALL.encode(data, progress=done.append)
    assert done == [65_536, 131_072, len(data)]
    done.clear()
    assert SMALL.decode(code, len(data), progress=done.append) == data
    assert done == [65_536, 131_072, len(data)]


def test_every_cut_is_refused():
    file = SMALL.compress(TEXT[:300])
    for end in range(len(file)):
        with pytest.raises(ValueError, match=r"The file is (empty|cut short)"):
            SMALL.decompress(file[:end])


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_every_changed_byte_of_the_code_is_refused(data):
    file = bytearray(SMALL.compress(TEXT[:300]))
    place = data.draw(st.integers(41, len(file) - 1))
    file[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match=r"^The file is damaged[^\n]*; copy or download it"):
        SMALL.decompress(bytes(file))


def test_codes_that_are_too_short_are_refused():
    with pytest.raises(ValueError, match=r"The code ends before the data does\."):
        SMALL.decode(b"\x80", 10_000)


def test_more_code_than_data_is_refused():
    with pytest.raises(ValueError, match=r"The code goes on after the data\."):
        SMALL.decode(SMALL.encode(TEXT[:300]) + b"\0\0\0", 300)


@pytest.mark.parametrize("n_bytes", [2**62, 2**33, 45_426 * 5 + 1])
def test_hostile_lengths_are_refused_before_memory_is_taken(n_bytes):
    with pytest.raises(ValueError, match="of code cannot hold"):
        SMALL.decode(b"\xff" * 4, n_bytes)


@given(st.binary(max_size=60), st.integers(0, 10**5))
@settings(max_examples=60, deadline=None)
def test_any_bytes_decode_or_are_refused(code, n_bytes):
    try:
        assert len(SMALL.decode(code, n_bytes)) == n_bytes
    except ValueError as error:
        assert re.match(r"The code (ends|goes on)|[\d,]+ bytes of code cannot", str(error))  # noqa: PT017


def test_another_memory_is_refused():
    with pytest.raises(ValueError, match=r"written by contextmix:memory=1, not by contextmix:mem"):
        ContextMix(memory=2).decompress(SMALL.compress(TEXT))


def test_another_version_is_refused(monkeypatch):
    file = SMALL.compress(TEXT)
    monkeypatch.setattr(ContextMix, "version", "2")
    with pytest.raises(ValueError, match=r"written by version '1' of .*, but this is version '2'"):
        SMALL.decompress(file)


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
    with pytest.raises(
        ValueError, match=r"'memory' parameter of contextmix must be 'auto' or an int in"
    ):
        build_compressor("contextmix:memory=0")
