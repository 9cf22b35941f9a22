import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.models.blocks import Blocks, live
from tests.models.blocks.corpora import awkward, corpus, topics
from tests.models.blocks.reference import Oracle

MODELS = {
    "damped": Blocks("3+4", words=2, damping=0.5, shorten=0.5, add=1.0, own=0.0, correct=None),
    "mixed": Blocks("4", words=1, damping=1.0, shorten=0.0, add=0.3, own=0.3, correct=None),
    "own": Blocks("none", words=2, damping=0.0, shorten=1.0, add=0.1, own=1.0, correct=None),
}
NEW = [*topics(9, seed=5)[0], b"", b"unseen letters: qqq", b"abc" * 300]


def fresh(model, docs, y, n_classes, reference):
    """The model fitted to these documents with another corpus's mean length."""
    weighting = model.weighting()
    return Oracle(
        docs, list(y), n_classes, lengths=model.given_lengths(), words=model.words,
        damping=weighting.damping, shorten=weighting.shorten, add=weighting.add,
        own=weighting.own, reference=reference,
    )  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("data", [topics, awkward])
def test_updates_one_by_one_equal_a_fit(name, data):
    docs, y, n_classes = data()
    grown = MODELS[name].fit(corpus(docs[:6]), y[:6], n_classes, n_jobs=1)
    for i in range(6, len(docs)):
        grown.update(corpus(docs[i : i + 1]), y[i : i + 1])
    oracle = fresh(MODELS[name], docs, y, n_classes, grown._reference)
    expected = -np.array([oracle.evidence(doc) for doc in NEW])
    assert grown.codelengths(corpus(NEW)) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("data", [topics, awkward])
def test_forgetting_restores_the_model_without_the_documents(name, data):
    """What `fit` rounded to single precision leaves no ghosts behind."""
    docs, y, n_classes = data()
    shrunk = MODELS[name].fit(corpus(docs), y, n_classes, n_jobs=1)
    shrunk.forget(corpus(docs[:8]), y[:8])
    oracle = fresh(MODELS[name], docs[8:], y[8:], n_classes, shrunk._reference)
    probe = [*NEW, *docs[:8]]
    expected = -np.array([oracle.evidence(doc) for doc in probe])
    assert shrunk.codelengths(corpus(probe)) == pytest.approx(expected, rel=1e-4, abs=1e-4)
    for kind, n in oracle.n_features.items():
        assert shrunk._state._chains.n_features[kind] == n


@pytest.mark.parametrize("name", MODELS)
def test_forgetting_everything(name):
    docs, y, n_classes = topics(40)
    fitted = MODELS[name].fit(corpus(docs), y, n_classes, n_jobs=1)
    for i in np.random.default_rng(0).permutation(len(docs)):
        fitted.forget(corpus(docs[i : i + 1]), y[i : i + 1])
    assert not fitted._state._chains.n_features.any()
    assert not fitted.codelengths(corpus(docs)).any()
    assert fitted.arrays()["row_hashes"].size == 0


def test_forgetting_unknown_documents_leaves_no_negative_counts():
    docs, y, n_classes = topics(10)
    fitted = MODELS["mixed"].fit(corpus(docs[:5]), y[:5], n_classes)
    for _ in range(3):
        fitted.forget(corpus(docs), y)
    assert not fitted.codelengths(corpus(docs)).any()
    fitted.update(corpus(docs[:5]), y[:5])
    again = MODELS["mixed"].fit(corpus(docs[:5]), y[:5], n_classes)
    expected = again.codelengths(corpus(docs))
    assert fitted.codelengths(corpus(docs)) == pytest.approx(expected, rel=1e-4, abs=1e-4)


STEPS = st.lists(
    st.tuples(st.sampled_from(["update", "forget", "save", "explain"]), st.integers(1, 5)),
    max_size=8,
)


