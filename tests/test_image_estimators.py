"""scikit-learn's contract for estimators of images, of which check_estimator checks one thing.

Its checks give tables of numbers, which these estimators refuse; here are the ones that matter,
with images.
"""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_parameters_default_constructible

from compressclf import ImageCodelengthClassifier
from compressclf.documents.preprocessing import Centre, Deskew, Quantise
from tests.class_models import Bytes

ESTIMATORS = [
    ImageCodelengthClassifier(Bytes(), preprocess="centre", n_jobs=1),
    Deskew(n_jobs=1),
    Centre(n_jobs=1),
    Quantise(),
]
every_estimator = pytest.mark.parametrize(
    "estimator", ESTIMATORS, ids=[type(estimator).__name__ for estimator in ESTIMATORS]
)
IMAGES = np.random.default_rng(0).integers(0, 200, (12, 9, 7), dtype=np.uint8)
OTHERS = np.random.default_rng(1).integers(0, 256, (8, 9, 7), dtype=np.uint8)
LABELS = ["across", "down"] * 6


def fitted(estimator, images=IMAGES):
    return clone(estimator).fit(images, LABELS[: len(images)])


def answers(estimator, images=OTHERS):
    return getattr(estimator, "predict_proba", getattr(estimator, "transform", None))(images)


@every_estimator
def test_parameters_are_kept_as_they_were_given(estimator):
    check_parameters_default_constructible(type(estimator).__name__, type(estimator)())
    given = estimator.get_params(deep=False)
    assert clone(estimator).get_params(deep=False) == given
    assert type(estimator)().set_params(**given).get_params(deep=False) == given
    for name, value in given.items():
        assert getattr(estimator, name) is value
    assert fitted(estimator).get_params(deep=False) == given
    with pytest.raises(ValueError, match="Invalid parameter 'nothing' for estimator"):
        clone(estimator).set_params(nothing=1)


@every_estimator
def test_what_was_not_fitted_says_so(estimator):
    for one in (clone(estimator), clone(fitted(estimator))):
        with pytest.raises(NotFittedError):
            answers(one)


@every_estimator
def test_fit_returns_the_estimator_and_learns_what_ends_in_an_underscore(estimator):
    one = clone(estimator)
    assert one.fit(IMAGES, LABELS) is one
    learnt = set(vars(one)) - set(one.get_params(deep=False))
    assert learnt
    assert all(name.endswith("_") or name.startswith("_") for name in learnt)
    assert not hasattr(one, "n_features_in_")  # images have no columns
    assert not hasattr(one, "feature_names_in_")


@every_estimator
def test_images_are_not_written_to(estimator):
    images, others = IMAGES.copy(), OTHERS.copy()
    for array in (images, others):
        array.flags.writeable = False
    assert np.array_equal(answers(fitted(estimator, images), others), answers(fitted(estimator)))
    assert np.array_equal(images, IMAGES)
    assert np.array_equal(others, OTHERS)


@every_estimator
def test_fitting_again_is_the_same_and_forgets(estimator):
    once = answers(fitted(estimator))
    assert np.array_equal(answers(fitted(estimator).fit(IMAGES, LABELS)), once)
    assert np.array_equal(answers(fitted(estimator, OTHERS).fit(IMAGES, LABELS)), once)


@every_estimator
def test_answers_do_not_change_the_estimator(estimator):
    one = fitted(estimator)
    before = pickle.dumps(one)
    answers(one)
    assert pickle.dumps(one) == before


@every_estimator
def test_a_pickled_estimator_answers_the_same(estimator):
    one = fitted(estimator)
    assert np.array_equal(answers(pickle.loads(pickle.dumps(one))), answers(one))


@every_estimator
def test_answers_do_not_depend_on_the_batch(estimator):
    one = fitted(estimator)
    whole = answers(one)
    assert np.array_equal(answers(one, OTHERS[::-1])[::-1], whole)
    assert np.array_equal(
        np.concatenate([answers(one, OTHERS[i : i + 1]) for i in range(8)]), whole
    )


@every_estimator
@pytest.mark.parametrize(
    "documents", [["text"] * 12, IMAGES.reshape(12, -1).astype(float), [None] * 12, "image"]
)
def test_what_is_no_image_is_refused(estimator, documents):
    with pytest.raises(TypeError, match=r"image|A document must be|a single str|rows and columns"):
        clone(estimator).fit(documents, LABELS)
