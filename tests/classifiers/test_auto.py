"""What model="auto" becomes."""

import numpy as np
import pytest

from compressclf import CodelengthClassifier, ImageCodelengthClassifier
from compressclf.models import IMAGE_MODEL, TEXT_MODEL, auto_model
from compressclf.persistence import load_model, save_model
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(30, seed=1)
IMAGES = np.zeros((8, 6, 6), np.uint8)
IMAGES[:4, 2:4], IMAGES[4:, :, 2:4] = 255, 255
KINDS = [0] * 4 + [1] * 4


def test_it_is_the_default():
    assert CodelengthClassifier().model == "auto"


def test_texts():
    auto = CodelengthClassifier(n_jobs=1).fit(TRAIN, LABELS)
    given = CodelengthClassifier(TEXT_MODEL, n_jobs=1).fit(TRAIN, LABELS)
    assert auto.model_.model == given.model_.model
    assert np.array_equal(auto.codelengths(TRAIN), given.codelengths(TRAIN))


@pytest.mark.parametrize("kind", [CodelengthClassifier, ImageCodelengthClassifier])
def test_images(kind):
    classifier = kind("auto", n_jobs=1).fit(IMAGES, KINDS)
    assert classifier.model_.model.spec.startswith("transform:")
    assert classifier.built_model().name == IMAGE_MODEL
    assert classifier.predict(IMAGES).tolist() == KINDS


def test_learning_on_chooses_by_the_first_documents():
    texts = CodelengthClassifier(n_jobs=1).partial_fit(["a"], [0], classes=[0, 1])
    assert texts.model_.model.name == TEXT_MODEL
    images = CodelengthClassifier(n_jobs=1).partial_fit(IMAGES, KINDS, classes=[0, 1])
    assert images.built_model().name == IMAGE_MODEL
    assert images.model_.model.reads == "images"


def test_a_second_fit_chooses_anew():
    classifier = CodelengthClassifier(n_jobs=1).fit(IMAGES, KINDS).fit(TRAIN, LABELS)
    assert classifier.model_.model.name == TEXT_MODEL
    assert classifier.fit(IMAGES, KINDS).built_model().name == IMAGE_MODEL


def test_with_a_window_nothing_is_learned_that_cannot_be_forgotten():
    assert auto_model() == "blocks"
    assert auto_model(window=5) == "blocks:correct=none"
    classifier = CodelengthClassifier(window=20, n_jobs=1).fit(TRAIN, LABELS)
    assert classifier.model_.model.correct is None
    classifier.partial_fit(TRAIN[:5], LABELS[:5])
    assert classifier.n_training_documents() == 20


@pytest.mark.parametrize(("X", "y"), [(TRAIN, LABELS), (IMAGES, KINDS)], ids=["texts", "images"])
def test_saved_it_knows_what_it_became(X, y, tmp_path):
    classifier = CodelengthClassifier(n_jobs=1).fit(X, y)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.model == "auto"
    assert loaded.model_.model == classifier.model_.model
    assert loaded.built_model() == classifier.built_model() or X is TRAIN
    assert np.array_equal(loaded.codelengths(X), classifier.codelengths(X))
