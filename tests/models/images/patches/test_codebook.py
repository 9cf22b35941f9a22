import numpy as np
import pytest

from compressclf.models.images.patches.codebook import Codebook, Mirror, Scaling, patches_of


def test_patches_are_read_row_by_row():
    images = np.arange(2 * 3 * 4 * 2, dtype=np.float32).reshape(2, 3, 4, 2)
    patches = patches_of(images, 2)
    assert patches.shape == (2, 2, 3, 8)
    assert np.array_equal(patches[1, 1, 2], images[1, 1:3, 2:4].ravel())


def test_the_mirror_image_of_a_patch():
    patch = np.random.default_rng(0).random((3, 2, 4)).astype(np.float32)
    signs = np.array([1, 1, -1, 1], np.float32)
    mirrored = Mirror.of((3, 2), signs).applied(patch.ravel())
    assert np.array_equal(mirrored.reshape(3, 2, 4), patch[:, ::-1] * signs)


@pytest.mark.parametrize("is_centred", [True, False])
def test_a_plain_patch_is_not_amplified(is_centred):
    scaling = Scaling(4.0, is_centred=is_centred)
    plain = np.full((1, 8), 0.001, np.float32)
    assert np.abs(scaling.applied(plain)).max() <= 0.0005
    loud = np.array([[300, -300] * 4], np.float32)
    assert scaling.applied(loud) == pytest.approx(np.sign(loud), abs=1e-4)


@pytest.fixture(scope="module")
def learnt():
    rng = np.random.default_rng(3)
    patches = rng.normal(size=(4000, 12)).astype(np.float32) @ rng.normal(size=(12, 12))
    mirror = Mirror.of((2, 3), np.array([1, -1], np.float32))
    scaling = Scaling(0.01, is_centred=False)
    given = patches.astype(np.float32), mirror, 10
    return Codebook.learn(*given, scaling=scaling, ridge=0.1, rng=rng), patches, mirror


def test_a_codebook_has_the_mirror_image_of_each_word(learnt):
    codebook, patches, mirror = learnt
    found = codebook.projections(patches.astype(np.float32))
    other = codebook.projections(mirror.applied(patches.astype(np.float32)))
    assert found.shape == (4000, 10)
    np.testing.assert_allclose(other[:, :5], found[:, 5:], atol=1e-4)
    np.testing.assert_allclose(other[:, 5:], found[:, :5], atol=1e-4)
    assert np.abs(other - found).max() > 1


def test_words_are_where_the_patches_are():
    """Patches near three directions, up to sign, and their mirror images."""
    rng = np.random.default_rng(0)
    directions = np.array([[4, 0, 0, 0], [0, 4, 1, 0], [3, 3, -3, 3]], np.float32)
    gains = rng.choice([-1, 1], 900) * rng.uniform(1, 2, 900)
    patches = directions[np.arange(900) % 3] * gains[:, None] + rng.normal(0, 0.02, (900, 4))
    mirror = Mirror.of((1, 4), np.ones(1, np.float32))
    scaling = Scaling(1e-6, is_centred=False)
    codebook = Codebook.learn(
        patches.astype(np.float32), mirror, 16, scaling=scaling, ridge=100.0, rng=rng
    )  # so large a ridge leaves directions as they are
    units = np.concatenate([directions, directions[:, ::-1]])
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    words = codebook.filters.T / np.linalg.norm(codebook.filters.T, axis=1, keepdims=True)
    assert np.abs(units @ words.T).max(axis=1) == pytest.approx(1, abs=0.01)


def test_patches_without_any_difference():
    mirror = Mirror.of((2, 2), np.ones(1, np.float32))
    rng = np.random.default_rng(0)
    codebook = Codebook.learn(
        np.zeros((3, 4), np.float32), mirror, 8, scaling=Scaling(0.1, True), ridge=0.3, rng=rng
    )
    assert not codebook.projections(np.zeros((2, 4), np.float32)).any()
