import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from compressclf import ImageCodelengthClassifier, NCDClassifier
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import (
    PREPROCESSING,
    Centre,
    Deskew,
    Quantise,
    Resize,
    build_preprocessing,
    fitted_spec,
)

RNG = np.random.default_rng(0)


def blob(height=21, width=25, *, slant=0.0, at=(10, 12), long=5.0, ground=0, light=200):
    """A smooth stroke: an upright Gaussian, sheared and moved."""
    y, x = np.mgrid[:height, :width].astype(float)
    y, x = y - at[0], x - at[1] - slant * (y - at[0])
    stroke = np.exp(-((y / long) ** 2) - (x / 1.5) ** 2)
    return np.round(ground + (light - ground) * stroke).astype(np.uint8)


def moments(image, ground=0):
    ink = np.abs(image.astype(float) - ground)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    centre_y, centre_x = (ink * y).sum() / ink.sum(), (ink * x).sum() / ink.sum()
    return centre_y, centre_x, (ink * (y - centre_y) * (x - centre_x)).sum() / ink.sum()


@pytest.mark.parametrize("slant", [-0.6, 0.0, 0.4])
@pytest.mark.parametrize(("ground", "light"), [(0, 200), (255, 10)], ids=["on black", "on white"])
def test_slanted_strokes_stand_upright_in_the_middle(slant, ground, light):
    image = blob(slant=slant, at=(9, 14), long=3.0, ground=ground, light=light)
    upright = Deskew(n_jobs=1).fit_transform(image[None])[0]
    centre_y, centre_x, mixed = moments(upright, ground)
    assert (centre_y, centre_x) == (pytest.approx(10, abs=0.1), pytest.approx(12, abs=0.1))
    assert abs(mixed) < 0.15
    assert abs(moments(image, ground)[2]) >= 1.5 * (slant != 0)


def test_what_is_upright_and_in_the_middle_stays():
    image = blob()[None]
    for transformer in (Deskew(), Centre()):
        assert transformer.fit_transform(image).tolist() == image.tolist()


def test_centring_moves_by_whole_pixels():
    image = blob(long=2.5)
    moved = np.roll(image, (-2, 3), (0, 1))
    assert Centre().fit_transform(moved[None])[0].tolist() == image.tolist()


def test_an_empty_image_stays():
    for value in (0, 7, 255):
        image = np.full((1, 4, 4), value, np.uint8)
        for transformer in (Deskew(), Centre(), Quantise(levels=2)):
            changed = transformer.fit(np.full((1, 1, 1), 255, np.uint8)).transform(image)
            assert len(np.unique(changed)) == 1
        assert Deskew().fit_transform(image).tolist() == image.tolist()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_tiny_images(shape):
    images = RNG.integers(0, 256, (3, *shape)).astype(np.uint8)
    for transformer in (Deskew(), Centre()):
        assert transformer.fit_transform(images).shape == images.shape


def test_colours_move_together():
    grey = blob(slant=0.5)
    colour = np.stack([grey, grey, grey], -1)
    moved = Deskew().fit_transform(colour[None])[0]
    assert moved[..., 0].tolist() == Deskew().fit_transform(grey[None])[0].tolist()
    assert (moved == moved[..., :1]).all()


def test_levels_are_spread_over_the_range_of_the_training_images():
    quantise = Quantise(levels=3).fit(np.array([[[0, 16]]], np.uint8))
    assert quantise.top_ == 16
    assert quantise.transform(np.array([[[0, 5, 6, 11, 12, 16, 255]]], np.uint8)).tolist() == [
        [[0, 0, 8, 8, 16, 16, 16]]
    ]
    few = Quantise(levels=100).fit(np.array([[[0, 2]]], np.uint8))
    assert few.transform(np.array([[[0, 1, 2, 9]]], np.uint8)).tolist() == [[[0, 1, 2, 2]]]
    all_levels = np.arange(256, dtype=np.uint8)[None, None]
    assert Quantise(levels=256).fit_transform(all_levels).tolist() == all_levels.tolist()


@pytest.mark.parametrize("name", sorted({*PREPROCESSING.names()} - {"resize", "frame"}))
def test_the_form_of_images_is_kept(name):
    transformer = build_preprocessing(name)
    stack = np.stack([blob(slant=0.3), blob(at=(5, 5))])
    expected = transformer.fit_transform(stack)
    assert expected.shape == stack.shape
    assert expected.dtype == np.uint8
    four = transformer.fit_transform(stack[..., None])
    assert four[..., 0].tolist() == expected.tolist()
    corpus = transformer.fit_transform(ImageCorpus.from_images(stack))
    assert isinstance(corpus, ImageCorpus)
    assert corpus.array()[..., 0].tolist() == expected.tolist()
    pictures = transformer.transform([Image.fromarray(image) for image in stack])
    assert pictures == corpus
    mixed = transformer.transform([stack[0], stack[1, :20], stack[1]])
    assert mixed.shapes.tolist() == [[21, 25, 1], [20, 25, 1], [21, 25, 1]]
    assert mixed.image(2)[..., 0].tolist() == expected[1].tolist()
    assert mixed.image(1).tolist() == transformer.transform([stack[1, :20]]).image(0).tolist()


def test_images_do_not_change_in_place():
    image = blob(slant=0.5)[None]
    before = image.copy()
    for name in PREPROCESSING.names():
        build_preprocessing(name).fit_transform(image)
    assert np.array_equal(image, before)


def test_threads_agree():
    images = RNG.integers(0, 256, (9000, 5, 6)).astype(np.uint8)
    one, two = (Deskew(n_jobs=n).fit_transform(images) for n in (1, 2))
    assert np.array_equal(one, two)


