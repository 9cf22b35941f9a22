"""The codes from inner products are those from covariance matrices."""

import numpy as np
import pytest

from compressclf.models.images.choice import held_out_parts
from compressclf.models.images.patches.choice import choose_mirror, held_out
from compressclf.models.images.patches.dual import solve
from compressclf.models.images.patches.learning import learn_features


def sample(n=60, n_features=9, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    return rng.normal(size=(n, n_features)) + rng.normal(size=(n_classes, n_features))[y], y


def by_covariance(vectors, y, n_classes, ridge, new):
    """Bits from means and the covariance matrix, as they are defined."""
    means = np.array([vectors[y == c].mean(axis=0) for c in range(n_classes)])
    centred = vectors - means[y]
    covariance = centred.T @ centred / len(y)
    covariance += ridge * np.trace(covariance) * np.eye(len(covariance))
    solved = np.linalg.solve(covariance, means.T)
    return (np.einsum("cf,fc->c", means, solved) / 2 - new @ solved) / np.log(2)


@pytest.mark.parametrize("n_features", [4, 200])
@pytest.mark.parametrize("ridge", [1e-3, 0.5])
def test_bits_are_those_of_the_covariance(n_features, ridge):
    vectors, y = sample(n_features=n_features)
    new = sample(7, n_features=n_features, seed=1)[0]
    bits = solve(vectors @ vectors.T, y, 3, ridge).bits(new @ vectors.T)
    assert bits == pytest.approx(by_covariance(vectors, y, 3, ridge, new), rel=1e-7)


def test_held_out_bits_are_those_of_a_fit_without_the_part():
    vectors, y = sample()
    found = held_out(vectors @ vectors.T, y, 3, 0.01)
    noise = found.noise / (2 * np.array([1, 1, 1]) * np.log(2))  # in bits times images
    assert found.noise > 0
    for held in held_out_parts(y):
        rest = np.setdiff1d(np.arange(len(y)), held)
        counts = np.bincount(y[rest], minlength=3)
        expected = by_covariance(vectors[rest], y[rest], 3, 0.01, vectors[held])
        assert found.bits[held] == pytest.approx(expected - noise / counts, rel=1e-7)


def test_small_classes_are_predicted_as_often_as_large_ones():
    rng = np.random.default_rng(2)
    y = np.repeat([0, 1], [300, 20])
    vectors, new = rng.normal(size=(320, 400)), rng.normal(size=(1000, 400))  # no difference at all
    dual = solve(vectors @ vectors.T, y, 2, 1e-3)
    noise = held_out(vectors @ vectors.T, y, 2, 1e-3).noise
    plain = dual.bits(new @ vectors.T).argmin(axis=1).mean()
    assert plain < 0.1
    assert dual.without(noise).bits(new @ vectors.T).argmin(axis=1).mean() > 0.3


def test_one_vector_per_class_is_the_mean():
    vectors = np.eye(3) * 10
    dual = solve(vectors @ vectors.T, np.arange(3), 4, 1e-4)
    bits = dual.bits(vectors @ vectors.T)
    assert bits[:, :3].argmin(axis=1).tolist() == [0, 1, 2]
    assert not bits[:, 3].any()  # a class without vectors
    assert bits[0, 1] - bits[0, 0] == pytest.approx(1 / np.log(2))


def test_copies_have_no_variance_and_rounding_changes_nothing():
    vectors, y = np.repeat(np.eye(3), 2, axis=0), np.repeat(np.arange(3), 2)
    products = vectors @ vectors.T
    noisy = products + np.random.default_rng(0).normal(0, 1e-7, (6, 6))
    bits = solve((noisy + noisy.T) / 2, y, 3, 1e-4).bits(products)
    assert bits == pytest.approx(solve(products, y, 3, 1e-4).bits(products), abs=1e-5)


@pytest.mark.parametrize("is_mirrored", [True, False])
def test_mirroring_is_chosen_where_it_helps(is_mirrored):
    """The first word is brighter in the right cells, or in the left and the right ones alike."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (2, 16, 16, 1), dtype=np.uint8)
    learnt = learn_features(images, (2, 2), rng)
    y = np.arange(200) % 2
    squares = rng.uniform(5, 9, (200, 9, 8))
    gap = 1.5 * (2 * y - 1)
    squares[:, 2, 0] += gap
    squares[:, 0, 1] += gap if is_mirrored else -gap  # the mirror image of this word and cell
    features = np.sqrt(squares.reshape(200, -1)).astype(np.float32)
    assert choose_mirror(features, learnt, y, 2, (0.01,), centre=1.0) is is_mirrored
