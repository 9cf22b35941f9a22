import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.calibration import RANGE, fit_temperature, label_bits, probabilities


def test_probabilities_by_hand():
    assert probabilities([[0.0, 1.0, 2.0]]) == pytest.approx(np.array([[4, 2, 1]]) / 7)
    assert probabilities([[0.0, 4.0]], temperature=4) == pytest.approx(np.array([[2, 1]]) / 3)
    assert probabilities([[5.0, 5.0]], prior=[0.9, 0.1]) == pytest.approx(np.array([[0.9, 0.1]]))
    assert probabilities([[9.0, 0.0]], prior=[1.0, 0.0]).tolist() == [[1.0, 0.0]]


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=5), st.floats(-1e6, 1e6))
def test_what_all_classes_share_does_not_matter(row, shift):
    bits = np.array([row])
    assert probabilities(bits + shift) == pytest.approx(probabilities(bits), abs=1e-6)
    assert probabilities(bits).sum() == pytest.approx(1)


def test_label_bits_by_hand():
    bits = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert label_bits(bits, np.array([0, 0])) == pytest.approx(-np.log2(2 / 3))
    assert label_bits(bits, np.array([0, 1])) == pytest.approx(-np.log2(2 / 9) / 2)
    assert label_bits(np.zeros((3, 8)), np.array([0, 1, 2])) == pytest.approx(3)
    assert np.isfinite(label_bits(np.array([[0.0, 1e9]]), np.array([1])))


@pytest.mark.parametrize("temperature", [0.1, 1.0, 30.0])
def test_temperature_of_labels_drawn_at_it(temperature):
    rng = np.random.default_rng(0)
    bits = rng.normal(0, 3 * temperature, (20_000, 3))
    shares = probabilities(bits, temperature=temperature)
    y = (shares.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    assert fit_temperature(bits, y) == pytest.approx(temperature, rel=0.05)


def test_temperature_is_the_minimum():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, 200)
    bits = rng.normal(100, 20, (200, 4)) - 15 * np.eye(4)[y]
    found = fit_temperature(bits, y)
    costs = [label_bits(bits, y, temperature=found * factor) for factor in (0.9, 1.0, 1.1)]
    assert costs[1] == min(costs)


def test_rows_of_nan_are_passed_over():
    bits = np.array([[0.0, 9.0], [9.0, 0.0], [0.0, 9.0], [np.nan, np.nan]])
    y = np.array([0, 1, 1, 0])
    assert fit_temperature(bits, y) == fit_temperature(bits[:3], y[:3])
    assert fit_temperature(bits[3:], y[3:]) == 1.0


def test_temperature_stays_in_its_range():
    sure = np.array([[0.0, 9.0], [9.0, 0.0]])
    assert RANGE[0] <= fit_temperature(sure, np.array([0, 1])) < 0.1
    assert 1e3 < fit_temperature(sure, np.array([1, 0])) <= RANGE[1]
