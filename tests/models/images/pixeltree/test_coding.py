import numpy as np
import pytest

from compressclf.models.images.pixeltree.coding import cost_table, frequency_table


@pytest.mark.parametrize("n_trees", range(1, 9))
def test_frequencies_do_not_depend_on_the_last_bit_of_exp(n_trees):
    """No exact value is nearer to a half than 10,000 times what processors differ by."""
    log_odds = (np.arange(n_trees * 255 + 1) / (n_trees * 255) * 2 - 1) * 10
    exact = 65536 / (1 + np.exp(-log_odds))
    # The middle of an even number of steps is 32,768, far from a half.
    assert (abs(exact % 1 - 0.5) > 1e-7).all()
    table = frequency_table(n_trees)
    assert len(table) == n_trees * 255 + 1
    assert (table + table[::-1] == 65536).all()
    assert table[0] == 3


def test_costs_are_those_of_the_frequencies():
    table = frequency_table(2)
    costs = cost_table(table)
    assert np.exp2(-costs).sum(axis=0) == pytest.approx(1, rel=1e-12)
    assert costs[1, 0] == pytest.approx(16 - np.log2(3), rel=1e-12)
