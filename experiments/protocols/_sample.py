"""The shared part of `few-shot` and `scaling`: fit to some rows, predict all test documents."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..machine import Clock
from ..records import pack_bits
from ..tuning import Choice
from . import Job
from .full import score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..data import TextSet

__all__ = ["learn_from"]


def learn_from(job: Job, data: TextSet, rows: NDArray[np.int64], *, tuned: bool) -> dict[str, Any]:
    """Fit the cell's method on some training rows and score it on the test documents.

    Parameters
    ----------
    job : Job
        The cell.
    data : TextSet
        The result of ``job.read()``.
    rows : ndarray of int64
        The training documents.
    tuned : bool
        Whether baselines are tuned on these rows; otherwise they keep their defaults.
    """
    method, seed, clock = job.method().for_few().named(data.classes), job.cell.seed, Clock()
    docs, labels = [data.docs[row] for row in rows], data.labels[rows]
    choice = Choice(method.defaults(), {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged, a class with fewer documents than folds
        with clock.time("prepare"):  # only what no earlier cell of this process has prepared
            method.prepare([*docs, *data.test_docs], job.threads)
        if tuned:
            with clock.time("tune"):
                choice = method.tune(docs, labels, seed)
        with clock.time("fit"):
            classifier = method.build(choice.settings, job.threads, seed).fit(docs, labels)
        with clock.time("predict"):
            predicted = np.asarray(classifier.predict(data.test_docs))
    return {
        "kind": method.kind,
        "n_train": len(docs),
        "train_bytes": sum(map(len, docs)),
        "n_test": len(predicted),
        "n_test_all": len(predicted),
        "n_classes": data.n_classes,
        **score(data, predicted),
        "settings": choice.settings,
        "learned": method.learned(classifier),
        **clock.fields(),
        "peak_memory_mb": None,  # the process measures many cells
        "model_bytes": None,
        "data": data.fingerprint(),
        "right": pack_bits(predicted == data.test_labels),
    }
