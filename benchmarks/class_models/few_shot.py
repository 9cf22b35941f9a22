"""5, 10, 50 and 100 training documents a class, drawn anew for every seed.

The test documents are the same for all draws. The SVMs and complement NB are tuned on the drawn
documents alone where there are at least `TUNED_FROM` a class; below it they keep their defaults.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.class_models.baselines import Baseline
from benchmarks.class_models.methods import METHODS
from benchmarks.class_models.records import where_and_when

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.class_models.data import TextSet

__all__ = ["LIMIT_TEST", "SHOTS", "draw", "few_shot_cell", "few_shot_methods"]

SHOTS = (5, 10, 50, 100)
LIMIT_TEST = 1000
TUNED_FROM = 10
BASELINES = ("word SVM", "char SVM", "word CNB", "gzip kNN")


def few_shot_methods() -> list[str]:
    """Return the names of the methods that are compared."""
    return [name for name in METHODS if name in BASELINES or METHODS[name].kind == "class model"]


def draw(labels: NDArray[np.int64], shots: int, seed: int) -> NDArray[np.int64]:
    """Return the rows of `shots` documents of each class, or of all that it has."""
    generator = np.random.default_rng(seed)
    classes = [generator.permutation(np.flatnonzero(labels == one)) for one in np.unique(labels)]
    return np.sort(np.concatenate([rows[:shots] for rows in classes]))


def few_shot_cell(
    data: TextSet, method: str, shots: int, *, seeds: int, threads: int
) -> dict[str, Any]:
    """Fit and score one method on every draw; return the record."""
    chosen = METHODS[method]
    if isinstance(chosen, Baseline):
        # With few documents a term that occurs once is most of what there is.
        chosen = replace(chosen, min_dfs=chosen.min_dfs[:1])
    accuracies, settings, n_train = [], [], []
    begin = time.process_time()
    for seed in range(seeds):
        rows = draw(data.labels, shots, seed)
        docs, labels = [data.docs[row] for row in rows], data.labels[rows]
        picked = chosen.defaults()
        if shots >= TUNED_FROM and isinstance(chosen, Baseline):
            picked = chosen.tune(docs, labels, seed).settings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not converged
            classifier = chosen.build(picked, threads).fit(docs, labels)
        accuracies.append(float(np.mean(classifier.predict(data.test_docs) == data.test_labels)))
        settings.append(picked)
        n_train.append(len(docs))
    return {
        "set": data.name,
        "method": method,
        "kind": chosen.kind,
        "shots": shots,
        "n_train": n_train[0],
        "n_test": len(data.test_docs),
        "accuracy": round(float(np.mean(accuracies)), 5),
        "sd": round(float(np.std(accuracies, ddof=1)), 5),
        "accuracies": [round(accuracy, 5) for accuracy in accuracies],
        "settings": settings,
        "cpu_seconds": round((time.process_time() - begin) / seeds, 3),
        "threads": threads,
        **where_and_when(),
    }
