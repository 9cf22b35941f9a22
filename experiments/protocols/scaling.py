"""A share of the training documents: all of them halved so many times; the test documents stay.

The draws of one seed are nested: the documents of a size are among those of the next. Settings are
not tuned: baselines keep their defaults at every size, class models choose theirs in ``fit``, as
they always do. So a curve shows what more data does, and not what more tuning does.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..machine import Clock
from ..records import pack_bits
from . import Job, Protocol
from .full import score

__all__ = ["PROTOCOL"]


def _learn(job: Job) -> dict[str, Any]:
    data, method, clock = job.read(), job.method().for_few(), Clock()
    n_train = len(data.docs) >> job.cell.parameters["halvings"]
    rows = np.random.default_rng(job.cell.seed).permutation(len(data.docs))[:n_train]
    docs, labels = [data.docs[row] for row in rows], data.labels[rows]
    if len(np.unique(labels)) < 2:
        raise ValueError(f"{n_train} documents are of one class: halve the data fewer times.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged: its score shows it
        with clock.time("fit"):
            classifier = method.build(method.defaults(), job.threads, job.cell.seed)
            classifier.fit(docs, labels)
        with clock.time("predict"):
            predicted = np.asarray(classifier.predict(data.test_docs))
    return {
        "kind": method.kind,
        "n_train": n_train,
        "train_bytes": sum(map(len, docs)),
        "n_test": len(predicted),
        "n_test_all": len(predicted),
        "n_classes": data.n_classes,
        **score(data, predicted),
        "settings": method.defaults(),
        "learned": method.learned(classifier),
        **clock.fields(),
        "peak_memory_mb": None,  # of a process that measures many cells
        "model_bytes": None,
        "data": data.fingerprint(),
        "right": pack_bits(predicted == data.test_labels),
    }


PROTOCOL = Protocol(
    what="learn from all training documents, halved so many times, drawn with the seed",
    steps=(_learn,),
    parameters=("halvings",),
    shared=True,
)
