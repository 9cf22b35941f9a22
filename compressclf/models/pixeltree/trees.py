"""Context trees from sorted samples: shape by all classes, probabilities for each.

A sample is one decision between 0 and 1 in the training data, as one number: what is decided
(`prefix`, the bits of the pixel that are known), the context, the class, the bit. Sorted, the
samples of a node are neighbours, and so are those of its two children.

The weighted probability of a node's samples is, in the words of Willems, Shtarkov & Tjalkens,

    P_w = 1/2 P_e + 1/2 P_w(child 0) P_w(child 1)        P_w = P_e at a leaf,

where P_e, the estimator, is what a coder that adds alpha to both counts (1/2: Krichevsky &
Trofimov) would give the samples one after the other. The next bit's probability follows: the node's
own estimate with the share P_e / (2 P_w), else what the child says. Since a path from root to leaf
is passed as a whole, all shares on it are multiplied out, and the leaf holds the mixture.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "MOST_LOG_ODDS",
    "STEPS",
    "Forest",
    "grow",
    "log_factorials",
    "probabilities_of",
    "steps_of",
]

kernel: Any = kernels_of(Path(__file__).parent, Path(__file__).parents[2] / "coding")

STEPS = 255
MOST_LOG_ODDS = 10.0  # a leaf says 1 : 22,026 at most
CLASSES_AT_ONCE = 16
CHILD, FIRST, LAST, LEVEL = range(4)
LN2 = math.log(2.0)


class Forest(NamedTuple):
    """Trees whose roots are the first nodes, one for each prefix.

    Attributes
    ----------
    child : ndarray of int32, shape (n_nodes,)
        An inner node's child for bit 0, that for bit 1 follows it; −1 − number for a leaf.
    first, last : ndarray of int64, shape (n_nodes,)
        The range of samples of each node.
    n_leaves : int
        Number of leaves.
    """

    child: NDArray[np.int32]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    n_leaves: int


def grow(
    samples: NDArray[np.uint64], n_roots: int, depth: int, label_bits: int, least: int
) -> Forest:
    """Return the shape of the trees.

    Parameters
    ----------
    samples : ndarray of uint64, sorted
        Prefix (counted from 0), context (`depth` bits), class and bit (`label_bits` together).
    n_roots : int
        Number of prefixes.
    least : int
        A node is split if it has that many samples, of both bits.
    """
    ones = np.concatenate([[0], np.cumsum(samples & np.uint64(1), dtype=np.int64)])
    room = 2 * n_roots + len(samples) // 8 + 64
    while True:
        nodes = np.zeros((room, 4), np.int64)
        n_nodes, n_leaves = _grow(samples, ones, n_roots, depth, label_bits, least, nodes)
        if n_nodes >= 0:
            break
        room *= 2
    child, first, last = (nodes[:n_nodes, column].copy() for column in (CHILD, FIRST, LAST))
    return Forest(child.astype(np.int32), first, last, n_leaves)


@kernel
def _grow(samples, ones, n_roots, depth, label_bits, least, nodes):
    """Fill in `nodes`; return how many and how many leaves, or −1 if there is no room."""
    begin = np.int64(0)
    for root in range(n_roots):
        bound = np.uint64(root + 1) << np.uint64(depth + label_bits)
        nodes[root, FIRST] = begin
        begin = _first_from(samples, begin, np.int64(samples.size), bound)
        nodes[root, LAST] = begin
        nodes[root, LEVEL] = 0
    n_nodes, n_leaves, node = np.int64(n_roots), np.int64(0), np.int64(0)
    while node < n_nodes:
        a, b, level = nodes[node, FIRST], nodes[node, LAST], nodes[node, LEVEL]
        total, some = b - a, ones[b] - ones[a]
        if total < least or some == 0 or some == total or level == depth:
            nodes[node, CHILD] = -1 - n_leaves
            n_leaves += 1
            node += 1
            continue
        if n_nodes + 2 > nodes.shape[0]:
            return np.int64(-1), n_leaves
        below = np.uint64(label_bits + depth - 1 - level)
        # The node's samples agree above this bit: the first with it set begins the second child.
        bound = ((samples[a] >> below) | np.uint64(1)) << below
        middle = _first_from(samples, a, b, bound)
        nodes[node, CHILD] = n_nodes
        nodes[n_nodes, FIRST], nodes[n_nodes, LAST] = a, middle
        nodes[n_nodes + 1, FIRST], nodes[n_nodes + 1, LAST] = middle, b
        nodes[n_nodes, LEVEL] = nodes[n_nodes + 1, LEVEL] = level + 1
        n_nodes += 2
        node += 1
    return n_nodes, n_leaves


@kernel
def _first_from(samples, low, high, bound):
    """Return the first place in [low, high) whose sample is at least `bound`."""
    while low < high:
        middle = (low + high) >> 1
        if samples[middle] >= bound:
            high = middle
        else:
            low = middle + 1
    return low


def log_factorials(most: int, alpha: float) -> NDArray[np.float64]:
    """Return log Γ(k + alpha) / Γ(alpha) for k from 0 to `most`.

    Examples
    --------
    >>> np.exp(log_factorials(3, 0.5)).round(3).tolist()
    [1.0, 0.5, 0.75, 1.875]
    """
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(most) + alpha))])


def probabilities_of(
    samples: NDArray[np.uint64],
    forest: Forest,
    n_classes: int,
    label_bits: int,
    alpha: float,
    logs: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> NDArray[np.float64]:
    """Return the probability of a 1 at each leaf in each class, shape (n_leaves, n_classes).

    Parameters
    ----------
    samples, label_bits
        As in `grow`.
    alpha : float
        What is added to each count.
    logs : pair of ndarray, optional
        `log_factorials` of alpha and of 2 alpha, up to the number of samples at least.
    """
    if logs is None:
        logs = log_factorials(len(samples), alpha), log_factorials(len(samples), 2 * alpha)
    found = np.empty((forest.n_leaves, n_classes))
    inner = forest.child[forest.child >= 0]
    n_roots = int(inner[0]) if len(inner) else len(forest.child)
    for begin in range(0, n_classes, CLASSES_AT_ONCE):
        end = min(begin + CLASSES_AT_ONCE, n_classes)
        counts = np.zeros((len(forest.child), end - begin, 2), np.int32)
        nodes = forest.child, forest.first, forest.last, n_roots
        _weigh(samples, *nodes, label_bits, begin, alpha, *logs, counts, found)
    return found


@kernel
def _weigh(
    samples, child, first, last, n_roots, label_bits, begin, alpha, log_one, log_two, counts, found
):
    n_nodes, end = child.size, begin + counts.shape[1]
    mask = (np.uint64(1) << np.uint64(label_bits)) - np.uint64(1)
    for node in range(n_nodes):
        if child[node] < 0:
            for i in range(first[node], last[node]):
                label = samples[i] & mask
                c = np.int64(label >> np.uint64(1)) - begin
                if 0 <= c < end - begin:
                    counts[node, c, np.int64(label & np.uint64(1))] += 1
    for node in range(n_nodes - 1, -1, -1):
        below = child[node]
        if below >= 0:
            for c in range(end - begin):
                for bit in range(2):
                    counts[node, c, bit] = counts[below, c, bit] + counts[below + 1, c, bit]
    weighted, share = np.empty(n_nodes), np.empty(n_nodes)
    mixed, left = np.empty(n_nodes), np.empty(n_nodes)
    for c in range(end - begin):
        for node in range(n_nodes - 1, -1, -1):
            zeros, ones = counts[node, c, 0], counts[node, c, 1]
            own = log_one[zeros] + log_one[ones] - log_two[zeros + ones]
            below = child[node]
            if below < 0:
                weighted[node], share[node] = own, 1.0
                continue
            split = weighted[below] + weighted[below + 1]
            # log((e^own + e^split) / 2), and the share e^own / (e^own + e^split)
            if split > own:
                ratio = math.exp(own - split)
                weighted[node] = split + math.log1p(ratio) - LN2
                share[node] = ratio / (1.0 + ratio)
            else:
                ratio = math.exp(split - own)
                weighted[node] = own + math.log1p(ratio) - LN2
                share[node] = 1.0 / (1.0 + ratio)
        for root in range(n_roots):
            mixed[root], left[root] = 0.0, 1.0
        for node in range(n_nodes):
            zeros, ones = counts[node, c, 0], counts[node, c, 1]
            guess = (ones + alpha) / (zeros + ones + 2.0 * alpha)
            so_far = mixed[node] + left[node] * share[node] * guess
            below = child[node]
            if below < 0:
                found[-1 - below, begin + c] = so_far
            else:
                rest = left[node] * (1.0 - share[node])
                mixed[below] = mixed[below + 1] = so_far
                left[below] = left[below + 1] = rest


def steps_of(found: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return log odds in steps from −`MOST_LOG_ODDS` (0) to `MOST_LOG_ODDS` (255).

    Examples
    --------
    >>> steps_of(np.array([0.5, 0.001, 1 - 1e-9])).tolist()
    [128, 39, 255]
    """
    log_odds = np.log(found) - np.log1p(-found)
    places = (log_odds + MOST_LOG_ODDS) / (2 * MOST_LOG_ODDS) * STEPS
    return np.clip(np.floor(places + 0.5), 0, STEPS).astype(np.uint8)
