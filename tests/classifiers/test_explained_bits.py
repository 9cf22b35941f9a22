"""What bytes cost adds up to what the document costs, whatever `fit` has seen."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compressclf import CodelengthClassifier, Corpus, ImageCodelengthClassifier
from tests.registered import TEXT_MODELS
from tests.texts import labelled_texts

pytestmark = pytest.mark.slow

BOTH = ["pixel-tree", "blocks", "pixel-tree+blocks"]
PREPROCESS = [None, "quantise:levels=2", "deskew", "resize:width=5,height=6+centre", "auto"]
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(40, 3)).astype(np.float32)
IMAGES = RNG.integers(0, 256, (30, 6, 7)).astype(np.uint8)
COLOURS = RNG.integers(0, 256, (30, 6, 7, 3)).astype(np.uint8)


@lru_cache
def fitted(kind, model, preprocess=None):
    parameters = {"model": model, "calibration": 1.0, "n_jobs": 1}
    plain = CodelengthClassifier(**parameters)
    if kind == "texts":
        return plain.fit(*labelled_texts(40, seed=0))
    if kind == "tables":
        return plain.fit(TABLE, [0, 1] * 20)
    images = COLOURS if kind == "colours" else IMAGES
    if preprocess is not None:
        plain = ImageCodelengthClassifier(**parameters, preprocess=preprocess)
    return plain.fit(images, [0, 1] * 15)


def assert_adds_up(classifier, document, rows):
    (bits,) = classifier.codelengths(rows)
    try:
        explained = classifier.explain_bits(document)
    except NotImplementedError:
        pytest.skip("the model has no bits of single bytes")
    assert explained.shape[1] == len(classifier.classes_)
    assert explained.sum(axis=0) == pytest.approx(bits, rel=1e-4, abs=1e-2)
    parts = classifier.explain_parts(document).values()
    assert sum(parts).sum(axis=0) == pytest.approx(bits, rel=1e-4, abs=1e-2)


few = settings(max_examples=8, deadline=None)


@pytest.mark.parametrize("model", TEXT_MODELS)
@few
@given(document=st.one_of(st.text(min_size=1, max_size=40), st.binary(min_size=1, max_size=40)))
def test_of_a_text(model, document):  # an empty one may cost bits, and has no byte to have them
    assert_adds_up(fitted("texts", model), document, [document])


@pytest.mark.parametrize("model", TEXT_MODELS)
@few
@given(row=arrays(np.float32, 3, elements=st.floats(-9, 9, width=32)))
def test_of_a_row_in_another_dtype(model, row):
    wide = row.astype(np.float64)
    classifier = fitted("tables", model)
    for document in (row, wide, wide.tolist(), wide[None], pd.DataFrame(wide[None])):
        assert_adds_up(classifier, document, wide[None])


@pytest.mark.parametrize("preprocess", PREPROCESS)
@pytest.mark.parametrize("model", BOTH)
@few
@given(image=arrays(np.uint8, (6, 7)))
def test_of_an_image(model, preprocess, image):
    for document in (image, image[..., None], Corpus.from_documents([image])):
        assert_adds_up(fitted("images", model, preprocess), document, image[None])


@pytest.mark.parametrize("preprocess", [None, "quantise:levels=2"])
@pytest.mark.parametrize("model", BOTH)
@few
@given(image=arrays(np.uint8, (6, 7)))
def test_of_an_image_of_other_channels(model, preprocess, image):
    assert_adds_up(fitted("colours", model, preprocess), image, image[None])
    coloured = np.stack([image, image, 255 - image], axis=-1)
    assert_adds_up(fitted("images", model, preprocess), coloured, coloured[None])


def test_of_several_documents():
    with pytest.raises(ValueError, match=r"An explanation takes one document\. Got 2 instead\."):
        fitted("texts", "blocks").explain_bits(Corpus.from_documents(["a", "b"]))
