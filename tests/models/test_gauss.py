from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from compressclf.models import gauss
from compressclf.models.gauss import LEAST_VARIANCE, Pooled, Scatter
from compressclf.models.images.projection import Projection

RNG = np.random.default_rng(0)
VECTORS = (RNG.normal(size=(60, 5)) @ RNG.normal(size=(5, 5))).astype(np.float32)
Y = np.arange(60) % 3


def test_scatter_is_that_of_each_class():
    scatter = Scatter.of(VECTORS, Y, 4)
    assert scatter.counts.tolist() == [20, 20, 20, 0]
    assert np.allclose(scatter.means[1], VECTORS[Y == 1].mean(axis=0), atol=1e-5)
    assert np.allclose(scatter.scatters[2], 19 * np.cov(VECTORS[Y == 2].T), rtol=1e-3, atol=1e-3)
    assert np.allclose(scatter.means[3], VECTORS.mean(axis=0), atol=1e-5)
    assert not scatter.scatters[3].any()


def test_bits_are_those_of_the_normal_density():
    scatter = Scatter.of(VECTORS, Y, 3)
    bits = scatter.codes(pooled=7, even=0.1).bits(VECTORS)
    shared = scatter.scatters.sum(axis=0) / 57
    shared = 0.9 * shared + (0.1 * np.trace(shared) / 5 + LEAST_VARIANCE) * np.eye(5)
    for c in range(3):
        covariance = (scatter.scatters[c] + 7 * shared) / 27
        density = multivariate_normal(scatter.means[c], covariance)
        assert np.allclose(bits[:, c], 40 - density.logpdf(VECTORS) / np.log(2), rtol=1e-4)


def test_a_projection_on_all_components_keeps_distances():
    projected = Projection.of(VECTORS, np.arange(60), 5).projected(VECTORS)
    assert projected.shape == (60, 5)
    assert np.allclose(
        np.linalg.norm(projected[0] - projected[1]),
        np.linalg.norm(VECTORS[0] - VECTORS[1]),
        rtol=1e-5,
    )
    variances = projected.var(axis=0)
    assert (np.diff(variances) <= 1e-6).all()


def test_pooled_bits_are_those_of_the_normal_density():
    pooled = Pooled.of(VECTORS, Y, 4)
    bits = pooled.codes(even=30).bits(VECTORS)
    scatter = Scatter.of(VECTORS, Y, 4)
    total = scatter.scatters.sum(axis=0)
    shared = (30 * np.trace(total) / 57 / 5 * np.eye(5) + total) / (30 + 57)
    overall = VECTORS.mean(axis=0)
    for c, n in enumerate((20, 20, 20, 0)):
        mean = (n * scatter.means[c] + 5 * overall) / (n + 5)
        density = multivariate_normal(mean, shared * (1 + 1 / (n + 5)))
        assert np.allclose(bits[:, c], 40 - density.logpdf(VECTORS) / np.log(2), rtol=1e-4)


@pytest.mark.parametrize("y", [Y[:9], np.array([0, 0, 0, 0, 1, 1, 2, 2, 2])])
@pytest.mark.parametrize("even", [0.5, 100.0])
def test_held_out_is_a_fit_without_the_vector(y, even):
    vectors = VECTORS[:9]
    pooled = Pooled.of(vectors, y, 4)
    held = pooled.held_out(even, vectors, y)
    for i in range(9):
        rest = np.arange(9) != i
        without = replace(Pooled.of(vectors[rest], y[rest], 4), variance=pooled.variance)
        assert np.allclose(held[i], without.codes(even).bits(vectors[i : i + 1])[0], rtol=1e-5)


def test_a_vector_alone_in_its_class_is_not_held_out():
    y = np.array([0, 0, 0, 1, 2, 2])
    held = Pooled.of(VECTORS[:6], y, 3).held_out(10, VECTORS[:6], y)
    assert np.isnan(held).all(axis=1).tolist() == [False, False, False, True, False, False]


def test_one_vector_per_class_and_none():
    vectors = np.eye(3, 5, dtype=np.float32)
    pooled = Pooled.of(vectors, np.arange(3), 3)
    assert pooled.variance == pytest.approx(vectors.var(axis=0, ddof=1).mean())
    assert pooled.codes(10).bits(vectors).argmin(axis=1).tolist() == [0, 1, 2]
    nothing = Pooled.of(VECTORS[:0], Y[:0], 2)
    assert np.isfinite(nothing.codes(10).bits(VECTORS)).all()
    assert nothing.held_out(10, VECTORS[:0], Y[:0]).shape == (0, 2)


def test_many_vectors_are_read_in_parts(monkeypatch):
    whole = Pooled.of(VECTORS, Y, 3)
    bits = whole.codes(3).bits(VECTORS)
    monkeypatch.setattr(gauss, "ROWS", 7)
    parts = Pooled.of(VECTORS, Y, 3)
    assert np.allclose(parts.squares, whole.squares)
    assert np.allclose(parts.codes(3).bits(VECTORS), bits)
