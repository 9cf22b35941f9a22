import numpy as np
from scipy.stats import multivariate_normal

from compressclf.models.images.projection import Projection
from compressclf.models.images.transform.gauss import LEAST_VARIANCE, Scatter

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
