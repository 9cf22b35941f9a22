import numpy as np
import pytest

from compressclf.models.blocks.features import N_KINDS
from compressclf.models.blocks.settings import scale_of
from compressclf.models.blocks.state import Counted, Weighting, index
from tests.models.blocks.corpora import awkward, corpus, topics
from tests.models.blocks.reference import Oracle

WEIGHTINGS = {
    "damped": Weighting(0.5, 0.5, 1.0, 0.0),
    "raw": Weighting(1.0, 0.0, 0.3, 0.0),
    "mixed": Weighting(0.7, 1.0, 0.05, 0.3),
    "own": Weighting(0.0, 0.3, 2.0, 1.0),
}
CORPORA = {"topics": topics, "awkward": awkward}


def both(docs, y, n_classes, weighting, lengths=(3, 4), words=2, multiples=None):
    read = index(corpus(docs), y, n_classes, lengths, words, multiples=multiples, n_jobs=1)
    counted = Counted.of(read, weighting, n_jobs=1)
    oracle = Oracle(
        docs, y, n_classes, lengths=lengths, words=words, damping=weighting.damping,
        shorten=weighting.shorten, add=weighting.add, own=weighting.own, multiples=multiples,
    )  # fmt: skip
    return counted, oracle


@pytest.mark.parametrize("data", CORPORA)
@pytest.mark.parametrize("weighting", WEIGHTINGS.values(), ids=WEIGHTINGS)
def test_totals_are_those_of_the_oracle(data, weighting):
    docs, y, n_classes = CORPORA[data]()
    counted, oracle = both(docs, y, n_classes, weighting)
    for kind in range(N_KINDS):
        assert counted.totals[kind] == pytest.approx(oracle.totals[kind], rel=1e-5)
        assert counted.n_features[kind] == oracle.n_features[kind]
    assert counted.reference == pytest.approx(oracle.reference)


@pytest.mark.parametrize("data", CORPORA)
@pytest.mark.parametrize("weighting", WEIGHTINGS.values(), ids=WEIGHTINGS)
def test_leave_one_out_equals_refitting(data, weighting):
    docs, y, n_classes = CORPORA[data]()
    counted, oracle = both(docs, y, n_classes, weighting)
    evidence, _ = counted.held_out(scale_of((3, 4), 2), n_jobs=1)
    assert evidence == pytest.approx(np.array(oracle.held_out()), rel=1e-4, abs=2e-3)


def test_leaving_out_a_document_that_was_counted_several_times():
    docs, y, n_classes = topics(12)
    multiples = np.linspace(0, 3, 12)  # the first not at all
    counted, oracle = both(docs, y, n_classes, WEIGHTINGS["mixed"], multiples=multiples)
    oracle.n_features = dict(enumerate(counted.n_features))  # those of the first count too
    evidence, _ = counted.held_out(scale_of((3, 4), 2), n_jobs=1)
    assert evidence == pytest.approx(np.array(oracle.held_out()), rel=1e-4, abs=2e-3)


def test_evidence_of_each_kind():
    docs, y, n_classes = topics(15)
    counted, oracle = both(docs, y, n_classes, WEIGHTINGS["mixed"])
    scale = scale_of((3, 4), 2)
    by_kind, _ = counted.held_out(scale, by_kind=True, n_jobs=1)
    expected = oracle.held_out_by_kind()
    kinds = np.flatnonzero(scale)
    assert by_kind.shape == (15, len(kinds), n_classes)
    for i, kind in enumerate(kinds):
        rows = np.array([row[kind] for row in expected])
        assert by_kind[:, i] == pytest.approx(rows, rel=1e-4, abs=2e-3)
    together, _ = counted.held_out(scale, n_jobs=1)
    assert by_kind.sum(axis=1) == pytest.approx(together, abs=1e-3)


def test_a_sample_in_any_order():
    docs, y, n_classes = topics(15)
    counted, _ = both(docs, y, n_classes, WEIGHTINGS["damped"])
    scale = scale_of((3, 4), 2)
    whole, mass = counted.held_out(scale, n_jobs=1)
    some = np.array([7, 2, 14])
    part, part_of_mass = counted.held_out(scale, sample=some, n_jobs=1)
    assert np.array_equal(part, whole[some])
    assert np.array_equal(part_of_mass, mass[some])


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_do_not_change_a_bit(n_jobs):
    docs, y, n_classes = topics(30)
    parts = []
    for jobs in (1, n_jobs):
        read = index(corpus(docs), y, n_classes, (3, 4), 2, n_jobs=jobs)
        counted = Counted.of(read, WEIGHTINGS["mixed"], n_jobs=jobs)
        parts.append(counted.held_out(scale_of((3, 4), 2), n_jobs=jobs))
    assert np.array_equal(parts[0][0], parts[1][0])
    assert np.array_equal(parts[0][1], parts[1][1])


def test_no_documents_at_all():
    counted, _ = both([], np.zeros(0, np.int64), 2, WEIGHTINGS["own"])
    assert counted.reference == 256.0
    assert counted.totals.sum() == 0
    assert counted.held_out(scale_of((3, 4), 2), n_jobs=1)[0].shape == (0, 2)


def test_weights():
    weighting = Weighting(damping=0.5, shorten=0.5, add=1.0, own=0.0)
    assert weighting.damped[[0, 1, 4, 9, 255]].tolist() == pytest.approx([0, 1, 2, 3, 255**0.5])
    lengths = np.array([100, 25, 400, 1, 0])
    assert weighting.weights(lengths, 100.0).tolist() == [1, 2, 0.5, 10, 10]
    assert Weighting(0.0, 0.0, 1.0, 0.0).damped[:3].tolist() == [0, 1, 1]


def test_an_index_of_some_lengths_is_the_one_that_reads_only_these():
    docs, y, n_classes = awkward()
    every = index(corpus(docs), y, n_classes, (2, 3, 4), 2, n_jobs=1)
    some, read = every.only((2, 4), n_jobs=1), index(corpus(docs), y, n_classes, (2, 4), 2)
    assert some.lengths.tolist() == [2, 4]
    for shard in range(len(read.hashes)):
        order, other = np.argsort(some.hashes[shard]), np.argsort(read.hashes[shard])
        assert np.array_equal(some.hashes[shard][order], read.hashes[shard][other])
        assert np.array_equal(some.kinds[shard][order], read.kinds[shard][other])
    one, two = (Counted.of(found, WEIGHTINGS["mixed"], n_jobs=1) for found in (some, read))
    assert one.totals == pytest.approx(two.totals)
    scale = scale_of((2, 4), 2)
    for a, b in zip(one.held_out(scale), two.held_out(scale), strict=True):
        assert a == pytest.approx(b, rel=1e-5, abs=1e-5)
    assert every.only((2, 3, 4)) is every


def test_features_that_repeat():
    words = index(corpus([b"tea tea milk", b"milk"]), np.array([0, 1]), 2, (), 1)
    assert words.repeated() == pytest.approx(1 / 3)  # tea of tea, milk and milk
    assert index(corpus([]), np.zeros(0, np.int64), 2, (), 1).repeated() == 0
