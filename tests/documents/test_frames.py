"""Images of any size in one frame."""

import numpy as np
import pytest
from PIL import Image

from compressclf import ImageCodelengthClassifier, load_model, save_model
from compressclf.documents.frames import Frame, first_step, frame_of, frame_sentence, size_of
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import framed, reduced, size_within

RNG = np.random.default_rng(18)


def noise(height, width, channels=3):
    return RNG.integers(0, 256, (height, width, channels)).astype(np.uint8)


def stripes(n):
    """Stripes of varied sizes, across (0) and along (1)."""
    images = []
    for i in range(n):
        height, width = RNG.integers(8, 20, 2).tolist()
        image = RNG.integers(0, 30, (height, width))
        rows, columns = np.indices((height, width))
        images.append((image + 200 * ((columns if i % 2 else rows) // 3 % 2)).astype(np.uint8))
    return images, [0, 1] * (n // 2)


@pytest.mark.parametrize(
    ("shape", "most", "expected"),
    [
        ((427, 640), (64, 64), (64, 43)),
        ((640, 427), (64, 64), (43, 64)),
        ((10, 10), (64, 48), (48, 48)),
        ((1, 1000), (64, 64), (64, 1)),
        ((1000, 1), (7, 5), (1, 5)),
        ((3, 2), (5, 5), (3, 5)),  # 10 / 3
        ((4, 2), (3, 3), (2, 3)),  # 1.5 is rounded up
    ],
)
def test_proportions_are_kept(shape, most, expected):
    assert size_within(shape, most) == expected
    image = reduced(np.zeros((*shape, 1), np.uint8), most[0])
    assert max(image.shape[:2]) <= max(most[0], *shape)


def test_the_border_is_repeated():
    image = noise(4, 6)
    wide = framed(image, (12, 12))
    inner = np.asarray(Image.fromarray(image).resize((12, 8), Image.Resampling.BILINEAR))
    assert np.array_equal(wide[2:10], inner)
    assert (wide[:2] == inner[:1]).all()
    assert (wide[10:] == inner[-1:]).all()
    assert np.array_equal(framed(image, (6, 4)), image)
    odd = framed(image, (9, 4))
    assert np.array_equal(odd[:, 1:7], image)
    assert (odd[:, 7:] == image[:, -1:]).all()


def test_the_frame_is_the_median_of_the_reduced_images():
    images = [noise(30, 40), noise(427, 640), noise(20, 10), noise(640, 100), noise(64, 50)]
    frame = Frame().fit(images)  # reduced: 40x30, 64x43, 10x20, 10x64, 50x64
    assert (frame.width_, frame.height_, frame.longest_side) == (40, 43, 64)
    changed = frame.transform(images)
    assert changed.image_shape == (43, 40, 3)
    once = frame.transform([reduced(image, 64) for image in images])
    assert changed == once  # a reader may reduce them
    assert np.array_equal(changed.image(0)[6:36], images[0])
    assert frame.transform(noise(9, 9)[None]).shape == (1, 43, 40, 3)
    given = Frame(width=100, height=20).fit(images)
    assert (given.width_, given.height_, given.longest_side) == (100, 20, 100)
    assert Frame(most=5).fit(images[:1]).fitted_parameters() == {"width": 5, "height": 4}
    again = frame.fit(images[:1])
    assert (again.width_, again.height_) == (40, 30)


def test_images_of_the_size_of_the_frame_stay_as_they_are():
    stack = noise(5 * 8, 8, 1).reshape(5, 8, 8)
    assert np.array_equal(Frame().fit_transform(stack), stack)
    corpus = ImageCorpus.from_images(stack)
    assert Frame().fit_transform(corpus) is corpus
    assert Frame().fit(stack).transform(stack[:0]).shape == (0, 8, 8)


def test_first_steps():
    assert frame_of("frame:width=4,height=5,most=8+deskew").longest_side == 8
    assert frame_of("deskew+frame") is None
    assert first_step(None) is None
    assert first_step("auto") is None
    assert size_of("frame:width=4,height=5") is None
    assert size_of("resize:width=4,height=5+auto") == (4, 5)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"width": 0}, r"'width' parameter of Frame must be 'auto' or an int in \[1, 10000\]"),
        ({"height": "all"}, "'height' parameter of Frame must be 'auto' or an int"),
        ({"most": 0}, r"'most' parameter of Frame must be an int in \[1, 10000\]"),
    ],
)
def test_bad_frames(parameters, reason):
    with pytest.raises(ValueError, match=reason):
        Frame(**parameters).fit(noise(3, 3)[None])


def test_how_many_images_were_changed():
    spec = "frame:width=64,height=43,most=64"
    shapes = np.array([[43, 64, 3]] * 4 + [[20, 20, 3]] * 2)
    assert frame_sentence(spec, shapes).startswith("2 of 6 images were fitted into 64 x 43 pixels")
    assert frame_sentence(spec, shapes, n_reduced=3).startswith("5 of 6 images")
    assert frame_sentence(spec, shapes[:5]).startswith("1 of 5 images was fitted")


@pytest.mark.parametrize("model", ["pixel-tree", "motion", ["pixel-tree", "transform"]])
def test_classifiers_of_images_frame_what_differs_in_size(model, tmp_path):
    images, labels = stripes(60)
    classifier = ImageCodelengthClassifier(model, calibration=1.0, n_jobs=1)
    with pytest.warns(UserWarning, match="were fitted into") as warned:
        classifier.fit(images[:40], labels[:40])
    frame = Frame().fit(images[:40])
    spec = f"frame:width={frame.width_},height={frame.height_},most=64"
    assert classifier.preprocess_ == spec
    n = sum(image.shape != (frame.height_, frame.width_) for image in images[:40])
    assert str(warned[0].message) == (
        f"{n} of 40 images were fitted into {frame.width_} x {frame.height_} pixels in their "
        f"proportions and padded with border pixels. Set `preprocess` for another size."
    )
    assert classifier.score(images[40:], labels[40:]) >= 0.9
    silent = ImageCodelengthClassifier(model, calibration=1.0, n_jobs=1, preprocess="frame")
    bits = silent.fit(images[:40], labels[:40]).codelengths(images[40:])
    assert classifier.codelengths(images[40:]).tolist() == bits.tolist()
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.codelengths(images[40:]).tolist() == bits.tolist()
    assert loaded.codelengths(noise(90, 200, 1)[None]).shape == (1, 2)


def test_a_frame_comes_before_what_was_asked_for():
    images, labels = stripes(40)
    with pytest.warns(UserWarning, match="were fitted into"):
        classifier = ImageCodelengthClassifier(
            "pixel-tree", preprocess="auto", calibration=1.0, n_jobs=1
        ).fit(images, labels)
    assert classifier.preprocess_.startswith("frame:width=")


def test_models_of_bytes_need_no_frame():
    images, labels = stripes(8)
    classifier = ImageCodelengthClassifier("zstd-dict", n_jobs=1).fit(images, labels)
    assert classifier.preprocess_ is None
