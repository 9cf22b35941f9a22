import pickle
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from compressclf import Corpus, NCDClassifier
from tests import reference
from tests.estimator_checks import with_checks
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(90, seed=1)
TEST, TRUTH = labelled_texts(30, seed=2)


@with_checks(NCDClassifier(n_jobs=1))
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_predictions_are_those_of_the_oracle(k, n_jobs):
    training = [text.encode() for text in TRAIN]
    expected = [reference.predict(text.encode(), training, LABELS, k) for text in TEST]
    classifier = NCDClassifier(n_neighbors=k, n_jobs=n_jobs).fit(TRAIN, LABELS)
    assert classifier.predict(TEST).tolist() == expected


def test_it_learns():
    assert NCDClassifier().fit(TRAIN, LABELS).score(TEST, TRUTH) > 0.9


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
    expected = NCDClassifier(n_neighbors=3).fit(TRAIN[:30], LABELS[:30]).predict(TEST)
    classifier = NCDClassifier(n_neighbors=3).fit(FORMS[form](TRAIN[:30]), LABELS[:30])
    assert classifier.predict(FORMS[form](TEST)).tolist() == expected.tolist()


def test_stacks_of_images_are_documents():
    rng = np.random.default_rng(0)
    dark = rng.integers(0, 3, (20, 8, 8), dtype=np.uint8)
    light = rng.integers(200, 203, (20, 8, 8), dtype=np.uint8)
    images, labels = np.concatenate([dark, light]), [0] * 20 + [1] * 20
    classifier = NCDClassifier(n_neighbors=1, layout=None).fit(images[::2], labels[::2])
    assert classifier.score(images[1::2], labels[1::2]) == 1.0


@pytest.mark.parametrize(
    "labels",
    [
        ["b", "a", "a"],
        [2, 1, 1],
        np.array(["b", "a", "a"], dtype=object),
        [True, False, False],
        pd.Series(["b", "a", "a"]),
    ],
    ids=repr,
)
def test_labels_of_any_kind(labels):
    classifier = NCDClassifier(n_neighbors=1).fit(["one " * 9, "two " * 9, "two two " * 5], labels)
    assert classifier.predict(["one " * 9]).tolist() == [next(iter(labels))]
    assert classifier.classes_.tolist() == sorted(set(labels))


def test_one_class_one_document():
    classifier = NCDClassifier(n_neighbors=1).fit(["text"], ["only"])
    assert classifier.predict(["whatever", ""]).tolist() == ["only", "only"]
    assert classifier.predict_proba(["whatever"]).tolist() == [[1.0]]


@pytest.mark.parametrize("ties", ["nearest", "random", "smallest"])
def test_when_all_is_tied(ties):
    texts = ["same text"] * 6
    classifier = NCDClassifier(n_neighbors=4, ties=ties, random_state=0)
    predictions = classifier.fit(texts, list("bbbaaa")).predictions(texts)
    assert predictions.tied.all()
    assert len(set(predictions.labels)) == 1  # equal documents draw equal lots
    if ties != "random":
        assert predictions.labels[0] == "b"  # b, b, b, a: position decides who votes


def test_ties_at_the_edge_of_the_neighbourhood_are_counted():
    classifier = NCDClassifier(n_neighbors=1).fit(["same", "same", "x" * 50], ["a", "b", "b"])
    assert classifier.predictions(["same", "x" * 50]).tied.tolist() == [True, False]


def test_random_ties_do_not_depend_on_the_batch_but_on_the_seed():
    texts = [f"text {i % 3}" for i in range(60)]
    labels = [str(i % 2) for i in range(60)]
    queries = [f"text {i}" for i in range(40)]

    def predict(seed, batch):
        return NCDClassifier(2, ties="random", random_state=seed).fit(texts, labels).predict(batch)

    whole = predict(0, queries)
    assert np.array_equal(whole, predict(0, queries))
    assert np.array_equal(whole[7:9], predict(0, queries[7:9]))
    assert any(not np.array_equal(whole, predict(seed, queries)) for seed in range(1, 5))


