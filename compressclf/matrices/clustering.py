"""Cluster documents by their distances, and score clusters where labels are known."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.registry import check_choice
from compressclf.matrices.opening import Matrix

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["METHODS", "Clusters", "cluster"]

LINKAGES = ("average", "complete", "single")
METHODS = ("hdbscan", *LINKAGES, "components")


@dataclass(frozen=True)
class Clusters:
    """The cluster of each document."""

    assignment: NDArray[np.int64]
    """Shape (n_documents,); clusters are numbered from 0, the largest first. -1: in no cluster."""
    method: str
    """How they were found."""
    scores: dict[str, float] | None
    """``ari``, ``ami`` and ``purity``, or None without labels."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Documents of each cluster, shape (n_clusters,)."""
        return np.bincount(self.assignment[self.assignment >= 0]).astype(np.int64)


def cluster(
    matrix: Matrix,
    *,
    method: str = "auto",
    min_cluster_size: int = 5,
    n_clusters: int | None = None,
    threshold: float | None = None,
    labels: ArrayLike | None = None,
) -> Clusters:
    """Cluster documents.

    A dense matrix is held in memory as a whole, with copies: about 24 bytes per pair of documents.

    Parameters
    ----------
    matrix : Matrix
        From `open_matrix`. A dense matrix must be symmetric.
    method : {"auto", "hdbscan", "average", "complete", "single", "components"}, default="auto"
        For dense matrices: HDBSCAN (Campello et al. 2013), or agglomerative clustering with one of
        three linkages. For edges: ``components``, the connected components of all edges at
        `threshold` or nearer, which are the clusters of single linkage if no edge was left out by
        ``top_k``. "auto" is "hdbscan" for a dense matrix and "components" for edges.
    min_cluster_size : int, default=5
        Fewest documents of a cluster, at least 2 for ``hdbscan``. For ``components``, documents of
        smaller components are in no cluster.
    n_clusters : int, optional
        Number of clusters of a linkage.
    threshold : float, optional
        Largest distance at which a linkage joins clusters, or of an edge. By default all stored
        edges are used.
    labels : array-like, shape (n_documents,), optional
        Labels for the scores; by default those stored with the matrix.

    Returns
    -------
    Clusters
        Its scores are the adjusted Rand index, the adjusted mutual information and the purity
        (share of documents with the most frequent label of their cluster). For the scores,
        documents in no cluster count as one further cluster.

    Raises
    ------
    ValueError
        If a parameter is invalid or does not fit the matrix.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from compressclf import write_matrix
    >>> texts = ["to be or not to be", "to be or not", "the cat sat on the mat", "the cat sat"]
    >>> matrix = write_matrix(texts, Path(tempfile.mkdtemp()) / "m.zarr", y=list("aabb"), n_jobs=1)
    >>> found = cluster(matrix, method="average", n_clusters=2)
    >>> found.assignment.tolist(), found.scores
    ([0, 0, 1, 1], {'ari': 1.0, 'ami': 1.0, 'purity': 1.0})
    """
    if method == "auto":
        method = "hdbscan" if matrix.is_dense else "components"
    check_choice("method", method, METHODS)
    _check(matrix, method, min_cluster_size, n_clusters, threshold)
    if method == "components":
        found = _components(matrix, min_cluster_size, threshold)
    else:
        square = matrix.square().astype(np.float64, copy=False)
        np.fill_diagonal(square, 0.0)
        if method == "hdbscan":
            found = _hdbscan(square, min_cluster_size)
        else:
            found = _linkage(square, method, n_clusters, threshold)
    assignment = _largest_first(found)
    known = matrix.labels if labels is None else np.asarray(labels)
    if known is not None and known.shape != assignment.shape:
        raise ValueError(
            f"`labels` must have one label for each of the {len(matrix):,} documents. Got the "
            f"shape {known.shape}."
        )
    return Clusters(assignment, method, None if known is None else _scores(assignment, known))


