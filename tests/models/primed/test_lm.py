"""One compressor for all classes, after exemplars of each."""

import pickle
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, load_model, save_model
from compressclf.compressors import COMPRESSORS, Compressor, build_compressor
from compressclf.models import get_model
from compressclf.models.primed.presets import LanguageModel
from tests.compressors.bytelm.models import small_spec
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

TEXTS, LABELS = labelled_texts(60, seed=1)
DOCS = Corpus.from_documents(TEXTS)
CLASSES, Y = np.unique(LABELS, return_inverse=True)
NEW = Corpus.from_documents([*labelled_texts(12, seed=2)[0], *AWKWARD])
TRUTH = np.searchsorted(CLASSES, labelled_texts(12, seed=2)[1])


@dataclass(frozen=True)
class Stub(Compressor):
    """A byte but the first, a separator, costs as many bits as the text before it has bytes."""

    name = "stub"
    version = "1"
    window = 100
    shares_prefixes = True
    digest: ClassVar[str] = "0a1b"
    calls: ClassVar[list[tuple[list[bytes], bytes]]] = []

    def codelengths(self, docs):
        return 8.0 * docs.lengths

    def joint_codelengths(self, prefixes, docs, *, separator=b""):
        raise AssertionError

    def conditional_codelengths(self, docs, given, *, separator=b""):
        (text,) = given
        self.calls.append((list(docs), text))
        return np.outer(docs.lengths - 1.0, given.lengths)


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setitem(COMPRESSORS._rows, "stub", f"{__name__}:Stub")
    monkeypatch.setattr(Stub, "calls", [])
    return Stub


def fitted(docs=DOCS, y=Y, n_classes=3, n_jobs=1, **parameters):
    return LanguageModel(**parameters).fit(docs, y, n_classes, n_jobs=n_jobs)


def held_out(docs=DOCS, y=Y, n_classes=3, **parameters):
    return LanguageModel(**parameters).fit_held_out(docs, y, n_classes, n_jobs=1)[1]


def lines(text):
    return text.split(b"\n")


def corpus(*texts):
    return Corpus.from_documents(texts)


def test_bits_are_the_compressors_after_the_exemplars():
    docs = corpus("salt and pepper", "the wind", "more salt")
    model = fitted(docs, np.array([0, 1, 0]), 2, calibrate=None)
    assert model.texts()[0] in (b"salt and pepper\nmore salt", b"more salt\nsalt and pepper")
    assert model.texts()[1] == b"the wind"
    given = Corpus.from_documents(model.texts())
    expected = build_compressor("contextmix").conditional_codelengths(NEW, given, separator=b"\n")
    assert model.codelengths(NEW).tolist() == expected.tolist()


def test_each_prefix_is_read_once_for_all_documents(stub):
    model = fitted(compressor="stub", calibrate=None)
    assert stub.calls == []
    model.codelengths(NEW, n_jobs=1)
    after = [b"\n" + doc for doc in NEW]
    assert stub.calls == [(after, text) for text in model.texts()]


def test_the_mean_of_several_draws_is_taken(stub):
    docs = corpus("a", "bb", "cccc", "dddddddd")
    y = np.array([0, 0, 0, 1])
    model = fitted(docs, y, 2, compressor="stub", calibrate=None, shots=1, draws=3)
    assert sorted(model.texts()[:3]) == [b"a", b"bb", b"cccc"]
    assert model.texts()[3:] == [b"dddddddd"] * 3
    assert model.codelengths(corpus("xy")) == pytest.approx(np.array([[2 * 7 / 3, 16.0]]))
    assert [text for _, text in stub.calls] == model.texts()


def test_each_document_is_drawn_once_before_one_is_drawn_again(stub):
    docs = corpus("a", "b", "c", "d", "e")
    model = fitted(docs, np.zeros(5, np.int64), 1, compressor="stub", shots=2, draws=5)
    letters = [text.split(b"\n") for text in model.texts()]
    assert all(len(set(pair)) == 2 for pair in letters)
    assert len(set(letters[0] + letters[1])) == 4
    assert {letter for pair in letters[:3] for letter in pair} == {b"a", b"b", b"c", b"d", b"e"}


