import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from compressclf import CodelengthFeatures, Corpus
from compressclf.models import cross_codelengths
from compressclf.models.primed.presets import ZstdDict
from tests.estimator_checks import with_checks
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(90)
NEW = [*labelled_texts(30, seed=1)[0], ""]

HELD_OUT = "fit_transform gives held-out features on purpose"


@with_checks(
    CodelengthFeatures("zstd-dict", n_jobs=1),
    failing={
        "check_transformer_data_not_an_array": HELD_OUT,
        "check_transformer_general": HELD_OUT,
    },
)
@pytest.mark.filterwarnings("default::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("scale", "power"), [("length", 1.0), ("sqrt", 0.5), ("none", 0.0)], ids=str
)
def test_transform_is_bits_less_their_mean_over_the_scale(scale, power):
    features = CodelengthFeatures("zstd-dict", scale=scale, n_jobs=1).fit(TEXTS, LABELS)
    y = np.unique(LABELS, return_inverse=True)[1]
    bits = (
        ZstdDict().fit(Corpus.from_documents(TEXTS), y, 3).codelengths(Corpus.from_documents(NEW))
    )
    by_hand = [
        (row - row.mean()) / max(1, len(text)) ** power for row, text in zip(bits, NEW, strict=True)
    ]
    assert features.transform(NEW) == pytest.approx(np.array(by_hand))


def test_training_documents_are_held_out():
    features = CodelengthFeatures("zstd-dict", scale="none", n_jobs=1)
    held = features.fit_transform(TEXTS, LABELS)
    y = np.unique(LABELS, return_inverse=True)[1]
    bits = cross_codelengths(ZstdDict(), Corpus.from_documents(TEXTS), y, 3)
    assert held == pytest.approx(bits - bits.mean(axis=1, keepdims=True))
    learnt = features.transform(TEXTS)
    own = np.arange(len(y)), y
    assert learnt[own].mean() < 2 * held[own].mean() < 0  # by heart, the margin doubles


def test_several_models_stand_side_by_side():
    specs = ["zstd-dict:shards=1", ZstdDict(level=3)]
    both = CodelengthFeatures(specs, n_jobs=1)
    together = both.fit_transform(TEXTS, LABELS)
    apart = [CodelengthFeatures(spec, n_jobs=1).fit_transform(TEXTS, LABELS) for spec in specs]
    assert np.array_equal(together, np.hstack(apart))
    assert both.get_feature_names_out().tolist() == [
        f"zstd-dict{n}_{label}" for n in range(2) for label in ("chess", "cooking", "sailing")
    ]
    assert both.transform(NEW).shape == (len(NEW), 6)


def test_names_of_one_model():
    features = CodelengthFeatures("zstd-dict", n_jobs=1).fit(TEXTS, LABELS)
    names = ["zstd-dict_chess", "zstd-dict_cooking", "zstd-dict_sailing"]
    assert features.get_feature_names_out().tolist() == names
    assert features.set_output(transform="pandas").transform(NEW).columns.tolist() == names


def test_head():
    head = make_pipeline(CodelengthFeatures("zstd-dict", n_jobs=1), LogisticRegression())
    head.fit(TEXTS, LABELS)
    texts, labels = labelled_texts(60, seed=5)
    assert head.score(texts, labels) >= 0.9


def test_tables_of_numbers_are_documents_too():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 9, (20, 6)), np.arange(20) % 2
    features = CodelengthFeatures("zstd-dict", n_jobs=1).fit(X, y)
    assert features.n_features_in_ == 6
    assert features.transform(X).shape == (20, 2)
    with pytest.raises(ValueError, match="features"):
        features.transform(X[:, :3])


def test_bad_parameters():
    features = CodelengthFeatures("zstd-dict", scale="log")
    assert clone(features).get_params() == features.get_params()
    with pytest.raises(ValueError, match="'scale' parameter of CodelengthFeatures must be"):
        features.fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="sequence of them that is not empty"):
        CodelengthFeatures([]).fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="requires y"):
        CodelengthFeatures("zstd-dict").fit_transform(TEXTS)
    with pytest.raises(NotFittedError):
        features.transform(TEXTS)


def test_auto_is_chosen_by_the_documents():
    images = np.random.default_rng(0).integers(0, 256, (12, 6, 6), dtype=np.uint8)
    for documents, labels, name in ((TEXTS, LABELS, "blocks"), (images, [0, 1] * 6, "combination")):
        features = CodelengthFeatures("auto", n_jobs=1).fit(documents, labels)
        assert [fitted.model.name for fitted in features.models_] == [name]
    several = CodelengthFeatures(["auto", "zstd-dict"], n_jobs=1).fit(TEXTS, LABELS)
    assert [fitted.model.name for fitted in several.models_] == ["blocks", "zstd-dict"]


@pytest.mark.parametrize("model", [None, 3, [], {"blocks": 1}])
def test_what_is_no_model_is_one_sentence(model):
    with pytest.raises(ValueError, match="'model' parameter of CodelengthFeatures must be a spec"):
        CodelengthFeatures(model).fit(TEXTS, LABELS)
