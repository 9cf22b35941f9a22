"""What a stranger's .cclf may not cost."""

import bz2
import lzma
import zlib

import numpy as np
import pytest

from compressclf._lib.optional import MissingExtraError
from compressclf.coding import container
from compressclf.compressors import build_compressor
from compressclf.compressors.files import pack, unpack

ZEROS = bytes(1 << 20)
TEXT = b"to be, or not to be: that is the question. " * 9


def built(name):
    try:
        return build_compressor(name)
    except MissingExtraError:
        pytest.skip(f"{name} is not installed")


class OfLength(bytes):
    """Bytes that lie about their number."""

    def __len__(self):
        return self.n_bytes


def claiming(n_bytes, code, spec):
    data = OfLength(b"")
    data.n_bytes = n_bytes
    return container.pack(code, data, spec=spec)


@pytest.mark.parametrize(
    "name", ["gzip", "zlib", "deflate", "bz2", "xz", "lzma", "zstd", "ppmd", "lz4", "brotli"]
)
def test_no_more_is_decoded_than_the_header_says(name):
    codec = built(name)
    assert codec.decompress_at_most(codec.compress(TEXT), len(TEXT)) == TEXT
    assert codec.decompress_at_most(codec.compress(b""), 0) == b""
    for n_bytes in (0, 1, 1000):
        found = codec.decompress_at_most(codec.compress(ZEROS), n_bytes)
        assert n_bytes < len(found)
        assert len(found) == n_bytes + 1 or name == "brotli"
    with pytest.raises(ValueError, match="The file is damaged"):
        unpack(claiming(1, codec.compress(ZEROS), codec.spec))


@pytest.mark.parametrize("name", ["png", "webp", "jxl", "jpegls", "jpeg2000", "pixelmix"])
def test_images_have_as_many_pixels_as_the_header_says(name):
    codec = built(name)
    code = codec.compress(TEXT)
    assert codec.decompress_at_most(code, len(TEXT)) == TEXT
    large = codec.encode(np.zeros((300, 300, 1), np.uint8)) + code[-2:]
    with pytest.raises(ValueError, match=r"pixels|shape"):
        codec.decompress_at_most(large, len(TEXT))


def test_a_stream_that_asks_for_a_large_dictionary():
    stream = bytearray(lzma.compress(TEXT, preset=0))
    stream[16] = 40  # 4 GiB
    stream[20:24] = zlib.crc32(bytes(stream[12:20])).to_bytes(4, "little")
    with pytest.raises(ValueError, match="The file is damaged: xz cannot decode it"):
        unpack(claiming(len(TEXT), bytes(stream), "xz:preset=6"))


@pytest.mark.parametrize(
    ("spec", "most"),
    [
        ("bz2:level=9", 1 << 26),
        ("contextmix:memory=1", 1 << 20),
        ("bytelm", 1 << 20),
        ("contextmix:memory=1,model=bytelm", 1 << 20),
    ],
)
def test_lengths_out_of_proportion_to_the_code(spec, most):
    sentence = f"bytes of code unpack to {most + 1:,} bytes, which may need much time and memory: g"
    with pytest.raises(ValueError, match=sentence):
        unpack(claiming(most + 1, bytes(100), spec))
    with pytest.raises(ValueError, match=r"The file (is damaged|was written)"):
        unpack(claiming(most, bytes(100), spec))


def test_whoever_gives_the_compressor_sets_no_limit(monkeypatch):
    monkeypatch.setattr("compressclf.compressors.files.BYTES_BY_DEFAULT", 1000)
    file = pack(ZEROS, "bz2")
    with pytest.raises(ValueError, match="give the compressor, 'bz2:level=9', if you trust"):
        unpack(file)
    assert unpack(file, "bz2") == ZEROS
    assert bz2.decompress(container.unpack(file)[1]) == ZEROS


def test_an_extra_that_is_missing_is_a_value_error(monkeypatch):
    def missing(spec):
        raise MissingExtraError("'lz4' is not installed: pip install 'compressclf[lz4]'")

    file = pack(TEXT, "bz2")
    monkeypatch.setattr("compressclf.compressors.files.build_compressor", missing)
    with pytest.raises(ValueError, match=r"needs the compressor 'bz2:level=9': 'lz4' is not insta"):
        unpack(file)
