"""Clusters of documents, and their scores."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from compressclf import write_matrix
from compressclf.matrices import cluster
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(60, n_words=60)


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    pytest.importorskip("zarr", reason="zarr 3 needs Python 3.11")
    return write_matrix(TEXTS, tmp_path_factory.mktemp("m") / "m.zarr", y=LABELS, n_jobs=1)


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    place = tmp_path_factory.mktemp("m") / "m.parquet"
    return write_matrix(TEXTS, place, threshold=0.9, n_jobs=1)


def same_partition(one, other):
    return adjusted_rand_score(one, other) == 1.0


def test_hdbscan_finds_the_topics(dense):
    found = cluster(dense)
    assert found.method == "hdbscan"
    assert found.assignment.shape == (60,)
    assert found.sizes.tolist() == sorted(found.sizes, reverse=True)
    assert found.scores["purity"] > 0.6


@pytest.mark.parametrize("method", ["average", "complete", "single"])
def test_linkages_are_those_of_scipy(dense, method):
    square = dense.square()
    np.fill_diagonal(square, 0)
    tree = linkage(squareform(square), method)
    found = cluster(dense, method=method, n_clusters=3)
    assert same_partition(found.assignment, fcluster(tree, 3, "maxclust"))
    height = tree[-2, 2]
    found = cluster(dense, method=method, threshold=height)
    assert same_partition(found.assignment, fcluster(tree, height, "distance"))


def test_average_linkage_finds_the_topics(dense):
    found = cluster(dense, method="average", n_clusters=3)
    assert found.scores["ari"] == adjusted_rand_score(LABELS, found.assignment) > 0.6
    assert found.scores["ami"] == adjusted_mutual_info_score(LABELS, found.assignment)
    table = [[LABELS[i] for i in np.flatnonzero(found.assignment == c)] for c in range(3)]
    common = sum(max(map(labels.count, labels)) for labels in table)
    assert found.scores["purity"] == common / 60


def test_components_are_single_linkage(dense, edges):
    for threshold in (0.5, 0.6, 0.7, 0.9):
        found = cluster(edges, threshold=threshold, min_cluster_size=1)
        linked = cluster(dense, method="single", threshold=threshold)
        assert np.array_equal(found.assignment, linked.assignment)
    assert found.scores is None
    assert cluster(edges, threshold=0.6, labels=LABELS).scores["purity"] > 0.3


def test_small_components_are_no_clusters(edges):
    every = cluster(edges, threshold=0.5, min_cluster_size=1)
    some = cluster(edges, threshold=0.5, min_cluster_size=3)
    is_kept = every.sizes[every.assignment] >= 3
    assert np.array_equal(some.assignment == -1, ~is_kept)
    assert np.array_equal(some.assignment[is_kept], every.assignment[is_kept])
    assert some.sizes.tolist() == every.sizes[every.sizes >= 3].tolist()


def test_few_documents(tmp_path):
    pytest.importorskip("zarr", reason="zarr 3 needs Python 3.11")
    one = write_matrix(["to be"], tmp_path / "one")
    assert cluster(one).assignment.tolist() == [-1]
    assert cluster(one).sizes.tolist() == []
    assert cluster(one, method="average", n_clusters=1).assignment.tolist() == [0]


def test_what_does_not_fit_is_refused(dense, edges, tmp_path):
    full = write_matrix(TEXTS[:5], tmp_path / "full", symmetrize="none", n_jobs=1)
    cases = [
        (dense, {"method": "kmeans"}, "Unknown method 'kmeans': choose from hdbscan, average"),
        (dense, {"method": "components"}, "holds a dense matrix, and the method 'components' does"),
        (edges, {"method": "average"}, "holds edges, and the method 'average' does not work on th"),
        (full, {}, "is not symmetric, and clusters need a symmetric matrix: write it with `symm"),
        (dense, {"min_cluster_size": 1}, "`min_cluster_size` must be an int >= 2. Got 1 instead."),
        (dense, {"method": "average"}, "The method 'average' needs either `n_clusters` or `thresh"),
        (dense, {"n_clusters": 3}, "The method 'hdbscan' has no parameter `n_clusters`: leave it"),
        (edges, {"n_clusters": 3}, "The method 'components' has no parameter `n_clusters`: leave"),
        (edges, {"labels": ["a"]}, "`labels` must have one label for each of the 60 documents. G"),
        (dense, {"method": "single", "n_clusters": 61}, "`n_clusters` must be an int in \\[1, 60"),
    ]
    for matrix, options, message in cases:
        with pytest.raises(ValueError, match=message):
            cluster(matrix, **options)
