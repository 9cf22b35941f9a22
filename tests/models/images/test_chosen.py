"""The default model of images: which models it combines, and that nothing else changes."""

import numpy as np
import pytest

from compressclf import ImageCodelengthClassifier
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model
from compressclf.models.images import chosen
from compressclf.models.images.chosen import ImageModels
from compressclf.persistence import load_model, save_model


def strokes(n, seed=0, *, channels=1, wrong=0.0):
    """A bright row or column in noise, with a share of wrong labels."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    images = rng.integers(0, 60, (n, 12, 12, channels))
    for image, label in zip(images, y, strict=True):
        place = rng.integers(2, 9)
        (image[place], image[:, place])[label][...] += 150
    labels = np.where(rng.random(n) < wrong, 1 - y, y)
    return ImageCorpus.from_images(images.astype(np.uint8)), labels


def names(fitted):
    return [member.model.name for member in fitted.members]


def test_grey_strokes_need_no_patches():
    docs, y = strokes(80)
    fitted = ImageModels().fit(docs, y, 2)
    assert names(fitted) == ["transform", "motion"]
    given = get_model("transform+motion").fit(docs, y, 2)
    assert fitted.model == given.model
    assert np.array_equal(fitted.codelengths(docs), given.codelengths(docs))


def test_colour_images_have_patches():
    docs, y = strokes(60, channels=3)
    assert names(ImageModels().fit(docs, y, 2)) == ["transform", "patches"]


def test_the_third_model_is_kept_if_it_saves_enough(monkeypatch):
    monkeypatch.setattr(chosen, "LEAST_GAIN", -10.0)
    docs, y = strokes(60, wrong=0.3)
    fitted, held = ImageModels().fit_held_out(docs, y, 2)
    given, given_held = get_model("transform+motion+patches").fit_held_out(docs, y, 2)
    assert fitted.model == given.model
    assert np.array_equal(fitted.codelengths(docs), given.codelengths(docs))
    assert np.array_equal(held, given_held, equal_nan=True)


def test_the_third_model_is_dropped_if_it_saves_too_little(monkeypatch):
    monkeypatch.setattr(chosen, "LEAST_GAIN", 1.0)
    docs, y = strokes(60, wrong=0.3)
    assert names(ImageModels().fit(docs, y, 2)) == ["transform", "motion"]


def test_many_grey_images_are_tried_on_a_sample(monkeypatch):
    sizes = []
    real = chosen.held_out_by

    def counted(model, docs, *rest, **given):
        sizes.append((model.name, len(docs)))
        return real(model, docs, *rest, **given)

    monkeypatch.setattr(chosen, "PILOT", 30)
    monkeypatch.setattr(chosen, "held_out_by", counted)
    monkeypatch.setattr(chosen, "LEAST_GAIN", 1.0)
    docs, y = strokes(70, wrong=0.3)
    assert names(ImageModels().fit(docs, y, 2)) == ["transform", "motion"]
    assert sizes == [
        ("transform", 70), ("motion", 70), ("transform", 30), ("motion", 30), ("patches", 30),
    ]  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("y", [[0, 1], [0, 0, 1], [0, 0]], ids=str)
def test_very_few_images(channels, y):
    docs, _ = strokes(len(y), channels=channels)
    bits = ImageModels().fit(docs, np.array(y), 2).codelengths(docs)
    assert bits.shape == (len(y), 2)
    assert np.isfinite(bits).all()


def test_texts_are_refused():
    with pytest.raises(ValueError, match=r"^The model 'images' reads images; these documents are"):
        ImageModels().fit(Corpus.from_documents(["a", "b"]), np.array([0, 1]), 2)


def test_it_cannot_be_combined():
    with pytest.raises(
        ValueError,
        match=r"^The model 'images' chooses a combination itself and cannot be in another one: "
        r"name the models to combine, such as 'transform\+motion'\.$",
    ):
        get_model("images+pixel-tree")


def test_saved_and_loaded_it_predicts_the_same_and_fits_again(tmp_path):
    docs, y = strokes(40)
    classifier = ImageCodelengthClassifier(n_jobs=1).fit(docs, y)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.built_model() == ImageModels()
    assert np.array_equal(loaded.codelengths(docs), classifier.codelengths(docs))
    loaded.partial_fit(docs, y)
    assert loaded.class_count_.tolist() == [40, 40]
