import numpy as np
import pytest

from compressclf.models.blocks import Blocks
from compressclf.models.blocks.batches import scattered
from compressclf.models.blocks.rowbits import Correction
from tests.models.blocks.corpora import corpus, topics
from tests.texts import labelled_texts

MUCH = 10**9


def fitted(blocks, docs, y, n_classes, *, step, memory=MUCH, sample=None, n_jobs=1):
    rows = np.arange(len(docs)) if sample is None else sample
    batches = [(docs[i : i + step], y[i : i + step]) for i in range(0, len(docs), step)]
    mean = float(docs.lengths.mean())
    options = {"mean_length": mean, "memory": memory, "n_jobs": n_jobs}
    return blocks.fit_batches(docs.take(rows), y[rows], n_classes, batches, **options)


@pytest.mark.parametrize(
    "blocks",
    [Blocks(), Blocks(correct=None), Blocks("none", words=1), Blocks("4", damping=0.5, own=0)],
    ids=lambda blocks: blocks.spec,
)
@pytest.mark.parametrize("step", [5, 24])
def test_a_sample_of_all_documents_gives_the_model_of_fit(blocks, step):
    docs, y, n_classes = topics()
    docs = corpus(docs)
    expected, bits = blocks.fit_held_out(docs, y, n_classes)
    model, held, pruned = fitted(blocks, docs, y, n_classes, step=step)
    assert model.model == expected.model
    assert pruned is None
    np.testing.assert_array_equal(held, bits)
    new = corpus(topics(seed=5)[0])
    np.testing.assert_array_equal(model.codelengths(new), expected.codelengths(new))


def test_held_out_bits_of_a_sample_are_those_under_the_counts_of_all_documents():
    docs, y, n_classes = topics(n=60)
    docs = corpus(docs)
    blocks = Blocks("4", damping=1, shorten=0, add=1, own=0.1, correct=None)
    sample = np.arange(0, 60, 4)
    _, held, _ = fitted(blocks, docs, y, n_classes, step=7, sample=sample)
    _, every = blocks.fit_held_out(docs, y, n_classes)
    np.testing.assert_allclose(held, every[sample], rtol=1e-5, atol=1e-4)


def test_a_small_sample_counts_all_documents():
    texts, labels = labelled_texts(300, seed=1, n_words=5)
    docs, y = corpus(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64)
    model, held, _ = fitted(Blocks(), docs, y, 3, step=50, sample=np.arange(40))
    assert held.shape == (40, 3)
    alone = Blocks().fit(docs[:40], y[:40], 3)
    n_features = [len(each.evidence().hashes) for each in (model, alone)]
    assert n_features[0] > 2 * n_features[1]
    new, truth = labelled_texts(200, seed=9, n_words=5)
    truth = np.unique(truth, return_inverse=True)[1]
    right = [
        (each.codelengths(corpus(new)).argmin(axis=1) == truth).mean() for each in (model, alone)
    ]
    assert right[0] >= right[1]


def test_what_is_pruned_is_reported_and_the_model_can_be_saved():
    rng = np.random.default_rng(0)
    texts, labels = labelled_texts(400, seed=1, n_words=5)
    texts = [f"{text} {rng.integers(10**15)} {rng.integers(10**15)}" for text in texts]
    docs, y = corpus(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64)
    blocks = Blocks("3+5")
    model, _, pruned = fitted(
        blocks, docs, y, 3, step=20, sample=np.arange(0, 400, 8), memory=1_600_000
    )
    assert pruned.n_features > 1000
    assert 0 < pruned.share < 1
    assert pruned.too_low > 0.5
    assert 0.5 < pruned.bits < 10
    again = model.model.restore(model.arrays(), 3)
    np.testing.assert_array_equal(again.codelengths(docs), model.codelengths(docs))


def test_batches_that_changed_are_refused():
    docs, y, n_classes = topics()
    docs = corpus(docs)
    with pytest.raises(ValueError, match="batches differ from those that were read before"):
        Blocks().fit_batches(docs, y, n_classes, [(docs[:3], y[:3])], mean_length=50.0, memory=MUCH)


def test_corrections_are_scattered_to_the_rows_of_a_larger_table():
    shards = [
        Correction(np.array([0, 2, 2]), np.array([0, 1], np.int32), np.array([1, 2], np.float32)),
        Correction(np.array([0, 1]), np.array([2], np.int32), np.array([3], np.float32)),
    ]
    dense = scattered(shards, np.array([4, 0, 1]), 6).dense(np.arange(6), 3)
    expected = np.zeros((6, 3))
    expected[4, :2], expected[1, 2] = (1, 2), 3
    np.testing.assert_array_equal(dense, expected)
