"""Layouts: how two images become one document, worked out by hand."""

import numpy as np
import pytest

from compressclf import NCDClassifier, ncd, pairwise_distances
from compressclf.compressors import build_compressor
from compressclf.datasets import load_dataset
from compressclf.distances import Measure
from compressclf.distances.layouts import LAYOUTS, Joint, Layout, Pixels, Raster, Rows, build_layout
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import brightest, gray_planes, quantised

X = np.array([[[1, 2], [3, 4]]], np.uint8)
Y = np.array([[[5, 6], [7, 8]], [[9, 0], [1, 2]]], np.uint8)
DIGITS = load_dataset("sample:digits").train


def laid_out(layout, x=X, y=Y):
    """Return the joint documents, as a compressor is shown them."""
    seen = []

    class Witness:
        def codelengths(self, docs):
            seen.extend(docs.image(i) for i in range(len(docs)))
            return np.zeros(len(docs))

    x, y = Corpus.from_documents(x), Corpus.from_documents(y)
    fitted = layout.fitted(x, y)
    fitted.joint_codelengths(Witness(), fitted.single(x), fitted.single(y))
    return [image[..., 0].tolist() if image.shape[2] == 1 else image.tolist() for image in seen]


def test_rows_in_turn():
    assert laid_out(Rows())[0] == [[1, 2], [5, 6], [3, 4], [7, 8]]


def test_pixels_in_turn():
    assert laid_out(Pixels()) == [[[1, 5, 2, 6], [3, 7, 4, 8]], [[1, 9, 2, 0], [3, 1, 4, 2]]]


def test_one_symbol_for_two_pixels():
    assert laid_out(Joint(levels=10))[0] == [[15, 26], [37, 48]]
    assert laid_out(Joint(levels=2))[0] == [[0 * 2 + 1, 1], [1, 1]]  # 0 .. 4 and 5 .. 9
    brighter = laid_out(Joint(levels=16, top=9), y=np.full((1, 2, 2), 255, np.uint8))
    assert brighter[0] == [[1 * 16 + 9, 2 * 16 + 9], [3 * 16 + 9, 4 * 16 + 9]]


def test_one_below_the_other():
    first, second = Corpus.from_documents(X), Corpus.from_documents(Y[:1])
    zlib = build_compressor("zlib")
    bits = Raster().joint_codelengths(zlib, first, second)
    assert bits.tolist() == [[zlib.codelength(bytes(range(1, 9)))]]
    png = build_compressor("png")
    whole = np.arange(1, 9, dtype=np.uint8).reshape(4, 2, 1)
    assert Raster().joint_codelengths(png, first, second) == 8 * len(png.encode(whole))


def test_colours_are_laid_out_by_channel():
    x = np.arange(3, dtype=np.uint8).reshape(1, 1, 1, 3)
    assert laid_out(Pixels(), x, x + 3) == [[[[0, 1, 2], [3, 4, 5]]]]
    assert laid_out(Joint(levels=10, top=9), x, x + 3) == [[[[3, 14, 25]]]]


def test_levels_are_equal_parts_of_the_range():
    values = np.arange(256, dtype=np.uint8)
    counts = np.bincount(quantised(values, 4, 255))
    assert counts.tolist() == [64] * 4
    assert (
        quantised(np.arange(17, dtype=np.uint8), 4, 16).tolist()
        == [0] * 5 + [1] * 4 + [2] * 4 + [3] * 4
    )
    assert quantised(np.array([200], np.uint8), 4, 16).tolist() == [3]
    assert quantised(values, 256, 16) is values
    assert brightest(ImageCorpus.from_images(np.zeros((0, 2, 2), np.uint8))) == 1


def test_planes_of_neighbouring_levels_differ_in_one():
    planes = gray_planes(np.arange(16, dtype=np.uint8).reshape(16, 1, 1, 1), 16)
    assert planes.shape == (16, 4, 1, 1)
    assert (np.abs(np.diff(planes[:, :, 0, 0].astype(int), axis=0)).sum(axis=1) == 1).all()
    assert len(np.unique(planes[:, :, 0, 0], axis=0)) == 16


def test_planes_are_stacked_before_they_are_laid_out():
    layout = Joint(levels=4, planes=True, top=3)
    x, y = np.array([[[0, 2]]], np.uint8), np.array([[[1, 3]]], np.uint8)
    # Gray: 0 = 00, 1 = 01, 2 = 11, 3 = 10; the upper plane first, 2 a + b.
    assert laid_out(layout, x, y) == [[[0, 3], [1, 2]]]
    assert layout.single(Corpus.from_documents(x)).array()[0, :, :, 0].tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("spec", [*LAYOUTS.names(), "joint:levels=4", "pixels:planes=true"])
