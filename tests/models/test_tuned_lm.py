"""The byte model with an output layer for each class; a small model made here, but for one test."""

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, load_model, save_model
from compressclf.compressors.neural.bytelm.model import ByteModel
from compressclf.models import get_model
from compressclf.models.tuned_lm import TunedLM
from tests.compressors.neural.bytelm.models import small_spec, small_weights
from tests.texts import AWKWARD, labelled_texts

TEXTS, LABELS = labelled_texts(60, seed=1)
DOCS = Corpus.from_documents(TEXTS)
CLASSES, Y = np.unique(LABELS, return_inverse=True)
NEW = Corpus.from_documents([*labelled_texts(12, seed=2)[0], *AWKWARD])
TRUTH = np.searchsorted(CLASSES, labelled_texts(12, seed=2)[1])


@pytest.fixture(scope="module")
def fitted():
    return TunedLM(small_spec()).fit(DOCS, Y, 4)


def test_the_bits_are_those_of_a_byte_model_with_the_classs_weights(fitted):
    bits = fitted.codelengths(NEW)
    for index in range(3):
        assert bits[:, index].tolist() == ByteModel(fitted.weights[index]).bits(NEW).tolist()
    untuned = ByteModel(small_weights()).bits(NEW)
    assert bits[:, 3].tolist() == untuned.tolist()  # a class without documents
    assert (bits[:12, :3].argmin(axis=1) == TRUTH).mean() >= 0.9
    assert bits[np.arange(12), TRUTH].sum() < 0.8 * untuned[:12].sum()


def test_a_class_is_tuned_on_its_own_documents_alone(fitted):
    own = DOCS.take(np.flatnonzero(Y == 1))
    other = TunedLM(small_spec()).fit(own, np.zeros(len(own), np.int64), 1)
    assert (other.codelengths(NEW)[:, 0] == fitted.codelengths(NEW)[:, 1]).all()


def test_explained_bytes_add_up_exactly(fitted):
    bits = fitted.codelengths(NEW)
    for i, doc in enumerate(NEW):
        assert fitted.explain_bits(doc).sum(axis=0).tolist() == bits[i].tolist()


def test_no_more_text_than_the_budget():
    docs = Corpus.from_documents([b"a" * 100, b"b" * 1000, b"c" * 1000, "é".encode() * 500])
    text = TunedLM(small_spec(), budget=3100)._text(docs)
    assert text.lengths.tolist() == [100, 1000, 1000, 1000]
    text = TunedLM(small_spec(), budget=1600)._text(docs)  # 500 for each of the long ones
    assert text.lengths.tolist() == [100, 500, 500, 500]
    assert TunedLM(small_spec(), budget=1603)._text(docs).lengths.tolist() == [100, 501, 501, 500]
    some = TunedLM(small_spec(), budget=600)._text(docs)  # less than 256 for each: not all of them
    assert len(some) == 2
    assert some.lengths.max() == 256
    assert TunedLM(small_spec(), budget=5)._text(docs).lengths.tolist() == [5]


def test_a_sample_is_held_out(fitted):
    held = fitted.held_out()
    rows = np.flatnonzero(~np.isnan(held[:, 0]))
    assert np.bincount(Y[rows]).tolist() == [5, 4, 3]
    rest = np.setdiff1d(np.arange(60), rows)
    model = TunedLM(small_spec()).fit(DOCS.take(rest), Y[rest], 4)
    assert held[rows].tolist() == model.codelengths(DOCS.take(rows)).tolist()


def test_a_saved_model_codes_alike(tmp_path):
    spec = f"tuned-lm:compressor={small_spec()},passes=3"
    classifier = CodelengthClassifier(spec, n_jobs=1).fit(TEXTS, LABELS)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model", trusted=True)
    assert loaded.codelengths(list(NEW)).tolist() == classifier.codelengths(list(NEW)).tolist()
    assert loaded.model_.held_out() is None
    assert not list((tmp_path / "model").glob("*doc*"))


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("digest", lambda a: a[::-1], "has other weights than when the model was saved"),
        ("digest", None, "the arrays are not digest, head, head_bias, head_scale"),
        ("head", lambda a: a[:2], "the array 'head' is not of 4 classes"),
        ("head", lambda a: a[:, :, :16], "the array 'head' must be int8 of shape"),
        ("head", lambda a: a.astype(np.int16), "the array 'head' must be int8"),
        ("head_scale", lambda a: -a - 1, "the array 'head_scale' has numbers outside of"),
        ("head_bias", lambda a: np.int32(3), "the array 'head_bias' is not of 4 classes"),
    ],
)
def test_arrays_are_checked(fitted, name, changed, message):
    arrays = {**fitted.arrays()}
    array = arrays.pop(name)
    if changed:
        arrays[name] = changed(array)
    with pytest.raises(ValueError, match=message):
        fitted.model.restore(arrays, 4)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tuned-lm:compressor=gzip", "must be bytelm or bytelm:weights=PATH.*Got 'gzip' instead"),
        ("tuned-lm:compressor=3", "must be bytelm or bytelm:weights=PATH.*Got 3 instead"),
        ("tuned-lm:passes=0", "The 'passes' parameter of tuned-lm must be an int in"),
        ("tuned-lm:budget=none", "The 'budget' parameter of tuned-lm must be an int in"),
    ],
)
def test_parameters_are_checked(spec, message):
    with pytest.raises(ValueError, match=message):
        get_model(spec)


def test_beside_another_model():
    spec = f"tuned-lm:compressor={small_spec()}+lm:compressor=gzip"
    classifier = CodelengthClassifier(spec, n_jobs=1).fit(TEXTS, LABELS)
    assert classifier.score(list(NEW[:12]), CLASSES[TRUTH]) == 1.0
