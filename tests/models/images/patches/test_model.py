import numpy as np
import pytest

from compressclf import CodelengthClassifier, ImageCodelengthClassifier, load_model, save_model
from compressclf.documents.images import ImageCorpus
from compressclf.explain import explain_image
from compressclf.models import get_model
from compressclf.models.images.patches import Patches
from tests.models.images.patches.photographs import textures

pytestmark = pytest.mark.slow

SETTLED = Patches(words=8, mirror=True, ridge=0.01)


@pytest.fixture(scope="module")
def fitted():
    return SETTLED.fit(*textures(60), 3)


def test_it_tells_textures_apart(fitted):
    docs, y = textures(60, seed=1)
    assert (fitted.codelengths(docs).argmin(axis=1) == y).mean() > 0.9
    _, held = SETTLED.fit_held_out(docs, y, 3)
    assert (held.argmin(axis=1) == y).mean() > 0.9


def test_open_settings_are_chosen():
    docs, y = textures(60)
    model = Patches(words=8).fit(docs, y, 3).model
    assert isinstance(model.mirror, bool)
    assert model.ridge in (0.1, 0.01, 0.001, 3e-4, 1e-4, 3e-5)
    assert get_model(model.spec) == model


@pytest.mark.parametrize(("channels", "mirror"), [(1, False), (3, True)])
def test_few_images_take_the_defaults(channels, mirror):
    docs, y = textures(18, (16, 18, channels))
    fitted, held = Patches(words=8).fit_held_out(docs, y, 3)
    assert fitted.model.spec == f"patches:words=8,mirror={mirror},ridge=0.1,seed=0"
    assert np.isnan(held).all()


def test_mirror_images_have_the_same_bits(fitted):
    images = textures(9, seed=2)[0].array()
    mirrored = ImageCorpus.from_images(images[:, :, ::-1])
    bits = fitted.codelengths(ImageCorpus.from_images(images))
    np.testing.assert_allclose(fitted.codelengths(mirrored), bits, atol=0.02)
    apart = Patches(words=8, mirror=False, ridge=0.01).fit(*textures(60), 3)
    bits = apart.codelengths(ImageCorpus.from_images(images))
    assert np.abs(apart.codelengths(mirrored) - bits).max() > 0.1


def test_the_number_of_threads_changes_nothing(fitted):
    docs, _ = textures(70, seed=3)
    again = SETTLED.fit(*textures(60), 3, n_jobs=2)
    np.testing.assert_allclose(again.codelengths(docs, n_jobs=2), fitted.codelengths(docs), 1e-3)


def test_held_out_bits_are_like_those_of_new_images():
    """A new model without the part has other codebooks, so that the bits are only similar."""
    docs, y = textures(120)
    _, held = SETTLED.fit_held_out(docs, y, 3)
    part = np.sort(np.argsort(y, kind="stable")[::3])
    rest = np.setdiff1d(np.arange(120), part)
    new = SETTLED.fit(docs.take(rest), y[rest], 3).codelengths(docs.take(part))
    relative = held[part] - held[part].mean(axis=1, keepdims=True)
    new -= new.mean(axis=1, keepdims=True)
    assert np.corrcoef(relative.ravel(), new.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (3, 40, 3), (1, 1), (5, 3), (120, 90, 3)])
@pytest.mark.parametrize("per_class", [1, 2, 10])
def test_images_of_any_size_and_number(shape, per_class):
    n = 2 * per_class
    images = np.random.default_rng(0).integers(0, 100, (n, *shape), dtype=np.uint8)
    images[per_class:] //= 4
    docs, y = ImageCorpus.from_images(images), np.arange(n) // per_class
    fitted = Patches(words=8).fit(docs, y, 3)
    bits = fitted.codelengths(docs)
    assert bits.shape == (n, 3)
    assert np.isfinite(bits).all()
    if min(shape[:2]) > 4:
        assert (bits[:, :2].argmin(axis=1) == y).all()


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_class_of_plain_images(level):
    images = textures(40)[0].array().copy()
    images[20:] = level
    docs, y = ImageCorpus.from_images(images), np.arange(40) // 20
    classifier = CodelengthClassifier("patches:words=8").fit(docs, y)
    assert (classifier.predict(docs) == y).mean() > 0.9
    plain = ImageCorpus.from_images(np.full((40, 16, 18, 3), level, np.uint8))
    assert np.isfinite(SETTLED.fit(plain, y, 2).codelengths(docs)).all()


def test_the_bits_of_pixels_and_the_rest_add_up(fitted):
    for shape in ((16, 18, 3), (9, 70, 1)):
        model = fitted if shape[2] == 3 else SETTLED.fit(*textures(60, shape), 3)
        docs, _ = textures(3, shape, seed=4)
        bits = model.codelengths(docs)
        blank = np.zeros((1, *shape), np.uint8)
        rest = None
        for i, label in np.ndindex(3, 3):
            pixels = model.explain_image(docs.image(i), label, None)
            assert pixels.bits.shape == shape[:2]
            rest = bits[i, label] - pixels.bits.sum()
            assert rest == pytest.approx(model.arrays()["offsets"][label] / np.log(2), abs=0.01)
        assert np.isfinite(model.explain_image(blank[0], 0, None).bits).all()


