import math

import numpy as np
import pytest
from sklearn.datasets import load_digits

from compressclf import Corpus
from compressclf.images import ImageCorpus
from compressclf.models import get_model


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return data.images.astype(np.uint8), data.target.astype(np.int64)


@pytest.fixture(scope="module")
def fitted(digits):
    images, y = digits
    return get_model("motion-code:reach=1").fit(corpus(images[:1000]), y[:1000], 10)


def corpus(images):
    return ImageCorpus.from_images(np.ascontiguousarray(images))


def level_bits(fitted, image, reference):
    """What shifts and pixels cost, by the definition; all (height, width, channels)."""
    model, n_levels = fitted.model, 1 << fitted.model.bits
    shares = fitted._shares
    x, y = (
        fitted.quantiser.levels(image).astype(int),
        fitted.quantiser.levels(reference).astype(int),
    )
    height, width, channels = x.shape
    total = 0.0
    for top in range(0, height, model.block):
        for start in range(0, width, model.block):
            block = []
            for shift in range((2 * model.reach + 1) ** 2):
                down, right = divmod(shift, 2 * model.reach + 1)
                cost = 16 - math.log2(shares.shifts[shift])
                for i in range(top, min(top + model.block, height)):
                    for j in range(start, min(start + model.block, width)):
                        for c in range(channels):
                            row, column = i + down - model.reach, j + right - model.reach
                            inside = 0 <= row < height and 0 <= column < width
                            seen = y[row, column, c] if inside else 0
                            left = x[i, j - 1, c] if j else 0
                            above = x[i - 1, j, c] if i else 0
                            before = x[i, j, c - 1] if c else 0
                            context = 0
                            for near in (left, above, before):
                                context = context * 3 + near * 3 // n_levels
                            cost += 16 - math.log2(shares.levels[context, seen, x[i, j, c]])
                block.append(cost)
            total += min(block)
    return total


@pytest.mark.parametrize(("channels", "block"), [(1, 4), (3, 2)])
def test_codelengths_are_those_of_plain_python(channels, block):
    rng = np.random.default_rng(channels)
    images = rng.integers(0, 100, (9, 5, 6, channels), dtype=np.uint8)
    images[1::2, 2:] //= 4
    y = np.arange(9) % 2
    model = get_model(f"motion-code:bits=2,reach=1,block={block},candidates=9")
    fitted = model.fit(corpus(images[:8]), y[:8], 3)
    bits = fitted.codelengths(corpus(images[8:]))[0]
    for label in range(2):
        each = [level_bits(fitted, images[8], one) for one in images[:8][y[:8] == label]]
        assert bits[label] == pytest.approx(math.log2(4) + min(each), rel=1e-6)
    black = level_bits(fitted, images[8], np.zeros_like(images[8]))
    assert bits[2] == pytest.approx(black, rel=1e-6)  # a class without images has a black one


def test_frequencies_sum_to_the_whole(fitted):
    shares = fitted._shares
    assert (shares.levels.sum(axis=2) == 1 << 16).all()
    assert shares.shifts.sum() == 1 << 16
    assert (shares.levels > 0).all()


def test_round_trip_in_as_many_bits_as_the_codelength(digits, fitted):
    images, _ = digits
    some = images[1000:1100]
    bits = fitted.codelengths(corpus(some))
    for i, image in enumerate(some):
        label = i % 10
        code = fitted.encode(image, label)
        assert np.array_equal(fitted.decode(code, label)[..., 0], fitted.quantised(image))
        assert bits[i, label] - 9 < 8 * len(code) <= bits[i, label] * 1.0001 + 8


@pytest.mark.parametrize(
    ("spec", "shape", "n"),
    [
        ("bits=8,block=3", (7, 8, 3), 7),
        ("bits=1,reach=0,block=1", (1, 1, 1), 3),
        ("bits=8,reach=3", (2, 20, 1), 100),
        ("bits=5,levels=learnt", (17, 16, 1), 5),
    ],
)
def test_round_trip_of_other_shapes(spec, shape, n):
    rng = np.random.default_rng(n)
    images = rng.integers(0, 200, (n, *shape), dtype=np.uint8)
    fitted = get_model(f"motion-code:{spec}").fit(corpus(images), np.arange(n) % 2, 2)
    for label in range(2):
        image = np.roll(images[label], 1, axis=1)
        code = fitted.encode(image, label)
        assert np.array_equal(fitted.decode(code, label), fitted.quantised(image))
        bits = fitted.codelengths(corpus(image[np.newaxis]))[0, label]
        assert 8 * len(code) <= bits * 1.001 + 16


def test_every_reference_can_be_named():
    """Shares of 2**24 for references whose number does not divide it."""
    images = np.zeros((7, 4, 4), np.uint8)
    for i in range(7):
        images[i].flat[2 * i : 2 * i + 2] = 255
    fitted = get_model("motion-code:bits=1,reach=0").fit(corpus(images), np.zeros(7, np.int64), 1)
    for image in images:
        assert np.array_equal(
            fitted.decode(fitted.encode(image, 0), 0)[..., 0], fitted.quantised(image)
        )
    stack = np.concatenate([images] * 300)[:2049]
    many = get_model("motion-code:bits=1,reach=0,candidates=5000").fit(
        corpus(stack), np.zeros(2049, np.int64), 1
    )
    for chosen in (0, 1, 1023, 2047, 2048):
        begin, end = many._share_of(chosen, 0)
        assert begin < end
        for target in (int(begin), int(end) - 1):
            assert min((target + 1) * 2049 - 1 >> 24, 2048) in (chosen - 1, chosen, chosen + 1)


