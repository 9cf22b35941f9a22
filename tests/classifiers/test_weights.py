"""Weights of documents and classes."""

import re

import numpy as np
import pytest
from sklearn import config_context
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.class_weight import compute_sample_weight

from compressclf import CodelengthClassifier, Corpus, ImageCodelengthClassifier
from compressclf.models import MODELS, WEIGHTED, cross_codelengths, get_model
from compressclf.models.blocks.settings import best_of
from tests.models.test_contract import NAMES
from tests.registered import IMAGE_MODELS
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(60, seed=1)
TEST, TRUTH = labelled_texts(20, seed=2)
LABELS = np.array(LABELS)
RARE = np.flatnonzero((LABELS != LABELS[0]) | (np.arange(60) < 10))
FEW, THEIRS = [TRAIN[i] for i in RARE], LABELS[RARE]
PLAIN = "blocks:lengths=4,damping=1,shorten=0,add=1,own=0,correct=none"


def learnt(weights=None, X=FEW, y=THEIRS, **parameters):
    given = {} if weights is None else {"sample_weight": weights}
    return CodelengthClassifier(n_jobs=1, **parameters).fit(X, y, **given)


def same(one, another):
    assert one.codelengths(TEST) == pytest.approx(another.codelengths(TEST), rel=1e-6, abs=1e-4)
    assert one.temperature_ == pytest.approx(another.temperature_, rel=1e-3)
    assert one.class_prior_ == pytest.approx(another.class_prior_)
    assert one.class_count_.tolist() == another.class_count_.tolist()


def some_weights():
    return np.random.default_rng(0).uniform(0.1, 5, len(FEW))


@pytest.mark.parametrize("model", ["auto", PLAIN, "blocks+blocks:words=0"])
def test_a_document_of_weight_0_is_absent(model):
    there = np.arange(len(FEW)) % 3 > 0
    rest = [text for text, stays in zip(FEW, there, strict=True) if stays]
    absent = learnt(there.astype(float), model=model, prior="empirical")
    assert np.array_equal(
        absent.codelengths(TEST),
        learnt(X=rest, y=THEIRS[there], model=model).codelengths(TEST),
    )
    same(absent, learnt(X=rest, y=THEIRS[there], model=model, prior="empirical"))


def test_a_class_of_weight_0_stays_a_label_that_never_wins():
    name = THEIRS[0]
    classifier = learnt(class_weight={name: 0})
    assert name in classifier.classes_
    assert classifier.class_count_[list(classifier.classes_).index(name)] == 0
    assert name not in classifier.predict(TEST)


def test_equal_weights_are_none():
    for weights in (np.full(len(FEW), 0.1), 7):
        assert np.array_equal(learnt(weights).codelengths(TEST), learnt().codelengths(TEST))


def test_any_model_takes_weights_that_do_not_differ():
    there = np.arange(len(FEW)) % 3 > 0
    rest = [text for text, stays in zip(FEW, there, strict=True) if stays]
    absent = learnt(3.0 * there, model="zstd-dict", window=50)
    assert absent.class_count_.sum() == len(rest)
    assert np.array_equal(
        absent.codelengths(TEST),
        learnt(X=rest, y=THEIRS[there], model="zstd-dict").codelengths(TEST),
    )


@pytest.mark.parametrize("factor", [1e-300, 0.01, 1e300])
def test_the_scale_of_the_weights_does_not_matter(factor):
    same(learnt(some_weights() * factor), learnt(some_weights()))


def test_weights_of_documents_and_classes_multiply():
    name = THEIRS[0]
    weights = some_weights()
    both = learnt(weights, class_weight={name: 4})
    same(both, learnt(np.where(THEIRS == name, 4 * weights, weights)))
    assert not np.allclose(both.codelengths(TEST), learnt(weights).codelengths(TEST))


def test_huge_and_tiny_weights_are_finite():
    names = sorted(set(THEIRS))
    weights = np.where(THEIRS == names[0], 1e300, 1e-5)
    classifier = learnt(weights, class_weight={names[0]: 1e300, names[1]: 1e-30})
    assert np.isfinite(classifier.codelengths(TEST)).all()
    assert np.isfinite(classifier.temperature_)
    assert classifier.class_count_.sum() == len(FEW) - (THEIRS != names[0]).sum()