def test_all_documents_of_a_class_in_another_order_each_draw(stub):
    docs = corpus("a", "b", "c")
    model = fitted(docs, np.zeros(3, np.int64), 1, compressor="stub", draws=4)
    assert set(model.texts()) <= {b"\n".join(order) for order in permutations([b"a", b"b", b"c"])}
    assert len(set(model.texts())) > 1


@pytest.mark.parametrize(
    ("parameters", "most"),
    [({"budget": 30}, 30), ({}, 50), ({"shots": 2}, 50), ({"budget": 5}, 5)],
)
def test_the_budget_bounds_a_prefix(parameters, most, stub):
    """Without one it is half of the window, which is 100 bytes here."""
    texts = fitted(compressor="stub", **parameters).texts()
    assert max(map(len, texts)) <= most
    assert min(map(len, texts)) >= min(most, 5)


def test_a_document_that_is_too_long_is_cut_at_a_character(stub):
    model = fitted(corpus("né€"), np.array([0]), 1, compressor="stub", budget=4)
    assert model.texts() == ["né".encode()]


def test_calibration_by_hand(stub):
    """One document of each class is an exemplar; ten more are coded after both.

    A byte costs 4 bits after the first class's exemplar and 10 after the second's: 3 less and 3
    more than the mean.
    """
    docs = Corpus.from_documents(["abcd"] * 11 + ["abcdefghij"] * 11)
    y = np.repeat([0, 1], 11)
    by_byte = fitted(docs, y, 2, compressor="stub", shots=1)
    assert by_byte.excess.tolist() == [-3.0, 3.0]
    assert by_byte.codelengths(corpus("xy", "")).tolist() == [[14.0, 14.0], [0.0, 0.0]]
    by_document = fitted(docs, y, 2, compressor="stub", shots=1, calibrate="mean")
    assert by_document.excess == pytest.approx([-21, 21])  # 3 bits, 7 bytes in the mean
    assert by_document.codelengths(corpus("xy")) == pytest.approx(np.array([[29, -1]]))


def test_classes_weigh_the_same(stub):
    """Three times as many documents of the first class change nothing."""
    docs = Corpus.from_documents(["abcd"] * 31 + ["abcdefghij"] * 11)
    model = fitted(docs, np.repeat([0, 1], [31, 11]), 2, compressor="stub", shots=1)
    assert model.excess == pytest.approx([-3.0, 3.0])


def test_calibration_holds_out_documents_that_are_not_exemplars(stub):
    model, bits = LanguageModel("stub", shots=2).fit_held_out(DOCS, Y, 3)
    exemplars = {line for text in model.texts() for line in lines(text)}
    coded = {doc[1:] for docs, _ in stub.calls for doc in docs}
    assert coded
    assert not coded & exemplars
    assert len(stub.calls) == 3
    assert {DOCS[row] for row in np.flatnonzero(~np.isnan(bits[:, 0]))} == coded


def test_where_all_are_exemplars_documents_are_held_out_by_folds(stub):
    assert not np.isnan(held_out(compressor="stub", budget=10_000)).any()
    assert len(stub.calls) == 15
    for docs, text in stub.calls:
        assert not {doc[1:] for doc in docs} & set(lines(text))


def test_a_sample_is_held_out_where_there_are_many(stub):
    texts, labels = labelled_texts(1500, seed=3)
    y = np.unique(labels, return_inverse=True)[1]
    bits = held_out(Corpus.from_documents(texts), y, compressor="stub", shots=3)
    held = ~np.isnan(bits[:, 0])
    assert np.bincount(y[held]).tolist() == [100, 100, 100]


def test_calibration_helps_where_one_class_makes_everything_cheap():
    """The exemplars of one class are many times as long: by bits alone it wins too often."""
    texts, labels = labelled_texts(90, seed=4)
    y = np.unique(labels, return_inverse=True)[1]
    rows = np.concatenate([np.flatnonzero(y == c)[: (20, 1, 1)[c]] for c in range(3)])
    docs = Corpus.from_documents(texts).take(rows)
    test, truth = labelled_texts(60, seed=5)
    truth = np.unique(truth, return_inverse=True)[1]
    right = {}
    for calibrate in (None, "byte"):
        bits = fitted(docs, y[rows], calibrate=calibrate).codelengths(Corpus.from_documents(test))
        right[calibrate] = (bits.argmin(axis=1) == truth).mean()
    assert right["byte"] > right[None] + 0.05


