import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus
from compressclf.datasets import hold_out, load_dataset
from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model
from compressclf.models.images.motion import Motion

SETTLED = Motion(
    candidates=30, reach=1, contrast="kept", maps=0.4, gamma=1.0, deskew=False, temperature=6.0
)


@pytest.fixture(scope="module")
def digits():
    train, test = hold_out(load_dataset("sample:digits").train, 0.2, 0)
    few = slice(0, 500)
    y = train.labels.astype(int)
    return train.docs[few], y[few], test.docs, test.labels.astype(int)


@pytest.fixture(scope="module")
def fit(digits):
    docs, y, _, _ = digits
    return SETTLED.fit_held_out(docs, y, 10)


@pytest.fixture(scope="module")
def fitted(fit):
    return fit[0]


def test_it_reads_digits(digits, fitted):
    _, _, test, labels = digits
    assert (fitted.codelengths(test).argmin(axis=1) == labels).mean() > 0.96


def test_open_settings_are_chosen(digits):
    docs, y, _, _ = digits
    model = Motion(deskew=False, gamma=1.0, temperature=7.0).fit(docs[:200], y[:200], 10).model
    assert "auto" not in model.spec
    assert (model.deskew, model.gamma, model.temperature) == (False, 1.0, 7.0)
    assert get_model(model.spec) == model
    assert (Motion().fit(docs[:10], np.arange(10), 10).model.reach) == 3  # nothing to choose by


def test_the_number_of_threads_changes_nothing(digits, fit):
    docs, y, test, _ = digits
    fitted, held = fit
    assert np.array_equal(SETTLED.fit_held_out(docs, y, 10, n_jobs=2)[1], held)
    bits = fitted.codelengths(test)
    assert np.array_equal(fitted.codelengths(test, n_jobs=2), bits)
    assert np.allclose(fitted.codelengths(test[7:8]), bits[7:8])


def test_held_out_is_a_fit_without_the_image(digits, fit):
    docs, y, _, _ = digits
    _, held = fit
    right = held.argmin(axis=1) == y
    assert right.mean() > 0.95
    rest = np.setdiff1d(np.arange(len(y)), [11])
    alone = SETTLED.fit(docs.take(rest), y[rest], 10).codelengths(docs[11:12])
    assert np.allclose(alone, held[11], rtol=0.02)


def test_leave_one_out_takes_the_temperature_with_the_smallest_log_loss(digits):
    from compressclf.calibration import label_bits

    docs, y, _, _ = digits
    chosen = Motion(candidates=30, reach=1, contrast="kept", maps=0.4, gamma=1.0, deskew=False).fit(
        docs, y, 10
    )
    own = float(chosen.model.temperature)
    costs = []
    for temperature in (own / 4, own, own * 4):
        other = get_model(
            chosen.model.spec.rpartition("temperature=")[0] + f"temperature={temperature}"
        )
        _, bits = other.fit_held_out(docs, y, 10)
        costs.append(label_bits(bits, y, temperature=temperature))
    assert costs[1] < min(costs[0], costs[2])


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2), (1, 1, 3), (5, 4, 3)])
def test_small_and_coloured_images(shape):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 100, (30, *shape), dtype=np.uint8)
    images[15:] += 150
    docs, y = ImageCorpus.from_images(images), np.arange(30) // 15
    fitted = Motion().fit(docs, y, 3)
    bits = fitted.codelengths(docs)
    assert bits.shape == (30, 3)
    assert np.isfinite(bits).all()
    if len(shape) > 2 or shape == (5, 4):
        assert (bits.argmin(axis=1) == y).mean() > 0.8


def test_images_that_are_all_the_same():
    docs = ImageCorpus.from_images(np.zeros((40, 4, 4), np.uint8))
    fitted = Motion().fit(docs, np.arange(40) % 2, 2)
    bits = fitted.codelengths(docs)
    assert np.isfinite(bits).all()
    assert np.array_equal(bits[:, 0], bits[:, 1])


def test_refusals(fitted):
    texts = Corpus.from_documents(["a text", "another"])
    with pytest.raises(ValueError, match="The model 'motion' reads images; these documents are"):
        SETTLED.fit(texts, np.array([0, 1]), 2)
    with pytest.raises(ValueError, match="The model 'motion' reads images"):
        fitted.codelengths(texts)
    other = ImageCorpus.from_images(np.zeros((1, 9, 8, 3), np.uint8))
    with pytest.raises(ValueError, match="was fitted to") as error:
        fitted.codelengths(other)
    assert str(error.value) == (
        "The model 'motion' was fitted to images of 8 x 8 pixels, 1 channel, and these have "
        "8 x 9 pixels, 3 channels: bring them to one size, with `resize`."
    )
    mixed = ImageCorpus.from_images([np.zeros((2, 2), np.uint8), np.zeros((3, 2), np.uint8)])
    with pytest.raises(ValueError, match="The images differ in size or colour"):
        SETTLED.fit(mixed, np.array([0, 1]), 2)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("reach=5", "The 'reach' parameter of motion must be 'auto' or an int in [0, 4]."),
        ("contrast=half", "must be 'auto', 'evened' or 'kept'. Got 'half' instead."),
        ("maps=2", "The 'maps' parameter of motion must be 'auto' or a number in [0, 1]."),
        ("deskew=1", "The 'deskew' parameter of motion must be 'auto', yes or no."),
        ("temperature=0", "must be 'auto' or a number in [1e-06, 1e+09]. Got 0 instead."),
        ("candidates=0", "candidates"),
    ],
)
def test_settings_out_of_range(setting, sentence):
    with pytest.raises(ValueError, match="parameter of") as error:
        get_model(f"motion:{setting}")
    assert sentence in str(error.value)


def test_no_documents(fitted):
    nothing = ImageCorpus.from_images(np.zeros((0, 8, 8), np.uint8))
    assert fitted.codelengths(nothing).shape == (0, 10)


def test_in_a_combination_and_in_the_classifier(digits):
    docs, y, test, labels = digits
    classifier = CodelengthClassifier([SETTLED, "transform:gamma=1,deskew=no"], n_jobs=1)
    assert (classifier.fit(docs, y).predict(test) == labels).mean() > 0.96