def test_balanced_is_what_scikit_learn_calls_so():
    balanced = learnt(class_weight="balanced", prior="empirical")
    same(balanced, learnt(compute_sample_weight("balanced", THEIRS), prior="empirical"))
    assert balanced.class_prior_ == pytest.approx(np.full(len(balanced.classes_), 1 / 3))


def test_balanced_is_so_with_weights_too():
    balanced = learnt(some_weights(), class_weight="balanced", prior="empirical")
    assert balanced.class_prior_ == pytest.approx(np.full(len(balanced.classes_), 1 / 3))


def test_the_empirical_prior_has_the_weights():
    weights = some_weights()
    sums = [weights[name == THEIRS].sum() for name in sorted(set(THEIRS))]
    classifier = learnt(weights, prior="empirical")
    assert classifier.class_prior_ == pytest.approx(np.array(sums) / weights.sum())
    assert classifier.class_count_.sum() == len(FEW)


def test_the_callers_weights_stay_as_they_are():
    weights = some_weights()
    learnt(weights)
    assert np.array_equal(weights, some_weights())


def test_counts_by_hand():
    """Tea and milk count 2 in class 0, tea counts 1 in class 1.

    Of five counts of two features class 0 has four: milk costs without it
    log2 (0 + 1) / (1 + 2), all together log2 (2 + 1) / (5 + 2).
    """
    blocks = get_model("blocks:lengths=none,words=1,damping=0,shorten=0,add=1,own=0")
    docs = Corpus.from_documents(["tea tea milk", "tea"])
    fitted = blocks.fit(docs, np.array([0, 1]), 2, weights=np.array([2.0, 1.0]))
    bits = fitted.codelengths(Corpus.from_documents(["milk"]))
    assert bits == pytest.approx(-np.log2([[3 * 3 / 7, 1 * 6 / 7]]), abs=1e-6)


def test_whole_weights_are_repetitions_in_the_counts():
    docs, y = Corpus.from_documents(FEW), np.unique(THEIRS, return_inverse=True)[1]
    times = np.arange(len(y)) % 3 + 1
    rows = np.repeat(np.arange(len(y)), times)
    model = get_model(PLAIN)
    new = Corpus.from_documents(TEST)
    weighted = model.fit(docs, y, 3, weights=times.astype(float)).codelengths(new)
    assert weighted == pytest.approx(model.fit(docs.take(rows), y[rows], 3).codelengths(new))


def test_held_out_a_document_takes_its_whole_weight_with_it():
    texts = ["tea milk", "milk tea tea", "tea milk cup", "tea cup", "cup milk tea", "cup tea"]
    docs, y, weights = Corpus.from_documents(texts), np.arange(6) % 2, np.arange(1.0, 7.0)
    model = get_model("blocks:lengths=none,words=1,damping=1,shorten=0,add=1,own=0.1,correct=none")
    held = model.fit_held_out(docs, y, 2, weights=weights)[1]
    for i in range(6):
        rest = np.arange(6) != i
        others = model.fit(docs.take(np.flatnonzero(rest)), y[rest], 2, weights=weights[rest])
        assert held[i] == pytest.approx(others.codelengths(docs[i : i + 1])[0], abs=1e-4)


def test_settings_are_chosen_for_what_weighs_most():
    first, second = np.array([1, 0, 0, 0], bool), np.array([0, 1, 1, 1], bool)
    tried = [("first", first), ("second", second)]
    assert best_of(tried, np.ones(4)) == best_of(tried) == "first"  # within a standard error
    assert best_of(tried, np.array([0.1, 1, 1, 1])) == "second"


@pytest.mark.parametrize("name", NAMES)
def test_models_say_whether_they_take_weights(name):
    model = get_model(name)
    assert model.weighted == (model.name in WEIGHTED)


