import dataclasses

import numpy as np
import pytest

from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model

IMAGES = np.random.default_rng(0).integers(0, 2, (40, 5, 6), dtype=np.uint8) * 200
IMAGES[1::2, 2] = 200
DOCS, Y = ImageCorpus.from_images(IMAGES), np.arange(40) % 2


@pytest.fixture(scope="module")
def fitted():
    return get_model("pixel-tree:bits=2,cell=3,trees=2,depth=4").fit(DOCS, Y, 2)


def test_a_restored_model_gives_the_same_bits_and_codes(fitted):
    again = fitted.model.restore(fitted.arrays(), 2)
    assert np.array_equal(again.codelengths(DOCS), fitted.codelengths(DOCS))
    assert again.encode(IMAGES[3], 1) == fitted.encode(IMAGES[3], 1)
    assert again.shape == fitted.shape == (5, 6, 1)


def changed(name, at, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name].flat[at] = value
        return arrays

    return change


DAMAGE = {
    "no array": lambda arrays: {**arrays, "steps": None},
    "another type": lambda arrays: {**arrays, "child": arrays["child"].astype(np.int64)},
    "another number of axes": lambda arrays: {**arrays, "steps": arrays["steps"].ravel()},
    "too few roots": lambda arrays: {**arrays, "roots": arrays["roots"][:-1]},
    "a root that is no node": changed("roots", 3, 10**9),
    "a root before all nodes": changed("roots", 3, -1),
    "a child before its parent": changed("child", 1, 0),
    "a child that is no node": changed("child", 1, 2**31 - 1),
    "a leaf that is none": changed("child", -1, -(2**31)),
    "one class more": lambda arrays: {**arrays, "steps": np.repeat(arrays["steps"], 2, axis=1)},
    "an image without rows": changed("shape", 0, 0),
    "a huge image": changed("shape", 1, 2**40),
    "two channels": changed("shape", 2, 2),
    "thresholds that fall": changed("thresholds", 1, 1),
    "a grey of another level": changed("greys", 0, 255),
    "too few greys": lambda arrays: {**arrays, "greys": arrays["greys"][:2]},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_arrays_that_no_fit_could_have_are_refused(fitted, damage):
    arrays = DAMAGE[damage](dict(fitted.arrays()))
    with pytest.raises(
        ValueError, match=r"^The array '\w+' cannot belong to a fitted model of pixel-tree"
    ):
        fitted.model.restore(arrays, 2)


def test_a_path_that_is_too_long_is_refused(fitted):
    """A chain of nodes, each the child of the one before, longer than a context."""
    arrays = dict(fitted.arrays())
    child = np.full(41, -1, np.int32)
    child[0:39:2] = np.arange(1, 40, 2)
    child[1:39:2] = np.arange(3, 41, 2)
    arrays |= {"child": child, "roots": np.zeros_like(arrays["roots"])}
    with pytest.raises(ValueError, match="'child'"):
        fitted.model.restore(arrays, 2)


def test_a_small_file_of_a_huge_image_is_refused(fitted):
    """With large cells it has few roots, and yet a map of its pixels would fill the memory."""
    model = dataclasses.replace(fitted.model, bits=1, cell=256, trees=1)
    arrays = dict(fitted.arrays()) | {
        "shape": np.array([1 << 15, 1 << 15, 1]),
        "roots": np.zeros(2 << 14, np.int64),
        "thresholds": np.array([9], np.uint8),
        "greys": np.array([0, 9], np.uint8),
    }
    with pytest.raises(ValueError, match="'shape'"):
        model.restore(arrays, 2)


def test_settings_left_open_are_refused(fitted):
    with pytest.raises(
        ValueError, match=r"^A saved model of pixel-tree has a value for 'bits'\. Got 'auto'"
    ):
        get_model("pixel-tree").restore(fitted.arrays(), 2)
