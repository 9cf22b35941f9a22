import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.distances import Measure
from compressclf.distances.tiles import plan_tiles
from compressclf.documents import Corpus
from compressclf.neighbors import Neighbors, k_nearest, vote
from compressclf.neighbors.topk import keep_nearest
from tests import reference
from tests.texts import labelled_texts


@settings(deadline=None)  # the first example compiles
@given(
    values=st.lists(st.integers(0, 4), min_size=1, max_size=40),
    k=st.integers(1, 8),
    cut=st.integers(0, 40),
    seed=st.integers(0, 9),
)
def test_the_k_nearest_of_two_parts_are_those_of_the_whole(values, k, cut, seed):
    distances = np.array([values], dtype=float)
    rank = np.random.default_rng(seed).permutation(len(values))
    k = min(k, len(values))
    expected = sorted(range(len(values)), key=lambda i: (values[i], rank[i]))[:k]

    lists = []
    for part in (slice(0, cut), slice(cut, None)):
        best = (np.full((1, k), np.inf), np.full((1, k), -1))
        keep_nearest(*best, distances[:, part], np.arange(len(values))[None, part], rank)
        lists.append(best)
    (best_distances, best_indices), other = lists
    keep_nearest(best_distances, best_indices, *other, rank)
    assert best_indices[0].tolist() == expected
    assert best_distances[0].tolist() == [values[i] for i in expected]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("order", ["xy", "yx"])
def test_neighbours_are_those_of_the_oracle_whatever_the_tiles(n_jobs, order, monkeypatch):
    training = [text.encode() for text in labelled_texts(70, seed=1)[0]] + [b"a", b"b", b"a", b""]
    queries = [text.encode() for text in labelled_texts(9, seed=2)[0]] + [b"", b"a"]
    measure = Measure.of(order=order)

    def length_xy(data):
        return reference.gzip_bits(data)

    def small_tiles(rows, columns, **options):
        return plan_tiles(rows, columns, **{**options, "tile_bytes": 900})

    found = []
    for planner in (plan_tiles, small_tiles):
        coded = [measure.code(Corpus.from_documents(docs)) for docs in (queries, training)]
        monkeypatch.setattr("compressclf.distances.measure.plan_tiles", planner)
        found.append(k_nearest(measure, *coded, 6, n_jobs=n_jobs))
    assert np.array_equal(found[0].indices, found[1].indices)
    assert np.array_equal(found[0].distances, found[1].distances)
    if order == "xy":
        expected = [reference.neighbors(query, training, 6) for query in queries]
        assert found[0].indices.tolist() == [[i for _, i in row] for row in expected]
        assert found[0].distances.tolist() == [[d for d, _ in row] for row in expected]


def test_a_document_does_not_find_itself():
    measure = Measure.of(compressor="zlib")
    training = measure.code(Corpus.from_documents(["same", "same", "other"]))
    found = k_nearest(measure, training, training, 2, skip_self=True)
    assert found.indices.tolist() == [[1, 2], [0, 2], [0, 1]]


def neighbors(*rows):
    return Neighbors(
        np.array([[d for d, _ in row] for row in rows]),
        np.array([[i for _, i in row] for row in rows]),
    )


LABELS = np.array([0, 0, 1, 1, 2])


def test_a_majority_wins():
    votes = vote(neighbors([(0.1, 4), (0.2, 0), (0.3, 1)]), LABELS, 3)
    assert votes.winners.tolist() == [0]
    assert votes.tied.tolist() == [False]
    assert votes.shares.tolist() == [[2 / 3, 0.0, 1 / 3]]


@pytest.mark.parametrize(("ties", "winner"), [("nearest", 2), ("smallest", 0)])
def test_ties_follow_the_rule(ties, winner):
    votes = vote(neighbors([(0.1, 4), (0.2, 2), (0.3, 1)]), LABELS, 3, ties=ties)
    assert votes.winners.tolist() == [winner]
    assert votes.tied.tolist() == [True]
    assert votes.shares[0].argmax() == winner
    assert votes.shares.sum() == pytest.approx(1)


def test_the_nearest_of_the_tied_classes_counts_not_the_nearest_of_all():
    rows = [(0.05, 4), (0.1, 2), (0.2, 0), (0.3, 1), (0.4, 3)]
    assert vote(neighbors(rows), LABELS, 3).winners.tolist() == [1]


def test_random_ties_ask_the_draw():
    asked = []

    def draw(query, n):
        asked.append((query, n))
        return 1

    rows = [[(0.1, 0), (0.2, 2)], [(0.1, 0), (0.2, 1)]]
    votes = vote(neighbors(*rows), LABELS, 3, ties="random", draw=draw)
    assert votes.winners.tolist() == [1, 0]
    assert asked == [(0, 2)]


def test_weights_by_distance():
    rows = [(0.1, 4), (0.5, 0), (0.5, 1)]
    votes = vote(neighbors(rows), LABELS, 3, weights="distance")
    assert votes.winners.tolist() == [2]
    assert votes.shares[0].tolist() == pytest.approx([4 / 14, 0, 10 / 14])
    rows = [(0.0, 4), (0.1, 0), (0.1, 1)]
    assert vote(neighbors(rows), LABELS, 3, weights="distance").shares.tolist() == [[0, 0, 1]]
