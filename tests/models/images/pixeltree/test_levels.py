import numpy as np
import pytest

from compressclf.documents.pixels import quantised
from compressclf.models.images.pixeltree.levels import Quantiser, learnt_thresholds, quantiser_of


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("top", [0, 1, 16, 100, 255])
def test_thresholds_rise_and_a_grey_has_its_own_level(bits, top):
    histogram = np.zeros(256, np.int64)
    histogram[: top + 1] = np.arange(top + 1) ** 2 % 7
    histogram[top] = 1
    learnt = Quantiser(*learnt_thresholds(histogram, bits))
    for quantiser in (learnt, quantiser_of(np.array([top], np.uint8), bits, learnt=False)):
        assert (np.diff(quantiser.thresholds.astype(int), prepend=0) >= 1).all()
        assert len(quantiser.thresholds) == (1 << bits) - 1
        assert quantiser.levels(quantiser.greys).tolist() == list(range(1 << bits))
        values = np.arange(256, dtype=np.uint8)
        again = quantiser.restored(quantiser.levels(values))
        assert np.array_equal(quantiser.levels(again), quantiser.levels(values))
        if 1 << bits > top:
            assert np.array_equal(again[: top + 1], values[: top + 1])


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("top", range(1, 256, 3))
def test_equal_parts_are_those_of_layouts_and_preprocessing(bits, top):
    values = np.arange(top + 1, dtype=np.uint8)
    levels = quantiser_of(values, bits, learnt=False).levels(values)
    assert np.array_equal(levels, quantised(values, 1 << bits, top))
    if 1 << bits <= top:
        assert np.array_equal(levels, np.arange(top + 1) * (1 << bits) // (top + 1))


def test_learnt_levels_have_a_smaller_error_than_those_of_equal_width():
    values = np.repeat(np.array([0, 5, 200, 220, 255], np.uint8), [50, 20, 5, 9, 7])
    histogram = np.bincount(values, minlength=256)
    errors = []
    for quantiser in (Quantiser(*learnt_thresholds(histogram, 2)), Quantiser([64, 128, 192])):
        again = quantiser.restored(quantiser.levels(values)).astype(int)
        errors.append(int(((again - values) ** 2).sum()))
    assert errors[0] < errors[1] / 5
