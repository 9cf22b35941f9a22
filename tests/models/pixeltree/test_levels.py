import numpy as np
import pytest

from compressclf.models._levels import Quantiser, learnt_thresholds, uniform_thresholds


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("most", [0, 1, 16, 100, 255])
def test_thresholds_rise_and_a_grey_has_its_own_level(bits, most):
    histogram = np.zeros(256, np.int64)
    histogram[: most + 1] = np.arange(most + 1) ** 2 % 7
    histogram[most] = 1
    learnt = Quantiser(*learnt_thresholds(histogram, bits))
    for quantiser in (learnt, Quantiser(uniform_thresholds(most, bits), most=most)):
        assert (np.diff(quantiser.thresholds.astype(int), prepend=0) >= 1).all()
        assert len(quantiser.thresholds) == (1 << bits) - 1
        assert quantiser.levels(quantiser.greys).tolist() == list(range(1 << bits))
        values = np.arange(256, dtype=np.uint8)
        again = quantiser.restored(quantiser.levels(values))
        assert np.array_equal(quantiser.levels(again), quantiser.levels(values))
        if 1 << bits > most:
            assert np.array_equal(again[: most + 1], values[: most + 1])


def test_learnt_levels_have_a_smaller_error_than_those_of_equal_width():
    values = np.repeat(np.array([0, 5, 200, 220, 255], np.uint8), [50, 20, 5, 9, 7])
    histogram = np.bincount(values, minlength=256)
    errors = []
    for quantiser in (Quantiser(*learnt_thresholds(histogram, 2)), Quantiser([64, 128, 192])):
        again = quantiser.restored(quantiser.levels(values)).astype(int)
        errors.append(int(((again - values) ** 2).sum()))
    assert errors[0] < errors[1] / 5
