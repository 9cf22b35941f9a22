import numpy as np
import pytest

from compressclf.models.blocks.counts import (
    base_of,
    count,
    counts_of,
    evidence_of,
    postings_of,
)
from compressclf.models.blocks.features import N_KINDS, WORD
from compressclf.models.blocks.table import Rows

TEA, MILK = 0, 1
KINDS = np.array([WORD, WORD], np.int8)
ONCE = np.array([0.0] + [1.0] * 255, np.float32)
EACH = np.arange(256, dtype=np.float32)
WORDS_ALONE = np.eye(N_KINDS, dtype=np.float32)[WORD]


def tea_and_milk(damped=ONCE, weights=(1, 1)):
    """The documents "tea tea milk" of class 0 and "tea" of class 1."""
    rows = Rows(np.array([0, 2, 3]), np.array([TEA, MILK, TEA], np.int32), np.uint8([2, 1, 1]))
    postings = postings_of([rows], 2)
    y = np.array([0, 1], np.int64)
    return postings, count(postings, KINDS, y, np.float32(weights), damped, 2)


def test_rows_with_documents():
    postings, _ = tea_and_milk()
    assert postings.starts.tolist() == [0, 2, 3]
    assert postings.docs.tolist() == [0, 1, 0]
    assert postings.counts.tolist() == [2, 1, 1]


def test_parts_follow_one_another():
    parts = [
        Rows(np.array([0, 2]), np.array([TEA, MILK], np.int32), np.uint8([2, 1])),
        Rows(np.array([0, 0, 1]), np.array([TEA], np.int32), np.uint8([9])),
    ]
    postings = postings_of(parts, 3)
    assert postings.starts.tolist() == [0, 2, 3, 3]
    assert postings.docs.tolist() == [0, 2, 0]
    assert postings.counts.tolist() == [2, 9, 1]


@pytest.mark.parametrize(
    ("damped", "weights", "values", "totals"),
    [
        (ONCE, (1, 1), [1, 1, 1], [2, 1]),
        (EACH, (1, 1), [2, 1, 1], [3, 1]),
        (EACH, (0.5, 3), [1, 3, 0.5], [1.5, 3]),
    ],
    ids=["once", "each", "weighted"],
)
def test_class_counts_by_hand(damped, weights, values, totals):
    _, counts = tea_and_milk(damped, weights)
    assert counts.starts.tolist() == [0, 2, 3]
    assert counts.classes.tolist() == [0, 1, 0]
    assert counts.values.tolist() == values
    assert counts.pool.tolist() == [values[0] + values[1], values[2]]
    assert counts.totals[WORD].tolist() == totals
    assert counts.totals.sum() == sum(totals)


def test_evidence_by_hand():
    """Milk: class 1 alone has none of it, all together have one of three counts."""
    _, counts = tea_and_milk()
    evidence = evidence_of(counts, KINDS, 1.0, 0.0, WORDS_ALONE)
    # tea: log2 (2 + 1) - log2 (2 - 1 + 1) for both; milk: log2 (1 + 1) - log2 (1 - 1 + 1)
    assert evidence == pytest.approx([np.log2(1.5), np.log2(1.5), 1.0])
    base = base_of(counts.totals, np.bincount(KINDS, minlength=N_KINDS), 1.0, 0.0)[WORD]
    # log2 (3 - 2 + 2) - log2 (3 + 2), log2 (3 - 1 + 2) - log2 (3 + 2)
    assert base == pytest.approx(np.log2([3 / 5, 4 / 5]))


def test_own_evidence_by_hand():
    """The prior of class 0 is PRIOR · 3/2 = 0.15 counts: 0.1 of tea and 0.05 of milk."""
    _, counts = tea_and_milk()
    evidence = evidence_of(counts, KINDS, 1.0, 1.0, WORDS_ALONE)
    base = base_of(counts.totals, np.bincount(KINDS, minlength=N_KINDS), 1.0, 1.0)[WORD]
    saved = np.log2((1 + 0.1) / (2 + 0.15)) - np.log2(2 / 3)
    assert evidence[0] + base[0] == pytest.approx(saved)
    saved = np.log2((1 + 0.05) / (2 + 0.15)) - np.log2(1 / 3)
    assert evidence[2] + base[0] == pytest.approx(saved)
    saved = np.log2((0 + 0.05) / (1 + 0.15)) - np.log2(1 / 3)
    assert base[1] == pytest.approx(saved)


def test_kinds_with_scale_0_have_no_evidence():
    _, counts = tea_and_milk()
    nothing = np.zeros(N_KINDS, np.float32)
    assert evidence_of(counts, KINDS, 1.0, 0.5, nothing).tolist() == [0, 0, 0]


def test_base_of_negative_totals():
    base = base_of(np.array([[-1e-9, 0.0], [-1e-9, 2.0]]), np.array([0, 3]), 0.3, 0.5)
    assert np.isfinite(base).all()
    assert base[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("n_docs", [1, 1000])
def test_sums_are_those_of_count_to_the_last_bit(n_docs):
    rng = np.random.default_rng(0)
    starts = np.arange(n_docs + 1) * 5
    rows = np.sort(rng.integers(0, 40, (n_docs, 5)), axis=1).ravel().astype(np.int32)
    tallies = rng.integers(1, 256, rows.size).astype(np.uint8)
    kinds = rng.integers(1, N_KINDS, 40).astype(np.int8)
    postings = postings_of([Rows(starts, rows, tallies)], 40)
    weights = rng.random(n_docs).astype(np.float32)
    y = rng.integers(0, 7, n_docs)
    counts = count(postings, kinds, y, weights, np.sqrt(EACH), 7)
    again = counts_of(counts.starts, counts.classes, counts.values, kinds, 7)
    for one, two in zip(counts, again, strict=True):
        assert np.array_equal(one, two)
        assert one.dtype == two.dtype
    exact = np.zeros((40, 7))
    np.add.at(exact, (rows, np.repeat(y, 5)), np.repeat(weights, 5) * np.sqrt(EACH)[tallies])
    stored = np.zeros((40, 7))
    stored[np.repeat(np.arange(40), np.diff(counts.starts)), counts.classes] = counts.values
    assert stored == pytest.approx(exact, rel=2**-24)  # summed up in double precision
