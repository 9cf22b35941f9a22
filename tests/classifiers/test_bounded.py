import re

import numpy as np
import pytest

from compressclf import CodelengthClassifier, NCDClassifier, load_model, save_model
from compressclf.classifiers import _bounded
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(240, seed=1)
NEW = labelled_texts(60, seed=2)[0]
MEMORY = 2_000_000_000


def in_batches(texts=TEXTS, labels=LABELS, step=50):
    return [(texts[i : i + step], labels[i : i + step]) for i in range(0, len(texts), step)]


@pytest.fixture
def small(monkeypatch):
    """A program that takes no memory, so that a test needs few documents to exceed its limit."""
    monkeypatch.setattr(_bounded, "PROGRAM", 0)
    monkeypatch.setattr(_bounded, "LEAST", 0)


def test_documents_that_fit_into_memory_are_fitted_as_by_fit():
    expected = CodelengthClassifier(n_jobs=1).fit(TEXTS, LABELS)
    clf = CodelengthClassifier(n_jobs=1).fit_batches(in_batches(), memory=MEMORY)
    assert clf.pruned_ is None
    assert clf.n_sampled_ == len(TEXTS)
    np.testing.assert_array_equal(clf.codelengths(NEW), expected.codelengths(NEW))
    assert clf.calibration_ == expected.calibration_


@pytest.mark.usefixtures("small")
def test_more_documents_are_sampled_and_counted(tmp_path):
    texts, given = labelled_texts(2000, seed=1)
    clf = CodelengthClassifier("blocks:lengths=4", prior="empirical", n_jobs=1)
    clf.fit_batches(in_batches(texts, given, 300), memory=4_000_000)
    assert 50 < clf.n_sampled_ < 500
    labels, counts = np.unique(given, return_counts=True)
    assert clf.classes_.tolist() == labels.tolist()
    assert clf.class_count_.tolist() == counts.tolist()
    np.testing.assert_allclose(clf.class_prior_, counts / counts.sum())
    assert np.isfinite(clf.codelengths_).all()
    again = CodelengthClassifier("blocks:lengths=4", prior="empirical", n_jobs=1)
    again.fit_batches(in_batches(texts, given, 2000), memory=4_000_000)
    assert clf.pruned_ is again.pruned_ is None
    np.testing.assert_array_equal(clf.codelengths(NEW), again.codelengths(NEW))
    save_model(clf, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(NEW), clf.predict_proba(NEW))
    clf.partial_fit(NEW[:1], LABELS[:1])


@pytest.mark.usefixtures("small")
def test_the_sample_is_drawn_at_random_from_all_batches():
    survey = _bounded._Survey(200_000)
    docs = CodelengthClassifier()._documents([f"{i:05d}" for i in range(4000)])
    for i in range(0, 4000, 100):
        survey.add(docs[i : i + 100], np.full(100, i // 1000))
        assert survey._need() <= 200_000
    assert survey.n_docs == 4000
    assert survey.n_bytes == 20_000
    assert survey.counts.tolist() == [1000] * 4
    sample, codes = survey.drawn()
    numbers = np.array([int(doc) for doc in sample])
    assert (np.diff(numbers) > 0).all()
    np.testing.assert_array_equal(numbers // 1000, codes)
    assert (np.bincount(codes) > 0.1 * len(codes)).all()


def test_a_temperature_needs_no_held_out_documents():
    clf = CodelengthClassifier(calibration=2.0, n_jobs=1).fit_batches(in_batches(), memory=MEMORY)
    assert clf.temperature_ == 2.0


REFUSED = {
    "little memory": (
        CodelengthClassifier(),
        in_batches(),
        10**6,
        "The 'memory' of fit_batches must be at least 800 MB, in bytes. Got 1000000 instead.",
    ),
    "another model": (
        CodelengthClassifier("ppmd"),
        in_batches(),
        MEMORY,
        "Only the model blocks is fitted in batches. Got 'ppmd' instead: set model='blocks', or "
        "fit ppmd to a sample of the documents.",
    ),
    "a window": (
        CodelengthClassifier("blocks:correct=none", window=3),
        in_batches(),
        MEMORY,
        "fit_batches counts every document once and keeps none: set window=None and "
        "class_weight=None in CodelengthClassifier.",
    ),
    "an iterator": (
        CodelengthClassifier(),
        iter(in_batches()),
        MEMORY,
        "fit_batches reads the batches twice, and an iterator can be read once: give a list, or "
        "an object whose __iter__ begins anew.",
    ),
    "no documents": (CodelengthClassifier(), [], MEMORY, "Found no documents in the batches."),
    "no labels": (
        CodelengthClassifier(),
        [(TEXTS, None)],
        MEMORY,
        "CodelengthClassifier requires y to be passed, but the target y is None.",
    ),
    "images": (
        CodelengthClassifier("blocks"),
        [(np.zeros((2, 4, 4), np.uint8), [0, 1])],
        MEMORY,
        "Only texts are fitted in batches, and these are images: use fit.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    clf, batches, memory, message = REFUSED[name]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        clf.fit_batches(batches, memory=memory)


def test_other_classifiers_have_no_batches():
    assert not hasattr(NCDClassifier(), "fit_batches")
