"""The quartet tree of least cost: exact for few documents, a search for more.

The minimum quartet tree cost problem is NP-hard (Cilibrasi and Vitányi 2011, "A fast quartet tree
heuristic for hierarchical clustering"). Up to `EXACT` documents, dynamic programming finds the best
tree. Beyond, it is a variable neighbourhood search (after Consoli et al. 2019): from the trees of
neighbour joining and UPGMA and from random ones, subtrees are moved as long as this lowers the
cost; then the best tree is shaken, by exchanging leaves or subtrees, and improved again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.checks import check_int
from compressclf.trees.joining import neighbor_joining, score_of, upgma
from compressclf.trees.kernels import best_split, cost, descend, regraft, swap, walk
from compressclf.trees.tree import Tree, check_distances, neighbors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["quartet_tree"]

EXACT = 14  # the largest number of documents for dynamic programming
MANY = 150  # beyond, the search does not start from random trees
STRENGTHS = 4  # a shake makes 1 to this many exchanges
SHAKES = 10_000_000  # patience is this divided by n_leaves³, since a shake takes that much time


def quartet_tree(
    distances: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    n_starts: int | None = None,
    random_state: int = 0,
) -> Tree:
    """Return the tree of least quartet cost.

    Each quartet of documents has three trees, ``uv|wx``, ``uw|vx`` and ``ux|vw``, whose costs are
    d(u, v) + d(w, x) and so on. A tree of all documents contains one of the three for each quartet,
    and its cost C is their sum. If m and M are the sums of the cheapest and of the dearest trees of
    all quartets, the score is S(T) = (M − C) / (M − m).

    Parameters
    ----------
    distances : array-like of float, shape (n, n)
        Distances of 4 to 500 documents, such as those of `compressclf.pairwise_distances`. Of
        d(x, y) and d(y, x), the mean is used, and the diagonal is not used.
    names : sequence of str, optional
        The names of the documents, which must differ; by default, the numbers from 1.
    n_starts : int, optional
        Number of trees from which the search starts: neighbour joining, UPGMA and random trees. By
        default 6, or 2 for more than 150 documents, since random trees take longest to improve. Up
        to 14 documents, the result is exact and the search is not needed.
    random_state : int, default=0
        Seed of random trees and of the search; equal seeds give equal trees.

    Returns
    -------
    Tree
        Without branch lengths. ``score`` is S(T).

    Raises
    ------
    ValueError
        If the distances are not a finite square matrix of 4 to 500 documents, or if the names are
        not different and one per document.

    Examples
    --------
    >>> from compressclf import pairwise_distances
    >>> texts = ["to be or not to be", "to be or to be", "oh what a rogue", "oh what a slave"]
    >>> tree = quartet_tree(pairwise_distances(texts), names=["one", "two", "three", "four"])
    >>> tree.newick(), round(tree.score, 6), tree.is_optimal
    ('(one,two,(three,four));', 1.0, True)
    """
    check_int("quartet_tree", "random_state", random_state, 0, 2**32 - 1)
    matrix, names = check_distances(distances, names)
    if n_starts is None:
        n_starts = 6 if len(names) <= MANY else 2
    check_int("quartet_tree", "n_starts", n_starts, 1, 10_000)
    is_exact = len(names) <= EXACT
    neighbors = _exact(matrix) if is_exact else _searched(matrix, n_starts, random_state)
    score = score_of(neighbors, matrix)
    return Tree(names, neighbors, None, score, "quartet", is_optimal=is_exact or score > 1 - 1e-12)


def _exact(matrix: NDArray[np.float64]) -> NDArray[np.int64]:
    n = len(matrix)
    halves = best_split(matrix).tolist()
    edges: list[tuple[int, int, float]] = []
    new = n
    stack = [(len(halves) - 1, 0)]  # a set of leaves, and the node to which it is joined
    while stack:
        group, above = stack.pop()
        if group & (group - 1) == 0:
            edges.append((above, group.bit_length(), 0.0))
            continue
        edges.append((above, new, 0.0))
        stack += [(halves[group], new), (group ^ halves[group], new)]
        new += 1
    return neighbors_of(n, edges)[0]


def _searched(matrix: NDArray[np.float64], n_starts: int, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    starts = [neighbor_joining(matrix).neighbors, upgma(matrix).neighbors][:n_starts]
    starts += [_random_tree(len(matrix), rng) for _ in range(n_starts - len(starts))]
    found = [_improved(start, matrix, rng) for start in starts]
    return min(found, key=lambda tree: cost(tree, matrix))


def _improved(
    start: NDArray[np.int64], matrix: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    n = len(matrix)
    best = start.copy()
    least = descend(best, matrix)
    patience = int(np.clip(SHAKES / n**3, 8, 10 * n))
    failures = 0
    while failures < patience:
        tree = best.copy()
        _shake(tree, n, 1 + failures % STRENGTHS, rng)
        now = descend(tree, matrix)
        if now < least * (1 - 1e-10):
            best, least, failures = tree, now, 0
        else:
            failures += 1
    return best


def _shake(tree: NDArray[np.int64], n: int, strength: int, rng: np.random.Generator) -> None:
    """Exchange leaves, exchange subtrees or move subtrees, `strength` times."""
    slots, came = np.empty(len(tree), np.int64), np.empty(tree.size, np.int64)
    kind = rng.integers(3)
    for _ in range(strength):
        if kind == 0:
            u, v = rng.permutation(n)[:2].tolist()
            a, b = tree[u, 0], tree[v, 0]
            first, second = (
                3 * int(w) + int(np.flatnonzero(tree[w] == leaf)[0]) for w, leaf in ((a, u), (b, v))
            )
            if a != b:
                swap(tree, first, second)
            continue
        first = int(rng.integers(3 * n, tree.size))
        u, child = first // 3, int(tree[first // 3, first % 3])
        begins = [3 * u + s for s in range(3) if tree[u, s] != child]
        outside = [slots[: walk(tree, begin, slots, came)].copy() for begin in begins]
        others = np.concatenate(outside)
        if not len(others):
            continue
        second = int(rng.choice(others))
        if kind == 1 and second // 3 != u:
            swap(tree, first, second)
        else:
            regraft(tree, first, second)


def _random_tree(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a random tree: leaves are inserted, in random order, into random edges."""
    order = rng.permutation(n).tolist()
    edges = [(order[i], n, 0.0) for i in range(3)]
    for new, leaf in enumerate(order[3:], start=n + 1):
        a, b, _ = edges.pop(int(rng.integers(len(edges))))
        edges += [(a, new, 0.0), (b, new, 0.0), (leaf, new, 0.0)]
    return neighbors_of(n, edges)[0]
