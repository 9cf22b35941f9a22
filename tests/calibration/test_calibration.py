from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from compressclf.calibration import (
    MOST_GROWTH,
    RANGE,
    Calibration,
    expected_temperature,
    fit_calibration,
    fit_temperature,
    label_bits,
    mean_length,
    probabilities,
)
from compressclf.calibration.fitting import GROWTH, LAPSE, SPREADS

pytestmark = pytest.mark.slow


def test_probabilities_by_hand():
    assert probabilities([[0.0, 1.0, 2.0]]) == pytest.approx(np.array([[4, 2, 1]]) / 7)
    assert probabilities([[0.0, 4.0]], temperature=4) == pytest.approx(np.array([[2, 1]]) / 3)
    assert probabilities([[5.0, 5.0]], prior=[0.9, 0.1]) == pytest.approx(np.array([[0.9, 0.1]]))
    assert probabilities([[9.0, 0.0]], prior=[1.0, 0.0]).tolist() == [[1.0, 0.0]]
    each = probabilities([[0.0, 4.0], [0.0, 2.0]], temperature=[4.0, 1.0])
    assert each == pytest.approx(np.array([[2 / 3, 1 / 3], [0.8, 0.2]]))


def test_lapse_by_hand():
    mixed = probabilities([[0.0, 1.0]], lapse=0.1)
    assert mixed == pytest.approx(np.array([[0.6 + 0.05, 0.3 + 0.05]]))
    mixed = probabilities([[1.0, 0.0, 0.0]], prior=[0.5, 0.5, 0.0], lapse=0.3)
    assert mixed == pytest.approx(np.array([[0.7 / 3 + 0.15, 1.4 / 3 + 0.15, 0.0]]))


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=5), st.floats(-1e6, 1e6))
def test_what_all_classes_share_does_not_matter(row, shift):
    bits = np.array([row])
    assert probabilities(bits + shift) == pytest.approx(probabilities(bits), abs=1e-6)
    assert probabilities(bits).sum() == pytest.approx(1)


@given(
    st.lists(st.floats(0, 1e4), min_size=2, max_size=5),
    st.floats(0.01, 1e3),
    st.floats(0, 0.5),
    st.integers(1, 5),
)
def test_a_lapse_keeps_the_order(row, temperature, lapse, weight):
    prior = np.array([weight, *([1] * (len(row) - 1))]) / (weight + len(row) - 1)
    plain = probabilities([row], temperature=temperature, prior=prior)[0]
    mixed = probabilities([row], temperature=temperature, prior=prior, lapse=lapse)[0]
    order = np.argsort(plain, kind="stable")
    assert (np.diff(mixed[order]) >= 0).all()
    assert mixed.sum() == pytest.approx(1)
    assert (mixed >= lapse / len(row) - 1e-12).all()


def test_label_bits_by_hand():
    bits = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert label_bits(bits, np.array([0, 0])) == pytest.approx(-np.log2(2 / 3))
    assert label_bits(bits, np.array([0, 1])) == pytest.approx(-np.log2(2 / 9) / 2)
    assert label_bits(np.zeros((3, 8)), np.array([0, 1, 2])) == pytest.approx(3)
    assert np.isfinite(label_bits(np.array([[0.0, 1e9]]), np.array([1])))
    sure = np.array([[0.0, 1e9], [0.0, 1e9]])
    assert label_bits(sure, np.array([0, 1]), lapse=0.5) == pytest.approx(-np.log2(0.75 * 0.25) / 2)


def test_temperatures_grow_with_the_length():
    calibration = Calibration(8.0, growth=2.0, length=100.0)
    assert calibration.temperatures([100, 50, 200]).tolist() == [8.0, 2.0, 32.0]
    assert calibration.temperatures([0]) == calibration.temperatures([1])  # never 0
    assert np.isfinite(Calibration(1e300, 2.0, 1.0).temperatures([2**60])).all()
    assert Calibration(3.0).temperatures([0, 5, 10**9]).tolist() == [3.0, 3.0, 3.0]
    same = calibration.probabilities([[0.0, 32.0]], [200])
    assert same == pytest.approx(np.array([[2, 1]]) / 3)


def test_mean_length_and_expected_temperature_by_hand():
    assert mean_length([4, 9]) == pytest.approx(6)
    assert mean_length([0, 100]) == pytest.approx(10)
    assert mean_length([]) == 1000
    assert expected_temperature(20, 1000) == 20
    assert expected_temperature(20, 32_000) == pytest.approx(20 * 32**GROWTH)
    assert expected_temperature(1e9, 1e9) == RANGE[1]


# One temperature.


@pytest.mark.parametrize("temperature", [0.1, 1.0, 30.0])
def test_temperature_of_labels_drawn_at_it(temperature):
    bits, y, _ = drawn(20_000, temperature)
    assert fit_temperature(bits, y) == pytest.approx(temperature, rel=0.05)