@pytest.mark.parametrize("compressor", ["zlib", "lz77", "png", "jpegls"])
def test_an_image_is_nearest_to_itself(spec, compressor):
    if compressor == "jpegls" and spec.startswith("joint"):
        pytest.skip("it predicts that neighbours differ little, and joint symbols jump")
    images = DIGITS.docs.array()[:30, :, :, 0]
    layout = build_layout(spec)
    distances = pairwise_distances(images[:5], images, compressor=compressor, layout=spec, n_jobs=1)
    others = distances + np.eye(5, 30) * 9
    assert (np.diag(distances[:, :5]) <= others.min(axis=1)).all()
    assert layout.spec == f"{layout.name}:" + layout.spec.partition(":")[2]
    assert build_layout(layout.spec) == layout


def test_what_auto_chooses():
    images, texts = DIGITS.docs[:5], Corpus.from_documents(["a", "b"])
    mixed = Corpus.from_documents([X[0], X[0][:1]])
    assert Measure.of().fitted(images).layout == Joint(top=16)
    assert Measure.of(compressor="png").fitted(images).layout == Pixels(top=brightest(images))
    assert isinstance(Measure.of().fitted(mixed).layout, Raster)
    assert Measure.of().fitted(texts).layout is None
    assert Measure.of(layout=None).fitted(images).layout is None
    assert Measure.of(layout="none").fitted(images).layout is None


def test_without_a_layout_images_are_bytes():
    images = DIGITS.docs.array()[:4]
    as_bytes = [image.tobytes() for image in images]
    assert (
        pairwise_distances(images, layout=None).tolist()
        == pairwise_distances(as_bytes, layout=None).tolist()
    )


def test_images_of_several_sizes():
    images = [np.full((n, 3), n, np.uint8) for n in (2, 3, 4)]
    for compressor in ("gzip", "png"):
        assert pairwise_distances(images, compressor=compressor).shape == (3, 3)
    with pytest.raises(
        ValueError, match=r"layout 'joint' combines pixels at the same position: the images "
    ) as error:
        pairwise_distances(images, layout="joint")
    assert "`resize`" in str(error.value)


@pytest.mark.parametrize("layout", ["rows", "pixels", "joint"])
@pytest.mark.parametrize("side", [1, 12])
def test_new_images_of_another_size(layout, side):
    classifier = NCDClassifier(1, layout=layout).fit(DIGITS.docs[:9], DIGITS.labels[:9])
    with pytest.raises(ValueError, match=r"the images differ in size or colour .* `resize`"):
        classifier.predict(np.zeros((2, side, side), np.uint8))


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("joint:levels=17", r"'levels' parameter of the layout joint must be an int in \[2, 16\]"),
        ("rows:levels=1", r"'levels' parameter of the layout rows must be an int in \[2, 256\]"),
        ("rows:planes=3", "'planes' parameter of the layout rows must be true or false"),
        (
            "rows:top=256",
            r"'top' parameter of the layout rows must be 'auto' or an int in \[1, 255\]",
        ),
        ("ros", "Unknown layout 'ros': choose from raster, rows, pixels, joint; did you mean"),
        (7, "The layout must be a spec such as 'joint:levels=4'. Got 7"),
    ],
)
def test_bad_layouts(spec, reason):
    with pytest.raises(ValueError, match=reason):
        build_layout(spec)


def test_layouts_are_for_images():
    with pytest.raises(ValueError, match="layout 'rows' is for images, and these documents are"):
        pairwise_distances(["a", "b"], layout="rows")
    classifier = NCDClassifier(1).fit(DIGITS.docs[:9], DIGITS.labels[:9])
    with pytest.raises(ValueError, match="The training documents are images: give arrays of uint8"):
        classifier.predict(["a text"])


def test_symmetrized_layouts_have_symmetric_distances():
    images = DIGITS.docs.array()[:6]
    matrix = pairwise_distances(images, layout="pixels", symmetrize="min")
    assert np.array_equal(matrix, matrix.T)
    one = pairwise_distances(images, layout="pixels", order="xy")
    assert np.array_equal(one, pairwise_distances(images, layout="pixels", order="yx").T)


def test_threads_and_single_pairs_agree():
    images = DIGITS.docs.array()[:9]
    matrix = pairwise_distances(images[:3], images, n_jobs=2, layout="joint:top=16")
    assert matrix[1, 2] == ncd(images[1], images[2], layout="joint:top=16")


def test_a_layout_of_ones_own():
    class Side(Layout):
        name = "side"

        def _laid_out(self, first, seconds):
            return np.concatenate([np.broadcast_to(first, seconds.shape), seconds], axis=2)

    assert laid_out(Side())[0] == [[1, 2, 5, 6], [3, 4, 7, 8]]
