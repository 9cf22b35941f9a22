import numpy as np
import pytest
from sklearn.datasets import load_digits

from compressclf import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model
from compressclf.models.images.pixeltree.contexts import context_offsets
from tests.models.images.pixeltree import reference


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return data.images.astype(np.uint8), data.target.astype(np.int64)


@pytest.fixture(scope="module")
def fitted(digits):
    images, y = digits
    return get_model("pixel-tree:bits=2,cell=2").fit(corpus(images[:1000]), y[:1000], 10)


def corpus(images):
    return ImageCorpus.from_images(np.ascontiguousarray(images))


def blots(n, shape, most, seed):
    """Images of two classes: bright rows or bright columns, with noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    images = rng.integers(0, most // 3 + 1, (n, *shape))
    for image, label in zip(images, y, strict=True):
        line = rng.integers(0, shape[label])
        part = image[line] if label == 0 else image[:, line]
        part += most // 2
    return np.minimum(images, most).astype(np.uint8), y


@pytest.mark.parametrize(
    ("shape", "bits", "trees"), [((4, 3, 1), 2, 2), ((3, 4, 3), 1, 1), ((1, 1, 1), 3, 3)]
)
def test_codelengths_are_those_of_plain_python(shape, bits, trees):
    train, y = blots(12, shape, 200, seed=bits)
    test, _ = blots(3, shape, 200, seed=9)
    spec = f"pixel-tree:bits={bits},cell=2,trees={trees},depth=6,least=3,alpha=0.4"
    model = get_model(spec)
    found = model.fit(corpus(train), y, 3)
    expected = reference.codelengths(
        found.quantiser.levels(train), y, found.quantiser.levels(test), 3, bits=bits, cell=2,
        shifts=[2 * t // trees for t in range(trees)],
        taps=[
            [context_offsets(bits, c, 6, far=t % 2 == 0).tolist() for c in range(shape[2])]
            for t in range(trees)
        ],
        depth=6, least=3, alpha=0.4,
    )  # fmt: skip
    assert found.codelengths(corpus(test)) == pytest.approx(np.array(expected), rel=1e-9)


@pytest.mark.parametrize(("shape", "bits"), [((3, 4, 1), 1), ((2, 3, 1), 2), ((1, 2, 3), 2)])
def test_probabilities_of_all_images_sum_to_one(shape, bits):
    train, y = blots(20, shape, 255, seed=2)
    model = get_model(f"pixel-tree:bits={bits},cell=2,trees=2,least=2")
    found = model.fit(corpus(train), y, 2)
    size = int(np.prod(shape))
    numbers = np.arange(1 << bits * size)
    levels = np.stack([numbers >> bits * i & (1 << bits) - 1 for i in range(size)], axis=1)
    every = found.quantiser.restored(levels.astype(np.uint8)).reshape(-1, *shape)
    assert np.exp2(-found.codelengths(corpus(every))).sum(axis=0) == pytest.approx(1, rel=1e-9)


def test_round_trip_in_as_many_bits_as_the_codelength(digits, fitted):
    images, _ = digits
    some = images[1000:1100]
    bits = fitted.codelengths(corpus(some))
    for i, image in enumerate(some):
        label = i % 10
        code = fitted.encode(image, label)
        assert np.array_equal(fitted.decode(code, label)[..., 0], fitted.quantised(image))
        assert bits[i, label] - 9 < 8 * len(code) <= bits[i, label] + 8


@pytest.mark.parametrize(
    ("spec", "shape", "most"),
    [
        ("bits=8,cell=64", (7, 9, 1), 255),
        ("bits=8,cell=3,trees=1", (5, 4, 3), 255),
        ("bits=5,levels=uniform,cell=2", (8, 8, 1), 16),
        ("bits=1,cell=3", (1, 1, 1), 1),
    ],
)
def test_lossless_where_all_grey_values_have_a_level(spec, shape, most):
    train, y = blots(10, shape, most, seed=1)
    train[0].flat[0] = most
    found = get_model(f"pixel-tree:{spec}").fit(corpus(train), y, 2)
    test, _ = blots(6, shape, most, seed=5)
    bits = found.codelengths(corpus(test))
    for image, cost in zip(test, bits[:, 1], strict=True):
        code = found.encode(image, 1)
        assert np.array_equal(found.decode(code, 1), image)
        assert 8 * len(code) <= cost + 8


def test_a_code_that_is_cut_off_or_too_long(digits, fitted):
    code = fitted.encode(digits[0][0], 3)
    with pytest.raises(ValueError, match=r"^The code goes on after the data\.$"):
        fitted.decode(code + b"\x01\x02\x03", 3)
    with pytest.raises(ValueError, match=r"^The code ends before the data does\.$"):
        fitted.decode(b"", 3)
    with pytest.raises(ValueError, match=r"^A class is an int in \[0, 10\)\. Got 10 instead\.$"):
        fitted.encode(digits[0][0], 10)


def test_accuracy_on_digits(digits, fitted):
    images, y = digits
    labels = fitted.codelengths(corpus(images[1000:])).argmin(axis=1)
    assert (labels == y[1000:]).mean() > 0.9


def test_threads_and_neighbours_do_not_change_bits(digits, fitted):
    images, y = digits
    docs = corpus(images)
    again = get_model(fitted.model.spec).fit(docs[:1000], y[:1000], 10, n_jobs=2)
    bits = fitted.codelengths(docs[1000:])
    assert np.array_equal(again.codelengths(docs[1000:], n_jobs=2), bits)
    assert np.array_equal(fitted.codelengths(docs[1005:1006])[0], bits[5])
    for name, array in again.arrays().items():
        assert np.array_equal(array, fitted.arrays()[name])


def test_bits_of_pixels_add_up(digits, fitted):
    image = digits[0][1500]
    shares = fitted.explain_bits(image.tobytes())
    assert shares.shape == (64, 10)
    total = fitted.codelengths(corpus(image[np.newaxis]))[0]
    assert shares.sum(axis=0) == pytest.approx(total, rel=1e-12)
    assert (shares > 0).all()
    with pytest.raises(ValueError, match="An image of 8 x 8 pixels, 1 channel, must have 64 bytes"):
        fitted.explain_bits(b"abc")


def test_held_out_bits_are_of_trees_that_have_not_seen_the_image(digits, fitted):
    images, y = digits
    _, held = fitted.model.fit_held_out(corpus(images[:1000]), y[:1000], 10)
    rows = np.flatnonzero(~np.isnan(held).any(axis=1))
    assert len(rows) == 200
    own = y[rows]
    seen = fitted.codelengths(corpus(images[rows]))
    assert held[rows, own].mean() > seen[np.arange(200), own].mean() + 1


def test_settings_are_chosen_on_the_training_images(digits):
    images, y = digits
    model = get_model("pixel-tree:trees=1")
    found = model.fit(corpus(images[:300]), y[:300], 10).model
    assert found.bits in (1, 2)
    assert found.cell in (2, 3, 4, 6)  # not 16, which is more than the image
    assert found == model.fit(corpus(images[:300]), y[:300], 10, n_jobs=2).model
    few = model.fit(corpus(images[:20]), y[:20], 10).model
    assert (few.bits, few.cell) == (1, 3)
    assert (
        get_model("pixel-tree:bits=2,cell=5").fit(corpus(images[:50]), y[:50], 10).model.cell == 5
    )


def test_refusals(digits, fitted):
    images, y = digits
    model = get_model("pixel-tree:bits=1,cell=2")
    with pytest.raises(ValueError, match="The model 'pixel-tree' reads images; these documents"):
        model.fit(Corpus.from_documents(["a text"]), y[:1], 1)
    with pytest.raises(
        ValueError, match=r"^The model 'pixel-tree' needs training images\. Got none\.$"
    ):
        model.fit(corpus(images[:0]), y[:0], 2)
    with pytest.raises(
        ValueError, match=r"fitted to images of 8 x 8 pixels, 1 channel, and these have 7 x 8 pix"
    ):
        fitted.codelengths(corpus(images[:2, :, :7]))
    with pytest.raises(ValueError, match="and these have 8 x 8 pixels, 3 channels:"):
        fitted.encode(np.zeros((8, 8, 3), np.uint8), 0)
    assert fitted.codelengths(corpus(images[:0])).shape == (0, 10)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("bits=9", r"'bits' parameter of pixel-tree must be 'auto' or an int in \[1, 8\]. Got 9"),
        ("cell=0", r"'cell' parameter of pixel-tree must be 'auto' or an int in \[1, 256\]. Got 0"),
        ("depth=33", r"The 'depth' parameter of pixel-tree must be an int in \[1, 32\]. Got 33"),
        ("levels=no", "The 'levels' parameter of pixel-tree must be 'learnt' or 'uniform'. Got"),
        ("alpha=0", r"The 'alpha' parameter of pixel-tree must be a number in \[0.001, 10\]. Got"),
    ],
)
def test_parameters_out_of_range(spec, sentence):
    with pytest.raises(ValueError, match=sentence):
        get_model(f"pixel-tree:{spec}")
