import numpy as np
import pytest

from compressclf.models.images.pixeltree.trees import grow, probabilities_of, quantised_log_odds
from tests.models.images.pixeltree.reference import probability_of_one, shape_of

DEPTH, LABEL_BITS = 5, 3


def drawn(n, seed):
    """Contexts, classes and bits; a bit is mostly the parity of two bits of its context."""
    rng = np.random.default_rng(seed)
    contexts = rng.integers(0, 1 << DEPTH, n)
    labels = rng.integers(0, 3, n)
    bits = ((contexts >> 4) ^ (contexts >> 2) & (labels > 0)) & 1 ^ (rng.random(n) < 0.1)
    return contexts, labels, bits.astype(int)


def as_samples(contexts, labels, bits):
    samples = contexts << LABEL_BITS | labels << 1 | bits
    return np.sort(samples.astype(np.uint64))


def leaf_of(forest, context, root=0):
    below, depth = forest.child[root], DEPTH
    while below >= 0:
        depth -= 1
        below = forest.child[below + (context >> depth & 1)]
    return -1 - below


def unpacked(context):
    return [int(bit) for bit in format(context, f"0{DEPTH}b")]


@pytest.mark.parametrize(("n", "least", "alpha"), [(0, 2, 0.5), (1, 2, 0.5), (300, 4, 0.3)])
def test_probabilities_are_those_of_the_recursive_definition(n, least, alpha):
    contexts, labels, bits = drawn(n, seed=n)
    samples = as_samples(contexts, labels, bits)
    forest = grow(samples, 1, DEPTH, LABEL_BITS, least)
    found = probabilities_of(samples, forest, 4, LABEL_BITS, alpha)
    assert found.shape == (forest.n_leaves, 4)
    every = [(unpacked(c), b) for c, b in zip(contexts, bits, strict=True)]
    shape = shape_of(every, DEPTH, least)
    for label in range(4):  # the last one has no samples
        own = [sample for sample, c in zip(every, labels, strict=True) if c == label]
        for context in range(1 << DEPTH):
            expected = probability_of_one(shape, own, unpacked(context), alpha)
            leaf = leaf_of(forest, context)
            assert found[leaf, label] == pytest.approx(expected, rel=1e-9)


def test_by_hand():
    """Two samples 0 -> 0, two samples 1 -> 1, alpha 1/2, one split.

    P_e(root) = (1/2 · 3/4 of zeros and ones: 3/8 · 3/8 · 2!·2!/4! · ...) = 9/384 = 3/128; each
    child has 3/8. P_w = 1/2 · 3/128 + 1/2 · 9/64 = 21/256. After context 1 the root says 1/2 with
    the share (3/256) / (21/256) = 1/7, the child 5/6 with 6/7.
    """
    samples = np.array([0b00, 0b00, 0b11, 0b11], np.uint64) << np.uint64(0)
    samples = np.array([(c << 1 | b) for c, b in [(0, 0), (0, 0), (1, 1), (1, 1)]], np.uint64)
    forest = grow(samples, 1, 1, 1, 2)
    found = probabilities_of(samples, forest, 1, 1, 0.5)
    assert forest.child.tolist() == [1, -1, -2]
    assert found[1, 0] == pytest.approx(1 / 7 * 1 / 2 + 6 / 7 * 5 / 6, rel=1e-12)
    assert found[0, 0] == pytest.approx(1 / 7 * 1 / 2 + 6 / 7 * 1 / 6, rel=1e-12)


def test_roots_have_samples_of_their_own():
    contexts, labels, bits = drawn(200, seed=3)
    one = as_samples(contexts, labels, bits)
    above = np.uint64(DEPTH + LABEL_BITS)
    both = np.concatenate([one, one[:50] | np.uint64(2) << above])
    forest = grow(both, 4, DEPTH, LABEL_BITS, 4)
    found = probabilities_of(both, forest, 3, LABEL_BITS, 0.3)
    alone = grow(one, 1, DEPTH, LABEL_BITS, 4)
    expected = probabilities_of(one, alone, 3, LABEL_BITS, 0.3)
    for context in range(1 << DEPTH):
        assert np.array_equal(found[leaf_of(forest, context)], expected[leaf_of(alone, context)])
        assert (found[leaf_of(forest, context, root=1)] == 0.5).all()


def test_steps_are_symmetric():
    p = np.array([0.01, 0.2, 0.49])
    assert (quantised_log_odds(p).astype(int) + quantised_log_odds(1 - p)).tolist() == [255] * 3
    assert np.isin(quantised_log_odds(np.array([0.0 + 1e-300, 1 - 1e-16])), [0, 255]).all()
