import numpy as np
import pytest

from compressclf.models.blocks.features import N_KINDS, PAIR, WORD
from compressclf.models.blocks.settings import (
    WEIGHTINGS,
    best_of,
    choose,
    decided,
    lengths_for,
    lengths_to_try,
    scale_of,
)
from compressclf.models.blocks.state import index
from tests.models.blocks import reference
from tests.models.blocks.corpora import corpus, topics

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("lengths", "words", "expected"),
    [
        ((4, 6), 2, {4: 1 / 4, 6: 1 / 6, WORD: 1, PAIR: 1}),
        ((1,), 1, {1: 1, WORD: 1}),
        ((8,), 0, {8: 1 / 8}),
        ((), 2, {WORD: 1, PAIR: 1}),
    ],
)
def test_scale_is_the_mean_over_the_ways_to_cut(lengths, words, expected):
    assert scale_of(lengths, words).tolist() == [expected.get(kind, 0) for kind in range(N_KINDS)]


def test_weightings_differ():
    assert len(set(WEIGHTINGS)) == len(WEIGHTINGS)


def test_decided_takes_the_highest_score_alone():
    scores = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [np.nan, 1.0], [5 + 1e-6, 5.0]])
    assert decided(scores, np.array([0, 0, 0, 0, 0])).tolist() == [True] + [False] * 4
    assert decided(np.zeros((2, 1)), np.array([0, 0])).tolist() == [True, True]
    assert decided(np.zeros((0, 2)), np.zeros(0, np.int64)).tolist() == []


@pytest.mark.parametrize("seed", range(20))
def test_best_of_is_that_of_the_oracle(seed):
    rng = np.random.default_rng(seed)
    tried = [(name, rng.random(12) < 0.3 + 0.1 * name) for name in range(5)]
    expected = reference.best_of([(name, right.tolist()) for name, right in tried])
    assert best_of(iter(tried)) == expected


def test_a_gain_of_one_standard_error_is_not_enough():
    none, one, four = (np.arange(9) < n for n in (0, 1, 4))
    assert best_of([("a", none), ("b", one)]) == "a"  # 1 - 0 is not more than sqrt 1
    assert best_of([("a", none), ("b", four)]) == "b"
    assert best_of([("a", one), ("b", four), ("c", four)]) == "b"
    with pytest.raises(ValueError, match="There must be at least one setting"):
        best_of([])


def phrases():
    """Classes told apart by letters in a row, not by words; every document is long or short."""
    rng = np.random.default_rng(3)
    docs, y = [], []
    for n in range(36):
        label = n % 3
        start = "abc"[label] + "xyz"[label]
        tokens = [start + "".join(rng.choice(list("klmnop"), 3)) for _ in range(2 + 10 * (n % 2))]
        noise = ["".join(rng.choice(list("klmnop"), 5)) for _ in range(6)]
        docs.append(" ".join(rng.permutation(tokens + noise)).encode())
        y.append(label)
    return docs, np.array(y), 3


@pytest.mark.parametrize("data", [phrases, lambda: topics(30, seed=4)], ids=["phrases", "topics"])
def test_the_choice_is_that_of_the_oracle(data):
    docs, y, n_classes = data()
    lengths = [(6,), (2, 3), (4,)]
    tried = []
    for weighting in WEIGHTINGS:
        oracle = reference.Oracle(
            docs, y, n_classes, lengths=(2, 3, 4, 6), words=1, damping=weighting.damping,
            shorten=weighting.shorten, add=weighting.add, own=weighting.own,
        )  # fmt: skip
        held_out = oracle.held_out_by_kind()
        for chosen in lengths:
            evidence = [np.sum([row[kind] for kind in (*chosen, WORD)], axis=0) for row in held_out]
            tried.append(((weighting, chosen), reference.right(evidence, y)))
    read = index(corpus(docs), y, n_classes, (2, 3, 4, 6), 1, n_jobs=1)
    chosen = choose(read, WEIGHTINGS, lengths, n_jobs=1)
    assert chosen == reference.best_of(tried)
    if data is phrases:
        assert chosen[1] != lengths[0]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], (2, 3, 4)),
        ([""], (2, 3, 4)),
        (["a" * 100, "b" * 100], (2, 3, 4)),
        (["a" * 100, "b" * 101], (3, 4, 5, 6)),
        (["a" * 500], (3, 4, 5, 6)),
        (["a" * 10, "b" * 9_000], (4, 6)),
        (["чай" * 33], (2, 3, 4)),  # 99 characters of two bytes
        (["чай" * 34], (3, 4, 5, 6)),
        (["ชา" * 250], (3, 4, 5, 6)),  # 500 characters of three bytes
        (["ชา" * 251], (4, 6)),
        (["茶"], (1, 2)),
        (["奶茶" * 900, "お茶", "밀크티"], (1, 2)),
        (["tea茶茶茶"], (2, 3, 4)),  # no more than half
        (["tea茶茶茶茶"], (1, 2)),
        ([b"\xe8" * 600], (4, 6)),  # no lead bytes
    ],
)
def test_lengths_follow_from_script_and_mean_number_of_characters(texts, expected):
    docs = corpus([b"before" * 900, *texts, "后" * 900])[1:-1]
    assert lengths_for(docs) == expected
    assert ((1, 2) in lengths_to_try(docs)) == (expected == (1, 2))
