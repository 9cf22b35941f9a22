import os
import pickle
import random
import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from compressclf import CodelengthClassifier, Corpus
from compressclf.calibration import Calibration, label_bits
from compressclf.models import ClassModel, FittedModel
from compressclf.models.blocks import Blocks
from tests.estimator_checks import with_checks
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

TRAIN, LABELS = labelled_texts(90, seed=1)
TEST, TRUTH = labelled_texts(40, seed=2)


@dataclass(frozen=True)
class Lengths(ClassModel):
    """A document of n bytes costs class c as many bits as n is away from the class's mean."""

    name = "lengths"
    is_code = False

    def fit(self, docs, y, n_classes, *, n_jobs=None):
        fitted = FittedLengths()
        fitted.model, fitted.n_classes = self, n_classes
        sums = np.bincount(y, docs.lengths, n_classes)
        fitted.means = sums / np.maximum(np.bincount(y, minlength=n_classes), 1)
        return fitted


class FittedLengths(FittedModel):
    def codelengths(self, docs, *, n_jobs=None):
        return np.abs(docs.lengths[:, None] - self.means)


EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "leave-one-out holds a document of weight 2 "
    "out as one, of two equal documents each while the other is known"
}


@with_checks(CodelengthClassifier(n_jobs=1), failing=EXPECTED_FAILURES)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("model", ["blocks", "blocks:correct=none", "zstd-dict"])
def test_it_learns(model):
    assert CodelengthClassifier(model, n_jobs=1).fit(TRAIN, LABELS).score(TEST, TRUTH) >= 0.9


FORMS = {
    "bytes": lambda texts: [text.encode() for text in texts],
    "tuple": tuple,
    "array": np.array,
    "object array": lambda texts: np.array(texts, dtype=object),
    "series": pd.Series,
    "arrow": pa.array,
    "corpus": Corpus.from_documents,
    "byte arrays": lambda texts: [np.frombuffer(text.encode(), np.uint8) for text in texts],
}


@pytest.mark.parametrize("form", FORMS)
def test_documents_in_any_form(form):
    expected = CodelengthClassifier(n_jobs=1).fit(TRAIN, LABELS).codelengths(TEST)
    classifier = CodelengthClassifier(n_jobs=1).fit(FORMS[form](TRAIN), LABELS)
    assert np.array_equal(classifier.codelengths(FORMS[form](TEST)), expected)


def test_stacks_of_images_are_documents():
    rng = np.random.default_rng(0)
    dark = rng.integers(0, 3, (20, 8, 8), dtype=np.uint8)
    light = rng.integers(200, 203, (20, 8, 8), dtype=np.uint8)
    images, labels = np.concatenate([dark, light]), [0] * 20 + [1] * 20
    classifier = CodelengthClassifier(n_jobs=1).fit(images[::2], labels[::2])
    assert classifier.score(images[1::2], labels[1::2]) == 1.0


def script(letters, spaces, seed):
    """Texts of three topics in letters of another script, with or without spaces."""
    rng = random.Random(seed)
    words = random.Random(0)
    names = ["".join(words.choices(letters, k=words.randrange(2, 5))) for _ in range(40)]
    texts, labels = [], []
    for _ in range(90):
        label = rng.randrange(3)
        own, common = names[10 * label : 10 * label + 10], names[30:]
        chosen = [rng.choice(own if rng.random() < 0.5 else common) for _ in range(12)]
        texts.append((" " if spaces else "").join(chosen))
        labels.append(label)
    return texts, labels


