import numpy as np
import pytest

from compressclf.models.images.motion.candidates import (
    FEW,
    QuantisedProjection,
    n_components,
    nearest,
)

RNG = np.random.default_rng(0)


def by_sorting(codes, references, n_candidates, skip=None):
    distances = ((codes[:, None].astype(int) - references[None].astype(int)) ** 2).sum(axis=2)
    if skip is not None:
        distances[np.arange(len(codes)), skip] = 10**12
    order = np.argsort(distances, axis=1, kind="stable")[:, :n_candidates]
    return order, np.take_along_axis(distances, order, 1)


@pytest.mark.parametrize(("n", "n_candidates", "high"), [(700, 20, 300), (300, 7, 2), (50, 49, 3)])
def test_as_by_sorting(n, n_candidates, high):
    references = RNG.integers(-high, high, (n, 9)).astype(np.int16)
    codes = references[:30]
    found, distances = nearest(codes, references, n_candidates)
    assert np.array_equal(distances, by_sorting(codes, references, n_candidates)[1])
    skipped, distances = nearest(codes, references, n_candidates, np.arange(30))
    assert not (skipped == np.arange(30)[:, None]).any()
    assert np.array_equal(distances, by_sorting(codes, references, n_candidates, np.arange(30))[1])
    again = ((codes[:, None].astype(int) - references[found].astype(int)) ** 2).sum(axis=2)
    assert np.array_equal(again, by_sorting(codes, references, n_candidates)[1])


def test_fewer_references_than_asked_for():
    references = np.array([[5, 0], [1, 0]], np.int16)
    found, distances = nearest(np.zeros((1, 2), np.int16), references, 4)
    assert found.tolist()[0][:2] == [1, 0]
    assert sorted(found.tolist()[0][2:]) == [-1, -1]
    assert distances[0, :2].tolist() == [1, 25]
    assert nearest(references[:0], references, 3)[0].shape == (0, 3)


def test_few_maps_are_rounded_and_many_are_projected():
    maps = RNG.random((FEW + 1, 120), dtype=np.float32)
    few = QuantisedProjection.of(maps[:10], np.arange(10), n_components(10, 120))
    assert few.basis.shape == (120, 0)
    assert np.array_equal(few.codes(maps[:10]), np.rint((maps[:10] - few.mean) * 256))
    many = QuantisedProjection.of(maps, np.arange(500), n_components(*maps.shape))
    assert many.codes(maps).shape == (FEW + 1, 96)
    assert np.allclose(many.basis.T @ many.basis, np.eye(96), atol=1e-5)


def test_codes_do_not_depend_on_batch_composition():
    maps = RNG.random((FEW + 1, 120), dtype=np.float32)
    many = QuantisedProjection.of(maps, np.arange(500), n_components(*maps.shape))
    together = many.codes(maps)
    assert np.array_equal(np.concatenate([many.codes(one) for one in maps[:, None]]), together)
    plain = ((maps - many.mean).astype(float) @ many.basis.astype(float)) * 256
    assert np.abs(together - plain).max() < 0.51
    assert many.codes(maps[:0]).shape == (0, 96)