@pytest.mark.parametrize("n_jobs", [2, 7])
def test_threads_change_nothing(n_jobs):
    expected = fitted().codelengths(NEW, n_jobs=1)
    assert fitted(n_jobs=n_jobs).codelengths(NEW, n_jobs=n_jobs).tolist() == expected.tolist()


@pytest.mark.parametrize("compressor", ["gzip", "zstd:level=3", "lz77"])
def test_any_compressor_will_do(compressor):
    model = fitted(compressor=compressor)
    assert (model.codelengths(NEW[:12]).argmin(axis=1) == TRUTH).mean() >= 0.9


def test_classes_without_documents_and_no_documents_at_all():
    some = fitted(n_classes=5)
    assert some.excess[3:].tolist() == [0.0, 0.0]
    assert (some.codelengths(NEW[:12]).argmin(axis=1) == TRUTH).all()
    empty = fitted(DOCS[:0], Y[:0], 2)
    bits = empty.codelengths(NEW)
    assert bits[:, 0].tolist() == bits[:, 1].tolist()
    assert held_out(DOCS[:0], Y[:0], 2).shape == (0, 2)


def test_one_document_of_each_class():
    rows = [int(np.flatnonzero(c == Y)[0]) for c in range(3)]
    model = fitted(DOCS.take(np.array(rows)), np.arange(3))
    assert np.isfinite(model.excess).all()
    assert np.isfinite(model.codelengths(NEW)).all()


def test_the_seed_draws_the_exemplars(stub):
    draws = [fitted(compressor="stub", shots=1, seed=seed).texts() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(
    ("separator", "expected"),
    [(r"\n", b"\n"), ("\n", b"\n"), (r"\n\n", b"\n\n"), (" ", b" "), (r"\x00|\\", b"\0|\\")],
)
def test_separators(separator, expected, stub):
    model = LanguageModel("stub", separator=separator, shots=2, budget=9999)
    assert get_model(model.spec) == model
    learnt = model.fit(DOCS, Y, 3)
    pairs = {first + expected + second for first, second in permutations(DOCS, 2)}
    assert set(learnt.texts()) < pairs
    assert all(doc.startswith(expected) for docs, _ in stub.calls for doc in docs)


@pytest.mark.parametrize(
    ("spec", "compressor", "shots"),
    [
        ("lm", "contextmix", None),
        ("lm:compressor=gzip:level=6,shots=8", "gzip:level=6", 8),
        ("lm:shots=2,compressor=[ppmd:order=4,memory=8]", "ppmd:order=4,memory=8", 2),
    ],
)
def test_a_spec_within_a_spec(spec, compressor, shots):
    pytest.importorskip("pyppmd")
    model = get_model(spec)
    assert (model.compressor, model.shots) == (compressor, shots)
    assert get_model(model.spec) == model
    both = get_model(f"{spec}+contextmix")
    assert both.models[0] == model
    assert get_model(both.spec) == both


def test_the_old_spelling_of_auto():
    assert get_model("lm:budget=none") == get_model("lm:budget=auto") == LanguageModel()


def test_it_is_a_code_if_nothing_is_taken_off():
    assert get_model("lm:calibrate=none").is_code
    assert not get_model("lm").is_code
    assert not get_model("lm:compressor=lz77,calibrate=none").is_code


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lm:compressor=gzpi", "Unknown compressor 'gzpi'.*did you mean 'gzip'"),
        ("lm:compressor=3", "The 'compressor' parameter of lm must be text. Got 3 instead."),
        ("lm:compressor=[gzip:level=6", "has an unmatched square bracket."),
        ("lm:shots=0", "The 'shots' parameter of lm must be None or an int in"),
        ("lm:budget=auto,draws=0", "The 'draws' parameter of lm must be an int in"),
        ("lm:budget=0", "The 'budget' parameter of lm must be 'auto', 'equal', None or an int in"),
        ("lm:seed=-1", "The 'seed' parameter of lm must be an int in"),
        ("lm:calibrate=bytes", "The 'calibrate' parameter of lm must be 'byte', 'mean' or None"),
        ("lm:separator=\\q", r"The 'separator' parameter of lm must have"),
        ("lm:separator=none", "The 'separator' parameter of lm must be text. Got None instead."),
    ],
)
def test_parameters_are_checked(spec, message):
    with pytest.raises(ValueError, match=message):
        get_model(spec)


