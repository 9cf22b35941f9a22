"""k nearest neighbours as published and as they can be used: one search, every way of scoring.

The published numbers of gzip kNN are for k = 2. Where the two neighbours had different labels, the
code took the one that agrees with the TEST label, which is top-2 accuracy. Here the same neighbours
are scored in that way, deliberately and marked as such, and in three ways that are possible without
the test label: the nearest alone, two where the nearest decides ties (equal to the nearest alone),
and k chosen on training data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.neighbors import Neighbors, vote

from ..cells import Cell
from ..machine import Clock
from ..records import pack_bits
from . import Job, Protocol
from .full import score, tune

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAKY", "METHODS", "PROTOCOL", "TUNED", "leaky_hits"]

METHODS = ("gzip kNN", "lz77 kNN", "Jaccard kNN", "BoW kNN", "length kNN")
LEAKY, TIES, TUNED = "k=2, test label breaks ties", "k=2, nearest breaks ties", "k from training"


def leaky_hits(
    votes: NDArray[np.int64], test_labels: NDArray[np.int64], n_classes: int
) -> NDArray[np.bool_]:
    """Return which test labels are among the classes with most votes: the published scoring.

    Parameters
    ----------
    votes : ndarray of int64, shape (n_test, k)
        Class index of each neighbour.
    test_labels : ndarray of int64, shape (n_test,)
        The true labels, which no classifier may see; -1 for a class without training documents.
    n_classes : int

    Examples
    --------
    Two neighbours that disagree count as right if either of them is:

    >>> leaky_hits(np.array([[0, 1], [0, 1], [1, 1]]), np.array([0, 1, 0]), 2).tolist()
    [True, True, False]
    """
    counts = (votes[:, :, None] == np.arange(n_classes)).sum(axis=1)
    known = test_labels >= 0
    own = counts[np.arange(len(votes)), np.where(known, test_labels, 0)]
    hits: NDArray[np.bool_] = known & (own == counts.max(axis=1))
    return hits


def _search(job: Job) -> dict[str, Any]:
    data, method, clock = job.read(), job.method(), Clock()
    tuned_k = job.so_far["settings"]["k"]
    k = min(max(2, tuned_k), len(data.docs))
    classifier = method.build({**job.so_far["settings"], "k": k}, job.threads, job.cell.seed)
    with clock.time("fit"):
        classifier.fit(data.docs, data.labels)
    with clock.time("predict"):
        found = method.nearest(classifier, data.test_docs, k)
    votes, labels = data.labels[found.indices], data.test_labels

    def winners(k: int) -> NDArray[np.int64]:
        nearest = Neighbors(found.distances[:, :k], found.indices[:, :k])
        return vote(nearest, data.labels, data.n_classes).winners

    scorings = {
        LEAKY: leaky_hits(votes[:, :2], labels, data.n_classes),
        TIES: winners(2) == labels,
        TUNED: winners(tuned_k) == labels,
    }
    main = score(data, votes[:, 0])
    main["metrics"] |= {name: round(float(hits.mean()), 5) for name, hits in scorings.items()}
    return {
        "kind": method.kind,
        "n_train": len(data.docs),
        "n_test": len(labels),
        "n_test_all": len(labels),
        "n_classes": data.n_classes,
        **main,
        **clock.fields(),
        "data": data.fingerprint(),
        "right": pack_bits(votes[:, 0] == labels),
    }


def _check(cell: Cell) -> None:
    if cell.method not in METHODS:
        raise ValueError(
            f"The protocol paper scores neighbours: its methods are {', '.join(METHODS)}. Got "
            f"{cell.method!r} instead."
        )


PROTOCOL = Protocol(
    what="nearest neighbours, scored with the published leak and without",
    steps=(tune, _search),
    check=_check,
)
