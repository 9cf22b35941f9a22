import re

import numpy as np
import pytest

from compressclf import CodelengthClassifier
from compressclf.models.blocks import Blocks
from tests.class_models import Bytes, OnlineBytes
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(80, seed=3)
NEW = [*labelled_texts(20, seed=4)[0], "", "q"]
TOPICS = ["chess", "cooking", "sailing"]


def stream(classifier, texts, labels, size, classes=TOPICS):
    for begin in range(0, len(texts), size):
        part = slice(begin, begin + size)
        classifier.partial_fit(texts[part], labels[part], classes=classes if not begin else None)
    return classifier


MODELS = {
    "blocks": "blocks",
    "blocks with own counts": Blocks(4, damping=1, shorten=0, add=0.3, own=0.3),
    "online": OnlineBytes(add=0.5),
    "fitted anew": Bytes(add=0.5),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@every_model
@pytest.mark.parametrize("size", [1, 7, 80])
def test_batches_do_not_matter(model, size):
    whole = CodelengthClassifier(model, n_jobs=1).partial_fit(TEXTS, LABELS, classes=TOPICS)
    parts = stream(CodelengthClassifier(model, n_jobs=1), TEXTS, LABELS, size)
    assert parts.codelengths(NEW) == pytest.approx(whole.codelengths(NEW), abs=1e-6)
    assert parts.class_count_.tolist() == whole.class_count_.tolist()
    assert parts.n_training_documents() == 80


@every_model
@pytest.mark.parametrize("size", [1, 7, 30])
@pytest.mark.parametrize("window", [1, 20])
def test_a_window_is_a_stream_of_its_last_documents(model, size, window):
    windowed = CodelengthClassifier(model, window=window, prior="empirical", n_jobs=1)
    stream(windowed, TEXTS, LABELS, size)
    fresh = CodelengthClassifier(model, prior="empirical", n_jobs=1)
    stream(fresh, TEXTS[-window:], LABELS[-window:], window)
    assert windowed.codelengths(NEW) == pytest.approx(fresh.codelengths(NEW), rel=1e-6, abs=1e-6)
    assert windowed.predict(TEXTS).tolist() == fresh.predict(TEXTS).tolist()
    assert windowed.class_count_.tolist() == fresh.class_count_.tolist()
    assert windowed.class_prior_.tolist() == fresh.class_prior_.tolist()
    assert list(windowed.training_documents()) == [text.encode() for text in TEXTS[-window:]]


def test_after_fit_the_settings_stay():
    classifier = CodelengthClassifier(n_jobs=1).fit(TEXTS[:60], LABELS[:60])
    spec, temperature = classifier.model_.model.spec, classifier.temperature_
    classifier.partial_fit(TEXTS[60:], LABELS[60:])
    assert classifier.model_.model.spec == spec
    assert classifier.temperature_ == temperature
    assert classifier.class_count_.sum() == 80
    assert classifier.training_documents() is None


def test_after_fit_a_window_forgets_what_fit_learnt():
    model = Blocks(4, damping=1, shorten=0, add=0.3, own=0.3, correct=None)  # all count alike
    classifier = CodelengthClassifier(model, window=20, n_jobs=1).fit(TEXTS[:60], LABELS[:60])
    assert classifier.n_training_documents() == 60
    classifier.partial_fit(TEXTS[60:], LABELS[60:])
    fresh = stream(CodelengthClassifier(model, n_jobs=1), TEXTS[60:], LABELS[60:], 20)
    assert classifier.codelengths(NEW) == pytest.approx(fresh.codelengths(NEW), abs=1e-4)
    assert classifier.class_count_.tolist() == fresh.class_count_.tolist()


def test_it_learns_online():
    classifier = CodelengthClassifier(n_jobs=1)
    assert stream(classifier, TEXTS, LABELS, 5).score(*labelled_texts(40, seed=6)) >= 0.9


def test_a_temperature_that_was_given_is_used():
    given = stream(CodelengthClassifier(calibration=3.5, n_jobs=1), TEXTS, LABELS, 40)
    assert given.temperature_ == 3.5
    assert stream(CodelengthClassifier(n_jobs=1), TEXTS, LABELS, 40).temperature_ == 1.0
    assert np.isnan(given.codelengths_).all()


def test_before_the_first_document():
    classifier = CodelengthClassifier(prior="empirical", n_jobs=1)
    classifier.partial_fit([], [], classes=["b", "a"])
    assert classifier.classes_.tolist() == ["a", "b"]
    assert classifier.predict_proba(["any"]).tolist() == [[0.5, 0.5]]
    classifier.partial_fit(["one " * 5], ["b"])
    assert classifier.predict(["one one one", ""]).tolist() == ["b", "b"]


def test_classes_without_documents():
    classifier = CodelengthClassifier(prior="empirical", n_jobs=1)
    classifier.partial_fit(TEXTS, LABELS, classes=[*TOPICS, "never"])
    assert not classifier.predict_proba(NEW)[:, 2].any()
    assert classifier.classes_[2] == "never"
    assert "never" not in classifier.predict(NEW)


@pytest.mark.parametrize(
    ("y", "classes", "sentence"),
    [
        (["x"], None, "The first call of partial_fit needs `classes`, "),
        (["x"], [], "The first call of partial_fit needs `classes`, "),
        (["z"], ["x", "y"], "The label 'z' is not among the classes of the first call."),
        ([1], ["x", "y"], "is not among the classes of the first call."),
        (["x", "y"], ["x", "y"], "inconsistent numbers of samples"),
        (
            [["x", "y"]],
            ["x", "y"],
            "y must have one label for each document. Got shape (1, 2).",
        ),
        ([None], ["x", "y"], "Document 0 has no label: drop it or fill it in."),
        (np.array([np.nan], object), ["x", "y"], "Document 0 has no label: drop it or fill it in"),
        ([float("nan")], [1.0, 2.0], "Document 0 has no label: drop it or fill it in."),
        (np.array([1], object), ["x", "y"], "The label 1 is not among the classes of the first"),
        (["x"], ["x", None], "`classes` must be all text or all numbers, without missing values."),
        (["x"], np.array(["x", 1], object), "`classes` must be all text or all numbers"),
    ],
)
def test_bad_first_calls(y, classes, sentence):
    classifier = CodelengthClassifier(n_jobs=1)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        classifier.partial_fit(["text"], y, classes=classes)
    classifier.partial_fit(["text"], ["x"], classes=["x", "y"])  # nothing is half done
    assert classifier.class_count_.tolist() == [1, 0]


def test_bad_later_calls():
    classifier = CodelengthClassifier(n_jobs=1).partial_fit(["text"], ["x"], classes=["x", "y"])
    with pytest.raises(ValueError, match="The classes differ from those of the first call"):
        classifier.partial_fit(["text"], ["x"], classes=["x", "z"])
    with pytest.raises(ValueError, match="is not among the classes of the first call"):
        classifier.partial_fit(["text", "more"], ["x", "z"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        classifier.partial_fit(["text", "more"], ["x"])
    with pytest.raises(ValueError, match=r"^Document 1 has no label: drop it or fill it in\.$"):
        classifier.partial_fit(["text", "more"], ["x", None])
    classifier.partial_fit(["text"], ["y"], classes=["y", "x"])
    assert classifier.class_count_.tolist() == [1, 1]


def test_after_a_correction_there_is_no_window():
    classifier = CodelengthClassifier("blocks", window=60, n_jobs=1)
    classifier.fit(TEXTS[:60], LABELS[:60])
    with pytest.raises(ValueError, match="use blocks:correct=none with a window"):
        classifier.partial_fit(TEXTS[60:], LABELS[60:])
    assert classifier.class_count_.sum() == 60  # and nothing has changed
    assert len(classifier._memory) == 60


def test_without_a_fit_nothing_is_corrected_and_a_window_slides():
    classifier = CodelengthClassifier("blocks", window=6, n_jobs=1)
    classifier.partial_fit(TEXTS[:9], LABELS[:9], classes=TOPICS)
    assert classifier.class_count_.sum() == 6


def test_a_window_needs_a_fit_with_it():
    classifier = CodelengthClassifier(n_jobs=1).fit(TEXTS[:60], LABELS[:60])
    with pytest.raises(ValueError, match="Set `window` before fitting"):
        classifier.set_params(window=5).partial_fit(TEXTS[60:], LABELS[60:])


def test_a_class_without_documents_does_not_win():
    classes = [*np.unique(LABELS), "none of them"]
    classifier = CodelengthClassifier("zstd-dict", n_jobs=1)
    classifier.partial_fit(TEXTS[:60], LABELS[:60], classes)
    assert "none of them" not in classifier.predict(TEXTS[60:])
    assert not classifier.predict_proba(TEXTS[60:])[:, classifier.classes_ == "none of them"].any()
