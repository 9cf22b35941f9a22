"""Dual coordinate descent for a linear multi-class classifier on top of fixed offsets.

For documents d with features x(d), offsets o(d, c) and costs C(d), the weights W minimise

    1/2 |W|^2 + sum over d, rivals c != y(d) of  C(d) · max(0, 1 - (o(d, y) + W(y)·x(d))
                                                                 + (o(d, c) + W(c)·x(d)))^2

the squared hinge loss of Weston and Watkins (1998). In the dual, each document and rival has a
variable a(d, c) >= 0, which adds a(d, c) · x(d) to W(y(d)) and subtracts it from W(c), and

    1/2 |W|^2 + sum of a(d, c)^2 / (4 C(d)) - a(d, c) · (1 - o(d, y) + o(d, c))

is minimised one variable at a time. The step is the gradient divided by 2 |x(d)|^2 + 1/(2 C(d)), as
in Hsieh et al. 2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM". A visit of a
document takes steps for its most violating rivals and updates the weights once. Documents that do
not change in two consecutive visits are then visited only in every third pass.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.models.blocks.features import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EPOCHS", "TOLERANCE", "Examples", "descend", "linear_scores"]

EPOCHS = 10
"""Epochs, at most; fewer act as regularisation, and more did not improve accuracy."""
TOLERANCE = 0.05
"""Largest gradient of an epoch at which the descent stops; the margin is 1."""
STEPS = 10
"""Variables of a document that one visit changes, at most."""
QUIET = 2
"""Visits without a change after which a document is visited less often."""
EVERY = 3
"""Every third pass visits all documents."""


class Examples(NamedTuple):
    """Documents as sparse rows with their offsets.

    The features of document d are ``features[starts[d]:starts[d + 1]]``; their values are those in
    `values` times ``scales[d]``.
    """

    starts: NDArray[np.int64]
    features: NDArray[np.int32]
    values: NDArray[np.floating]
    scales: NDArray[np.floating]
    offsets: NDArray[np.floating]
    """Fixed part of the scores, shape (n_docs, n_classes); -inf excludes a class."""
    y: NDArray[np.int64]
    costs: NDArray[np.floating]
    """Cost of the squared hinge loss of each document, > 0."""
    n_features: int


def descend(
    examples: Examples,
    docs: NDArray[np.int64],
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    tolerance: float = TOLERANCE,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the weights, (n_features, n_classes), and the dual variables, (n_docs, n_classes).

    Parameters
    ----------
    examples : Examples
        Arrays of float32 (faster) or float64.
    docs : ndarray of int64
        The training documents. The order of visits depends on `seed` and on their order here.
    seed : int, default=0
        Seed of the order of visits.
    epochs : int
        Passes over the documents, at most.
    tolerance : float
        The descent stops after a pass over all documents without a larger gradient.
    """
    dtype = examples.values.dtype
    n_docs, n_classes = examples.offsets.shape
    weights = np.zeros((examples.n_features, n_classes), dtype)
    duals = np.zeros((n_docs, n_classes), dtype)
    quiet = np.zeros(n_docs, np.int8)
    rng = np.random.default_rng(seed)
    least = dtype.type(tolerance / 50)
    full = True
    for epoch in range(epochs):
        full = full or epoch % EVERY == 0 or epoch == epochs - 1
        visited = docs if full else docs[quiet[docs] < QUIET]
        worst = _visit(*examples[:7], rng.permutation(visited), least, weights, duals, quiet)
        if full and worst < tolerance:
            break
        full = worst < tolerance
    return weights, duals


def linear_scores(
    examples: Examples, weights: NDArray[np.floating], docs: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Return the scores without offsets, shape (len(docs), n_classes)."""
    return _linear(*examples[:4], weights, docs)


@kernel
def _visit(
    starts, features, values, scales, offsets, y, costs, order, least, weights, duals, quiet
):  # fmt: skip
    """Visit the documents in order, ignoring gradients up to `least`; return the largest."""
    n_classes = weights.shape[1]
    scores, change = np.empty(n_classes, weights.dtype), np.empty(n_classes, weights.dtype)
    changed = np.empty(n_classes, np.int64)
    nothing = np.zeros(1, weights.dtype)[0]
    one = np.ones(1, weights.dtype)[0]
    worst = nothing
    for doc in order:
        own, scale = y[doc], scales[doc]
        square = nothing
        scores[:] = nothing
        for i in range(starts[doc], starts[doc + 1]):
            value, row = values[i], weights[features[i]]
            square += value * value
            for c in range(n_classes):
                scores[c] += value * row[c]
        square *= scale * scale
        for c in range(n_classes):
            scores[c] = offsets[doc, c] + scale * scores[c]
        ridge = one / (costs[doc] + costs[doc])
        change[:] = nothing
        for step in range(STEPS):
            rival, gradient = -1, least
            for c in range(n_classes):
                dual = duals[doc, c]
                slope = scores[own] - scores[c] - one + ridge * dual
                if c != own and (dual > 0 or slope < 0) and abs(slope) > abs(gradient):
                    rival, gradient = c, slope
            if rival < 0:
                break
            if step == 0:
                worst = max(worst, abs(gradient))
            dual = duals[doc, rival]
            more = max(dual - gradient / (square + square + ridge), nothing) - dual
            if more == 0:
                break
            duals[doc, rival] = dual + more
            change[own] += more
            change[rival] -= more
            scores[own] += square * more
            scores[rival] -= square * more
        n = 0
        for c in range(n_classes):
            if change[c] != 0:
                changed[n], change[n] = c, scale * change[c]
                n += 1
        if n:
            quiet[doc] = 0
            for i in range(starts[doc], starts[doc + 1]):
                value, row = values[i], weights[features[i]]
                for j in range(n):
                    row[changed[j]] += value * change[j]
        elif quiet[doc] < QUIET and duals[doc].sum() == 0:
            quiet[doc] += 1
    return worst


@kernel
def _linear(starts, features, values, scales, weights, docs):
    scores = np.zeros((docs.size, weights.shape[1]), weights.dtype)
    for at in range(docs.size):
        doc = docs[at]
        for i in range(starts[doc], starts[doc + 1]):
            value, row = values[i], weights[features[i]]
            for c in range(row.size):
                scores[at, c] += value * row[c]
        scores[at] *= scales[doc]
    return scores
