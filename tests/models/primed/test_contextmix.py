"""One primed context mixer for each class, or for the rest of each class."""

import pickle

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, build_compressor
from compressclf.compressors.contextmix import ContextMixer, memory
from compressclf.models import get_model
from compressclf.models.primed.presets import ContextMixModel
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

TEXTS, LABELS = labelled_texts(60, seed=1)
DOCS = Corpus.from_documents(TEXTS)
CLASSES, Y = np.unique(LABELS, return_inverse=True)
NEW = Corpus.from_documents([*labelled_texts(12, seed=2)[0], *AWKWARD])
TRUTH = np.searchsorted(CLASSES, labelled_texts(12, seed=2)[1])
AGAINST = ["own", "rest"]


def fitted(against="own", n_jobs=1, docs=DOCS, y=Y, n_classes=3, **parameters):
    return ContextMixModel(against=against, **parameters).fit(docs, y, n_classes, n_jobs=n_jobs)


def primed(rows):
    mixer = ContextMixer(1)
    for row in rows:
        mixer.prime(TEXTS[row].encode() + b"\n")
    return mixer


def test_bits_are_those_of_a_mixer_that_has_read_the_class():
    order = np.random.default_rng(0).permutation(len(Y))
    bits = fitted().codelengths(NEW)
    for c in range(3):
        assert bits[:, c].tolist() == primed(order[Y[order] == c]).bits(NEW).tolist()


def test_a_decoder_primed_with_the_class_reads_the_document():
    order = np.random.default_rng(0).permutation(len(Y))
    own = order[Y[order] == 1]
    code = primed(own).encode(NEW[0])
    assert primed(own).decode(code, len(NEW[0])) == NEW[0]
    assert 8 * len(code) == pytest.approx(fitted().codelengths(NEW)[0, 1], abs=8)


def test_against_the_rest_the_bits_are_minus_those_after_all_other_classes():
    """Two classes: the rest of one is the other."""
    two = np.flatnonzero(Y < 2)
    docs, y = DOCS.take(two), Y[two]
    own = fitted("own", docs=docs, y=y, n_classes=2).codelengths(NEW)
    rest = fitted("rest", docs=docs, y=y, n_classes=2).codelengths(NEW)
    assert rest.tolist() == (-own[:, ::-1]).tolist()


def test_the_mixer_of_the_rest_has_read_all_but_its_class():
    order = np.random.default_rng(0).permutation(len(Y))
    bits = fitted("rest").codelengths(NEW)
    for c in range(3):
        assert bits[:, c].tolist() == (-primed(order[Y[order] != c]).bits(NEW)).tolist()


@pytest.mark.parametrize("against", AGAINST)
def test_it_learns(against):
    bits = fitted(against).codelengths(NEW[:12])
    assert (bits.argmin(axis=1) == TRUTH).all()


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("n_jobs", [2, 7])
def test_threads_change_nothing(against, n_jobs):
    alone = fitted(against)
    threaded = fitted(against, n_jobs=n_jobs)
    expected = alone.codelengths(NEW)
    assert threaded.codelengths(NEW, n_jobs=n_jobs).tolist() == expected.tolist()
    assert threaded.codelengths(NEW[3:], n_jobs=n_jobs).tolist() == expected[3:].tolist()
    assert alone.codelengths(NEW).tolist() == expected.tolist()


@pytest.mark.parametrize("against", AGAINST)
def test_bytes_add_up_to_documents(against):
    model = fitted(against)
    for doc, bits in zip(NEW, model.codelengths(NEW), strict=True):
        costs = model.explain_bits(doc)
        assert costs.shape == (len(doc), 3)
        assert costs.sum(axis=0).tolist() == bits.tolist()


def test_held_out_documents_cost_more_than_training_documents():
    model, bits = ContextMixModel().fit_held_out(DOCS, Y, 3)
    rows = np.flatnonzero(~np.isnan(bits[:, 0]))
    assert len(rows) == 12
    assert (np.bincount(Y[rows]) >= 3).all()
    assert (bits[rows, Y[rows]] > model.codelengths(DOCS)[rows, Y[rows]]).all()
    assert (bits[rows].argmin(axis=1) == Y[rows]).mean() > 0.9


