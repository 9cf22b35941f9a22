"""Classifying images: what goes in, what is done before, and scikit-learn's contract."""

import pickle

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

import compressclf
from compressclf import ImageCodelengthClassifier, NCDClassifier
from compressclf.classifiers.images import CHOICES
from compressclf.datasets import load_dataset
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import Deskew
from tests.class_models import Bytes, CountedBytes

DIGITS = load_dataset("sample:digits").train
IMAGES, LABELS = DIGITS.docs.array()[:300, :, :, 0], DIGITS.labels[:300]


def classifier(**parameters):
    return ImageCodelengthClassifier(**{"model": Bytes(), "n_jobs": 1, **parameters})


def bars(n=12, seed=0):
    """Horizontal and vertical bars anywhere in the image, and their labels."""
    rng = np.random.default_rng(seed)
    images = np.zeros((2 * n, 9, 9), np.uint8)
    for i in range(n):
        at = int(rng.integers(0, 8))
        images[i, at : at + 2] = 255
        images[n + i, :, at : at + 2] = 255
    return images, ["-"] * n + ["|"] * n


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x[..., None],
        list,
        lambda x: [Image.fromarray(image) for image in x],
        ImageCorpus.from_images,
    ],
    ids=["channels", "list", "pillow", "corpus"],
)
def test_images_in_any_form(form):
    expected = classifier().fit(IMAGES[:80], LABELS[:80]).codelengths(IMAGES[80:90])
    same = classifier().fit(form(IMAGES[:80]), LABELS[:80]).codelengths(form(IMAGES[80:90]))
    assert same.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (IMAGES[:3].reshape(3, -1), r"rows and columns.* Got 64 numbers per image: reshape X to"),
        (IMAGES[:3].reshape(3, -1).astype(float), "needs images with rows and columns"),
        (["text"] * 3, "ImageCodelengthClassifier classifies images: give an array of uint8"),
        (IMAGES[:3].astype(float), "classifies images: give an array of uint8"),
        ([[1, 2], [3, 4], [5, 6]], "A document must be|classifies images"),
    ],
    ids=["flat", "flat floats", "texts", "floats", "lists"],
)
def test_what_are_no_images(X, reason):
    with pytest.raises(TypeError, match=reason):
        classifier().fit(X, [0, 1, 1])


def test_one_image_with_colours_gives_all_three_channels():
    colour = np.stack([IMAGES[0]] * 3, -1)
    for kind in (classifier(), NCDClassifier(1, n_jobs=1)):
        kind.fit([colour, *IMAGES[1:5]], LABELS[:5])
        assert set(kind.preprocessed(IMAGES[:3]).shapes[:, 2].tolist()) == {3}
        assert kind.predict(IMAGES[:5]).tolist() == kind.predict([colour, *IMAGES[1:5]]).tolist()


def test_a_classifier_of_grey_images_sees_grey():
    kind = classifier().fit(IMAGES[:50], LABELS[:50])
    colour = np.stack([IMAGES[50:60]] * 3, -1)
    assert kind.codelengths(colour).tolist() == kind.codelengths(IMAGES[50:60]).tolist()


def test_preprocessing_is_learnt_and_applied():
    images, labels = bars()
    plain = classifier(preprocess=None).fit(images, labels)
    assert (plain.preprocess_, plain.preprocessed(images).array()[..., 0].tolist()) == (
        None,
        images.tolist(),
    )
    kind = classifier(preprocess="deskew+quantise:levels=2").fit(IMAGES[:99], LABELS[:99])
    assert kind.preprocess_ == "deskew+quantise:levels=2,top=16"
    prepared = kind.preprocessed(IMAGES[:99])
    assert kind.training_documents() == prepared
    upright = Deskew().fit_transform(IMAGES[:99])
    assert prepared.array()[..., 0].tolist() == np.where(upright > 8, 16, 0).tolist()
    expected = classifier().fit(prepared, LABELS[:99]).codelengths(prepared)
    assert kind.codelengths(IMAGES[:99]).tolist() == expected.tolist()


def test_auto_chooses_on_held_out_training_images():
    # A dot in one place against a dot twice as bright in the other: only levels tell them apart.
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 30, (80, 6, 6)).astype(np.uint8)
    noise[:40, :3, :3] += 200
    noise[40:, :3, :2] += 200
    labels = [0] * 40 + [1] * 40
    kind = classifier(model="zstd-dict", preprocess="auto").fit(noise, labels)
    assert list(kind.preprocess_scores_) == list(CHOICES)
    best = max(kind.preprocess_scores_.values())
    assert kind.preprocess_scores_["quantise:levels=4"] == best > kind.preprocess_scores_[None]
    assert kind.preprocess_.startswith("quantise:levels=4,top=2")
    assert kind.score(noise, labels) >= 0.95