def test_contract_of_scikit_learn():
    for transformer in (Deskew(n_jobs=1), Centre(n_jobs=1), Quantise(8, top=16)):
        copy = clone(transformer)
        assert copy.get_params() == transformer.get_params()
        with pytest.raises(ValueError, match="is not fitted yet"):
            copy.transform(blob()[None])
    images = np.stack([blob(slant=s, light=c) for s in (0, 0.5) for c in (100, 200)])
    rows = make_pipeline(Deskew(), Quantise()).fit_transform(images).reshape(4, -1)
    by_light = KNeighborsClassifier(1).fit(rows[:2], ["dim", "bright"])
    assert by_light.predict(rows[2:]).tolist() == ["dim", "bright"]  # the slant is gone


@pytest.mark.parametrize("X", [["text"], np.zeros((3, 9)), np.zeros((3, 9), np.uint8)])
def test_what_are_no_images(X):
    with pytest.raises(TypeError, match="Deskew needs images: give an array of uint8 of shape"):
        Deskew().fit(X)


def test_no_images_at_all():
    empty = np.zeros((0, 3, 3), np.uint8)
    assert Deskew().fit(empty).transform(empty).shape == (0, 3, 3)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            "desqew",
            "Unknown preprocessing 'desqew': choose from deskew, centre, quantise, resize, frame",
        ),
        ("quantise:levels=1", r"'levels' parameter of Quantise must be an int in \[2, 256\]"),
        ("quantise:top=0", r"'top' parameter of Quantise must be 'auto' or an int in \[1, 255\]"),
        ("deskew+", "Unknown preprocessing ''"),
        ("centre:by=2", "Unknown parameter of preprocessing 'centre' 'by'"),
    ],
)
def test_bad_specs(spec, reason):
    with pytest.raises(ValueError, match=reason):
        build_preprocessing(spec)


def test_specs_tell_what_was_learnt():
    steps = build_preprocessing("quantise:levels=4 + centre+quantise:levels=2", n_jobs=1)
    steps.fit(np.full((1, 2, 2), 9, np.uint8))
    spec = fitted_spec(steps)
    assert spec == "quantise:levels=4,top=9+centre+quantise:levels=2,top=9"
    again = build_preprocessing(spec).fit(np.zeros((1, 1, 1), np.uint8))
    images = RNG.integers(0, 30, (4, 6, 6)).astype(np.uint8)
    assert again.transform(images).tolist() == steps.transform(images).tolist()


def test_resizing_brings_images_to_one_size_as_pillow_does():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (n, n + 3, 3)).astype(np.uint8) for n in (4, 9, 7)]
    changed = Resize(width=7, height=4).fit(images).transform(images)
    assert changed.image_shape == (4, 7, 3)
    for image, small in zip(images, changed.array(), strict=True):
        expected = Image.fromarray(image).resize((7, 4), Image.Resampling.BILINEAR)
        assert np.array_equal(small, np.asarray(expected))
    assert np.array_equal(changed.array()[0], images[0])
    stack = rng.integers(0, 256, (2, 5, 6)).astype(np.uint8)
    assert Resize(width=3, height=2).fit_transform(stack).shape == (2, 2, 3)
    assert Resize(width=3, height=2).fit_transform(stack[:0]).shape == (0, 2, 3)


@pytest.mark.parametrize(
    "make",
    [
        lambda spec: NCDClassifier(1, preprocess=spec, n_jobs=1),
        lambda spec: ImageCodelengthClassifier("pixel-tree", preprocess=spec, n_jobs=1),
    ],
)
def test_a_classifier_of_images_of_several_sizes(make):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 9, (n, 5 + n % 3)).astype(np.uint8) for n in range(4, 24)]
    for image, label in zip(images, [0, 1] * 10, strict=True):
        image[:, : 2 + label] += 200
    classifier = make("resize:width=6,height=5+centre").fit(images, [0, 1] * 10)
    assert classifier.preprocess_ == "resize:width=6,height=5+centre"
    small = Resize(width=6, height=5).fit_transform(images)
    assert (
        classifier.predict(images).tolist()
        == make("centre").fit(small, [0, 1] * 10).predict(small).tolist()
    )


def test_choosing_after_resizing():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (n, n)).astype(np.uint8) for n in range(4, 24)]
    small = Resize(width=6, height=5).fit_transform(images)
    given = {"model": "pixel-tree", "n_jobs": 1, "calibration": 1.0}
    after = ImageCodelengthClassifier(**given, preprocess="resize:width=6,height=5+auto")
    alone = ImageCodelengthClassifier(**given, preprocess="auto")
    after.fit(images, [0, 1] * 10)
    alone.fit(small, [0, 1] * 10)
    assert after.preprocess_scores_ == alone.preprocess_scores_
    chosen = [] if alone.preprocess_ is None else [alone.preprocess_]
    assert after.preprocess_ == "+".join(["resize:width=6,height=5", *chosen])
    assert after.codelengths(images).tolist() == alone.codelengths(small).tolist()


def test_texts_are_not_preprocessed():
    with pytest.raises(ValueError, match="'preprocess' parameter of NCDClassifier is for images"):
        NCDClassifier(1, preprocess="deskew").fit(["a", "b"], [0, 1])
    with pytest.raises(ValueError, match="Unknown preprocessing 'auto'"):
        NCDClassifier(1, preprocess="auto").fit(np.zeros((2, 2, 2), np.uint8), [0, 1])
    with pytest.raises(ValueError, match=r"must be None or a spec\. Got 3 instead"):
        NCDClassifier(1, preprocess=3).fit(["a", "b"], [0, 1])
