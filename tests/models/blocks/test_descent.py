import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.models.blocks.descent import Examples, descend, linear_scores
from tests.models.blocks import reference

pytestmark = pytest.mark.slow


def problem(seed, n_docs=12, n_features=9, n_classes=3):
    """Dense values, a third of them zero, with costs and offsets of all sizes."""
    rng = np.random.default_rng(seed)
    values = rng.exponential(size=(n_docs, n_features)) * (rng.random((n_docs, n_features)) > 1 / 3)
    values[0] = 0  # a document without features
    scales = rng.uniform(0.2, 1.5, n_docs)
    offsets = rng.normal(size=(n_docs, n_classes)) * rng.choice([0.1, 1, 3])
    y = rng.integers(0, n_classes, n_docs)
    return values, scales, offsets, y, rng.uniform(0.05, 3, n_docs)


def examples(values, scales, offsets, y, costs, dtype=np.float64):
    docs, features = np.nonzero(values)
    starts = np.searchsorted(docs, np.arange(len(values) + 1))
    return Examples(
        starts, features.astype(np.int32), values[docs, features].astype(dtype),
        scales.astype(dtype), offsets.astype(dtype), y, costs.astype(dtype), values.shape[1],
    )  # fmt: skip


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
@settings(deadline=None, max_examples=40)
def test_it_reaches_the_minimum_of_the_oracle(seed, n_classes):
    values, scales, offsets, y, costs = problem(seed, n_classes=n_classes)
    weights, duals = descend(
        examples(values, scales, offsets, y, costs), np.arange(12), epochs=3000, tolerance=1e-9
    )
    dense = values * scales[:, None]
    expected, best = reference.solved(dense, offsets, y, costs)
    objective, least = (
        reference.dual_objective(dense, offsets, y, costs, found) for found in (duals, best)
    )
    assert objective == pytest.approx(least, rel=1e-6, abs=1e-6)
    assert weights == pytest.approx(expected, abs=1e-4)
    assert weights == pytest.approx(reference.weights_of(dense, y, duals), abs=1e-9)


def test_one_document_by_hand():
    """With x = 2, equal offsets and cost 1/2: the slope at 0 is -1, the curvature 2·4 + 1 = 9.

    So a = 1/9, and the weights are +2/9 and -2/9.
    """
    one = examples(
        np.array([[4.0]]), np.array([0.5]), np.zeros((1, 2)), np.array([1]), np.full(1, 0.5)
    )
    weights, duals = descend(one, np.array([0]), tolerance=1e-9)
    assert duals == pytest.approx(np.array([[1 / 9, 0]]))
    assert weights == pytest.approx(np.array([[-2 / 9, 2 / 9]]))
    scores = linear_scores(one, weights, np.array([0]))
    assert scores == pytest.approx(np.array([[-4 / 9, 4 / 9]]))


def test_single_precision_is_near():
    values, scales, offsets, y, costs = problem(3, 60, 20, 4)
    exact, near = (
        descend(examples(values, scales, offsets, y, costs, dtype), np.arange(60), epochs=500,
                tolerance=1e-4)
        for dtype in (np.float64, np.float32)
    )  # fmt: skip
    assert near[0].dtype == np.float32
    dense = values * scales[:, None]
    least = reference.dual_objective(dense, offsets, y, costs, exact[1])
    found = reference.dual_objective(dense, offsets, y, costs, near[1].astype(np.float64))
    assert found == pytest.approx(least, rel=1e-6)


def test_documents_left_out_do_not_change_the_fit():
    values, scales, offsets, y, costs = problem(5)
    some = np.array([1, 2, 4, 7])
    _, duals = descend(examples(values, scales, offsets, y, costs), some)
    assert duals[some].any()
    assert not np.delete(duals, some, axis=0).any()


def test_an_offset_of_minus_infinity_excludes_a_class():
    values, scales, offsets, y, costs = problem(6)
    y = y % 2
    offsets[:, 2] = -np.inf
    weights, duals = descend(examples(values, scales, offsets, y, costs), np.arange(12))
    assert np.isfinite(weights).all()
    assert not weights[:, 2].any()
    assert not duals[:, 2].any()


def test_rows_that_rest_are_visited_again():
    """A pass that few documents take part in does not end the descent."""
    values, scales, offsets, y, costs = problem(8, 200, 30, 4)
    offsets[np.arange(200), y] += np.where(np.arange(200) < 150, 2.5, 0)
    dense = values * scales[:, None]
    _, duals = descend(
        examples(values, scales, offsets, y, costs), np.arange(200), epochs=2000, tolerance=1e-8
    )
    _, best = reference.solved(dense, offsets, y, costs, rounds=100)
    objective = reference.dual_objective(dense, offsets, y, costs, duals)
    assert objective <= reference.dual_objective(dense, offsets, y, costs, best)
