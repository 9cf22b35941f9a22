import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, load_model, save_model
from compressclf.datasets import hold_out, load_dataset
from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model
from compressclf.models.images.transform import Transform

pytestmark = pytest.mark.slow

SETTLED = Transform(gamma=1.0, deskew=False, pooled=100.0, even=0.1)


@pytest.fixture(scope="module")
def digits():
    train, test = hold_out(load_dataset("sample:digits").train, 0.2, 0)
    few = slice(0, 500)
    y = train.labels.astype(int)
    return train.docs[few], y[few], test.docs, test.labels.astype(int)


@pytest.fixture(scope="module")
def fitted(digits):
    docs, y, _, _ = digits
    return SETTLED.fit(docs, y, 10)


def test_it_reads_digits(digits, fitted):
    docs, y, test, labels = digits
    assert (fitted.codelengths(test).argmin(axis=1) == labels).mean() > 0.96
    _, held = SETTLED.fit_held_out(docs, y, 10)
    assert (held.argmin(axis=1) == y).mean() > 0.95


def test_open_settings_are_chosen(digits):
    docs, y, _, _ = digits
    model = Transform(deskew=False).fit(docs, y, 10).model
    assert "auto" not in model.spec
    assert get_model(model.spec) == model
    alone, held = Transform().fit_held_out(docs[:10], np.arange(10), 10)
    assert alone.model.spec == "transform:cells=7,gamma=0.5,deskew=False,pooled=1000.0,even=0.03"
    assert np.isnan(held).all()


def test_the_number_of_threads_changes_nothing(digits, fitted):
    docs, y, test, _ = digits
    again = SETTLED.fit(docs, y, 10, n_jobs=2)
    assert np.array_equal(again.codelengths(test, n_jobs=2), fitted.codelengths(test))


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2), (1, 1, 3), (5, 4, 3)])
def test_small_and_coloured_images(shape):
    images = np.random.default_rng(0).integers(0, 100, (30, *shape), dtype=np.uint8)
    images[15:] += 150
    docs, y = ImageCorpus.from_images(images), np.arange(30) // 15
    bits = Transform().fit(docs, y, 3).codelengths(docs)
    assert bits.shape == (30, 3)
    assert np.isfinite(bits).all()
    assert (bits[:, :2].argmin(axis=1) == y).mean() > 0.8


def test_refusals(fitted):
    with pytest.raises(ValueError, match="The model 'transform' reads images; these documents"):
        SETTLED.fit(Corpus.from_documents(["a text"]), np.array([0]), 1)
    other = ImageCorpus.from_images(np.zeros((1, 9, 8), np.uint8))
    with pytest.raises(
        ValueError, match="'transform' was fitted to images of 8 x 8 pixels, 1 chan"
    ):
        fitted.codelengths(other)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("cells=0", "The 'cells' parameter of transform must be an int in [1, 16]. Got 0"),
        ("deskew=1", "must be 'auto', yes or no. Got 1 instead."),
        ("pooled=0", "must be 'auto' or a number in [0.001, 1e+09]. Got 0 instead."),
    ],
)
def test_settings_out_of_range(setting, sentence):
    with pytest.raises(ValueError, match="parameter of") as error:
        get_model(f"transform:{setting}")
    assert sentence in str(error.value)


def test_covariances_of_classes_almost_on_their_own():
    """Fewer images than directions: rounding leaves some with a variance below 0."""
    images = np.random.default_rng(0).integers(0, 256, (60, 20, 20), dtype=np.uint8)
    docs = ImageCorpus.from_images(images)
    model = Transform(cells=16, gamma=1.0, deskew=False, pooled=0.001, even=1e-6)
    bits = model.fit(docs, np.arange(60) % 2, 2).codelengths(docs)
    assert (bits.argmin(axis=1) == np.arange(60) % 2).all()


def test_saved_and_loaded(digits, tmp_path):
    docs, y, test, _ = digits
    classifier = CodelengthClassifier(SETTLED).fit(docs, y)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert np.array_equal(loaded.codelengths(test), classifier.codelengths(test))


def changed(name, at, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name].flat[at] = value
        return arrays

    return change


DAMAGE = {
    "mean": lambda arrays: {**arrays, "mean": arrays["mean"][:-1]},
    "basis": changed("basis", 4, np.inf),
    "means": lambda arrays: {**arrays, "means": arrays["means"][:-1]},
    "factors": changed("factors", 7, np.nan),
    "constants": changed("constants", 0, 1e300),
    "shape": changed("shape", 2, 2),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_refused_by_name(fitted, name):
    with pytest.raises(ValueError, match=f"'{name}' cannot belong to a fitted model of transform"):
        fitted.model.restore(DAMAGE[name](dict(fitted.arrays())), 10)
    missing = dict(fitted.arrays())
    del missing[name]
    with pytest.raises(ValueError, match=f"'{name}'"):
        fitted.model.restore(missing, 10)