@pytest.mark.parametrize("against", AGAINST)
def test_classes_without_documents_and_no_documents_at_all(against):
    some = fitted(against, n_classes=5)
    assert np.isfinite(some.codelengths(NEW)).all()
    assert (some.codelengths(NEW[:12]).argmin(axis=1) == TRUTH).all()
    empty = fitted(against, docs=DOCS[:0], y=Y[:0], n_classes=2)
    bits = empty.codelengths(NEW)
    assert bits[:, 0].tolist() == bits[:, 1].tolist()
    model = ContextMixModel(against=against)
    assert model.fit_held_out(DOCS[:0], Y[:0], 2)[1].shape == (0, 2)
    assert some.codelengths(NEW[:0]).shape == (0, 5)


def test_documents_sorted_by_class_and_sliced_corpora():
    order = np.argsort(Y, kind="stable")
    sorted_bits = fitted("rest", docs=DOCS.take(order), y=Y[order]).codelengths(NEW[:12])
    assert (sorted_bits.argmin(axis=1) == TRUTH).all()
    part = fitted(docs=DOCS[10:40], y=Y[10:40]).codelengths(NEW)
    copied = fitted(docs=DOCS.take(np.arange(10, 40)), y=Y[10:40]).codelengths(NEW)
    assert part.tolist() == copied.tolist()


def test_memory_follows_the_text_and_stays_bounded():
    assert memory.sizes_for(np.array([1000, 100_000, 10**9])) == [1, 6, 64]
    assert sum(memory.sizes_for(np.array([10**6] * 150))) <= 1024
    assert sum(memory.sizes_for(np.array([10**8] * 20))) <= 1024
    sized = build_compressor("contextmix:memory=auto").for_texts(np.array([0, 50_000, 10**9]))
    assert [each.memory for each in sized] == [1, 3, 64]
    sized = build_compressor("contextmix:memory=3").for_texts(np.array([1, 10**9]))
    assert [each.memory for each in sized] == [3, 3]


def test_it_is_a_code_unless_it_is_against_the_rest():
    assert get_model("contextmix").is_code
    assert not get_model("contextmix:against=rest").is_code
    assert get_model("contextmix:memory=2,against=rest").spec == "contextmix:memory=2,against=rest"
    assert get_model(get_model("contextmix").spec) == ContextMixModel()
    assert get_model("contextmix:memory=none") == ContextMixModel()  # the old spelling


def test_it_survives_pickling():
    model = fitted()
    assert pickle.loads(pickle.dumps(model)).codelengths(NEW).tolist() == (
        model.codelengths(NEW).tolist()
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("contextmix:memory=0", "The 'memory' parameter of contextmix must be 'auto' or an int in"),
        ("contextmix:against=all", "The 'against' parameter of contextmix must be 'own' or 'rest'"),
    ],
)
def test_parameters_are_checked(spec, message):
    with pytest.raises(ValueError, match=message):
        get_model(spec)


def test_in_the_classifier():
    classifier = CodelengthClassifier("contextmix", n_jobs=1).fit(TEXTS, LABELS)
    assert classifier.score(list(NEW[:12]), CLASSES[TRUTH]) == 1.0
    assert 0.01 < classifier.temperature_ < 100
    assert (classifier.codelengths_ > 0).all()
    costs = classifier.explain_bits(NEW[0])
    assert costs.sum(axis=0).tolist() == classifier.codelengths([NEW[0]])[0].tolist()


def test_more_memory_than_there_is_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "memory_of_machine", lambda: 1000)
    docs, y = Corpus.from_documents(["one", "two"]), np.array([0, 1])
    sentence = "2 context mixers, .* take 1,200 MiB, and the machine has 1,000: give contextmix"
    with pytest.raises(ValueError, match=sentence):
        ContextMixModel(memory=400).fit(docs, y, 2)
    monkeypatch.setattr(memory, "memory_of_machine", lambda: None)
    assert ContextMixModel(memory=1).fit(docs, y, 2).n_classes == 2
