"""The container: what it holds, and a sentence for each way in which it can be wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.coding.checksum import crc32c
from compressclf.coding.container import MAGIC, Header, pack, unpack

DATA, CODE = b"what was to be coded", b"its code"
MODEL = {"spec": "lm:path=/a", "version": "1", "runtime": "torch 2, cpu", "digest": "ab" * 32}
FILE = pack(CODE, DATA, **MODEL)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),  # the vectors of RFC 3720
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_crc32c_of_known_vectors(data, expected):
    assert crc32c(data) == expected


def test_header_and_code_come_back():
    header, code = unpack(FILE)
    assert code == CODE
    assert header == Header(
        spec="lm:path=/a",
        version="1",
        runtime="torch 2, cpu",
        digest="ab" * 8,
        n_bytes=len(DATA),
        checksum=crc32c(CODE + DATA),
    )
    header.check_codec(**MODEL)
    header.check_data(DATA, CODE)


@given(st.text(max_size=200), st.binary(max_size=300), st.binary(max_size=300))
def test_any_names_and_bytes_come_back(spec, code, data):
    header, same = unpack(pack(code, data, spec=spec))
    assert (header.spec, same, header.n_bytes) == (spec, code, len(data))


def test_a_short_text_pays_little():
    assert len(pack(b"", bytes(240), spec="contextmix:memory=16", version="1")) == 42


def refusal(file):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as error:
        unpack(file)
    return str(error.value)


def newer(file):
    return file[: len(MAGIC)] + b"\x02" + file[len(MAGIC) + 1 :]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "The file is empty; copy or download it again."),
        (
            b"\x1f\x8b\x08 gzip",
            "The file does not begin like a compressclf file: "
            "decompress it with the tool that wrote it.",
        ),
        (MAGIC[:3], "The file is cut short within its header; copy or download it again."),
        (FILE[:20], "The file is cut short within its header; copy or download it again."),
        (
            FILE[:-3],
            "The file is cut short: 5 of 8 bytes of code are there; copy or download it again.",
        ),
        (
            FILE + b"..",
            "The file has 2 bytes after its end; remove them, or copy or download it again.",
        ),
        (
            newer(FILE),
            "The file has format version 2, but this compressclf reads versions up to 1: upgrade "
            "compressclf, or copy the file again if it is old.",
        ),
        (
            FILE[:12] + b"X" + FILE[13:],
            "The file's header is damaged; copy or download it again.",
        ),
        (
            MAGIC + b"\x01" + b"\xff" * 40,
            "The file's header is damaged; copy or download it again.",
        ),
        (
            MAGIC + b"\x01\xff\xff\xff\xff\x7f" + b"\xff" * 40,
            "The file's header is damaged; copy or download it again.",
        ),
    ],
)
def test_what_is_no_whole_file_is_refused_by_one_sentence(file, message):
    assert refusal(file) == message


def test_every_cut_and_every_changed_byte_of_the_header_is_refused():
    for end in range(len(FILE)):
        assert "is empty" in refusal(FILE[:end]) or "is cut short" in refusal(FILE[:end])
    for place in range(len(FILE) - len(CODE)):
        for flip in (1, 128, 255):
            damaged = bytearray(FILE)
            damaged[place] ^= flip
            assert refusal(bytes(damaged))


@given(st.binary(max_size=80))
@settings(max_examples=200, deadline=None)
def test_a_checksum_does_not_make_fields_of_any_bytes(fields):
    """A header whose checksum is right, by somebody who means harm."""
    file = MAGIC + b"\x01" + bytes([len(fields)]) + fields
    file += crc32c(file).to_bytes(4, "little")
    try:
        header, code = unpack(file)
    except ValueError as error:
        assert str(error).startswith("The file")  # noqa: PT017
    else:
        assert code == b""
        assert 0 <= header.n_bytes < 2**63


def test_a_hostile_length_takes_no_memory():
    for length in (b"\xff" * 8 + b"\x7f", b"\xff\xff\xff\xff\x7f"):
        fields = b"\x01a\x00\x00\x00\x00" + b"\x00" * 4 + length  # so many bytes of code
        file = MAGIC + b"\x01" + bytes([len(fields)]) + fields
        assert "cut short" in refusal(file + crc32c(file).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"digest": "cd" * 32},
            "The file was written with a model that differs from lm:path=/a here (SHA-256 "
            "abababababababab…, not cdcdcdcdcdcdcdcd…): give the model that wrote it, lm:path=/a, "
            "as the compressor.",
        ),
        (
            {"version": "2"},
            "The file was written by version '1' of lm:path=/a, but this is version '2': "
            "decompress it with the compressclf that wrote it.",
        ),
        (
            {"runtime": "torch 3, cuda"},
            "The bits of lm:path=/a depend on the machine: the file was written with torch 2, "
            "cpu, but this is torch 3, cuda; decompress it on a machine like the first.",
        ),
    ],
)
def test_another_codec_is_refused_by_one_sentence(changed, message):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as error:
        unpack(FILE)[0].check_codec(**{**MODEL, **changed})
    assert str(error.value) == message


def test_a_model_with_a_digest_may_lie_elsewhere():
    unpack(FILE)[0].check_codec(**{**MODEL, "spec": "lm:path=/b"})
    header, _ = unpack(pack(CODE, DATA, spec="code:order=1"))
    with pytest.raises(ValueError, match="written by code:order=1, not by code:order=2: give"):
        header.check_codec(spec="code:order=2", version="", runtime="", digest="")


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA[:-1] + b"?", DATA + b"."])
def test_other_data_are_refused(data):
    with pytest.raises(ValueError, match="The file is damaged: its checksum is wrong; copy or"):
        unpack(FILE)[0].check_data(data, CODE)


def test_another_code_of_the_same_data_is_refused():
    with pytest.raises(ValueError, match="its checksum is wrong"):
        unpack(FILE)[0].check_data(DATA, CODE[:-1] + b"E")


def test_a_name_that_fits_no_header_is_refused_before_writing():
    with pytest.raises(ValueError, match=r"bytes, and a file's header holds at most 16,384"):
        pack(CODE, DATA, spec="x" * 20_000)
