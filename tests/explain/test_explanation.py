"""The numbers: what pixels cost adds up, and vectors lead where the pixels come from."""

import numpy as np
import pytest

from compressclf import CodelengthClassifier, ImageCodelengthClassifier, NCDClassifier
from compressclf.documents.images import ImageCorpus
from compressclf.explain import explain_image
from compressclf.models.images.motion.cost import motion_costs
from compressclf.models.images.motion.field import motion_field

MOTION = "motion:reach=2,contrast=kept,maps=0.4,gamma=1.0,deskew=no,temperature=3"


def blobs(n, seed, side=9, channels=1):
    """A bright bar across or along somewhere, on noise, and their labels."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 30, (n, side, side, channels)).astype(np.uint8)
    labels = np.array(["across", "along"])[np.arange(n) % 2]
    for image, label in zip(images, labels, strict=True):
        begin = int(rng.integers(2, side - 3))
        line = image[begin : begin + 2] if label == "across" else image[:, begin : begin + 2]
        line += rng.integers(150, 200, line.shape).astype(np.uint8)
    return images, labels


def learnt(model, **more):
    return ImageCodelengthClassifier(model, calibration=1.0, n_jobs=1, **more).fit(
        *blobs(24, 1, **({"channels": 3} if more else {}))
    )


@pytest.mark.parametrize("price", [0, 40])
@pytest.mark.parametrize("channels", [3, 5])
def test_the_field_adds_up_to_the_cost(price, channels):
    rng = np.random.default_rng(3)
    pair = rng.integers(-13, 14, (2, channels, 6, 4)).astype(np.int8)
    which = np.zeros((1, 1), np.int32)
    for reach in (0, 1, 3):
        costs, vectors = motion_field(*pair, reach=reach, price=price)
        total = motion_costs(pair[:1], pair[1:], which, reach=reach, price=price)
        assert costs.sum() == total[0, 0]
        assert np.abs(vectors).max() <= reach


def test_of_equal_vectors_the_shortest():
    flat = np.zeros((2, 3, 4, 4), np.int8)
    costs, vectors = motion_field(*flat, reach=2)
    assert not costs.any()
    assert not vectors.any()


def test_pixels_and_maps_add_up_to_the_bits_of_the_candidate():
    classifier = learnt(MOTION)
    fitted = classifier.model_
    images, _ = blobs(4, 2)
    for image in images:
        told = explain_image(classifier, image)
        compared = fitted._references.compare(image[None], fitted.model, n_candidates=24)
        bits = compared.bits(0.4, fitted._scales)[0]
        maps = compared.maps[0] * 0.4 * fitted._scales[1]
        labels = classifier.classes_[fitted._y[compared.candidates[0]]]
        for account in (told.winner, told.runner_up):
            best = np.where(labels == account.label, bits, np.inf).argmin()
            assert account.position == compared.candidates[0, best]
            assert account.bits.sum() + maps[best] == pytest.approx(bits[best], rel=1e-12)


def test_a_shifted_copy_is_explained_by_its_shift():
    images, labels = blobs(24, 1)
    rng = np.random.default_rng(5)
    images[6] = rng.integers(0, 255, images[6].shape)
    classifier = ImageCodelengthClassifier(MOTION, calibration=1.0, n_jobs=1).fit(images, labels)
    moved = np.roll(images[6], (1, -1), (0, 1))
    told = explain_image(classifier, moved).winner
    assert told.position == 6
    assert (told.nearest == images[6]).all()
    inner = slice(2, -2), slice(2, -2)
    assert (told.vectors[inner] == (-1, 1)).all()
    assert (told.moved[inner] == moved[inner]).all()
    assert not told.bits[3:-3, 3:-3].any()


def test_a_training_image_explains_itself():
    classifier = learnt(MOTION)
    told = explain_image(classifier, blobs(24, 1)[0][5]).winner
    assert (told.label, told.position) == ("along", 5)
    assert not told.bits.any()
    assert not told.vectors.any()


@pytest.mark.parametrize("colours", [{}, {"preprocess": None}])
def test_pixels_of_a_tree_add_up_to_the_codelength(colours):
    classifier = learnt("pixel-tree:bits=2,cell=3,trees=2", **colours)
    image = blobs(1, 2, channels=3 if colours else 1)[0][0]
    told = explain_image(classifier, image)
    row = classifier.codelengths([image])[0]
    accounts = {account.label: account for account in (told.winner, told.runner_up)}
    for label, codelength in zip(classifier.classes_, row, strict=True):
        assert accounts[label].codelength == codelength
        assert accounts[label].bits.sum() == pytest.approx(codelength, rel=1e-12)
        assert accounts[label].rest == pytest.approx(0, abs=1e-9)
    assert told.winner.label == classifier.predict([image])[0]
    assert (told.winner.position, told.winner.moved) == (None, None)
    assert (told.image == image).all()


def test_a_combination_weighs_the_bits_of_its_models():
    classifier = learnt([MOTION, "pixel-tree:bits=1,cell=3"])
    image = blobs(1, 2)[0][0]
    told = explain_image(classifier, image).winner
    motion, trees = classifier.model_.members
    docs, index = classifier.preprocessed([image]), list(classifier.classes_).index(told.label)
    weights = classifier.model_.weights / classifier.model_.temperatures
    training = classifier.training_documents()
    parts = [one.explain_image(docs.image(0), index, training) for one in (motion, trees)]
    expected = weights[0] * parts[0].bits + weights[1] * parts[1].bits
    np.testing.assert_allclose(told.bits, expected, rtol=1e-12)
    assert told.position == parts[0].reference.position


def test_a_gaussian_code_of_cells_adds_up():
    classifier = learnt("transform:cells=3,deskew=no")
    image = blobs(1, 2)[0][0]
    told = explain_image(classifier, image)
    offsets = classifier.model_.arrays()["constants"].tolist()
    row = dict(zip(classifier.classes_.tolist(), offsets, strict=True))
    for account in (told.winner, told.runner_up):
        assert account.bits.shape == image.shape[:2]
        assert account.rest == pytest.approx(row[account.label], abs=1e-3)


def test_a_class_without_near_images_has_its_nearest():
    images, labels = blobs(24, 1)
    spec = MOTION.replace("motion:", "motion:candidates=1,")
    classifier = ImageCodelengthClassifier(spec, calibration=1.0, n_jobs=1).fit(images, labels)
    told = explain_image(classifier, images[4])
    assert (told.winner.position, told.winner.label) == (4, "across")
    assert labels[told.runner_up.position] == "along"


def test_what_the_model_sees_is_told():
    images, labels = blobs(24, 1)
    spec = MOTION.replace("deskew=no", "deskew=yes")
    classifier = ImageCodelengthClassifier(spec, calibration=1.0, preprocess="centre", n_jobs=1)
    told = explain_image(classifier.fit(images, labels), images[3])
    assert (told.image == told.winner.nearest).all()
    assert (told.image != images[3]).any()
    assert told.brightest == images.max()


def test_one_pixel_one_class_and_few_levels():
    spots = np.array([[[3]], [[4]], [[5]]], np.uint8)
    alone = CodelengthClassifier(MOTION, calibration=1.0, n_jobs=1).fit(spots, ["a", "a", "a"])
    told = explain_image(alone, spots[0])
    assert told.runner_up is None
    assert (told.winner.bits.shape, told.brightest) == ((1, 1), 5)
    assert told.winner.vectors.tolist() == [[[0, 0]]]


def test_a_class_without_images_is_no_runner_up():
    images, labels = blobs(24, 1)
    classifier = CodelengthClassifier(MOTION, calibration=1.0, n_jobs=1)
    classifier.partial_fit(images, labels, classes=["aaa", "across", "along"])
    told = explain_image(classifier, images[0])
    assert {told.winner.label, told.runner_up.label} == {"across", "along"}


def test_refusals():
    images, labels = blobs(24, 1)
    with pytest.raises(ValueError, match="a NCDClassifier has none: fit a CodelengthClassifier"):
        explain_image(NCDClassifier(1).fit(images, labels), images[0])
    texts = CodelengthClassifier("blocks", calibration=1.0).fit(["one", "two"], ["a", "b"])
    with pytest.raises(ValueError, match="fitted to texts or bytes, and this explanation needs"):
        explain_image(texts, images[0])
    whole = CodelengthClassifier("zstd-dict:shards=1", calibration=1.0, n_jobs=1)
    with pytest.raises(ValueError, match="'zstd-dict' has no bits of single pixels: fit one that"):
        explain_image(whole.fit(images, labels), images[0])
    trees = learnt("pixel-tree:bits=1,cell=3")
    with pytest.raises(ValueError, match="takes one image"):
        explain_image(trees, ImageCorpus.from_images(images[:2]))
    with pytest.raises(ValueError, match="bring them to one size"):
        explain_image(trees, np.zeros((3, 3), np.uint8))
