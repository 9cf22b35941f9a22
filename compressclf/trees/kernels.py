"""Compiled kernels: the cost of a quartet tree, and moves of subtrees.

A tree is an array of neighbours, shape (2n − 2, 3): the nodes 0 to n − 1 are leaves with one
neighbour, followed by −1; the others have three. The slot ``3 * u + s`` is the edge from node u to
its neighbour s, and stands for the leaves beyond that edge.

The cost of a tree is the sum, over all quartets ``uv|wx`` that it contains, of d(u, v) + d(w, x).
No quartet has to be listed: if a quartet has u and v on one side, w and x are in one subtree that
hangs off the path from u to v. With D(A, B) for the sum of distances between the leaves of A and B,

    cost = Σ over inner nodes with subtrees A, B, C of
           pairs(A)·D(B, C) + pairs(B)·D(A, C) + pairs(C)·D(A, B),   pairs(A) = |A|·(|A| − 1)/2,

and D(B, C) = [cut(B) + cut(C) − cut(A)]/2, where cut(A) is the sum of distances between A and all
other leaves. A subtree that is moved over one node changes the terms of this node only, so all its
places are priced in one walk, each in constant time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from compressclf._lib.jit import kernels_of

__all__ = ["best_split", "cost", "descend", "extremes", "regraft", "swap", "walk"]

kernel: Any = kernels_of(Path(__file__).parent)

LEAST_GAIN = 1e-10  # as a share of the cost, so that rounding is never taken for a gain


@kernel
def extremes(d):  # type: ignore[no-untyped-def]
    """Return the sums, over all quartets, of the smallest and of the largest of three costs."""
    n = d.shape[0]
    low = 0.0
    high = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            for k in range(j + 1, n):
                for m in range(k + 1, n):
                    a = d[i, j] + d[k, m]
                    b = d[i, k] + d[j, m]
                    c = d[i, m] + d[j, k]
                    low += min(a, b, c)
                    high += max(a, b, c)
    return low, high


@kernel
def pairs(n):  # type: ignore[no-untyped-def]
    return 0.5 * n * (n - 1)


@kernel
def slot_of(tree, u, v):  # type: ignore[no-untyped-def]
    """Return the slot of the edge from u to v."""
    for s in range(3):
        if tree[u, s] == v:
            return 3 * u + s
    return -1


@kernel
def walk(tree, begin, slots, came):  # type: ignore[no-untyped-def]
    """List the slots of the edges beyond that of the slot `begin`, each before those beyond it.

    ``came[e]`` becomes the slot that leads to the edge of slot e. Returns the number of slots.
    """
    stack = np.empty(tree.shape[0], np.int64)
    stack[0] = begin
    height = 1
    n = 0
    while height:
        height -= 1
        back = stack[height]
        if back != begin:
            slots[n] = back
            n += 1
        u = back // 3
        v = tree[u, back % 3]
        for s in range(3):
            w = tree[v, s]
            if w >= 0 and w != u:
                stack[height] = 3 * v + s
                came[stack[height]] = back
                height += 1
    return n


@kernel
def measure(tree, d, rows, sizes, cuts):  # type: ignore[no-untyped-def]
    """Fill in, for each slot, the distances of its leaves to each leaf, their number and cut."""
    n = d.shape[0]
    nodes = tree.shape[0]
    slots = np.empty(nodes, np.int64)
    came = np.empty(3 * nodes, np.int64)
    count = walk(tree, 0, slots, came)
    order = np.empty(count + 1, np.int64)
    order[0] = 0  # the slot from leaf 0 to its neighbour
    order[1:] = slots[:count]
    for i in range(count, -1, -1):  # away from leaf 0, children first
        slot = order[i]
        u = slot // 3
        v = tree[u, slot % 3]
        if v < n:
            rows[slot] = d[v]
            sizes[slot] = 1
        else:
            rows[slot] = 0.0
            sizes[slot] = 0
            for s in range(3):
                if tree[v, s] != u:
                    rows[slot] += rows[3 * v + s]
                    sizes[slot] += sizes[3 * v + s]
    for i in range(count + 1):  # towards leaf 0, parents first
        slot = order[i]
        u = slot // 3
        v = tree[u, slot % 3]
        up = slot_of(tree, v, u)
        if u < n:
            rows[up] = d[u]
            sizes[up] = 1
            continue
        rows[up] = 0.0
        sizes[up] = 0
        for s in range(3):
            if tree[u, s] != v:
                rows[up] += rows[3 * u + s]
                sizes[up] += sizes[3 * u + s]
    # The leaves of a slot away from leaf 0 follow one another in the order of the walk.
    leaves = np.empty(n, np.int64)
    first = np.empty(3 * nodes, np.int64)
    n_leaves = 0
    for i in range(count + 1):
        slot = order[i]
        first[slot] = n_leaves
        v = tree[slot // 3, slot % 3]
        if v < n:
            leaves[n_leaves] = v
            n_leaves += 1
    for i in range(count + 1):
        slot = order[i]
        u = slot // 3
        v = tree[u, slot % 3]
        up = slot_of(tree, v, u)
        total = rows[slot, 0]
        for k in range(n_leaves):
            if k < first[slot] or k >= first[slot] + sizes[slot]:
                total += rows[slot, leaves[k]]
        cuts[slot] = total
        cuts[up] = total


@kernel
def total_cost(tree, n, sizes, cuts):  # type: ignore[no-untyped-def]
    total = 0.0
    for p in range(n, tree.shape[0]):
        all_cuts = cuts[3 * p] + cuts[3 * p + 1] + cuts[3 * p + 2]
        for s in range(3):
            total += pairs(sizes[3 * p + s]) * 0.5 * (all_cuts - 2 * cuts[3 * p + s])
    return total


@kernel
def cost(tree, d):  # type: ignore[no-untyped-def]
    """Return the cost of a tree."""
    slots = 3 * tree.shape[0]
    rows = np.empty((slots, d.shape[0]))
    sizes = np.zeros(slots, np.int64)
    cuts = np.zeros(slots)
    measure(tree, d, rows, sizes, cuts)
    return total_cost(tree, d.shape[0], sizes, cuts)


@kernel
def graft_cost(k, ahead, behind, cut, near, all_near):  # type: ignore[no-untyped-def]
    """Return the terms of the node where a subtree S of k leaves joins an edge.

    `ahead` and `behind` are the numbers of leaves at the ends, `cut` the cut of the part ahead,
    `near` is D(S, ahead) and `all_near` D(S, all others).
    """
    return pairs(k) * (cut - near) + pairs(behind) * near + pairs(ahead) * (all_near - near)


@kernel
def best_place(tree, n, slot, row, sizes, cuts, slots, came, near, change):  # type: ignore[no-untyped-def]
    """Return the edge to which the subtree of a slot should move, and the change of the cost."""
    u = slot // 3
    k = sizes[slot]
    best, gain = -1, 0.0
    rest = n - k
    all_near = cuts[slot]
    for s in range(3):
        begin = 3 * u + s
        if begin == slot:
            continue
        count = walk(tree, begin, slots, came)
        for i in range(count, -1, -1):
            e = slots[i - 1] if i else begin
            y = tree[e // 3, e % 3]
            if y < n:
                near[e] = row[y]
            else:
                near[e] = 0.0
                for t in range(3):
                    if tree[y, t] != e // 3:
                        near[e] += near[3 * y + t]
        change[begin] = 0.0
        for i in range(count):
            e = slots[i]
            back = came[e]
            q = e // 3
            other = 3 * q
            while other == e or tree[q, other % 3] == back // 3:
                other += 1
            ahead, aside = sizes[e], sizes[other]
            behind = rest - ahead - aside
            between = 0.5 * (cuts[e] + cuts[other] - cuts[back])  # D(ahead, aside)
            to_ahead = cuts[e] - between - near[e]  # D(behind, ahead)
            to_aside = cuts[other] - between - near[other]
            near_behind = all_near - near[e] - near[other]
            before = (
                pairs(behind + k) * between
                + pairs(aside) * (to_ahead + near[e])
                + pairs(ahead) * (to_aside + near[other])
            )
            after = (
                pairs(behind) * (between + near[other])
                + pairs(aside) * (to_ahead + near_behind)
                + pairs(ahead + k) * to_aside
            )
            old = graft_cost(k, sizes[back], rest - sizes[back], cuts[back], near[back], all_near)
            new = graft_cost(k, ahead, rest - ahead, cuts[e], near[e], all_near)
            change[e] = change[back] + after - before + new - old
            if change[e] < gain:
                best, gain = e, change[e]
    return best, gain


@kernel
def replace(tree, u, old, new):  # type: ignore[no-untyped-def]
    """Make `new` the neighbour of u instead of `old`."""
    for s in range(3):
        if tree[u, s] == old:
            tree[u, s] = new
            return


@kernel
def regraft(tree, slot, target):  # type: ignore[no-untyped-def]
    """Move the subtree of a slot into the edge of the slot `target`, which is outside of it."""
    u, moved = slot // 3, tree[slot // 3, slot % 3]
    q, y = target // 3, tree[target // 3, target % 3]
    if q == u or y == u:
        return
    a, b = -1, -1
    for s in range(3):
        if tree[u, s] != moved:
            a, b = b, tree[u, s]
    replace(tree, a, u, b)
    replace(tree, b, u, a)
    replace(tree, q, y, u)
    replace(tree, y, q, u)
    tree[u, 0], tree[u, 1], tree[u, 2] = moved, q, y


@kernel
def swap(tree, first, second):  # type: ignore[no-untyped-def]
    """Exchange the subtrees of two slots, neither of which contains the other."""
    u, v = first // 3, second // 3
    a, b = tree[u, first % 3], tree[v, second % 3]
    tree[u, first % 3], tree[v, second % 3] = b, a
    replace(tree, a, u, v)
    replace(tree, b, v, u)


@kernel
def descend(tree, d):  # type: ignore[no-untyped-def]
    """Move one subtree at a time, always that which lowers the cost most; return the last cost."""
    n = d.shape[0]
    nodes = tree.shape[0]
    rows = np.empty((3 * nodes, n))
    sizes = np.zeros(3 * nodes, np.int64)
    cuts = np.zeros(3 * nodes)
    slots = np.empty(nodes, np.int64)
    came = np.empty(3 * nodes, np.int64)
    near = np.empty(3 * nodes)
    change = np.empty(3 * nodes)
    measure(tree, d, rows, sizes, cuts)
    now = total_cost(tree, n, sizes, cuts)
    while True:
        best_slot, best_target = -1, -1
        gain = -LEAST_GAIN * now
        for slot in range(3 * n, 3 * nodes):
            target, difference = best_place(
                tree, n, slot, rows[slot], sizes, cuts, slots, came, near, change
            )
            if target >= 0 and difference < gain:
                best_slot, best_target, gain = slot, target, difference
        if best_slot < 0:
            return now
        regraft(tree, best_slot, best_target)
        measure(tree, d, rows, sizes, cuts)
        now = total_cost(tree, n, sizes, cuts)


@kernel
def best_split(d):  # type: ignore[no-untyped-def]
    """Return, for each set of the leaves 1 to n − 1, the half that the cheapest tree splits off.

    The sets are bit masks: bit i is leaf i + 1. Leaf 0 is the root. The cost of the node that joins
    two sets depends on these sets alone, so the cheapest tree of a set is made of the cheapest
    trees of its halves (dynamic programming, 3ⁿ steps).
    """
    n = d.shape[0]
    full = (1 << (n - 1)) - 1
    within = np.zeros(full + 1)  # the sum of distances between the leaves of a set
    count = np.zeros(full + 1, np.int64)
    rows = d.sum(axis=1)
    cut = np.zeros(full + 1)
    for group in range(1, full + 1):
        low = 0
        while not (group >> low) & 1:
            low += 1
        others = group & (group - 1)
        count[group] = count[others] + 1
        between = 0.0
        outside = rows[low + 1]
        for j in range(n - 1):
            if (others >> j) & 1:
                between += d[low + 1, j + 1]
        within[group] = within[others] + between
        cut[group] = cut[others] + outside - 2 * between
    best = np.zeros(full + 1)
    half = np.zeros(full + 1, np.int64)
    for group in range(1, full + 1):
        if count[group] < 2:
            continue
        best[group] = np.inf
        low = group & -group
        part = (group - 1) & group
        while part:
            if part & low:
                other = group ^ part
                between = within[group] - within[part] - within[other]
                price = (
                    best[part]
                    + best[other]
                    + pairs(n - count[group]) * between
                    + pairs(count[other]) * (cut[part] - between)
                    + pairs(count[part]) * (cut[other] - between)
                )
                if price < best[group]:
                    best[group] = price
                    half[group] = part
            part = (part - 1) & group
    return half
