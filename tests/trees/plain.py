"""Quartet trees in the plainest way: all topologies, all quartets, all paths."""

from itertools import combinations

import numpy as np

from compressclf.trees.tree import neighbors_of


def random_distances(n, seed):
    """Return distances between random points, with noise that makes them asymmetric."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    return np.linalg.norm(points[:, None] - points, axis=2) + 0.3 * rng.random((n, n))


def additive_distances(tree, lengths):
    """Return the lengths of the paths between leaves."""
    n = len(tree) // 2 + 1
    d = np.zeros((n, n))
    for leaf in range(n):
        stack = [(leaf, -1, 0.0)]
        while stack:
            u, back, length = stack.pop()
            if u < n:
                d[leaf, u] = length
            stack += [
                (v, u, length + lengths[u, s]) for s, v in enumerate(tree[u]) if v not in (-1, back)
            ]
    return d


def all_trees(n):
    """Yield every tree of n leaves, as lists of edges."""
    edge_lists = [[(0, n), (1, n), (2, n)]]
    for leaf in range(3, n):
        new = n + leaf - 2
        edge_lists = [
            [*edges[:i], *edges[i + 1 :], (a, new), (b, new), (leaf, new)]
            for edges in edge_lists
            for i, (a, b) in enumerate(edges)
        ]
    for edges in edge_lists:
        yield neighbors_of(n, [(a, b, 0.0) for a, b in edges])[0]


def quartets(tree):
    """Yield each quartet of a tree as two pairs: it has one more edge between these pairs."""
    n = len(tree) // 2 + 1
    ones = np.ones(tree.shape)
    steps = additive_distances(tree, ones)
    for a, b, c, d in combinations(range(n), 4):
        splits = [((a, b), (c, d)), ((a, c), (b, d)), ((a, d), (b, c))]
        yield min(splits, key=lambda split: sum(steps[pair] for pair in split))


def plain_cost(tree, d):
    """Return the sum of d(u, v) + d(w, x) over the quartets uv|wx of a tree."""
    return sum(d[first] + d[second] for first, second in quartets(tree))
