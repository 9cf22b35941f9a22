"""The pixel mixer: exact codes of single images, and of images after others."""

import hashlib

import numpy as np
import pytest

from compressclf.compressors import build_compressor
from compressclf.compressors.images.pixelmix import PixelMix
from compressclf.compressors.images.pixelmix.kernel import distribution, median_edge, solve
from compressclf.compressors.images.pixelmix.tables import CDF, N_REGRESSORS, PRIOR, fresh
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus

CODEC = PixelMix()
GOLDEN_LENGTHS = [843, 226, 297]
GOLDEN_HASHES = ["7faddfbbec9b", "4d4112611fe0", "64456dbf1361"]


def photo(seed, height=24, width=24, channels=3):
    """Smooth shapes whose colours are alike, with a little noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 24
    a, b, c = rng.normal(size=3)
    shape = 120 + 50 * np.sin(3 * a * x + 2 * b * y + c) + 30 * (x + b * y > 0.7)
    tints = rng.normal(0, 20, channels)
    image = shape[..., None] + tints + rng.normal(0, 2, (height, width, 1))
    return np.clip(image + rng.normal(0, 0.7, image.shape), 0, 255).astype(np.uint8)


def walk(seed, *shape):
    """Random walks down and to the right, made of integers."""
    steps = np.random.default_rng(seed).integers(-2, 3, shape)
    return np.clip(128 + steps.cumsum(0) + steps.cumsum(1), 0, 255).astype(np.uint8)


def test_golden_codes():
    """A change of these is a breaking change of the format."""
    codes = [CODEC.encode(walk(*of)) for of in ((1, 24, 24, 3), (2, 24, 20, 1), (3, 5, 40, 3))]
    hashes = [hashlib.sha256(code).hexdigest()[:12] for code in codes]
    assert ([len(code) for code in codes], hashes) == (GOLDEN_LENGTHS, GOLDEN_HASHES)


def test_shorter_than_the_other_codecs():
    photos = pytest.importorskip("sklearn.datasets").load_sample_images().images
    for photo in photos:
        part = np.ascontiguousarray(photo[150:214, 200:280])
        code = CODEC.encode(part)
        assert np.array_equal(CODEC.decode(code, 3), part)
        for other in ("png", "webp", "jpegls", "jxl"):
            assert len(code) < len(build_compressor(other).encode(part))


@pytest.mark.parametrize("channels", [1, 3])
def test_images_after_others(channels):
    others = [photo(i, channels=channels) for i in range(12)]
    primed = CODEC.after(others)
    new = [photo(20, channels=channels), photo(21, 9, 30, channels), others[0]]
    bits = primed.bits(ImageCorpus.from_images(new))
    for image, own in zip(new, bits, strict=True):
        code = primed.encode(image)
        assert own <= 8 * len(code) <= own + 8
        assert len(code) < len(CODEC.encode(image))
        assert np.array_equal(primed.decode(code, *image.shape[:2]), image)
    again = primed.bits(ImageCorpus.from_images(new[::-1]))
    assert again.tolist() == bits.tolist()[::-1]  # they depend on nothing else
    assert CODEC.encode(new[0]) == CODEC.encode(new[0])  # the first state is kept


def test_noise_takes_little_more_than_its_bytes():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert len(CODEC.encode(noise)) < 1.1 * noise.size
    flat = np.zeros((300, 300, 3), np.uint8)
    assert len(CODEC.encode(flat)) < 60


@pytest.mark.parametrize(
    "image",
    [
        np.tile(np.array([0, 255], np.uint8), (20, 10))[..., None],
        np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=0),
        np.random.default_rng(3).integers(0, 2, (33, 21, 3)).astype(np.uint8) * 255,
        np.full((1, 400, 3), 255, np.uint8),
        np.full((400, 1, 1), 7, np.uint8),
    ],
)
def test_drawings_come_back(image):
    assert np.array_equal(CODEC.decode(CODEC.encode(image), image.shape[2]), image)


def test_sizes_are_checked_before_decoding():
    code = CODEC.encode(photo(1))
    with pytest.raises(ValueError, match="the size of the image is wrong"):
        CODEC.decode(code[:1] + b"\xff\xff\xff\x7f" * 2 + code[3:], 3)
    with pytest.raises(ValueError, match="the size of the image is wrong"):
        CODEC.decode(code[:1] + b"\x00" + code[2:], 3)
    with pytest.raises(ValueError, match="the size of the image is wrong"):
        CODEC.decode(code[:1] + b"\xff" * 20, 3)
    with pytest.raises(ValueError, match="not a complete pixelmix code: they begin otherwise"):
        CODEC.decode(b"\x52" + code[1:], 3)
    with pytest.raises(ValueError, match=r"code \(The code ends before the data does\.\)"):
        CODEC.decode(code[: len(code) // 2], 3)
    with pytest.raises(ValueError, match=r"code \(The code goes on after the data\.\)"):
        CODEC.decode(code + bytes(9), 3)


def test_what_cannot_be_coded():
    with pytest.raises(ValueError, match="must be all grey or all coloured, and at least one"):
        CODEC.after([photo(1), photo(1, channels=1)])
    with pytest.raises(ValueError, match="must be all grey or all coloured"):
        CODEC.after([])
    primed = CODEC.after([photo(1)])
    with pytest.raises(ValueError, match=r"have 3 channel\(s\), and this one has the shape"):
        primed.encode(photo(1, channels=1))
    with pytest.raises(ValueError, match="reads images; these documents are texts or bytes"):
        primed.bits(Corpus.from_documents(["a text"]))


def test_regressions_are_those_of_numpy():
    rng = np.random.default_rng(0)
    n = 5
    regressors, targets = rng.normal(size=(40, n)), rng.normal(size=40)
    prior = rng.normal(size=n)
    products, sums = regressors.T @ regressors, regressors.T @ targets
    found = np.zeros(n)
    solve(np.tril(products), sums, found, prior, n, np.zeros((n, n)), np.zeros(n))
    expected = np.linalg.solve(products + np.eye(n), sums + prior)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_parts():
    known = np.zeros((2, 3, 3), np.int64)
    known[0, 0], known[0, 1], known[1, 0] = 10, 20, 30
    known[1, 1, 0] = 50
    assert median_edge(known, 1, 1, 0) == 30  # the corner is the least
    assert median_edge(known, 1, 1, 1) == 50  # no difference from the channel before
    assert distribution(100, 1600, 16) == CDF[len(CDF) // 2 - 16] + 16 * 100
    np.testing.assert_allclose(PRIOR.sum(axis=1), [1, 1, 1, 1])
    assert N_REGRESSORS.tolist() == [14, 15, 16, 10]
    assert fresh(1).coefficients.shape == (3, 3, 16)
