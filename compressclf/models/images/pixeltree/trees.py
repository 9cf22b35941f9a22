"""Context trees from sorted samples: a shape that all classes share, probabilities per class.

A sample is one binary decision in the training data, packed into one integer: the known bits of the
pixel (`prefix`), the context, the class, the bit. In sorted order the samples of a node are
contiguous, and so are those of its two children.

The weighted probability of the samples of a node is, in the notation of Willems, Shtarkov &
Tjalkens,

    P_w = 1/2 P_e + 1/2 P_w(child 0) P_w(child 1)        P_w = P_e at a leaf,

where the estimator P_e is the probability that a coder with the pseudocount alpha (1/2: Krichevsky
& Trofimov) assigns to the samples one after the other. The probability of the next bit is the
estimate of the node with weight P_e / (2 P_w), and that of the child with the rest. The weights on
each path from root to leaf are multiplied out, so that a leaf holds the mixture.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf import coding
from compressclf._lib.jit import kernels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "LARGEST_LOG_ODDS",
    "STEPS",
    "Shape",
    "grow",
    "log_factorials",
    "probabilities_of",
    "quantised_log_odds",
]

kernel: Any = kernels_of(Path(__file__).parent, Path(coding.__file__).parent)

STEPS = 255
LARGEST_LOG_ODDS = 10.0  # odds of 22,026 : 1
CLASSES_AT_ONCE = 16
CHILD, FIRST, LAST, LEVEL = range(4)
LN2 = math.log(2.0)


class Shape(NamedTuple):
    """The shape of trees whose roots are the first nodes, one per prefix.

    Attributes
    ----------
    child : ndarray of int32, shape (n_nodes,)
        The child of an inner node for bit 0, whose successor is the child for bit 1; −1 − its
        number for a leaf.
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
) -> Shape:
    """Return the shape of the trees.

    Parameters
    ----------
    samples : ndarray of uint64, sorted
        Prefix (counted from 0), context (`depth` bits), class and bit (`label_bits` together).
    n_roots : int
        Number of prefixes.
    least : int
        A node is split if it has at least this many samples, of both bits.
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
    return Shape(child.astype(np.int32), first, last, n_leaves)


@kernel
def _grow(samples, ones, n_roots, depth, label_bits, least, nodes):
    """Fill in `nodes`; return the number of nodes and leaves, −1 nodes if there are too many."""
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
        # The samples of the node agree above this bit; those with it set are of the second child.
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
    """Return the first position in [low, high) whose sample is at least `bound`."""
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
    shape: Shape,
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
        Pseudocount.
    logs : pair of ndarray, optional
        `log_factorials` of alpha and of 2 alpha, up to the number of samples at least.
    """
    if logs is None:
        logs = log_factorials(len(samples), alpha), log_factorials(len(samples), 2 * alpha)
    found = np.empty((shape.n_leaves, n_classes))
    inner = shape.child[shape.child >= 0]
    n_roots = int(inner[0]) if len(inner) else len(shape.child)
    for begin in range(0, n_classes, CLASSES_AT_ONCE):
        end = min(begin + CLASSES_AT_ONCE, n_classes)
        counts = np.zeros((len(shape.child), end - begin, 2), np.int32)
        nodes = shape.child, shape.first, shape.last, n_roots
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


def quantised_log_odds(found: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return log odds as integers, from −`LARGEST_LOG_ODDS` (0) to `LARGEST_LOG_ODDS` (255).

    Examples
    --------
    >>> quantised_log_odds(np.array([0.5, 0.001, 1 - 1e-9])).tolist()
    [128, 39, 255]
    """
    log_odds = np.log(found) - np.log1p(-found)
    places = (log_odds + LARGEST_LOG_ODDS) / (2 * LARGEST_LOG_ODDS) * STEPS
    return np.clip(np.floor(places + 0.5), 0, STEPS).astype(np.uint8)
