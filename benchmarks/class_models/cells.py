"""One cell of the table: tuned in one process, fitted and measured in another.

The second process does nothing else, so its peak memory is that of the final fit and of predicting.
What a method compiles on first use is compiled on a few documents before the clock starts.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.class_models.records import pack_bits, where_and_when

if TYPE_CHECKING:
    from benchmarks.class_models.data import TextSet

__all__ = ["measure", "new_cell"]

CACHE = Path(__file__).parents[1] / ".cache" / "class_models"
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
WARM_UP_DOCUMENTS = 20  # of each of the two largest classes


def new_cell(source: str, method: str, *, threads: int, seed: int) -> dict[str, Any]:
    """Tune, fit and measure; return the record."""
    job = {"source": source, "method": method, "threads": threads, "seed": seed}
    tuned = _in_process({"step": "tune", **job})
    measured = measure(source, method, tuned["settings"], threads=threads, seed=seed)
    right = measured.pop("right")  # long, so it stands at the end of the line
    return {**measured, **tuned, "right": right}


def measure(
    source: str, method: str, settings: dict[str, Any], *, threads: int, seed: int
) -> dict[str, Any]:
    """Fit and predict with these settings; return the record without what tuning adds."""
    return _in_process(
        {
            "step": "measure",
            "source": source,
            "method": method,
            "settings": settings,
            "threads": threads,
            "seed": seed,
        }
    )


def _in_process(job: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", __name__, json.dumps(job)]
    environment = os.environ | {name: str(job["threads"]) for name in THREAD_VARIABLES}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _tune(source: str, method: str, threads: int, seed: int) -> dict[str, Any]:
    from benchmarks.class_models.data import read_set
    from benchmarks.class_models.methods import METHODS

    data = read_set(source)
    clock: dict[str, Any] = {}
    with _timed(clock, "tune"):
        choice = METHODS[method].tune(data.docs, data.labels, seed)
    return {"settings": choice.settings, "tuning": choice.evidence, **clock}


def _measure(
    source: str, method: str, settings: dict[str, Any], threads: int, seed: int
) -> dict[str, Any]:
    from benchmarks.class_models.data import read_set
    from benchmarks.class_models.methods import METHODS

    data = read_set(source)
    chosen = METHODS[method]
    n_all = len(data.test_docs)
    data = data.limit_test(chosen.limit_test)
    classifier = chosen.build(settings, threads)
    base, clock = _peak_mb(), {}
    with _timed(clock, "warm_up"):
        if chosen.kind in {"kNN", "class model"}:
            _warm_up(chosen.build(settings, threads), data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with _timed(clock, "fit"):
            classifier.fit(data.docs, data.labels)
    with _timed(clock, "predict"):
        predicted = np.asarray(classifier.predict(data.test_docs))
    right = predicted == data.test_labels
    accuracy, n_test = float(right.mean()), len(right)
    _keep(data.name, method, predicted)
    return {
        "set": data.name,
        "method": method,
        "kind": chosen.kind,
        "n_train": len(data.docs),
        "n_test": n_test,
        "n_test_all": n_all,
        "n_classes": data.n_classes,
        "settings": settings,
        "learned": chosen.learned(classifier),
        "accuracy": round(accuracy, 5),
        "stderr": round(float(np.sqrt(accuracy * (1 - accuracy) / n_test)), 5),
        **clock,
        "peak_memory_mb": round(_peak_mb()),
        "base_memory_mb": round(base),
        "threads": threads,
        "seed": seed,
        "warnings": sorted({warning.category.__name__ for warning in caught}),
        **where_and_when(),
        "right": pack_bits(right),
    }


@contextmanager
def _timed(clock: dict[str, Any], step: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    clock[f"{step}_seconds"] = round(time.perf_counter() - wall, 3)
    clock[f"{step}_cpu_seconds"] = round(time.process_time() - cpu, 3)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _warm_up(classifier: Any, data: TextSet) -> None:
    largest = np.argsort(-np.bincount(data.labels), kind="stable")[:2]
    rows = np.concatenate(
        [np.flatnonzero(data.labels == one)[:WARM_UP_DOCUMENTS] for one in largest]
    )
    classifier.fit([data.docs[row] for row in rows], data.labels[rows])
    classifier.predict(data.test_docs[:2])


def _keep(name: str, method: str, predicted: np.ndarray) -> None:
    """Keep the predicted class indices, beside the records' right-or-wrong bits."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{method.replace(' ', '-')}.npy", predicted.astype(np.int16))


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    step = {"tune": _tune, "measure": _measure}[arguments.pop("step")]
    print(json.dumps(step(**arguments)))
