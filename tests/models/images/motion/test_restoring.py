import numpy as np
import pytest

from compressclf import CodelengthClassifier, load_model, save_model
from compressclf.documents.images import ImageCorpus
from compressclf.models import get_model

IMAGES = np.random.default_rng(0).integers(0, 2, (40, 5, 6), dtype=np.uint8) * 200
IMAGES[1::2, 2] = 200
DOCS, Y = ImageCorpus.from_images(IMAGES), np.arange(40) % 2


@pytest.fixture(scope="module")
def fitted():
    return get_model("motion:candidates=20,reach=1,deskew=no,gamma=1").fit(DOCS, Y, 2)


def test_a_restored_model_gives_the_same_bits(fitted, tmp_path):
    again = fitted.model.restore(fitted.arrays(), 2)
    assert np.array_equal(again.codelengths(DOCS), fitted.codelengths(DOCS))
    classifier = CodelengthClassifier("motion:reach=1,deskew=no").fit(DOCS, Y)
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert np.array_equal(loaded.codelengths(DOCS), classifier.codelengths(DOCS))


def changed(name, at, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name].flat[at] = value
        return arrays

    return change


DAMAGE = {
    "levels": changed("levels", 3, np.nan),
    "mean": lambda arrays: {**arrays, "mean": arrays["mean"][:-1]},
    "basis": lambda arrays: {**arrays, "basis": np.zeros((3, 3), np.float32)},
    "codes": changed("codes", 0, 2**14),
    "features": changed("features", 5, 100),
    "classes": changed("classes", 5, 2),
    "scales": changed("scales", 0, -1.0),
}


def test_a_mean_that_no_maps_have_is_refused(fitted):
    with pytest.raises(ValueError, match="'mean' cannot belong to a fitted model of motion"):
        fitted.model.restore(changed("mean", 0, 5.0)(dict(fitted.arrays())), 2)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_refused_by_name(fitted, name):
    damaged = DAMAGE[name](dict(fitted.arrays()))
    with pytest.raises(ValueError, match=f"'{name}' cannot belong to a fitted model of motion"):
        fitted.model.restore(damaged, 2)
    missing = dict(fitted.arrays())
    del missing[name]
    with pytest.raises(ValueError, match=f"'{name}'"):
        fitted.model.restore(missing, 2)


def test_an_open_setting_is_refused(fitted):
    with pytest.raises(
        ValueError, match=r"^A saved model of motion has a value for 'reach'\. Got 'auto'"
    ):
        get_model("motion").restore(fitted.arrays(), 2)
