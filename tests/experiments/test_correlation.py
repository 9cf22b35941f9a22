import math

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from compressclf.experiments.correlation import spearman, spearman_interval

pytestmark = pytest.mark.slow


def test_rank_correlation_is_scipys_with_ties_too():
    generator = np.random.default_rng(0)
    for _ in range(20):
        x, y = generator.integers(0, 6, (2, 15))
        assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert math.isnan(spearman([1, 1, 1], [1, 2, 3]))


def test_families_make_the_interval_wider():
    generator = np.random.default_rng(1)
    centres = generator.normal(size=8)
    x = np.repeat(centres, 10) + 0.01 * generator.normal(size=80)
    y = np.repeat(centres + generator.normal(size=8), 10) + 0.01 * generator.normal(size=80)
    families = np.repeat(np.arange(8), 10).tolist()
    each, together = spearman_interval(x, y), spearman_interval(x, y, families)
    assert each.value == together.value == spearman(x, y)
    assert together.high - together.low > 2 * (each.high - each.low)
    assert spearman_interval(x, y, families, random_state=0) == together
    assert spearman_interval(x, y, families, random_state=1) != together


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(2)
    covered = []
    for seed in range(100):
        x, y = generator.normal(size=(2, 30))
        found = spearman_interval(x, y, n_resamples=200, random_state=seed)
        covered.append(found.low <= 0 <= found.high)
    assert 85 <= sum(covered) <= 100


def test_what_a_third_explains_is_taken_off():
    generator = np.random.default_rng(1)
    z = generator.standard_normal(200)
    x, y = z + 0.3 * generator.standard_normal((2, 200))
    assert spearman(x, y) > 0.8
    found = spearman_interval(x, y, given=z, n_resamples=200)
    ranks = np.corrcoef([rankdata(one) for one in (x, y, z)])
    (_, xy, xz), (_, _, yz), _ = ranks
    by_hand = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert found.value == pytest.approx(by_hand)
    assert found.low < found.value < found.high < 0.3
    assert math.isnan(spearman(z, y, given=10 * z))


def test_families_of_one_are_none():
    generator = np.random.default_rng(3)
    x, y = generator.normal(size=(2, 12))
    assert spearman_interval(x, y, list("abcdefghijkl")) == spearman_interval(x, y)


@pytest.mark.parametrize(
    ("x", "y", "families", "message"),
    [
        ([1, 2, 3], [1, 2], None, "Got 3 and 2 numbers of 3"),
        ([1, 2, 3], [1, 2, 3], ["a", "b"], "Got 3 and 3 numbers of 2"),
        ([1, 2, 3], [1, 2, 3], ["a", "a", "b"], "three families or more. Got 2"),
        ([1, 1, 1], [1, 2, 3], None, "One of the two does not vary"),
    ],
)
def test_what_cannot_be_told_is_refused(x, y, families, message):
    with pytest.raises(ValueError, match=message):
        spearman_interval(x, y, families)