def test_models_without_weights_refuse_them():
    sentence = (
        "The model 'zstd-dict' takes no weights: leave out sample_weight and class_weight, or "
        "choose a model that takes them (blocks)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        learnt(some_weights(), model="zstd-dict")
    with pytest.raises(ValueError, match="The model 'combination' takes no weights"):
        learnt(class_weight="balanced", model=["blocks", "zstd-dict"])


def test_weights_are_left_out_with_the_fold():
    docs, y = Corpus.from_documents(FEW), np.unique(THEIRS, return_inverse=True)[1]
    model, weights = get_model(PLAIN), some_weights()
    bits = cross_codelengths(model, docs, y, 3, n_folds=len(y), weights=weights)
    rest = np.arange(1, len(y))
    first = model.fit(docs.take(rest), y[rest], 3, weights=weights[rest]).codelengths(docs[:1])
    assert np.array_equal(bits[0], first[0])


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1, -1], "sample_weight must be finite numbers >= 0. Got -1.0 for document 1 instead."),
        ([np.nan, 1], "sample_weight must be finite numbers >= 0. Got nan for document 0 instead."),
        ([1, np.inf], "sample_weight must be finite numbers >= 0. Got inf for document 1 instead."),
        ([0, 0], "sample_weight is zero for every document: give at least one a positive weight."),
        (
            [1, 1, 1],
            "sample_weight must have one number for each of the 2 documents. Got shape (3,) "
            "instead.",
        ),
        (["a", "b"], "sample_weight must be one number for each document. Got ['a', 'b'] instead."),
        ([[1], [1, 2]], "sample_weight must be one number for each document. Got"),
        (None, "All training documents have weight zero: give a positive weight to at least one,"),
    ],
    ids=str,
)
def test_bad_weights(weights, sentence):
    classes = {"x": 0, "y": 0} if weights is None else None
    with pytest.raises(ValueError, match=re.escape(sentence)):
        learnt(weights, X=["a", "b"], y=["x", "y"], class_weight=classes)


def test_labels_of_class_weight():
    sentence = "class_weight has the label 'z', which is not in y: the labels of y are 'x', 'y'."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        learnt(X=["a", "b"], y=["x", "y"], class_weight={"z": 1, "x": 2})
    learnt(X=["a", "b"], y=["x", "y"], class_weight={"z": 1, "x": 2, "y": 1})  # a fold lacks z


def test_a_window_counts_every_document_once():
    with pytest.raises(ValueError, match="A window counts every document once: leave out"):
        learnt(some_weights(), window=5)


def test_learning_on_counts_every_document_once():
    with pytest.raises(ValueError, match="partial_fit counts every document once and cannot use"):
        CodelengthClassifier(class_weight="balanced").partial_fit(["a"], ["x"], classes=["x", "y"])
    weights = some_weights()
    classifier = learnt(weights, model=PLAIN, prior="empirical")
    classifier.partial_fit(TEST, TRUTH)
    relative = np.append(weights / weights.mean(), np.ones(len(TEST)))
    labels = np.append(THEIRS, TRUTH)
    whole = learnt(relative, X=[*FEW, *TEST], y=labels, model=PLAIN, prior="empirical")
    assert classifier.codelengths(TEST) == pytest.approx(whole.codelengths(TEST), abs=1e-3)
    assert classifier.class_prior_ == pytest.approx(whole.class_prior_)


def test_images():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 3, (12, 6, 6), dtype=np.uint8)
    images[6:] += 200
    y, there = [0] * 6 + [1] * 6, np.arange(12) % 3 > 0
    kind = ImageCodelengthClassifier("blocks", preprocess="quantise:levels=4", n_jobs=1)
    absent = kind.fit(images, y, sample_weight=there).codelengths(images)
    assert np.array_equal(absent, kind.fit(images[there], np.array(y)[there]).codelengths(images))
    with pytest.raises(ValueError, match="The model 'images' takes no weights"):
        ImageCodelengthClassifier(class_weight={0: 2}, n_jobs=1).fit(images, y)


def test_models_of_images_take_none():
    assert not any(MODELS.load(name).weighted for name in IMAGE_MODELS)


def test_weights_are_routed():
    with config_context(enable_metadata_routing=True):
        kind = CodelengthClassifier(PLAIN, n_jobs=1).set_fit_request(sample_weight=True)
        pipeline = make_pipeline(FunctionTransformer(), kind)
        pipeline.fit(FEW, THEIRS, sample_weight=some_weights())
    same(pipeline[-1], learnt(some_weights(), model=PLAIN))