SCRIPTS = {
    "Chinese": ("".join(map(chr, range(0x4E00, 0x4F00))), False),
    "Amharic": ("".join(map(chr, range(0x1200, 0x1240))), True),
    "Arabic": ("".join(map(chr, range(0x0621, 0x063B))), True),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_any_script_needs_no_setting(name):
    texts, labels = script(*SCRIPTS[name], seed=1)
    classifier = CodelengthClassifier(n_jobs=1).fit(texts, labels)
    assert classifier.score(*script(*SCRIPTS[name], seed=2)) >= 0.95


@pytest.mark.parametrize(
    "labels",
    [["b", "a", "a"], [2, 1, 1], np.array(["b", "a", "a"], dtype=object), [True, False, False]],
    ids=repr,
)
def test_labels_of_any_kind(labels):
    classifier = CodelengthClassifier(n_jobs=1)
    classifier.fit(["one " * 9, "two " * 9, "two two " * 5], labels)
    assert classifier.predict(["one " * 9]).tolist() == [next(iter(labels))]
    assert classifier.classes_.tolist() == sorted(set(labels))


def test_one_class_one_document():
    classifier = CodelengthClassifier(n_jobs=1).fit(["text"], ["only"])
    assert classifier.predict(["whatever", ""]).tolist() == ["only", "only"]
    assert classifier.predict_proba(["whatever"]).tolist() == [[1.0]]
    assert classifier.decision_function(["whatever"]).shape == (1, 1)


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_do_not_change_a_bit(n_jobs):
    one, more = (CodelengthClassifier(n_jobs=jobs).fit(TRAIN, LABELS) for jobs in (1, n_jobs))
    assert np.array_equal(one.predict_proba(TEST), more.predict_proba(TEST))
    assert one.temperature_ == more.temperature_
    assert np.array_equal(one.codelengths_, more.codelengths_)


def test_scores_are_those_of_the_formula():
    classifier = CodelengthClassifier(Lengths(), prior=[0.2, 0.5, 0.3], calibration=4.0)
    classifier.fit(["a" * 10, "b" * 20, "c" * 40], ["x", "y", "z"])
    bits = np.array([[0, 10, 30], [15, 5, 15]])
    new = ["?" * 10, "?" * 25]
    assert classifier.codelengths(new) == pytest.approx(bits)
    scores = np.log2([0.2, 0.5, 0.3]) - bits / 4
    assert classifier.decision_function(new) == pytest.approx(scores)
    shares = np.array([0.2, 0.5, 0.3]) * 2 ** (-bits / 4)
    assert classifier.predict_proba(new) == pytest.approx(shares / shares.sum(axis=1)[:, None])
    assert classifier.predict(new).tolist() == ["x", "y"]
    assert np.isnan(classifier.codelengths_).all()


def test_decision_function_of_two_classes_is_the_difference():
    classifier = CodelengthClassifier(Lengths(), calibration=2, prior=[1, 3])
    classifier.fit(["a" * 10, "b" * 20], ["x", "y"])
    decision = classifier.decision_function(["?" * 14, "?" * 16, "?" * 12])
    assert decision == pytest.approx(np.log2(3) + np.array([-1, 1, -3]))
    assert classifier.predict(["?" * 14, "?" * 16, "?" * 12]).tolist() == ["y", "y", "x"]


def test_logarithms_of_probabilities_do_not_underflow():
    classifier = CodelengthClassifier("blocks", calibration=0.01, n_jobs=1).fit(TRAIN, LABELS)
    shares, logs = classifier.predict_proba(TEST), classifier.predict_log_proba(TEST)
    assert (shares == 0).any()
    assert np.isfinite(logs).all()
    assert np.exp(logs) == pytest.approx(shares, abs=1e-300)
    bits = classifier.codelengths(TEST)
    differences = (bits[:, 0] - bits[:, 1]) / 0.01 * np.log(2)
    assert logs[:, 1] - logs[:, 0] == pytest.approx(differences)


def test_only_a_class_that_cannot_be_has_no_logarithm():
    names = sorted(set(LABELS))
    prior = [0.0] + [1.0] * (len(names) - 1)
    logs = CodelengthClassifier(prior=prior, n_jobs=1).fit(TRAIN, LABELS).predict_log_proba(TEST)
    assert np.isneginf(logs[:, 0]).all()
    assert np.isfinite(logs[:, 1:]).all()


def test_prediction_is_the_most_probable_label():
    classifier = CodelengthClassifier(n_jobs=1).fit(TRAIN, LABELS)
    found = classifier.predictions([*TEST, "", "q"])
    best = classifier.classes_[found.probabilities.argmax(axis=1)]
    assert (found.labels == best)[~found.tied].all()
    assert found.tied.tolist() == [False] * len(TEST) + [True] * 2
    assert found.probabilities.sum(axis=1) == pytest.approx(1)
    assert classifier.predict([*TEST, "", "q"]).tolist() == found.labels.tolist()


def test_of_tied_classes_the_larger_wins():
    texts = ["tea " * 3, "milk and bread", "milk and butter", "beer " * 3]
    classifier = CodelengthClassifier(n_jobs=1).fit(texts, ["a", "b", "b", "c"])
    found = classifier.predictions(["", "qqqq"])
    assert found.tied.all()
    assert found.labels.tolist() == ["b", "b"]
    assert found.probabilities == pytest.approx(1 / 3)


UNEVEN = [*TRAIN[:40], *TRAIN[40:50]], ["a"] * 40 + ["b"] * 10


@pytest.mark.parametrize(
    ("prior", "expected"),
    [
        ("uniform", [0.5, 0.5]),
        ("empirical", [0.8, 0.2]),
        ([1, 3], [0.25, 0.75]),
        (np.array([0.0, 2.0]), [0.0, 1.0]),
        ((0.1, 0.9), [0.1, 0.9]),
    ],
    ids=str,
)
def test_priors(prior, expected):
    classifier = CodelengthClassifier(prior=prior, n_jobs=1).fit(*UNEVEN)
    assert classifier.class_prior_ == pytest.approx(expected)
    assert classifier.class_count_.tolist() == [40, 10]
    lapse, possible = classifier.calibration_.lapse, np.array(expected) > 0
    mixed = (1 - lapse) * np.array(expected) + lapse * possible / possible.sum()
    assert classifier.predict_proba([""]) == pytest.approx(mixed[None])
    assert np.isfinite(classifier.predict_proba(AWKWARD)).all()


def noisy():
    """A fifth of the labels is drawn by lot, so that no model can be sure."""
    rng = random.Random(0)
    parts = []
    for texts, labels in (labelled_texts(200, seed=1), labelled_texts(200, seed=2)):
        parts += [texts, [rng.choice(labels) if rng.random() < 0.2 else y for y in labels]]
    return parts


def test_learnt_calibration_shortens_labels():
    train, labels, test, truth = noisy()
    classifier = CodelengthClassifier("blocks:correct=none", n_jobs=1).fit(train, labels)
    bits = classifier.codelengths(test)
    y = np.searchsorted(classifier.classes_, truth)
    lengths = np.array([len(text.encode()) for text in test])

    def loss(**changes):
        changed = replace(classifier.calibration_, **changes)
        temperatures = changed.temperatures(lengths)
        return label_bits(bits, y, temperature=temperatures, lapse=changed.lapse)

    learnt = classifier.calibration_
    for change in (
        {"temperature": learnt.temperature * 20},
        {"lapse": 0.001},
        {"lapse": 0.8},
    ):
        assert loss() < loss(**change)
    assert loss() < np.log2(3)
    assert 0.05 < learnt.lapse < 0.5
    own = classifier.predict_proba(test)[np.arange(len(y)), y]
    assert -np.log2(own).mean() == pytest.approx(loss())
    given = CodelengthClassifier("blocks:correct=none", calibration=2.5, n_jobs=1).fit(
        train, labels
    )
    assert given.temperature_ == 2.5
    assert np.array_equal(given.codelengths(test), bits)


def test_everything_uses_the_temperature_of_the_document():
    """Scores, labels, ties and probabilities agree for documents of any length."""
    classifier = CodelengthClassifier(Lengths(), prior=[0.6, 0.4], calibration=1.0)
    classifier.fit(["a" * 10, "b" * 20], ["x", "y"])
    classifier.calibration_ = Calibration(2.0, growth=1.0, length=16.0, lapse=0.1)
    new = ["?" * n for n in (8, 16, 18, 40)]
    bits = classifier.codelengths(new)
    scores = np.log2([0.6, 0.4]) - bits / np.array([[1.0], [2.0], [2.25], [5.0]])
    assert classifier.decision_function(new) == pytest.approx(scores[:, 1] - scores[:, 0])
    shares = 2**scores / (2**scores).sum(axis=1, keepdims=True)
    found = classifier.predictions(new)
    assert found.probabilities == pytest.approx(0.9 * shares + 0.05)
    assert found.probabilities.argmax(axis=1).tolist() == scores.argmax(axis=1).tolist()
    assert found.labels.tolist() == classifier.predict(new).tolist() == ["x", "y", "y", "y"]


def test_a_uniform_prior_leaves_the_least_bits_the_winner():
    train, labels, test, _ = noisy()
    classifier = CodelengthClassifier(n_jobs=1).fit(train, labels)
    assert classifier.calibration_.growth > 0.1
    least = classifier.classes_[classifier.codelengths(test).argmin(axis=1)]
    assert classifier.predict(test).tolist() == least.tolist()


@pytest.mark.parametrize("model", ["blocks", "zstd-dict"])
def test_a_few_documents_make_nobody_sure_without_reason(model):
    """40 draws of 2 to 10 documents a class, of texts that are hard to tell apart."""
    rng = random.Random(5)
    words = [f"w{i}" for i in range(40)]
    shares = [[1 + (i % 2 == c) * 0.6 for i in range(40)] for c in (0, 1)]

    def draw(n):
        y = [i % 2 for i in range(2 * n)]
        return [" ".join(rng.choices(words, shares[c], k=rng.randrange(5, 60))) for c in y], y

    test, truth = draw(50)
    for number in range(40):
        train, labels = draw((2, 3, 5, 10)[number % 4])
        classifier = CodelengthClassifier(model, n_jobs=1).fit(train, labels)
        assert np.isfinite(classifier.temperature_)
        own = classifier.predict_proba(test)[np.arange(100), truth]
        assert -np.log(own).mean() < 1.5


@pytest.mark.parametrize(
    ("train", "labels"),
    [
        (["one", "two"], ["a", "b"]),
        (["same"] * 6, list("aabbab")),
        (["same"] * 6, list("aaaaaa")),
        (["", ""], ["a", "b"]),
        (["aaaa aaaa", "aaaa aaa", "bbbb bbbb", "bbb bbbb"], list("aabb")),
    ],
    ids=["two documents", "identical", "one class", "empty", "separable"],
)
def test_degenerate_training_documents_leave_the_temperature_near_its_centre(train, labels):
    classifier = CodelengthClassifier(n_jobs=1).fit(train, labels)
    length = classifier.calibration_.length
    expected = classifier.model_.expected_temperature(length)
    assert expected / 20 < classifier.temperature_ < expected * 20
    assert 0.001 < classifier.calibration_.lapse < 0.1
    shares = classifier.predict_proba([*train, "other"])
    assert shares.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("model", ["blocks", "zstd-dict"])
def test_codelengths_of_the_classes_are_held_out(model):
    classifier = CodelengthClassifier(model, n_jobs=1).fit(TRAIN, LABELS)
    y = np.searchsorted(classifier.classes_, LABELS)
    learnt = classifier.codelengths(TRAIN)[np.arange(90), y]
    for index, mean in enumerate(classifier.codelengths_):
        assert mean > learnt[y == index].mean()


def test_explained_bytes_add_up():
    classifier = CodelengthClassifier(n_jobs=1).fit(TRAIN, LABELS)
    shares = classifier.explain_bits("the knight – café")
    assert shares.shape == (len("the knight – café".encode()), 3)
    assert shares.sum(axis=0) == pytest.approx(classifier.codelengths(["the knight – café"])[0])


@pytest.mark.parametrize("model", ["blocks", "zstd-dict"])
def test_pickled_it_predicts_the_same(model):
    classifier = CodelengthClassifier(model, n_jobs=1).fit(TRAIN, LABELS)
    again = pickle.loads(pickle.dumps(classifier))
    assert np.array_equal(again.predict_proba(TEST), classifier.predict_proba(TEST))
    window = None if model == "blocks" else 20  # what was corrected cannot forget
    online = CodelengthClassifier(model, window=window, n_jobs=1).fit(TRAIN[:40], LABELS[:40])
    online.partial_fit(TRAIN[40:50], LABELS[40:50])
    again = pickle.loads(pickle.dumps(online))
    for one in (online, again):
        one.partial_fit(TRAIN[50:60], LABELS[50:60])
    assert np.array_equal(again.codelengths(TEST), online.codelengths(TEST))


def test_cloning_and_searching():
    classifier = CodelengthClassifier(Blocks(4), prior="empirical", window=3, calibration=2)
    assert clone(classifier).get_params() == classifier.get_params()
    assert (cross_val_score(CodelengthClassifier(n_jobs=1), TRAIN, LABELS, cv=3) > 0.8).all()
    grid = {"model": ["blocks:lengths=4", Blocks("none")], "prior": ["uniform", "empirical"]}
    search = GridSearchCV(CodelengthClassifier(n_jobs=1), grid, cv=2).fit(TRAIN, LABELS)
    assert search.best_score_ > 0.8


NAME = "parameter of CodelengthClassifier must"


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"prior": "flat"},
            f"The 'prior' {NAME} be 'uniform', 'empirical' or one number for each class. "
            "Got 'flat' instead.",
        ),
        ({"prior": [1, -1]}, f"The 'prior' {NAME} be numbers >= 0 and not all 0. Got [1, -1]"),
        ({"prior": [0, 0]}, f"The 'prior' {NAME} be numbers >= 0 and not all 0. Got [0, 0]"),
        ({"prior": None}, f"The 'prior' {NAME} be numbers >= 0 and not all 0. Got None"),
        (
            {"prior": [1, 2, 3]},
            f"The 'prior' {NAME} have one number for each of the 2 classes. Got shape (3,)",
        ),
        ({"calibration": "no"}, f"The 'calibration' {NAME} be 'auto' or a number > 0. Got 'no'"),
        ({"calibration": 0}, f"The 'calibration' {NAME} be 'auto' or a number > 0. Got 0"),
        ({"calibration": True}, f"The 'calibration' {NAME} be 'auto' or a number > 0. Got True"),
        ({"calibration": None}, f"The 'calibration' {NAME} be 'auto' or a number > 0. Got None"),
        ({"prior": {"x": 1}}, f"The 'prior' {NAME} be numbers >= 0 and not all 0. Got {{'x': 1}}"),
        (
            {"prior": ["a", "b"]},
            f"The 'prior' {NAME} be numbers >= 0 and not all 0. Got ['a', 'b']",
        ),
        ({"calibration": 10**400}, f"The 'calibration' {NAME} be 'auto' or a number > 0. Got 1000"),
        ({"n_jobs": 0}, f"The 'n_jobs' {NAME} be None or an int other than 0. Got 0 instead."),
        ({"n_jobs": "2"}, f"The 'n_jobs' {NAME} be None or an int other than 0. Got '2' instead."),
        (
            {"n_jobs": True},
            f"The 'n_jobs' {NAME} be None or an int other than 0. Got True instead.",
        ),
        (
            {"class_weight": "even"},
            f"The 'class_weight' {NAME} be None, 'balanced' or a dict of label to weight. Got "
            "'even' instead.",
        ),
        (
            {"class_weight": {"x": -1}},
            f"The 'class_weight' {NAME} give each label a number >= 0. Got -1 for 'x' instead.",
        ),
        (
            {"class_weight": {"x": float("nan")}},
            f"The 'class_weight' {NAME} give each label a number >= 0. Got nan for 'x' instead.",
        ),
        ({"window": 0}, f"The 'window' {NAME} be None or an int >= 1. Got 0 instead."),
        ({"window": 2.0}, f"The 'window' {NAME} be None or an int >= 1. Got 2.0 instead."),
        ({"window": True}, f"The 'window' {NAME} be None or an int >= 1. Got True instead."),
        ({"model": "blocs"}, "Unknown model 'blocs': choose from"),
        ({"model": "blocks:words=3"}, "The 'words' parameter of blocks must be an int in [0, 2]."),
        ({"model": "blocks:length=3"}, "Unknown parameter of model 'blocks' 'length': choose"),
        ({"model": 7}, "The 'model' parameter of CodelengthClassifier must be"),
        ({"model": None}, "The 'model' parameter of CodelengthClassifier must be"),
        ({"model": []}, "The 'model' parameter of CodelengthClassifier must be"),
        ({"model": [7]}, "A model must be a spec or a ClassModel. Got 7 instead."),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_bad_parameters(parameters, sentence, method):
    classifier = CodelengthClassifier(**parameters)
    given = {"classes": ["x", "y"]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=re.escape(sentence)):
        getattr(classifier, method)(["a", "b"], ["x", "y"], **given)


