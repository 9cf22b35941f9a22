import numpy as np
import pytest

from compressclf.models.images.patches.features import PatchFeatures, seen, seen_size, symmetric
from compressclf.models.images.patches.learning import learn_features
from compressclf.models.images.patches.pooling import averaging, edges, means_of_cells, pooled
from tests.models.images.patches.photographs import textures

SHAPES = [(16, 18, 3), (17, 21, 1), (8, 8, 1), (60, 40, 3), (3, 70, 1), (1, 1, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_mirror_images_have_the_features_of_their_images(shape):
    images = textures(6, shape)[0].array()
    learnt = learn_features(images, (6, 8), np.random.default_rng(0))
    features, others = learnt.of(images), learnt.of(images[:, :, ::-1])
    assert features.shape == (6, 9 * (2 * 6 + 2 * 8))
    mirrored = learnt.mirrored()
    np.testing.assert_allclose(features[:, mirrored], others, atol=2e-3)
    assert np.array_equal(mirrored[mirrored], np.arange(features.shape[1]))
    common = symmetric(features, mirrored)
    np.testing.assert_allclose(common**2, (features**2 + features[:, mirrored] ** 2) / 2, atol=1e-5)
    np.testing.assert_allclose(symmetric(others, mirrored), common, atol=2e-3)
    assert np.array_equal(learnt.importance().reshape(9, -1)[4], [2.5] * 12 + [1] * 16)
    if shape != (1, 1, 1):
        assert np.abs(features - others).max() > 0.01


def test_features_by_definition():
    """Of one image, position by position and without compiled code."""
    images = textures(6, (16, 16, 1))[0].array()
    learnt = learn_features(images, (4, 6), np.random.default_rng(1))
    grey = images[0, ..., 0] / images.max()

    def parts(values):
        return np.concatenate([np.maximum(values - 0.5, 0), np.maximum(-values - 0.5, 0)])

    words = np.empty((12, 12, 8))
    for row, column in np.ndindex(12, 12):
        patch = grey[row : row + 5, column : column + 5].ravel()
        patch = patch - patch.mean()
        patch /= np.sqrt((patch**2).mean() + 10 / 255**2)
        words[row, column] = parts((patch - learnt.first.mean) @ learnt.first.filters)
    maps = words.reshape(6, 2, 6, 2, 8).mean(axis=(1, 3))
    components = (maps - learnt.means) @ learnt.basis
    deep = np.empty((3, 3, 12))
    for row, column in np.ndindex(3, 3):
        patch = components[row : row + 4, column : column + 4].ravel()
        patch = patch / np.sqrt((patch**2).mean() + 0.1)
        deep[row, column] = parts((patch - learnt.second.mean) @ learnt.second.filters)
    first = maps.reshape(3, 2, 3, 2, 8).mean(axis=(1, 3))
    expected = np.sqrt(np.concatenate([first, deep], axis=2)).ravel()
    np.testing.assert_allclose(learnt.of(images[:1])[0], expected, atol=2e-3)


def test_pooling_by_definition():
    projections = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype(np.float32)
    found = pooled(projections, (2, 3), 0.25)
    assert found.shape == (2, 2, 3, 6)
    cell = projections[1, 2:5, 2:5]  # rows 2 to 4, columns 2 to 4 of 5 and 7
    expected = np.maximum(cell - 0.25, 0).mean(axis=(0, 1))
    assert found[1, 1, 1, :3] == pytest.approx(expected)
    expected = np.maximum(-cell - 0.25, 0).mean(axis=(0, 1))
    assert found[1, 1, 1, 3:] == pytest.approx(expected)


def test_cells_are_symmetric_and_leave_nothing_out():
    for size in range(1, 20):
        cells = edges(size, 3)
        assert (size - cells[::-1, ::-1] == cells).all()
        assert (cells[0, 0], cells[-1, 1]) == (0, size)
        assert (cells[1:, 0] <= cells[:-1, 1]).all()
        assert (cells[:, 0] < cells[:, 1]).all()
    maps = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1)
    assert means_of_cells(maps, 2)[0, :, 0].tolist() == [2.5, 4.5, 6.5, 8.5]


@pytest.mark.parametrize(("size", "cells"), [(5, 5), (8, 16), (300, 48), (1, 16), (50, 48)])
def test_resizing_keeps_means_and_mirror_images(size, cells):
    matrix = averaging(size, cells)
    assert matrix.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert matrix.sum(axis=0) == pytest.approx(cells / size, rel=1e-4)
    assert matrix[::-1, ::-1] == pytest.approx(matrix, abs=1e-5)


def test_images_keep_their_size_within_limits():
    assert [seen_size(n, n)[0] for n in (1, 15, 16, 28, 48, 49, 4000)] == [
        16,
        16,
        16,
        28,
        48,
        48,
        48,
    ]
    assert seen_size(640, 427) == (48, 32)
    assert seen_size(2000, 3) == (48, 16)
    images = textures(2, (20, 20, 3))[0].array()
    assert np.array_equal(seen(images, 200), images.astype(np.float32) / np.float32(200))
    large = np.full((1, 96, 48, 1), 100, np.uint8)
    large[:, ::2] = 200
    assert seen(large, 200)[0, ..., 0] == pytest.approx(np.full((48, 24), 0.75))


def test_the_codebooks_depend_on_the_seed_alone():
    images = textures(20)[0].array()
    one, same, other = (learn_features(images, (4, 4), np.random.default_rng(s)) for s in (0, 0, 1))
    assert isinstance(one, PatchFeatures)
    assert np.array_equal(one.of(images), same.of(images))
    assert not np.array_equal(one.of(images), other.of(images))
