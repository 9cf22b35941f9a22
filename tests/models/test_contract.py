"""What holds for every class model of texts and bytes; the tests run over the registry."""

import importlib
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from compressclf import CodelengthClassifier, Corpus
from compressclf._lib.optional import MissingExtraError
from compressclf.models import MODELS, ClassModel, FittedModel, get_model
from tests.registered import TEXT_MODELS
from tests.texts import AWKWARD, labelled_texts


def spec_if_there(name):
    """The cheapest spec of a model; skipped as long as its module is not there."""
    try:
        MODELS.load(name.partition(":")[0])
    except MissingExtraError as error:
        return pytest.param(name, marks=pytest.mark.skip(reason=str(error)))
    except (ModuleNotFoundError, AttributeError):
        return pytest.param(name, marks=pytest.mark.skip(reason=f"{name} is not written yet"))
    return pytest.param(name)


NAMES = [spec_if_there(name) for name in TEXT_MODELS]
every_model = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def fitted_models():
    """Each model fitted once: documents of three classes, a fourth without any."""
    cache = {}

    def fitted(name):
        if name not in cache:
            cache[name] = get_model(name).fit(*training_data(), 4)
        return cache[name]

    return fitted


def training_data():
    texts, labels = labelled_texts(60)
    return Corpus.from_documents(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64)


@every_model
def test_spec_builds_the_model_again(name):
    model = get_model(name)
    assert isinstance(model, ClassModel)
    assert get_model(model.spec) == model
    assert pickle.loads(pickle.dumps(model)) == model
    assert isinstance(model.is_code, bool)
    assert model.expected_temperature(1000) == model.temperature_centre > 0
    assert model.expected_temperature(50) <= model.temperature_centre
    assert get_model(model) is model


@every_model
def test_codelengths_of_any_bytes(name, fitted_models):
    fitted = fitted_models(name)
    assert isinstance(fitted, FittedModel)
    assert fitted.n_classes == 4
    bits = fitted.codelengths(Corpus.from_documents(AWKWARD))
    assert bits.shape == (len(AWKWARD), 4)
    assert bits.dtype == np.float64
    assert np.isfinite(bits).all()
    if fitted.model.is_code:
        assert (bits >= 0).all()


@every_model
def test_a_document_is_coded_alone(name, fitted_models):
    """Neither its neighbours, nor their order, nor the threads, nor an earlier call matter."""
    fitted = fitted_models(name)
    docs = Corpus.from_documents([*labelled_texts(12, seed=5)[0], b"", b"\x00\xff" * 50])
    bits = fitted.codelengths(docs)
    backwards = docs.take(np.arange(len(docs))[::-1])
    # embedding multiplies matrices of floats, whose last bits depend on how many rows there are.
    exact = {"rtol": 1e-12 if fitted.model.name == "embedding" else 0, "atol": 0}
    assert np.allclose(fitted.codelengths(backwards, n_jobs=2)[::-1], bits, **exact)
    for i, doc in enumerate(docs):
        assert np.allclose(fitted.codelengths(Corpus.from_documents([doc]))[0], bits[i], **exact)
    assert fitted.codelengths(docs[:0]).shape == (0, 4)


@every_model
def test_two_fits_agree(name, fitted_models):
    docs, y = training_data()
    again = get_model(name).fit(docs, y, 4, n_jobs=2)
    assert again.codelengths(docs) == pytest.approx(fitted_models(name).codelengths(docs))


@every_model
def test_own_class_is_cheapest(name, fitted_models):
    texts, labels = labelled_texts(60, seed=9)
    bits = fitted_models(name).codelengths(Corpus.from_documents(texts))
    own = np.unique(labels, return_inverse=True)[1]
    assert (bits.argmin(axis=1) == own).mean() >= 0.8


@every_model
def test_class_names_do_not_matter(name):
    """Classes renumbered give columns renumbered."""
    docs, y = training_data()
    order = np.array([2, 0, 1])
    bits = get_model(name).fit(docs, y, 3).codelengths(docs[:10])
    renumbered = get_model(name).fit(docs, order[y], 3).codelengths(docs[:10])
    assert renumbered[:, order] == pytest.approx(bits, rel=1e-6)


@every_model
def test_held_out(name):
    """A row of a document that is held out costs its own class more than when it was learnt."""
    docs, y = training_data()
    fitted, held = get_model(name).fit_held_out(docs, y, 4)
    assert held.shape == (len(docs), 4)
    known = ~np.isnan(held).any(axis=1)
    rows = np.flatnonzero(known)
    learnt = fitted.codelengths(docs)
    others = held[:, :3].mean(axis=1) - held[np.arange(len(y)), y]
    memorised = learnt[:, :3].mean(axis=1) - learnt[np.arange(len(y)), y]
    assert others[rows].mean() < memorised[rows].mean()


@every_model
def test_explained_bytes_add_up(name, fitted_models):
    fitted = fitted_models(name)
    text = labelled_texts(1, seed=7)[0][0].encode()
    try:
        shares = fitted.explain_bits(text)
    except NotImplementedError:
        pytest.skip(f"{name} has no bits of single bytes")
    assert shares.shape == (len(text), 4)
    total = fitted.codelengths(Corpus.from_documents([text]))[0]
    assert shares.sum(axis=0) == pytest.approx(total, rel=1e-4, abs=1e-2)


@every_model
def test_update_and_forget(name):
    docs, y = training_data()
    model = get_model(name)
    fitted = model.fit(docs[:40], y[:40], 3)
    if not model.incremental:
        with pytest.raises(NotImplementedError, match=f"{model.name} cannot add documents"):
            fitted.update(docs[40:], y[40:])
        with pytest.raises(NotImplementedError, match=f"{model.name} cannot remove documents"):
            fitted.forget(docs[:4], y[:4])
        return
    before = fitted.codelengths(docs)
    fitted.update(docs[40:], y[40:])
    after = fitted.codelengths(docs)
    assert not np.array_equal(after, before)


@every_model
def test_classifier_on_noise_and_empty_documents(name):
    docs = [*AWKWARD[:6], *AWKWARD[:6]]
    clf = CodelengthClassifier(name, calibration=1.0, n_jobs=1).fit(docs, [0, 1] * 6)
    assert clf.predict_proba(docs).sum(axis=1) == pytest.approx(1)
    assert clone(clf).get_params() == clf.get_params()


def test_every_row_names_a_module_of_this_package():
    for name in MODELS.names():
        module, _, attribute = MODELS._rows[name].partition(":")
        assert module.startswith("compressclf.models.")
        assert attribute
    importlib.import_module("compressclf.models")
