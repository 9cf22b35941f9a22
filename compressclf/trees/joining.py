"""Trees that join two clusters at a time: neighbour joining and UPGMA.

UPGMA (Sokal and Michener 1958) is SciPy's average linkage. Neighbour joining (Saitou and Nei 1987,
with the branch lengths of Studier and Keppler 1988) is in no package that this one requires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.trees.kernels import cost, extremes
from compressclf.trees.tree import Tree, check_distances, neighbors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["neighbor_joining", "score_of", "upgma"]


def neighbor_joining(distances: ArrayLike, names: Sequence[str] | None = None) -> Tree:
    """Return the neighbour-joining tree, which has branch lengths.

    If distances are path lengths in a tree, it is found exactly.

    Parameters
    ----------
    distances : array-like of float, shape (n, n)
        Distances of at least four documents. Of d(x, y) and d(y, x), the mean is used.
    names : sequence of str, optional
        The names of the documents, which must differ; by default, the numbers from 1.

    Returns
    -------
    Tree
        Lengths may be negative.

    Raises
    ------
    ValueError
        If the distances or names cannot be used; see `quartet_tree`.

    Examples
    --------
    >>> distances = [[0, 3, 6, 7], [3, 0, 7, 8], [6, 7, 0, 3], [7, 8, 3, 0]]
    >>> neighbor_joining(distances, list("abcd")).newick()
    '(a:1,b:2,(c:1,d:2):4);'
    """
    matrix, names = check_distances(distances, names)
    n = len(matrix)
    nodes = list(range(n))
    d = matrix.copy()
    edges: list[tuple[int, int, float]] = []
    while len(nodes) > 3:
        m = len(nodes)
        sums = d.sum(axis=1)
        quality = (m - 2) * d - sums[:, None] - sums
        np.fill_diagonal(quality, np.inf)
        i, j = sorted(divmod(int(quality.argmin()), m))
        to_i = (d[i, j] + (sums[i] - sums[j]) / (m - 2)) / 2
        new = 2 * n - len(nodes)
        edges += [(nodes[i], new, float(to_i)), (nodes[j], new, float(d[i, j] - to_i))]
        joined = (d[i] + d[j] - d[i, j]) / 2
        joined[i] = 0
        d[i], d[:, i] = joined, joined
        d = np.delete(np.delete(d, j, axis=0), j, axis=1)
        nodes[i] = new
        del nodes[j]
    for i, j, k in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        length = float(d[i, j] + d[i, k] - d[j, k]) / 2
        edges.append((nodes[i], 2 * n - 3, length))
    return _tree(matrix, names, edges, "nj")


def upgma(distances: ArrayLike, names: Sequence[str] | None = None) -> Tree:
    """Return the UPGMA tree, SciPy's average linkage.

    Parameters
    ----------
    distances : array-like of float, shape (n, n)
        Distances of at least four documents. Of d(x, y) and d(y, x), the mean is used.
    names : sequence of str, optional
        The names of the documents, which must differ; by default, the numbers from 1.

    Returns
    -------
    Tree
        Its `root` is the edge between the last two clusters; all leaves are equally far from there.

    Raises
    ------
    ValueError
        If the distances or names cannot be used; see `quartet_tree`.

    Examples
    --------
    >>> distances = [[0, 2, 6, 6], [2, 0, 6, 6], [6, 6, 0, 4], [6, 6, 4, 0]]
    >>> upgma(distances, list("abcd")).newick()
    '(a:1,b:1,(c:2,d:2):3);'
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    matrix, names = check_distances(distances, names)
    n = len(matrix)
    merges = linkage(squareform(np.maximum(matrix, 0)), "average")
    heights = [0.0] * n + [float(height) / 2 for height in merges[:, 2]]
    edges = []
    for new, (a, b) in enumerate(merges[:-1, :2].astype(int).tolist(), start=n):
        edges += [(child, new, heights[new] - heights[child]) for child in (a, b)]
    a, b = merges[-1, :2].astype(int).tolist()
    edges.append((a, b, 2 * heights[-1] - heights[a] - heights[b]))
    return _tree(matrix, names, edges, "upgma", root=(a, b))


def score_of(neighbors: NDArray[np.int64], distances: NDArray[np.float64]) -> float:
    """Return S(T) = (M − C) / (M − m), with the cost C of a tree between the bounds m and M.

    Parameters
    ----------
    neighbors : ndarray of int64, shape (2 * n_leaves - 2, 3)
        The neighbours of each node.
    distances : ndarray of float64, shape (n_leaves, n_leaves)
        Symmetric distances.

    Returns
    -------
    float
        1 if all trees cost the same.
    """
    low, high = extremes(distances)
    if high - low <= 1e-12 * max(abs(high), abs(low)):
        return 1.0
    return min(1.0, float((high - cost(neighbors, distances)) / (high - low)))


def _tree(
    matrix: NDArray[np.float64],
    names: tuple[str, ...],
    edges: list[tuple[int, int, float]],
    method: str,
    root: tuple[int, int] | None = None,
) -> Tree:
    neighbors, lengths = neighbors_of(len(names), edges)
    score = score_of(neighbors, matrix)
    return Tree(names, neighbors, lengths, score, method, root=root)
