"""Saved classifiers of images know shapes, layout, preprocessing and channels."""

import re

import numpy as np
import pytest

from compressclf import (
    CodelengthClassifier,
    ImageCodelengthClassifier,
    NCDClassifier,
    load_model,
    save_model,
)
from compressclf.datasets import load_dataset
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import Resize
from tests.saved_models import edit_config, set_array

pytestmark = pytest.mark.usefixtures("byte_models")

DIGITS = load_dataset("sample:digits").train
IMAGES, LABELS = DIGITS.docs[:80], DIGITS.labels[:80]
QUERIES = DIGITS.docs[80:110]

CLASSIFIERS = {
    "laid out": lambda: NCDClassifier(3),
    "raster": lambda: NCDClassifier(3, layout="raster:levels=4", compressor="zlib"),
    "codec": lambda: NCDClassifier(1, compressor="jpegls"),
    "bytes": lambda: NCDClassifier(1, layout=None),
    "documents": lambda: ImageCodelengthClassifier("bytes", preprocess="quantise+centre"),
    "arrays": lambda: ImageCodelengthClassifier("counted-bytes", preprocess="deskew"),
    "plain": lambda: CodelengthClassifier("bytes"),
    "window": lambda: ImageCodelengthClassifier("online-bytes", window=70),
    "auto": lambda: ImageCodelengthClassifier("counted-bytes", preprocess="auto"),
    "resized": lambda: NCDClassifier(1, preprocess="resize:width=5,height=4+centre"),
    "resized, auto": lambda: ImageCodelengthClassifier(
        "counted-bytes", preprocess="resize:width=5,height=4+auto"
    ),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_what_is_saved_comes_back(name, tmp_path):
    classifier = CLASSIFIERS[name]().fit(IMAGES, LABELS)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert type(loaded) is type(classifier)
    assert loaded.get_params() == classifier.get_params()
    for one, other in zip(
        classifier.predictions(QUERIES), loaded.predictions(QUERIES), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    known = loaded.training_documents()
    if known is not None:
        assert isinstance(known, ImageCorpus)
        assert known == classifier.training_documents()
        assert known.shapes.tolist() == classifier.training_documents().shapes.tolist()
    for attribute in ("layout_", "preprocess_", "channels_in_"):
        assert getattr(loaded, attribute, None) == getattr(classifier, attribute, None)
    save_model(loaded, tmp_path / "again")
    for file in ("config.json", "arrays.npz"):
        assert (tmp_path / "model" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_images_of_several_sizes(tmp_path):
    images = [np.full((n, 4), n, np.uint8) for n in range(2, 12)]
    classifier = NCDClassifier(1).fit(images, [0, 1] * 5)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.training_documents().shapes.tolist() == [[n, 4, 1] for n in range(2, 12)]
    assert loaded.predict(images).tolist() == classifier.predict(images).tolist()


def test_a_size_that_an_older_model_has_apart(tmp_path):
    place = tmp_path / "model"
    large = [np.kron(image, np.ones((2, 3, 1), np.uint8)) for image in QUERIES.array()]
    small = Resize(width=8, height=8).fit_transform(large)
    for classifier in (NCDClassifier(1), ImageCodelengthClassifier("bytes", preprocess="centre")):
        expected = classifier.fit(IMAGES, LABELS).predictions(small)
        save_model(classifier, place)
        edit_config(place, lambda config: config["settings"].update(resize_in=[8, 8]))
        loaded = load_model(place)
        assert loaded.preprocess_.startswith("resize:width=8,height=8")
        assert loaded.preprocess.removeprefix("resize:width=8,height=8") in ("", "+centre")
        for one, other in zip(expected, loaded.predictions(large), strict=True):
            np.testing.assert_array_equal(one, other)
        save_model(loaded, place)  # as of now
        assert load_model(place).get_params() == loaded.get_params()
    save_model(CodelengthClassifier("bytes").fit(IMAGES, LABELS), place)
    edit_config(place, lambda config: config["settings"].update(resize_in=[8, 8]))
    with pytest.raises(ValueError, match=r"'resize_in' is for classifiers of images\.$"):
        load_model(place)


def test_colours_and_grey_after_loading(tmp_path):
    save_model(ImageCodelengthClassifier("bytes").fit(IMAGES, LABELS), tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    colour = np.repeat(QUERIES.array(), 3, axis=3)
    assert loaded.codelengths(colour).tolist() == loaded.codelengths(QUERIES).tolist()


def change_setting(name, value):
    return lambda directory: edit_config(
        directory, lambda config: config["settings"].update({name: value})
    )


@pytest.mark.parametrize(
    ("kind", "harm", "sentence"),
    [
        (
            "laid out",
            lambda directory: set_array(directory, shapes=np.full((80, 3), 2, np.int64)),
            "the array 'shapes' does not fit the documents: Image 0 has 2 channels",
        ),
        (
            "laid out",
            lambda directory: set_array(directory, shapes=np.full((80, 3), 2**62, np.int64)),
            "the array 'shapes' does not fit the documents: ",
        ),
        (
            "laid out",
            lambda directory: set_array(directory, shapes=np.ones((79, 3), np.int64)),
            "the array 'shapes' has dtype int64 and shape (79, 3); expected int64 and (80, 3).",
        ),
        (
            "laid out",
            lambda directory: set_array(directory, shapes=None),
            "The layout 'joint' is for images, and these documents are texts",
        ),
        ("laid out", change_setting("layout", 3), "the setting 'layout' cannot be 3."),
        ("laid out", change_setting("layout", "joint:levels=99"), "'levels' parameter of the layo"),
        ("arrays", change_setting("preprocess", 3), "the setting 'preprocess' cannot be 3."),
        ("arrays", change_setting("preprocess", "os"), "Unknown preprocessing 'os'"),
        ("arrays", change_setting("channels_in", 0), "the setting 'channels_in' cannot be 0."),
        ("arrays", change_setting("channels_in", 2), "the setting 'channels_in' cannot be 2."),
        ("arrays", change_setting("resize_in", [1]), "the setting 'resize_in' cannot be [1]."),
        ("arrays", change_setting("resize_in", [0, 1]), "'resize_in' cannot be [0, 1]."),
        (
            "arrays",
            change_setting("resize_in", [10**9, 9]),
            "'resize_in' cannot be [1000000000, 9]",
        ),
    ],
)
def test_harm_is_refused(kind, harm, sentence, tmp_path):
    save_model(CLASSIFIERS[kind]().fit(IMAGES, LABELS), tmp_path / "model")
    harm(tmp_path / "model")
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_model(tmp_path / "model")