def _check(
    matrix: Matrix,
    method: str,
    min_cluster_size: object,
    n_clusters: int | None,
    threshold: object,
) -> None:
    if matrix.is_dense == (method == "components"):
        kind = "a dense matrix" if matrix.is_dense else "edges"
        fits = ", ".join(("hdbscan", *LINKAGES) if matrix.is_dense else ("components",))
        raise ValueError(
            f"{matrix.path} holds {kind}, and the method {method!r} does not work on that: "
            f"use {fits}."
        )
    if matrix.is_dense and not matrix.is_mirrored:
        raise ValueError(
            f"{matrix.path} is not symmetric, and clusters need a symmetric matrix: write it with "
            f"`symmetrize='min'`."
        )
    least = 2 if method == "hdbscan" else 1
    is_int = isinstance(min_cluster_size, Integral) and not isinstance(min_cluster_size, bool)
    if not is_int or min_cluster_size < least:  # type: ignore[operator]
        raise ValueError(
            f"`min_cluster_size` must be an int >= {least}. Got {min_cluster_size!r} instead."
        )
    if method in LINKAGES and (n_clusters is None) == (threshold is None):
        raise ValueError(f"The method {method!r} needs either `n_clusters` or `threshold`.")
    if n_clusters is not None and not 1 <= n_clusters <= len(matrix):
        raise ValueError(
            f"`n_clusters` must be an int in [1, {len(matrix)}], the number of documents. "
            f"Got {n_clusters!r} instead."
        )
    unused = [
        name
        for name, value, used in (
            ("n_clusters", n_clusters, method in LINKAGES),
            ("threshold", threshold, method != "hdbscan"),
        )
        if value is not None and not used
    ]
    if unused:
        raise ValueError(f"The method {method!r} has no parameter `{unused[0]}`: leave it out.")
    if threshold is not None and (not isinstance(threshold, Real) or np.isnan(float(threshold))):
        raise ValueError(f"`threshold` must be a number. Got {threshold!r} instead.")


def _hdbscan(square: NDArray[np.float64], min_cluster_size: int) -> NDArray[np.int64]:
    from sklearn.cluster import HDBSCAN

    if len(square) <= min_cluster_size:  # scikit-learn refuses fewer documents than neighbours
        return np.full(len(square), -1, dtype=np.int64)
    model = HDBSCAN(min_cluster_size=min_cluster_size, metric="precomputed", copy=False)
    return np.asarray(model.fit_predict(square), dtype=np.int64)


def _linkage(
    square: NDArray[np.float64], method: str, n_clusters: int | None, threshold: float | None
) -> NDArray[np.int64]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(square) == 1:
        return np.zeros(1, dtype=np.int64)
    tree = linkage(squareform(square, checks=False), method)
    if n_clusters is not None:
        return np.asarray(fcluster(tree, n_clusters, "maxclust"), dtype=np.int64)
    return np.asarray(fcluster(tree, threshold, "distance"), dtype=np.int64)


def _components(
    matrix: Matrix, min_cluster_size: int, threshold: float | None
) -> NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    i, j, distances = matrix.edges
    if threshold is not None:
        near = distances <= threshold
        i, j = i[near], j[near]
    graph = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(len(matrix), len(matrix)))
    found = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    found[np.bincount(found)[found] < min_cluster_size] = -1
    return found


def _largest_first(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return clusters numbered by size; of equal ones, that with the earlier document is first."""
    clusters, firsts, inverse, sizes = np.unique(
        found, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((firsts, -sizes, clusters < 0))
    numbers = np.empty(len(clusters), dtype=np.int64)
    numbers[order] = np.arange(len(clusters))
    numbers[clusters < 0] = -1
    return numbers[inverse]


def _scores(assignment: NDArray[np.int64], labels: NDArray[Any]) -> dict[str, float]:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
    from sklearn.metrics.cluster import contingency_matrix

    common = contingency_matrix(labels, assignment).max(axis=0).sum()
    return {
        "ari": float(adjusted_rand_score(labels, assignment)),
        "ami": float(adjusted_mutual_info_score(labels, assignment)),
        "purity": float(common / len(labels)),
    }