def test_it_survives_pickling():
    model = fitted(draws=2, shots=3)
    again = pickle.loads(pickle.dumps(model))
    assert again.codelengths(NEW).tolist() == model.codelengths(NEW).tolist()


def test_a_saved_model_codes_alike_and_is_not_calibrated_again(stub, tmp_path):
    for name, spec in (("real", "lm:draws=2,shots=4"), ("stub", "lm:compressor=stub,shots=4")):
        classifier = CodelengthClassifier(spec, n_jobs=1).fit(TEXTS, LABELS)
        save_model(classifier, tmp_path / name)
        n_calls = len(stub.calls)
        loaded = load_model(tmp_path / name)
        assert len(stub.calls) == n_calls
        assert loaded.codelengths(list(NEW)).tolist() == classifier.codelengths(list(NEW)).tolist()
        assert loaded.predict(list(NEW)).tolist() == classifier.predict(list(NEW)).tolist()


def test_a_saved_model_is_refused_with_other_weights(stub, tmp_path, monkeypatch):
    classifier = CodelengthClassifier("lm:compressor=stub", n_jobs=1).fit(TEXTS, LABELS)
    save_model(classifier, tmp_path / "model")
    monkeypatch.setattr(stub, "digest", "ff")
    with pytest.raises(ValueError, match="stub has other weights than when the model was saved"):
        load_model(tmp_path / "model")


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("buffer", lambda a: a.astype(np.int64), "The array 'buffer' cannot belong"),
        ("offsets", lambda a: a[:-1], "The array 'offsets' cannot belong"),
        ("offsets", lambda a: a + 1, "The array 'offsets' cannot belong"),
        ("offsets", lambda a: a[[0, 2, 1, 3]], "The array 'offsets' cannot belong"),
        ("excess", lambda a: a[:2], "The array 'excess' cannot belong"),
        ("excess", lambda a: a * np.nan, "The array 'excess' cannot belong"),
        ("digest", lambda a: np.ones(3, np.uint8), "has other weights"),
        ("digest", None, "The array 'digest' cannot belong"),
    ],
)
def test_arrays_are_checked(name, changed, message):
    model = fitted(shots=2)
    arrays = model.arrays()
    assert model.model.restore(arrays, 3).texts() == model.texts()
    arrays[name] = changed(arrays[name]) if changed else arrays.pop(name)
    if changed is None:
        del arrays[name]
    with pytest.raises(ValueError, match=message):
        model.model.restore(arrays, 3)


@pytest.mark.parametrize("parameters", [{}, {"draws": 2, "shots": 3}, {"calibrate": "mean"}])
@pytest.mark.parametrize("compressor", ["contextmix", "bytelm"])
def test_bits_per_byte(compressor, parameters):
    """The sum over the bytes up to any of them is the codelength of the text up to there."""
    spec = small_spec() if compressor == "bytelm" else compressor
    model = fitted(compressor=spec, **{"shots": 5, **parameters})
    doc = b"the wind, the sail"
    bits = model.explain_bits(doc)
    assert bits.shape == (len(doc), 3)
    assert bits.sum(axis=0) == pytest.approx(model.codelengths(corpus(doc))[0])
    if model.model.calibrate != "mean":
        begins = [model.codelengths(corpus(doc[:n]))[0] for n in range(1, len(doc))]
        assert np.cumsum(bits, axis=0)[:-1] == pytest.approx(np.array(begins))
    assert model.explain_bits(b"").shape == (0, 3)


def test_bits_per_byte_are_refused_for_codes_of_several_bytes(stub):
    with pytest.raises(NotImplementedError, match="no bits of single bytes with stub, which codes"):
        fitted(compressor="stub").explain_bits(b"a")


def test_in_the_classifier_alone_and_with_another():
    for spec in ("lm:shots=5", "lm:compressor=gzip,shots=5+zstd-dict"):
        classifier = CodelengthClassifier(spec, n_jobs=1).fit(TEXTS, LABELS)
        assert classifier.score(list(NEW[:12]), CLASSES[TRUTH]) == 1.0
        assert 0.01 < classifier.temperature_ < 100
