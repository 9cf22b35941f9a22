import pickle

import numpy as np
import pytest
from PIL import Image

from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus, are_images

GREY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
COLOURED = np.arange(36, dtype=np.uint8).reshape(2, 3, 2, 3)


@pytest.mark.parametrize(
    ("images", "shapes"),
    [
        (GREY, [[3, 4, 1]] * 2),
        (COLOURED, [[3, 2, 3]] * 2),
        ([GREY[0], COLOURED[0]], [[3, 4, 1], [3, 2, 3]]),
        ([Image.fromarray(GREY[0]), Image.fromarray(COLOURED[0])], [[3, 4, 1], [3, 2, 3]]),
        (np.zeros((0, 3, 4), np.uint8), []),
    ],
)
def test_images_become_a_corpus_with_shapes(images, shapes):
    corpus = Corpus.from_documents(images)
    assert isinstance(corpus, ImageCorpus)
    assert corpus.shapes.tolist() == shapes
    assert list(corpus) == [np.asarray(image).tobytes() for image in images]


@pytest.mark.parametrize(
    "documents",
    [
        np.zeros((2, 12), np.uint8),
        np.zeros((2, 3, 4)),
        np.zeros((2, 3, 4, 7), np.uint8),
        ["text"],
        [b"bytes"],
        [np.zeros(5, np.uint8)],
        [],
    ],
)
def test_what_are_no_images(documents):
    assert not are_images(documents)


def test_parts_keep_their_shapes():
    corpus = ImageCorpus.from_images([GREY[0], COLOURED[0], GREY[1]])
    assert corpus.take([2, 0]).array().tolist() == GREY[::-1, :, :, None].tolist()
    assert corpus[1:2].array().tolist() == COLOURED[:1].tolist()
    assert corpus[::2].array().tolist() == GREY[..., None].tolist()
    assert corpus[0] == GREY[0].tobytes()
    assert corpus.image(-1).tolist() == GREY[1, :, :, None].tolist()
    copy = pickle.loads(pickle.dumps(corpus[1:]))
    assert copy == corpus[1:]
    assert copy.shapes.tolist() == corpus.shapes[1:].tolist()


def test_a_stack_is_not_copied():
    assert np.shares_memory(ImageCorpus.from_images(GREY).array(), GREY)


def test_images_of_several_sizes_have_no_array():
    with pytest.raises(ValueError, match=r"differ in size or colour \(2 x 3 pixels, 3 channels"):
        ImageCorpus.from_images([GREY[0], COLOURED[0]]).array()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([GREY[0], "text"], r"Image 1 must be a PIL image or an array .* Got str instead"),
        ([GREY[0], np.zeros((2, 2))], r"Got dtype float64, shape \(2, 2\) instead"),
        ([Image.new("CMYK", (2, 2))], r"Image 0 has mode 'CMYK': convert it"),
        (5, "Expected a sequence of images, got int"),
    ],
)
def test_no_images(images, message):
    with pytest.raises(TypeError, match=message):
        ImageCorpus.from_images(images)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((2, 0), np.uint8), "Image 0 has no pixels"),
        (np.zeros((2, 2, 4), np.uint8), "Image 0 has 4 channels: give 1"),
    ],
)
def test_impossible_shapes(image, message):
    with pytest.raises(ValueError, match=message):
        ImageCorpus.from_images([image])


@pytest.mark.parametrize("shape", [(2, 2, 1), (2**32, 2**32, 3)])
def test_shapes_that_do_not_fit_the_bytes(shape):
    with pytest.raises(ValueError, match="as many bytes as its shape"):
        ImageCorpus(np.zeros(5, np.uint8), [0, 5], [shape])
