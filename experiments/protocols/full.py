"""All training documents: settings are tuned in one process, the final fit is measured in another.

The second process does nothing else, so its peak memory is that of the final fit and of predicting.
Methods that compile on first use do so on a few documents before the clock starts.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..data import TextSet
from ..machine import Clock, peak_memory_mb
from ..records import pack_bits
from . import Job, Protocol

__all__ = ["PROTOCOL", "score", "tune"]

WARM_UP_DOCUMENTS = 20  # of each of the two largest classes


def tune(job: Job) -> dict[str, Any]:
    """Choose the settings: the first step."""
    data, clock = job.read(), Clock()
    with clock.time("tune"):
        choice = job.method().tune(data.docs, data.labels, job.cell.seed)
    return {"settings": choice.settings, "tuning": choice.evidence, **clock.fields()}


def _measure(job: Job) -> dict[str, Any]:
    data, method, clock = job.read(), job.method(), Clock()
    n_test_all, fingerprint = len(data.test_docs), data.fingerprint()
    data = data.limit_test(method.limit_test)
    settings = job.so_far["settings"]
    classifier = method.build(settings, job.threads, job.cell.seed)
    base = peak_memory_mb()
    with clock.time("warm_up"):
        if method.compiles:
            _warm_up(method.build(settings, job.threads, job.cell.seed), data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with clock.time("fit"):
            classifier.fit(data.docs, data.labels)
    with clock.time("predict"):
        predicted = np.asarray(classifier.predict(data.test_docs))
    peak = peak_memory_mb()
    return {
        "kind": method.kind,
        "n_train": len(data.docs),
        "n_test": len(predicted),
        "n_test_all": n_test_all,
        "n_classes": data.n_classes,
        **score(data, predicted),
        "learned": method.learned(classifier),
        **clock.fields(),
        "peak_memory_mb": peak,
        "base_memory_mb": base,
        "model_bytes": method.model_bytes(classifier),
        "warnings": sorted({warning.category.__name__ for warning in caught}),
        "data": fingerprint,
        "right": pack_bits(predicted == data.test_labels),
    }


def score(data: TextSet, predicted: Any) -> dict[str, Any]:
    """Return accuracy with its standard error, and macro F1."""
    from sklearn.metrics import f1_score

    accuracy = float(np.mean(predicted == data.test_labels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class without test documents
        macro_f1 = float(f1_score(data.test_labels, predicted, average="macro", zero_division=0.0))
    return {
        "metric": "accuracy",
        "value": round(accuracy, 5),
        "stderr": round(float(np.sqrt(accuracy * (1 - accuracy) / len(predicted))), 5),
        "metrics": {"macro_f1": round(macro_f1, 5)},
    }


def _warm_up(classifier: Any, data: TextSet) -> None:
    largest = np.argsort(-np.bincount(data.labels), kind="stable")[:2]
    rows = np.concatenate(
        [np.flatnonzero(data.labels == one)[:WARM_UP_DOCUMENTS] for one in largest]
    )
    classifier.fit([data.docs[row] for row in rows], data.labels[rows])
    classifier.predict(data.test_docs[:2])


PROTOCOL = Protocol(
    what="tune on all training documents, fit, predict the test documents",
    steps=(tune, _measure),
)