def drawn(n, temperature, growth=0.0, lapse=0.0, n_classes=3, seed=0):
    """Bits, labels drawn at a known calibration, and lengths with the geometric mean 500."""
    rng = np.random.default_rng(seed)
    lengths = np.round(500 * np.exp(rng.uniform(-2, 2, n)))
    each = temperature * (lengths / mean_length(lengths)) ** growth
    bits = rng.normal(0, 3, (n, n_classes)) * each[:, None]
    shares = probabilities(bits, temperature=each, lapse=lapse)
    y = (shares.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return bits, np.minimum(y, n_classes - 1), lengths


def test_the_most_probable_temperature_by_hand():
    """One document of two classes, 1 nat apart: T is a root of ln T = s / (T (1 + s)), s below."""
    bits = np.array([[0.0, 1 / np.log(2)]])

    def slope(temperature):  # of ln(1 + e^(-1/T)) + (ln T)²/2 by ln T
        return np.exp(-1 / temperature) / (1 + np.exp(-1 / temperature)) / temperature + np.log(
            temperature
        )

    found = fit_temperature(bits, np.array([0]), centre=1.0)
    assert slope(found) == pytest.approx(0, abs=1e-5)
    assert 0.5 < found < 1


@pytest.mark.parametrize("centre", [0.01, 20.0, 5000.0])
def test_temperature_is_the_minimum(centre):
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, 30)
    bits = rng.normal(100, 20, (30, 4)) - 15 * np.eye(4)[y]
    found = fit_temperature(bits, y, centre=centre)

    def cost(temperature):
        loss = 30 * np.log(2) * label_bits(bits, y, temperature=temperature)
        return loss + np.log(temperature / centre) ** 2 / 2

    assert cost(found) <= min(cost(t) for t in np.geomspace(*RANGE, 2000)) + 1e-6


@pytest.mark.parametrize("centre", [0.5, 20.0, 700.0])
def test_where_nothing_is_known_the_temperature_is_the_expected_one(centre):
    """A cost that is flat, all bits equal or one class, leaves the centre."""
    y = np.array([0, 1, 0])
    assert fit_temperature(np.ones((3, 2)), y, centre=centre) == pytest.approx(centre, rel=1e-4)
    assert fit_temperature(np.ones((3, 1)), y * 0, centre=centre) == pytest.approx(centre, rel=1e-4)
    nothing = np.full((3, 2), np.nan)
    assert fit_temperature(nothing, y, centre=centre) == pytest.approx(centre, rel=1e-4)
    assert fit_temperature(nothing[:0], y[:0], centre=centre) == pytest.approx(centre, rel=1e-4)


def test_rows_of_nan_are_passed_over():
    bits = np.array([[0.0, 9.0], [9.0, 0.0], [0.0, 9.0], [np.nan, np.nan]])
    y, lengths = np.array([0, 1, 1, 0]), np.array([10, 20, 30, 20])
    assert fit_temperature(bits, y) == fit_temperature(bits[:3], y[:3])
    found = fit_calibration(bits, y, lengths)
    assert found == fit_calibration(bits, y, lengths)
    bits[3] = [0.0, np.nan]
    assert found == fit_calibration(bits, y, lengths)


def test_a_handful_of_documents_does_not_drive_the_temperature_to_its_bounds():
    sure = np.array([[0.0, 90.0], [90.0, 0.0]])
    assert 2 < fit_temperature(sure, np.array([0, 1]), centre=20) < 20
    assert 20 < fit_temperature(sure, np.array([1, 0]), centre=20) < 200
    many = np.tile(sure, (5000, 1))
    assert RANGE[0] <= fit_temperature(many, np.tile([0, 1], 5000)) < 15
    assert fit_temperature(many, np.tile([1, 0], 5000)) == pytest.approx(RANGE[1], rel=1e-3)


def test_classes_that_cannot_be_have_no_part():
    bits, y, lengths = drawn(50, 10.0)
    wide = np.hstack([bits[:, :1], np.full((50, 1), -1e9), bits[:, 1:]])
    moved = np.array([0, 2, 3])[y]
    prior = [1 / 3, 0, 1 / 3, 1 / 3]
    assert fit_temperature(wide, moved, prior=prior) == pytest.approx(fit_temperature(bits, y))
    found = fit_calibration(wide, moved, lengths, prior=prior)
    assert astuple(found) == pytest.approx(astuple(fit_calibration(bits, y, lengths)))
    # Labels that the prior rules out tell nothing.
    assert fit_temperature(wide, np.ones(50, int), prior=prior, centre=7) == pytest.approx(7)


# Temperature, growth and lapse.


