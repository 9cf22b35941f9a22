"""Labels by names alone; contextmix stands in for a language model."""

import numpy as np
import pytest
from sklearn.base import clone

from compressclf import CodelengthClassifier, ZeroShotClassifier, load_model, save_model

MODEL = "lm:compressor=contextmix,recipe=channel"
LABELS = {"cook": ["cooking", "a meal"], "sail": "sailing boats"}
DOCS = ["cooking oil for a meal", "two sailing boats", "boats", "cooking"]


@pytest.fixture
def fitted():
    return ZeroShotClassifier(LABELS, model=MODEL).fit(DOCS)


def test_words_of_the_names_decide(fitted):
    assert fitted.predict(DOCS).tolist() == ["cook", "sail", "sail", "cook"]
    assert fitted.classes_.tolist() == ["cook", "sail"]
    assert fitted.model_.model.names == "cooking|a meal;sailing boats"
    assert fitted.predict_proba(DOCS).sum(axis=1) == pytest.approx(1)
    assert fitted.n_training_documents() == 0
    assert fitted.class_prior_.tolist() == [0.5, 0.5]
    assert fitted.training_documents() is None


def test_labels_are_made_readable():
    fitted = ZeroShotClassifier(["tvSeries", "sci_fi", "Sci/Tech"], model=MODEL).fit()
    assert fitted.classes_.tolist() == ["Sci/Tech", "sci_fi", "tvSeries"]
    assert fitted.model_.model.names == "sci tech;sci fi;tv series"


def test_the_documents_calibrate(fitted):
    means = fitted.codelengths(DOCS).mean(axis=0)
    assert means[0] == pytest.approx(means[1])
    alone = ZeroShotClassifier(LABELS, model=MODEL).fit()
    assert alone.codelengths(DOCS).mean(axis=0) != pytest.approx(means)
    difference = alone.codelengths(DOCS) - fitted.codelengths(DOCS)
    assert np.ptp(difference, axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_it_is_the_classifier_with_no_documents():
    by_names = ZeroShotClassifier(LABELS, model=MODEL).fit().model_
    model = CodelengthClassifier(MODEL).built_model().named([LABELS["cook"], [LABELS["sail"]]])
    assert by_names.model == model


def test_a_prior():
    fitted = ZeroShotClassifier(LABELS, model=MODEL, prior=[1, 0]).fit(DOCS)
    assert set(fitted.predict(DOCS)) == {"cook"}


def test_clones_and_saved_models(fitted, tmp_path):
    again = clone(fitted).fit(DOCS)
    assert again.codelengths(["a boat"]) == pytest.approx(fitted.codelengths(["a boat"]))
    save_model(fitted, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert type(loaded) is ZeroShotClassifier
    assert loaded.labels == LABELS
    assert loaded.codelengths(DOCS) == pytest.approx(fitted.codelengths(DOCS))
    assert loaded.predict(DOCS).tolist() == fitted.predict(DOCS).tolist()


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (["one"], {}, r"'labels' parameter of ZeroShotClassifier must be a list or dict of two"),
        (["one", "one"], {}, r"'labels' parameter of ZeroShotClassifier must be a list or dict"),
        ("one, two", {}, r"'labels' parameter of ZeroShotClassifier must be a list or dict"),
        ({"a": "", "b": "c"}, {}, r"bad value: the name '' of a class must be text, not empty"),
        (LABELS, {"model": "blocks"}, r"must be lm with a recipe that names the classes, such as"),
        (LABELS, {"model": "lm:compressor=gzip"}, r"Got 'lm' instead"),
        (LABELS, {"prior": [1]}, r"'prior' parameter of ZeroShotClassifier must have one number"),
        (LABELS, {"n_jobs": 0}, r"'n_jobs' parameter of ZeroShotClassifier must be None or an int"),
    ],
)
def test_bad_parameters_are_one_sentence(labels, options, message):
    with pytest.raises(ValueError, match=message):
        ZeroShotClassifier(labels, **{"model": MODEL, **options}).fit()


def test_images_and_numbers_are_refused():
    for X in (np.zeros((2, 4, 4), np.uint8), np.ones((3, 2))):
        with pytest.raises(ValueError, match="A language model reads texts: give texts"):
            ZeroShotClassifier(LABELS, model=MODEL).fit(X)


def test_names_of_labels_for_the_classifier():
    docs, y = ["salt the onion", "hoist the sail"] * 5, ["cook", "sail"] * 5
    classifier = CodelengthClassifier(MODEL, label_names={"sail": ["sailing", "boats"]})
    assert classifier.fit(docs, y).model_.model.names == "cook;sailing|boats"
    with pytest.raises(
        ValueError, match="has a name for 'x', which is not among the labels 'cook'"
    ):
        CodelengthClassifier(MODEL, label_names={"x": "y"}).fit(docs, y)
    with pytest.raises(ValueError, match="The model 'blocks' does not read names: leave out"):
        CodelengthClassifier(label_names={"sail": "boats"}).fit(docs, y)
    with pytest.raises(ValueError, match="must be None or a dict of label to a name"):
        CodelengthClassifier(MODEL, label_names=["a"]).fit(docs, y)
    with pytest.raises(ValueError, match="has a bad value: the name 3 of a class must be text"):
        CodelengthClassifier(MODEL, label_names={"sail": [3]}).fit(docs, y)


def test_documents_are_added_under_the_same_names():
    classifier = CodelengthClassifier(MODEL, label_names={"sail": "boats"})
    classifier.partial_fit(["salt the onion"], ["cook"], classes=["cook", "sail"])
    assert classifier.model_.model.names == "cook;boats"
    classifier.partial_fit(["hoist the sail"], ["sail"])
    assert classifier.model_.model.names == "cook;boats"
    assert sorted(classifier.model_.draws[0].docs) == [b"hoist the sail", b"salt the onion"]