@pytest.mark.parametrize(
    ("X", "y", "sentence"),
    [
        (
            ["a", "b"],
            None,
            "CodelengthClassifier requires y to be passed, but the target y is None",
        ),
        ([], [], "Found array with 0 sample(s)"),
        (["a"], ["x", "y"], "inconsistent numbers of samples"),
        (["a", "b"], ["x", None], "Document 1 has no label: drop it or fill it in."),
        (["a", "b"], [0.5, 1.5], "Unknown label type: continuous"),
        (["a", "b"], ["x", float("nan")], "Document 1 has no label: drop it or fill it in."),
        (["a", "b"], [1.0, float("nan")], "Document 1 has no label: drop it or fill it in."),
        (["a", "b"], np.array([np.nan, 1]), "Document 0 has no label: drop it or fill it in."),
        (["a", "b"], [pd.NA, "x"], "Document 0 has no label: drop it or fill it in."),
        (["a", "b"], [1, pd.NaT], "Document 1 has no label: drop it or fill it in."),
        (["a", "b"], pd.Series(["x", None]), "Document 1 has no label: drop it or fill it in."),
        (["a", "b"], pd.Series([1, None], dtype="Int64"), "Document 1 has no label: drop it or"),
        (["a", "b"], pa.array(["x", None]), "Document 1 has no label: drop it or fill it in."),
        (
            ["a", "b"],
            ["x", 1],
            "y has labels that are text ('x') and labels that are numbers (1): make all of them "
            "text, as in [str(label) for label in y].",
        ),
        (["a", "b"], np.array([2, b"x"], object), "y has labels that are numbers (2) and labels"),
    ],
)
def test_bad_training_data(X, y, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        CodelengthClassifier(n_jobs=1).fit(X, y)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "decision_function", "codelengths", "explain_bits"]
)
def test_first_it_must_be_fitted(method):
    with pytest.raises(NotFittedError):
        getattr(CodelengthClassifier(), method)(["a"])


def test_huge_empty_and_strange_documents():
    docs = [*AWKWARD, os.urandom(2**20), b"tea " * 2**18]
    classifier = CodelengthClassifier(n_jobs=1).fit(docs, np.arange(len(docs)) % 2)
    assert np.isfinite(classifier.codelengths(docs)).all()
    assert classifier.predict_proba(docs).sum(axis=1) == pytest.approx(1)