@given(steps=STEPS, name=st.sampled_from(sorted(MODELS)), n_first=st.integers(0, 8))
@settings(deadline=None, max_examples=60)
def test_any_sequence_is_a_fresh_fit(steps, name, n_first):
    docs, y, n_classes = topics(48, seed=8)
    known = list(range(n_first))
    fitted = MODELS[name].fit(corpus(docs[:n_first]), y[:n_first], n_classes, n_jobs=1)
    following = n_first
    for step, n in steps:
        if step == "update":
            some = list(range(following, following + n))
            fitted.update(corpus(docs).take(some), y[some])
            following += n
            known += some
        elif step == "forget":
            some, known = known[:n], known[n:]
            fitted.forget(corpus(docs).take(np.array(some, np.int64)), y[some])
        elif step == "save":
            fitted = fitted.model.restore(fitted.arrays(), n_classes)
        else:
            fitted.explain_bits(docs[0])
    oracle = fresh(MODELS[name], [docs[i] for i in known], y[known], n_classes, fitted._reference)
    expected = -np.array([oracle.evidence(doc) for doc in NEW])
    assert fitted.codelengths(corpus(NEW)) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_scores_of_changing_counts_are_those_of_fixed_ones(name):
    docs, y, n_classes = awkward()
    fixed = MODELS[name].fit(corpus(docs), y, n_classes)
    changing = MODELS[name].fit(corpus(docs), y, n_classes)
    changing.update(corpus([]), y[:0])
    expected = fixed.codelengths(corpus(NEW))
    assert changing.codelengths(corpus(NEW)) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_do_not_change_a_bit(n_jobs):
    docs, y, n_classes = topics(300, seed=2)
    fitted = MODELS["mixed"].fit(corpus(docs), y, n_classes)
    fitted.update(corpus(docs[:3]), y[:3])
    bits = fitted.codelengths(corpus(docs), n_jobs=1)
    assert np.array_equal(fitted.codelengths(corpus(docs), n_jobs=n_jobs), bits)
    assert np.array_equal(fitted.codelengths(corpus(docs[100:107])), bits[100:107])


def test_features_without_documents_are_dropped(monkeypatch):
    """A window over a stream of ever new words takes no more room than the window."""
    monkeypatch.setattr(live, "CROWD", 500)
    model = MODELS["damped"]
    fitted = model.fit(corpus([]), np.zeros(0, np.int64), 2)
    docs = [f"word{n} and term{n * 7} again".encode() for n in range(300)]
    y = np.arange(300, dtype=np.int64) % 2
    most = 0
    for n in range(300):
        fitted.update(corpus(docs[n : n + 1]), y[n : n + 1])
        if n >= 10:
            fitted.forget(corpus(docs[n - 10 : n - 9]), y[n - 10 : n - 9])
        most = max(most, fitted._state._chains.n_rows)
    assert most < 1000
    oracle = fresh(model, docs[290:], y[290:], 2, fitted._reference)
    expected = -np.array([oracle.evidence(doc) for doc in docs[280:]])
    assert fitted.codelengths(corpus(docs[280:])) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_counting_beyond_255_stops():
    """Wherever a document is counted: by fit, by update, in what is scored."""
    model = Blocks("none", words=1, damping=1, shorten=0, add=0.3, own=0.3, correct=None)
    labels, probes = np.array([0, 1]), corpus([b"a", b"a " * 255, b"a " * 999])
    fitted = [model.fit(corpus([b"a " * n, b"b a"]), labels, 2) for n in (254, 255, 999)]
    for _ in range(2):
        bits = [one.codelengths(probes) for one in fitted]
        assert np.array_equal(bits[1], bits[2])
        assert np.array_equal(bits[2][1], bits[2][2])
        assert not np.array_equal(bits[0], bits[1])
        for one, n in zip(fitted, (254, 255, 999), strict=True):
            one.update(corpus([b"c a " * n]), labels[1:])
