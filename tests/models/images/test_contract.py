"""What holds for every class model of images; the tests run over the registry."""

import numpy as np
import pytest

from compressclf import Corpus, ImageCodelengthClassifier
from compressclf.documents.images import ImageCorpus
from compressclf.models import IMAGE_MODEL, MODELS, get_model
from tests.registered import IMAGE_MODELS

# "images" becomes a combination of the others: test_chosen.py
NAMES = [name for name in IMAGE_MODELS if name in MODELS.names() and name != IMAGE_MODEL]
every_model = pytest.mark.parametrize("name", NAMES)


def bars(n, shape=(9, 8, 1), seed=0):
    """Three classes of noisy images: a bright row, a bright column, a bright square."""
    rng = np.random.default_rng(seed)
    height, width, _ = shape
    y = np.arange(n) % 3
    images = rng.integers(0, 60, (n, *shape))
    for image, label in zip(images, y, strict=True):
        row, column = rng.integers(1, height - 3), rng.integers(1, width - 3)
        parts = image[row], image[:, column], image[row : row + 3, column : column + 3]
        parts[label][...] += 150
    return ImageCorpus.from_images(images.astype(np.uint8)), y


@pytest.fixture(scope="module")
def fitted_models():
    """Each model fitted once; a fourth class has no images."""
    return {name: get_model(name).fit(*bars(60), 4) for name in NAMES}


@every_model
def test_own_class_is_cheapest(name, fitted_models):
    docs, y = bars(60, seed=9)
    bits = fitted_models[name].codelengths(docs)
    assert bits.shape == (60, 4)
    assert bits.dtype == np.float64
    assert np.isfinite(bits).all()
    assert (bits.argmin(axis=1) == y).mean() >= 0.8
    if fitted_models[name].model.is_code:
        assert (bits >= 0).all()


@every_model
def test_an_image_is_coded_alone(name, fitted_models):
    docs, _ = bars(12, seed=5)
    fitted = fitted_models[name]
    bits = fitted.codelengths(docs)
    backwards = docs.take(np.arange(len(docs))[::-1])
    # Both multiply matrices of floats, whose last bits depend on how many rows there are.
    exact = {"rtol": 1e-4 if name in ("transform", "patches") else 0, "atol": 0}
    assert np.allclose(fitted.codelengths(backwards, n_jobs=2)[::-1], bits, **exact)
    assert np.allclose(fitted.codelengths(docs[3:4])[0], bits[3], **exact)
    assert fitted.codelengths(docs[:0]).shape == (0, 4)


@every_model
def test_two_fits_agree(name, fitted_models):
    docs, y = bars(60)
    again = get_model(name).fit(docs, y, 4, n_jobs=2)
    assert again.codelengths(docs) == pytest.approx(fitted_models[name].codelengths(docs))


@every_model
def test_held_out_bits_come_with_the_same_model(name, fitted_models):
    docs, y = bars(60)
    fitted, held = get_model(name).fit_held_out(docs, y, 4)
    assert np.array_equal(fitted.codelengths(docs), fitted_models[name].codelengths(docs))
    assert held.shape == (60, 4)
    rows = ~np.isnan(held).any(axis=1)
    assert rows.sum() >= 12
    assert (held[rows].argmin(axis=1) == y[rows]).mean() > 0.7
    assert not any(isinstance(value, ImageCorpus) for value in vars(fitted).values())


def test_a_combination_reads_images_if_one_of_its_models_does():
    assert get_model("transform+blocks").reads == "images"
    assert get_model("blocks+zstd-dict").reads == "bytes"


@every_model
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 4, 3)])
def test_images_of_other_shapes(name, shape):
    images = np.random.default_rng(1).integers(0, 256, (6, *shape), dtype=np.uint8)
    docs = ImageCorpus.from_images(images)
    bits = get_model(name).fit(docs, np.arange(6) % 2, 2).codelengths(docs)
    assert np.isfinite(bits).all()


@every_model
def test_texts_are_refused(name):
    with pytest.raises(ValueError, match=f"^The model '{name}' reads images; these documents are"):
        get_model(name).fit(Corpus.from_documents(["a", "b"]), np.array([0, 1]), 2)


@every_model
def test_images_of_another_size_are_refused(name, fitted_models):
    docs, _ = bars(2, shape=(8, 9, 1))
    with pytest.raises(
        ValueError,
        match=rf"^The model '{name}' was fitted to images of 8 x 9 pixels, 1 channel, and these "
        r"have 9 x 8 pixels, 1 channel: bring them to one size, with `resize`\.$",
    ):
        fitted_models[name].codelengths(docs)


@every_model
def test_restored_models_give_the_same_bits(name, fitted_models):
    fitted = fitted_models[name]
    arrays = fitted.arrays()
    if arrays is None:
        pytest.skip(f"{name} is saved as its training images")
    docs, _ = bars(9, seed=4)
    again = fitted.model.restore({key: np.array(value) for key, value in arrays.items()}, 4)
    assert np.array_equal(again.codelengths(docs), fitted.codelengths(docs))


@every_model
def test_updates_in_batches(name, fitted_models):
    docs, y = bars(60)
    spec = fitted_models[name].model.spec  # settled: no time for choosing
    classifier = ImageCodelengthClassifier(spec, calibration=1.0, n_jobs=1)
    classifier.partial_fit(docs[:20], y[:20], classes=range(4))
    with pytest.raises(ValueError, match="differ in size"):
        classifier.partial_fit(np.zeros((2, 3, 3), np.uint8), [0, 1])
    classifier.partial_fit(docs[20:], y[20:])
    assert classifier.class_count_.tolist() == [20, 20, 20, 0]
    whole = get_model(spec).fit(docs, y, 4)
    assert np.array_equal(classifier.codelengths(docs[:5]), whole.codelengths(docs[:5]))