def test_kneighbors():
    classifier = NCDClassifier(n_neighbors=2, compressor="zlib").fit(
        ["aaaa", "bbbb", "abab"], list("xyx")
    )
    distances, indices = classifier.kneighbors(["aaaa"], n_neighbors=3)
    assert indices[0, 0] == 0
    assert (np.diff(distances) >= 0).all()
    assert classifier.kneighbors(["aaaa"], return_distance=False).shape == (1, 2)
    _, others = classifier.kneighbors()
    assert all(row not in others[row] for row in range(3))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"n_neighbors": 0},
            "The 'n_neighbors' parameter of NCDClassifier must be an int >= 1. Got 0 instead.",
        ),
        (
            {"n_neighbors": 1.5},
            "The 'n_neighbors' parameter of NCDClassifier must be an int >= 1. Got 1.5 instead.",
        ),
        (
            {"n_neighbors": 91},
            "Expected n_neighbors <= n_samples, but n_neighbors = 91, n_samples = 90: take fewer "
            "neighbours or more training documents.",
        ),
        (
            {"weights": "uniforn"},
            "Unknown weights 'uniforn': choose from uniform, distance; did you mean 'uniform'?",
        ),
        ({"ties": "coin"}, "Unknown ties 'coin': choose from nearest, random, smallest."),
        ({"metric": "l2"}, "Unknown metric 'l2': choose from ncd, cdm, clm, cosine, conditional."),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_by_fit(parameters, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        NCDClassifier(**parameters).fit(TRAIN, LABELS)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        ("text", ["a"], TypeError, "Expected a sequence of documents, got a single str"),
        (["a", None], ["a", "b"], TypeError, "Document 1: "),
        (["a", "b"], ["a"], ValueError, "inconsistent numbers of samples"),
        (["a", "b"], None, ValueError, "requires y to be passed, but the target y is None"),
        (["a", "b"], [0.5, 1.5], ValueError, "Unknown label type"),
        (["a", "b"], ["a", None], ValueError, "Document 1 has no label: drop it or fill it in."),
        (["a", "b"], ["a", float("nan")], ValueError, "Document 1 has no label: drop it or fill"),
        (["a", "b"], ["a", 1], ValueError, "y has labels that are text .'a'. and labels that are"),
        ([1, 2], ["a", "b"], TypeError, "Document 0: A document must be a str, bytes, an array"),
        ([], [], ValueError, "0 sample"),
    ],
    ids=str,
)
def test_bad_training_data(X, y, error, message):
    with pytest.raises(error, match=message):
        NCDClassifier(n_neighbors=1).fit(X, y)


def test_a_class_without_votes_has_no_logarithm():
    logs = NCDClassifier(1, n_jobs=1).fit(TRAIN, LABELS).predict_log_proba(TEST)
    assert set(logs.ravel().tolist()) == {0.0, -np.inf}


@pytest.mark.parametrize("n_jobs", [0, "2", 1.5])
def test_threads_are_a_number(n_jobs):
    with pytest.raises(ValueError, match="'n_jobs' parameter of NCDClassifier must be None or an"):
        NCDClassifier(1, n_jobs=n_jobs).fit(TRAIN, LABELS)


@pytest.mark.parametrize("value", [pd.NA, np.ones(2), 3, [1]], ids=["NA", "array", "3", "list"])
@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("metric", ValueError, "Unknown metric '"),
        ("weights", ValueError, "Unknown weights '"),
        ("ties", ValueError, "Unknown ties '"),
        ("order", ValueError, "Unknown order '"),
        ("symmetrize", ValueError, "Unknown symmetrize '"),
        ("layout", ValueError, "The layout must be a spec such as 'joint:levels=4'. Got "),
        ("separator", TypeError, "The separator must be str or bytes. Got "),
        ("subtract_overhead", TypeError, "subtract_overhead must be True or False. Got "),
        ("candidates", TypeError, "The candidates must be a spec such as 'ngrams'. Got "),
        ("compressor", TypeError, "The compressor must be a spec such as 'gzip:level=6' or a"),
    ],
)
def test_parameters_of_another_type(name, error, sentence, value):
    with pytest.raises(error, match=re.escape(sentence)):
        NCDClassifier(1, n_jobs=1, **{name: value}).fit(TRAIN, LABELS)


def test_it_works_inside_scikit_learn():
    search = GridSearchCV(
        NCDClassifier(n_jobs=1), {"n_neighbors": [1, 3], "compressor": ["zlib", "zstd"]}, cv=3
    )
    search.fit(TRAIN[:45], LABELS[:45])
    assert search.best_score_ > 0.6
    assert cross_val_score(NCDClassifier(), TRAIN[:45], LABELS[:45], cv=3).mean() > 0.6
    fitted = search.best_estimator_
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict(TEST), fitted.predict(TEST))
    assert clone(fitted).get_params() == fitted.get_params()


def test_seeds_draw_independently_for_documents_of_one_length():
    """CRC-32 would not do: another start value changes it alike for all texts of one length."""
    texts, labels = ["a" * 40, "b" * 40], [0, 1]
    queries = [f"{i:040}" for i in range(200)]
    drawn = [
        NCDClassifier(2, ties="random", random_state=seed).fit(texts, labels).predict(queries)
        for seed in range(4)
    ]
    for one in range(4):
        for other in range(one):
            assert 0.35 < np.mean(drawn[one] == drawn[other]) < 0.65


def test_infinite_distances():
    parameters = {"metric": "cosine", "compressor": "identity", "weights": "distance"}
    classifier = NCDClassifier(2, **parameters).fit(["", "ab", "abc"], [0, 1, 1])
    assert classifier.predict_proba([""]).sum() == pytest.approx(1)
    assert all(row not in found for row, found in enumerate(classifier.kneighbors()[1].tolist()))


def test_parameters_set_after_fit_are_checked():
    classifier = NCDClassifier(1).fit(TRAIN[:9], LABELS[:9])
    with pytest.raises(ValueError, match="n_neighbors <= n_samples_fit"):
        classifier.set_params(n_neighbors=10).predict(TEST)
    with pytest.raises(ValueError, match="Unknown ties 'foo'"):
        classifier.set_params(n_neighbors=1, ties="foo").predict(TEST)


def test_no_documents_to_label():
    classifier = NCDClassifier(1).fit(TRAIN[:9], LABELS[:9])
    assert classifier.predict([]).shape == (0,)
    assert classifier.predict(np.zeros((0, 8, 8), np.uint8)).shape == (0,)
