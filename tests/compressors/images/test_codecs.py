"""Image codecs keep every pixel, and see an image as an image."""

import io
import pickle

import numpy as np
import pytest
from PIL import Image

from compressclf.compressors import build_compressor
from compressclf.compressors.images.base import ROW
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from tests.registered import CODECS
from tests.texts import AWKWARD

every_codec = pytest.mark.parametrize(
    "codec", [build_compressor(name) for name in CODECS], ids=CODECS
)
RNG = np.random.default_rng(0)
# What a 1 x 1 image and the two bytes of the tail take.
OVERHEAD_BYTES = {"png": 69, "webp": 36, "jxl": 22, "jpegls": 74, "jpeg2000": 126, "pixelmix": 8}


def natural(height, width, channels):
    """Waves with a little noise: smooth, as photographs are."""
    y, x = np.mgrid[:height, :width]
    waves = [100 + 60 * np.sin(x / (3 + c)) + 50 * np.cos(y / (4 + c)) for c in range(channels)]
    return np.clip(np.stack(waves, -1) + RNG.integers(-2, 3, (height, width, 1)), 0, 255).astype(
        np.uint8
    )


IMAGES = [
    np.zeros((1, 1, 1), np.uint8),
    np.full((1, 1, 3), 255, np.uint8),
    natural(1, 9, 1),
    natural(7, 1, 3),
    natural(28, 28, 1),
    natural(31, 17, 3),
    RNG.integers(0, 256, (13, 29, 3)).astype(np.uint8),
    RNG.integers(0, 2, (64, 64, 1)).astype(np.uint8) * 255,
    np.repeat(natural(9, 9, 1), 3, axis=-1),  # coloured, though it looks grey
]


@every_codec
def test_every_pixel_comes_back(codec):
    for image in IMAGES:
        decoded = codec.decode(codec.encode(image), image.shape[2])
        assert decoded.tolist() == image.tolist()


@every_codec
def test_bytes_come_back(codec):
    noise = RNG.integers(0, 256, 3 * ROW + 5).astype(np.uint8).tobytes()
    for data in [*AWKWARD, noise, noise[:ROW], noise[: ROW + 1], noise[: 2 * ROW]]:
        assert codec.decompress(codec.compress(data)) == data


@every_codec
def test_codelengths_of_images_are_the_bits_of_their_files(codec):
    lengths = codec.codelengths(Corpus.from_documents(IMAGES))
    assert lengths.tolist() == [8.0 * len(codec.encode(image)) for image in IMAGES]
    smooth, noise = IMAGES[5], IMAGES[6]
    assert lengths[5] / smooth.size < 8 < lengths[6] / noise.size


@every_codec
def test_an_image_is_no_row_of_bytes(codec):
    tall = ImageCorpus.from_images([natural(99, 40, 1)])
    as_bytes = Corpus(tall.buffer, tall.offsets)
    assert codec.codelengths(tall)[0] < codec.codelengths(as_bytes)[0]


@every_codec
def test_two_images_stand_one_below_the_other(codec):
    first, second = Corpus.from_documents(IMAGES[2:4]), Corpus.from_documents(IMAGES[4:6])
    joint = codec.joint_codelengths(first, second, separator=b" ")
    wide = np.zeros((29, 28, 1), np.uint8)
    wide[0, :9], wide[1:] = IMAGES[2][0], IMAGES[4]
    assert joint[0, 0] == 8 * len(codec.encode(wide))
    coloured = np.zeros((7 + 28, 28, 3), np.uint8)
    coloured[:7, :1], coloured[7:] = IMAGES[3], IMAGES[4]  # grey becomes three equal channels
    assert joint[1, 0] == 8 * len(codec.encode(coloured))
    conditional = codec.conditional_codelengths(second, first)
    assert conditional.tolist() == (joint.T - codec.codelengths(first)).tolist()


@every_codec
def test_joint_codelengths_of_bytes(codec):
    texts = Corpus.from_documents(AWKWARD[:4])
    joint = codec.joint_codelengths(texts, texts, separator=b" ")
    assert joint[1, 2] == 8 * len(codec.compress(AWKWARD[1] + b" " + AWKWARD[2]))


@every_codec
def test_facts(codec):
    assert codec.overhead_bits == 8 * OVERHEAD_BYTES[codec.name]
    assert (codec.lossless, codec.runs_by_default) == (True, False)
    assert pickle.loads(pickle.dumps(codec)) == codec
    assert build_compressor(codec.spec) == codec
    assert codec.version


@every_codec
@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_damaged_codes_are_refused(codec, damage):
    code = codec.compress(bytes(range(200)))
    broken = {"cut": code[: len(code) // 2], "empty": b"", "noise": b"no image" * 9}[damage]
    with pytest.raises(ValueError, match=rf"The data are .*{codec.name}"):
        codec.decompress(broken)


@every_codec
def test_a_tail_longer_than_its_row_is_refused(codec):
    code = codec.compress(b"abc")
    with pytest.raises(ValueError, match=f"The data are not a complete {codec.name}"):
        codec.decompress(code[:-2] + b"\x00\x04")


def test_a_jpegls_code_without_its_end_is_not_decoded(monkeypatch):
    """CharLS counts the zeros after it to 2**32, which takes seconds."""
    codec = build_compressor("jpegls")
    code = codec.compress(b"It was the worst of times, it was the best of times. " * 17)
    monkeypatch.setattr("imagecodecs.jpegls_decode", None)
    for decode in (codec.decompress, lambda code: codec.decompress_at_most(code, 901)):
        with pytest.raises(ValueError, match="not a complete jpegls code: its end is missing"):
            decode(code[:644])


def test_files_are_files_of_the_format():
    image = natural(6, 5, 3)
    for name, kind in (("png", "PNG"), ("webp", "WEBP")):
        with Image.open(io.BytesIO(build_compressor(name).encode(image))) as picture:
            assert (picture.format, np.asarray(picture).tolist()) == (kind, image.tolist())


def test_the_largest_webp():
    with pytest.raises(ValueError, match=r"20000 x 1 pixels is too large for WebP.*`resize`"):
        build_compressor("webp").encode(np.zeros((1, 20_000, 1), np.uint8))


@pytest.mark.parametrize(
    "spec", ["png:level=10", "webp:method=7", "webp:quality=101", "jxl:effort=0"]
)
def test_bad_parameters(spec):
    with pytest.raises(ValueError, match=f"parameter of {spec.partition(':')[0]} must be an int"):
        build_compressor(spec)