def test_soft_minimum(digits, fitted):
    """Between the code of the mixture, which is shorter, and T times the number of a reference."""
    images, y = digits
    docs = corpus(images[1000:1020])
    best = fitted.codelengths(docs)
    soft = {}
    for heat in (1, 20):
        model = get_model(f"motion-code:reach=1,temperature={heat}")
        soft[heat] = model.fit(corpus(images[:1000]), y[:1000], 10).codelengths(docs)
    assert (soft[1] <= best).all()
    assert (soft[1] > best - np.log2(10)).all()
    assert (soft[20] >= soft[1]).all()


def test_accuracy_on_digits(digits, fitted):
    images, y = digits
    labels = fitted.codelengths(corpus(images[1000:])).argmin(axis=1)
    assert (labels == y[1000:]).mean() > 0.96


def test_threads_and_company_do_not_change_bits(digits, fitted):
    docs = corpus(digits[0][1000:])
    bits = fitted.codelengths(docs)
    assert np.array_equal(fitted.codelengths(docs, n_jobs=2), bits)
    assert np.array_equal(fitted.codelengths(docs[7:8])[0], bits[7])
    assert fitted.codelengths(docs[:0]).shape == (0, 10)


def test_held_out_images_are_no_references_of_their_own(digits, fitted):
    images, y = digits
    held = fitted.held_out()
    rows = np.flatnonzero(~np.isnan(held).any(axis=1))
    assert len(rows) == 500
    seen = fitted.codelengths(corpus(images[rows]))
    own = np.arange(500), y[rows]
    assert (held[rows][own] > seen[own]).all()
    others = np.ones(held[rows].shape, bool)
    others[own] = False
    assert np.array_equal(held[rows][others], seen[others])
    assert (held[rows].argmin(axis=1) == y[rows]).mean() > 0.95


def test_an_image_alone_in_its_class_is_not_held_out():
    images = np.random.default_rng(0).integers(0, 256, (7, 4, 4), dtype=np.uint8)
    lone = get_model("motion-code").fit(corpus(images), np.array([0, 0, 0, 1, 1, 1, 2]), 3)
    assert np.isnan(lone.held_out()).any(axis=1).tolist() == [False] * 6 + [True]


def test_damaged_codes(digits, fitted):
    code = fitted.encode(digits[0][0], 3)
    with pytest.raises(ValueError, match=r"^The code goes on after the data\.$"):
        fitted.decode(code + b"\x01\x02\x03", 3)
    with pytest.raises(ValueError, match=r"^A class is an int in \[0, 10\)\. Got -1 instead\.$"):
        fitted.decode(code, -1)


DAMAGE = {
    "no array": ("images", lambda a: None),
    "another type": ("levels", lambda a: a.astype(np.int64)),
    "two channels": ("images", lambda a: np.repeat(a, 2, axis=3)),
    "a class that is none": ("y", lambda a: np.full_like(a, 10)),
    "too few classes": ("y", lambda a: a[1:]),
    "shares above the whole": ("levels", lambda a: a + np.uint32(1)),
    "no share": ("shifts", lambda a: np.array([0, 1 << 16, *[0] * 7], np.uint32)),
    "too few shifts": ("shifts", lambda a: a[1:]),
    "thresholds that fall": ("thresholds", lambda a: a[::-1]),
    "a grey of another level": ("greys", lambda a: a[::-1]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_arrays_that_could_not_have_been_learnt_are_refused(fitted, damage):
    name, change = DAMAGE[damage]
    arrays = dict(fitted.arrays())
    arrays[name] = change(arrays[name])
    with pytest.raises(ValueError, match=f"^The array '{name}' is not what a model of motion-code"):
        fitted.model.restore(arrays, 10)


def test_a_restored_model_gives_the_same_bits_and_codes(digits, fitted):
    again = fitted.model.restore(fitted.arrays(), 10)
    docs = corpus(digits[0][1000:1010])
    assert np.array_equal(again.codelengths(docs), fitted.codelengths(docs))
    assert again.encode(digits[0][0], 1) == fitted.encode(digits[0][0], 1)


def test_refusals(digits, fitted):
    images, y = digits
    model = get_model("motion-code")
    with pytest.raises(ValueError, match="The model 'motion-code' reads images; these documents"):
        model.fit(Corpus.from_documents(["a text"]), y[:1], 1)
    with pytest.raises(ValueError, match="The model 'motion-code' learns from images, and there"):
        model.fit(corpus(images[:0]), y[:0], 2)
    with pytest.raises(
        ValueError, match=r"images of 8 x 8 pixels of 1 chan.* images of 7 x 8 pixel"
    ):
        fitted.codelengths(corpus(images[:2, :, :7]))


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("bits=0", r"The 'bits' parameter of motion-code must be an int in \[1, 8\]. Got 0"),
        ("reach=9", r"The 'reach' parameter of motion-code must be an int in \[0, 8\]. Got 9"),
        ("levels=no", "The 'levels' parameter of motion-code must be 'learnt' or 'uniform'. Got"),
        ("temperature=0.5", r"The 'temperature' parameter of motion-code must be 0 or a number in"),
    ],
)
def test_parameters_out_of_range(spec, sentence):
    with pytest.raises(ValueError, match=sentence):
        get_model(f"motion-code:{spec}")