@pytest.mark.parametrize("growth", [0.2, 1.0])
@pytest.mark.parametrize("lapse", [0.002, 0.1])
def test_calibration_of_labels_drawn_at_it(growth, lapse):
    bits, y, lengths = drawn(20_000, 15.0, growth, lapse)
    found = fit_calibration(bits, y, lengths)
    assert found.temperature == pytest.approx(15, rel=0.1)
    assert found.growth == pytest.approx(growth, abs=0.05)
    assert found.lapse == pytest.approx(lapse, rel=0.2, abs=0.003)
    assert found.length == pytest.approx(mean_length(lengths))


def penalised(calibration, bits, y, lengths, centre):
    """The cost that the module docstring states."""
    own = calibration.probabilities(bits, lengths)[np.arange(len(y)), y]
    return (
        -np.log(own).sum()
        + np.log(calibration.temperature / centre) ** 2 / 2
        + ((calibration.growth - GROWTH) / SPREADS[1]) ** 2 / 2
        + (logit(calibration.lapse) - logit(LAPSE)) ** 2 / 2
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [2, 8, 60])
def test_calibration_is_the_minimum(n, seed):
    """None of a grid's points, and none nearby, is better."""
    rng = np.random.default_rng(seed)
    bits, y, lengths = drawn(n, 10 ** rng.uniform(-1, 3), rng.uniform(0, 1.2), 0.05, seed=seed)
    if seed % 2:
        y = bits.argmin(axis=1) if seed % 3 else bits.argmax(axis=1)
    found = fit_calibration(bits, y, lengths, centre=30.0)
    least = penalised(found, bits, y, lengths, 30.0)
    for temperature in np.geomspace(1e-2, 9e3, 25):
        for growth in (0.0, 0.3, 0.6, 0.9, 1.2):
            for lapse in expit(logit(LAPSE) + np.arange(-2.0, 4.0)):
                tried = Calibration(temperature, growth, found.length, float(lapse))
                assert least <= penalised(tried, bits, y, lengths, 30.0) + 1e-6
    for step in rng.normal(0, 0.02, (50, 3)):
        tried = Calibration(
            found.temperature * np.exp(step[0]),
            np.clip(found.growth + step[1], 0, MOST_GROWTH),
            found.length,
            float(expit(logit(found.lapse) + step[2])),
        )
        assert least <= penalised(tried, bits, y, lengths, 30.0) + 1e-6


def test_where_nothing_is_known_the_calibration_is_the_expected_one():
    for bits, y in (
        (np.ones((3, 2)), np.array([0, 1, 0])),
        (np.zeros((2, 1)), np.array([0, 0])),
        (np.full((2, 3), np.nan), np.array([0, 2])),
        (np.zeros((0, 2)), np.zeros(0, int)),
    ):
        found = fit_calibration(bits, y, np.full(len(y), 50), centre=7.0)
        assert found.temperature == pytest.approx(7)
        assert (found.growth, found.lapse) == pytest.approx((GROWTH, LAPSE))
        assert found.length == pytest.approx(50 if len(y) else 1000)


def test_documents_of_one_length_tell_nothing_of_the_growth():
    bits, y, _ = drawn(500, 10.0)
    found = fit_calibration(bits, y, np.full(500, 64))
    assert found.growth == pytest.approx(GROWTH)
    assert found.temperatures([64]) == pytest.approx(found.temperature)
    assert found.temperature == pytest.approx(10, rel=0.2)


def test_labels_by_lot_make_nobody_sure():
    rng = np.random.default_rng(2)
    bits, y, lengths = rng.normal(0, 50, (200, 4)), rng.integers(0, 4, 200), np.full(200, 100)
    shares = fit_calibration(bits, y, lengths).probabilities(bits, lengths)
    assert shares.max() < 0.5
    own = shares[np.arange(200), y]
    assert -np.log(own).mean() < np.log(4) + 0.02


def test_bits_without_an_end_are_borne():
    bits = np.array([[0.0, np.inf], [5.0, 0.0], [1e300, 0.0]])
    found = fit_calibration(bits, np.array([0, 0, 1]), np.array([10, 10, 10]))
    assert np.isfinite([found.temperature, found.growth, found.lapse]).all()


def test_weights_are_repetitions():
    rng = np.random.default_rng(3)
    y, lengths = rng.integers(0, 2, 40), rng.integers(50, 500, 40)
    bits = rng.normal(0, 20, (40, 2)) + 30 * np.eye(2)[1 - y]
    weights = rng.integers(1, 4, 40)
    rows = np.repeat(np.arange(40), weights)
    weighted = fit_calibration(bits, y, lengths, weights=weights.astype(float))
    repeated = fit_calibration(bits[rows], y[rows], lengths[rows])
    at = [100, 300]
    # the mean length, where the growth begins, is that of the documents: compare temperatures
    assert weighted.temperatures(at) == pytest.approx(repeated.temperatures(at), rel=0.05)
    assert weighted.lapse == pytest.approx(repeated.lapse, rel=0.05)