def test_auto_with_one_image_a_class_does_nothing():
    kind = classifier(preprocess="auto").fit(IMAGES[:3], [0, 1, 2])
    assert kind.preprocess_ is None
    assert set(kind.preprocess_scores_.values()) == {0.0}


@pytest.mark.parametrize("model", ["transform", "motion", "patches:words=8", "pixel-tree"])
def test_models_of_images_learn_on_from_nothing(model):
    images, labels = bars(20)
    learnt = ImageCodelengthClassifier(model, window=12, n_jobs=1)
    learnt.partial_fit(images[:8], labels[:8], classes=np.unique(labels))
    learnt.partial_fit(images[8:], labels[8:])
    assert learnt.class_count_.sum() == 12
    assert learnt.training_documents() == ImageCorpus.from_images(images[-12:])


def test_learning_more():
    kind = ImageCodelengthClassifier(CountedBytes(), preprocess="quantise:levels=2", window=30)
    kind.partial_fit(IMAGES[:20], LABELS[:20], classes=np.unique(LABELS))
    for i in range(20, 60, 10):
        kind.partial_fit(IMAGES[i : i + 10], LABELS[i : i + 10])
    assert kind.n_training_documents() == 30
    known = kind.training_documents()
    assert isinstance(known, ImageCorpus)
    assert known == kind.preprocessed(IMAGES[30:60])
    again = ImageCodelengthClassifier(CountedBytes(add=kind.model_.model.add), calibration=1.0)
    again.fit(known, LABELS[30:60])
    rows = [kind.classes_.tolist().index(name) for name in again.classes_]
    bits = kind.codelengths(IMAGES[:5])[:, rows]
    assert np.allclose(bits, again.codelengths(kind.preprocessed(IMAGES[:5])))


def test_what_was_learnt_is_a_copy():
    buffer = IMAGES[:20].copy()
    kind = ImageCodelengthClassifier(CountedBytes(), window=40).fit(buffer, LABELS[:20])
    expected = kind.training_documents()[0]
    buffer[:] = 0
    assert kind.training_documents()[0] == expected


def test_contract_of_scikit_learn():
    kind = classifier(preprocess="centre", prior="empirical", calibration=2.0, window=9)
    copy = clone(kind)
    assert repr(copy.get_params()) == repr(kind.get_params())
    with pytest.raises(NotFittedError):
        copy.predict(IMAGES[:1])
    scores = cross_val_score(classifier(), IMAGES, LABELS, cv=3)
    assert scores.min() > 0.15
    fitted = classifier(model="zstd-dict", preprocess="quantise").fit(IMAGES[:60], LABELS[:60])
    restored = pickle.loads(pickle.dumps(fitted))
    assert restored.predict(IMAGES[:9]).tolist() == fitted.predict(IMAGES[:9]).tolist()
    assert fitted.predict_proba(IMAGES[:9]).sum(axis=1) == pytest.approx(1)
    with pytest.warns(SkipTestWarning):  # scikit-learn makes no images of uint8 to check with
        check_estimator(classifier(model="zstd-dict"))


@pytest.mark.parametrize(
    ("preprocess", "reason"),
    [
        (3, "'preprocess' parameter of ImageCodelengthClassifier must be None, 'auto' or a spec"),
        ("upright", "Unknown preprocessing 'upright'"),
        ("quantise:levels=0", r"'levels' parameter of Quantise must be an int in \[2, 256\]"),
    ],
)
def test_bad_preprocessing(preprocess, reason):
    with pytest.raises(ValueError, match=reason):
        classifier(preprocess=preprocess).fit(IMAGES[:9], LABELS[:9])


def test_it_is_where_the_others_are():
    assert compressclf.ImageCodelengthClassifier is ImageCodelengthClassifier
    assert "ImageCodelengthClassifier" in dir(compressclf)


def test_neighbours_of_images():
    train, test = slice(0, 200), slice(200, 300)
    bytes_alone = NCDClassifier(1, layout=None).fit(IMAGES[train], LABELS[train])
    laid_out = NCDClassifier(1, layout="joint:levels=4").fit(IMAGES[train], LABELS[train])
    assert laid_out.layout_.spec == "joint:levels=4,planes=False,top=16"
    scores = [kind.score(IMAGES[test], LABELS[test]) for kind in (bytes_alone, laid_out)]
    assert scores[0] < 0.5 < 0.7 < scores[1]
    assert laid_out.training_documents() == ImageCorpus.from_images(IMAGES[train])


def test_candidates_know_no_layout():
    kind = NCDClassifier(1, candidates="ngrams", layout="rows")
    with pytest.raises(
        ValueError, match="candidates 'ngrams' compare passages of bytes and cannot use"
    ):
        kind.fit(IMAGES[:40], LABELS[:40])
    assert NCDClassifier(1, candidates="ngrams").fit(IMAGES[:40], LABELS[:40]).layout_ is None
