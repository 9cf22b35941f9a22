"""Parameters of models and compressors as parameters of the estimator, for specs and objects."""

import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from compressclf import CodelengthClassifier, CodelengthFeatures, NCDClassifier
from compressclf.compressors.gzip import Gzip
from compressclf.models.blocks import Blocks
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(24)


@pytest.mark.parametrize(
    ("estimator", "key", "before", "value", "after"),
    [
        (NCDClassifier(), "compressor__level", 9, 6, "gzip:level=6"),
        (NCDClassifier(compressor="zstd:level=3"), "compressor__level", 3, 19, "zstd:level=19"),
        (NCDClassifier(compressor=Gzip(1)), "compressor__level", 1, 6, Gzip(6)),
        (NCDClassifier(layout="joint:levels=4"), "layout__levels", 4, 8, "joint:levels=8"),
        (NCDClassifier(candidates="ngrams"), "candidates__share", 0.01, 0.5, "ngrams:share=0.5"),
        (CodelengthClassifier("blocks"), "model__words", 2, 1, "blocks:words=1"),
        (
            CodelengthClassifier("blocks:own=0.1"),
            "model__correct",
            0.5,
            None,
            "blocks:own=0.1,correct=none",
        ),
        (CodelengthClassifier(Blocks(own=0.1)), "model__words", 2, 1, Blocks(own=0.1, words=1)),
        (CodelengthFeatures(), "model__words", 2, 1, "blocks:words=1"),
        (
            CodelengthClassifier("lm:compressor=[gzip:level=6],shots=2"),
            "model__compressor__level",
            6,
            1,
            "lm:compressor=gzip:level=1,shots=2",
        ),
    ],
)
def test_parameters_of_a_parameter(estimator, key, before, value, after):
    assert estimator.get_params()[key] == before
    changed = clone(estimator).set_params(**{key: value})
    assert getattr(changed, key.partition("__")[0]) == after
    assert changed.get_params()[key] == value
    assert clone(changed).get_params() == changed.get_params()
    assert estimator.get_params()[key] == before


def test_a_parameter_and_its_parameters_at_once():
    classifier = NCDClassifier().set_params(compressor__level=3, compressor="zstd", n_neighbors=2)
    assert (classifier.compressor, classifier.n_neighbors) == ("zstd:level=3", 2)


@pytest.mark.parametrize(
    ("estimator", "parameters", "message"),
    [
        (CodelengthClassifier(), {"model__words": 1}, "The 'model' parameter is 'auto', which has"),
        (CodelengthClassifier(["blocks"]), {"model__words": 1}, "has no parameters of its own"),
        (NCDClassifier(), {"candidates__share": 1}, "The 'candidates' parameter is None, which"),
        (NCDClassifier(), {"metric__level": 1}, "The 'metric' parameter is 'ncd', which has no"),
        (NCDClassifier(), {"compressor__levle": 1}, "Unknown parameter of compressor 'gzip' 'levl"),
        (NCDClassifier(compressor=Gzip()), {"compressor__a": 1}, "Unknown parameter of compressor"),
        (NCDClassifier(compressor="gzpi"), {"compressor__level": 1}, "Unknown compressor 'gzpi'"),
        (NCDClassifier(), {"no__level": 1}, "Invalid parameter 'no' for estimator"),
        (NCDClassifier(compressor=Gzip()), {"compressor__level": 99}, "must be an int in"),
    ],
)
def test_what_has_no_such_parameter_is_one_sentence(estimator, parameters, message):
    with pytest.raises(ValueError, match=message):
        estimator.set_params(**parameters)


def test_an_unknown_name_does_not_keep_anybody_from_reading_parameters():
    assert NCDClassifier(compressor="gzpi").get_params()["compressor"] == "gzpi"


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (NCDClassifier(1, n_jobs=1), {"compressor__level": [1, 9]}),
        (CodelengthClassifier(Blocks(), n_jobs=1), {"model__words": [0, 1]}),
        (
            make_pipeline(CodelengthFeatures(n_jobs=1), LogisticRegression()),
            {"codelengthfeatures__model__words": [0, 1]},
        ),
    ],
)
def test_grids_over_parameters_of_a_parameter(estimator, grid):
    search = GridSearchCV(estimator, grid, cv=2).fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 2
    assert search.best_score_ > 0.5
