import numpy as np
import pytest

from compressclf.models.blocks.counts import evidence_of
from compressclf.models.blocks.features import N_KINDS
from compressclf.models.blocks.state import Counted, Weighting, index
from compressclf.models.blocks.table import SHARDS
from compressclf.models.blocks.tally import Tally
from tests.models.blocks.corpora import awkward, corpus, topics
from tests.texts import labelled_texts

LENGTHS = np.array([3, 5], np.int64)
WEIGHTINGS = (Weighting(1.0, 0.5, 1.0, 0.05), Weighting(0.5, 0.0, 0.3, 0.0))


def learned_of(docs, y, n_classes, weighting):
    return Counted.of(index(docs, y, n_classes, tuple(LENGTHS), 2), weighting).learned()


def tally_of(docs, y, n_classes, weighting, *, step, memory=10**8, kept=(), n_jobs=1):
    reference = float(docs.lengths.mean())
    tally = Tally(weighting, reference, LENGTHS, 2, n_classes, memory=memory, kept=kept)
    for begin in range(0, len(docs), step):
        tally.add(docs[begin : begin + step], y[begin : begin + step], n_jobs=n_jobs)
    return tally


@pytest.fixture(scope="module")
def many():
    """Texts of three classes, most of whose features are rare."""
    texts, labels = labelled_texts(400, seed=3, n_words=8)
    rng = np.random.default_rng(1)
    texts = [f"{text} {rng.integers(10**15)} {rng.integers(10**15)}" for text in texts]
    return corpus(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64), 3


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("step", [1, 5, 100])
@pytest.mark.parametrize("documents", [topics, awkward])
def test_counts_of_batches_equal_counts_of_all_documents(documents, step, weighting):
    docs, y, n_classes = documents()
    docs = corpus(docs)
    expected = learned_of(docs, y, n_classes, weighting)
    tally = tally_of(docs, y, n_classes, weighting, step=step)
    assert not tally.n_pruned.any()
    assert tally.too_low == tally.lost_bits() == 0.0
    np.testing.assert_allclose(tally.totals, expected.counts.totals, rtol=1e-6)
    rows = [tally.rows_of(shard, expected.hashes) for shard in range(SHARDS)]
    np.testing.assert_array_equal(np.max(rows, axis=0), np.arange(len(expected.hashes)))
    hashes, kinds, counts = tally.counts()
    for ours, theirs in zip(
        (hashes, kinds, *counts), (expected.hashes, expected.kinds, *expected.counts), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_threads_change_nothing(many):
    first, second = (tally_of(*many, WEIGHTINGS[0], step=90, n_jobs=n).counts() for n in (1, 4))
    for ours, theirs in zip((*first[:2], *first[2]), (*second[:2], *second[2]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_pruning_keeps_its_limit_and_its_bound(many, weighting):
    memory = 700_000
    docs, y, n_classes = many
    tally = tally_of(docs, y, n_classes, weighting, step=20, memory=memory)
    assert sum(chains.nbytes() for chains in tally._shards) <= memory
    too_low, lost, n_pruned = tally.too_low, tally.lost_bits(), tally.n_pruned
    assert too_low > 0
    assert lost > 0
    assert n_pruned.sum() > 0
    exact = learned_of(docs, y, n_classes, weighting)
    np.testing.assert_allclose(tally.totals, exact.counts.totals, rtol=1e-5)
    hashes, kinds, counts = tally.counts()
    assert len(hashes) < len(exact.hashes)
    dense = [
        dense_of(h, c.starts, c.classes, c.values, n_classes)
        for h, c in ((hashes, counts), (exact.hashes, exact.counts))
    ]
    scale = np.ones(N_KINDS, np.float32)
    bits = [
        dense_of(
            h,
            c.starts,
            c.classes,
            evidence_of(c, k, weighting.add, weighting.own, scale),
            n_classes,
        )
        for h, k, c in ((hashes, kinds, counts), (exact.hashes, exact.kinds, exact.counts))
    ]
    zeros = np.zeros(n_classes)
    for feature, count in dense[1].items():
        missing = count - dense[0].get(feature, zeros)
        assert missing.min() > -1e-4
        assert missing.sum() < too_low + 1e-4
        assert np.abs(bits[1][feature] - bits[0].get(feature, zeros)).max() < lost + 1e-4


def dense_of(hashes, starts, classes, values, n_classes):
    found = {}
    for row, feature in enumerate(hashes.tolist()):
        found[feature] = np.zeros(n_classes)
        entries = slice(starts[row], starts[row + 1])
        found[feature][classes[entries]] = values[entries]
    return found


def test_kept_features_are_never_pruned(many):
    docs, y, n_classes = many
    read = index(docs[:50], y[:50], n_classes, tuple(LENGTHS), 2)
    kept = list(zip(read.hashes, read.kinds, strict=True))
    tally = tally_of(docs, y, n_classes, WEIGHTINGS[0], step=20, memory=900_000, kept=kept)
    assert tally.n_pruned.any()
    for shard, hashes in enumerate(read.hashes):
        assert (tally.rows_of(shard, hashes) >= 0).all()
    assert (np.diff(tally.counts()[2].starts) > 0).all()


def test_too_little_memory_is_refused(many):
    with pytest.raises(ValueError, match=r"0 MB are too little for the counts .* allow more"):
        tally_of(*many, WEIGHTINGS[0], step=400, memory=400_000)
