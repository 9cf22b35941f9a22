"""A few training documents a class, drawn anew for every seed; the test documents stay the same.

Baselines are tuned on the drawn documents alone where there are at least `TUNED_FROM` a class;
below it they keep their defaults.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..machine import Clock
from ..records import pack_bits
from . import Job, Protocol
from .full import score

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PROTOCOL", "draw"]

TUNED_FROM = 10


def draw(labels: NDArray[np.int64], shots: int, seed: int) -> NDArray[np.int64]:
    """Return the rows of `shots` documents of each class, or of all that it has.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 1])
    >>> np.bincount(labels[draw(labels, 2, seed=0)]).tolist()
    [2, 1]
    """
    generator = np.random.default_rng(seed)
    classes = [generator.permutation(np.flatnonzero(labels == one)) for one in np.unique(labels)]
    return np.sort(np.concatenate([rows[:shots] for rows in classes]))


def _learn(job: Job) -> dict[str, Any]:
    data, method, clock = job.read(), job.method().for_few(), Clock()
    shots, seed = job.cell.parameters["shots"], job.cell.seed
    rows = draw(data.labels, shots, seed)
    docs, labels = [data.docs[row] for row in rows], data.labels[rows]
    settings: dict[str, Any] = method.defaults()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged, a class with fewer documents than folds
        with clock.time("tune"):
            if shots >= TUNED_FROM and method.tuned_on_few:
                settings = method.tune(docs, labels, seed).settings
        with clock.time("fit"):
            classifier = method.build(settings, job.threads, seed).fit(docs, labels)
        with clock.time("predict"):
            predicted = np.asarray(classifier.predict(data.test_docs))
    return {
        "kind": method.kind,
        "n_train": len(docs),
        "n_test": len(predicted),
        "n_test_all": len(predicted),
        "n_classes": data.n_classes,
        **score(data, predicted),
        "settings": settings,
        "learned": method.learned(classifier),
        **clock.fields(),
        "peak_memory_mb": None,  # of a process that measures many cells
        "model_bytes": None,
        "data": data.fingerprint(),
        "right": pack_bits(predicted == data.test_labels),
    }


PROTOCOL = Protocol(
    what="learn from a few documents of each class, drawn with the seed",
    steps=(_learn,),
    parameters=("shots",),
    shared=True,
)