def test_the_bits_are_where_the_pattern_is(fitted):
    """Half of the image is stripes along, and half is plain."""
    image = np.full((16, 18, 3), 30, np.uint8)
    image[:, 9:][:, ::4] = 180
    image[:, 10:][:, ::4] = 180
    along, across = (fitted.explain_image(image, label, None).bits for label in (1, 0))
    gain = across - along
    assert gain[:, 11:].sum() > 2 * abs(gain[:, :7].sum())
    assert gain[:, 11:].mean() > 0


@pytest.mark.parametrize("model", ["patches:words=8", "patches:words=8+pixel-tree:bits=1,cell=8"])
def test_it_explains_its_labels(model):
    docs, y = textures(60)
    classifier = ImageCodelengthClassifier(model, n_jobs=1).fit(docs, y)
    told = explain_image(classifier, textures(1, seed=6)[0])
    assert told.winner.label == 0
    assert told.winner.position is None
    accounts = told.winner, told.runner_up
    row = classifier.codelengths(textures(1, seed=6)[0])[0]
    for account in accounts:
        assert account.codelength == pytest.approx(row[account.label], rel=1e-6)
        assert account.bits.shape == (16, 18)
        assert account.rest == pytest.approx(account.codelength - account.bits.sum())


def test_it_is_part_of_combinations():
    docs, y = textures(90)
    model = get_model("transform+patches:words=8+pixel-tree:bits=1,cell=8")
    fitted, held = model.fit_held_out(docs, y, 3)
    assert fitted.weights.sum() == pytest.approx(1)
    assert (fitted.weights > 0.05).sum() >= 2
    assert (np.nanargmin(held[~np.isnan(held).any(axis=1)], axis=1) >= 0).all()
    new, labels = textures(60, seed=7)
    assert (fitted.codelengths(new).argmin(axis=1) == labels).mean() > 0.9


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("words=0", "The 'words' parameter of patches must be an int in [2, 2048]. Got 0 instead."),
        ("words=7", "The 'words' parameter of patches must be an even number. Got 7 instead."),
        ("mirror=1", "must be 'auto', yes or no. Got 1 instead."),
        ("ridge=0", "must be 'auto' or a number in [1e-09, 1000]. Got 0 instead."),
        ("seed=-1", "The 'seed' parameter of patches must be an int in [0, 4294967295]. Got -1"),
    ],
)
def test_settings_out_of_range(setting, sentence):
    with pytest.raises(ValueError, match="parameter of") as error:
        get_model(f"patches:{setting}")
    assert sentence in str(error.value)


def test_saved_and_loaded(tmp_path):
    docs, y = textures(60)
    classifier = CodelengthClassifier(SETTLED).fit(docs, y)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert np.array_equal(loaded.codelengths(docs), classifier.codelengths(docs))


def changed(name, at, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name].flat[at] = value
        return arrays

    return change


DAMAGE = {
    "shape": changed("shape", 2, 2),
    "weights": lambda arrays: {**arrays, "weights": arrays["weights"][:-1]},
    "offsets": changed("offsets", 0, 1e300),
    "first_mean": changed("first_mean", 3, np.nan),
    "first_filters": lambda arrays: {**arrays, "first_filters": arrays["first_filters"][:, 1:]},
    "maps_mean": changed("maps_mean", 0, -np.inf),
    "maps_basis": lambda arrays: {**arrays, "maps_basis": arrays["maps_basis"][:, 1:]},
    "second_mean": lambda arrays: {**arrays, "second_mean": np.repeat(arrays["second_mean"], 2)},
    "second_filters": changed("second_filters", 9, np.inf),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_refused_by_name(fitted, name):
    assert set(fitted.arrays()) == set(DAMAGE)
    refused = f"'{name}' cannot belong to a fitted model of patches"
    with pytest.raises(ValueError, match=refused):
        fitted.model.restore(DAMAGE[name](dict(fitted.arrays())), 3)
    other_type = fitted.arrays()[name].astype(np.float16)
    with pytest.raises(ValueError, match=refused):
        fitted.model.restore({**fitted.arrays(), name: other_type}, 3)
    missing = dict(fitted.arrays())
    del missing[name]
    with pytest.raises(ValueError, match=f"'{name}'"):
        fitted.model.restore(missing, 3)


def test_settings_left_open_are_refused(fitted):
    with pytest.raises(ValueError, match=r"^A saved model of patches has a value for 'mirror'\."):
        Patches(words=8).restore(fitted.arrays(), 3)
