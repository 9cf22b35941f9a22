"""Ctrl-C at random moments; ``python -m benchmarks.interrupts`` sends many more."""

import random
import sys
import threading

import numba
import numpy as np
import pytest

from benchmarks.interrupts import documents, interrupted
from compressclf import CodelengthClassifier

pytestmark = [
    pytest.mark.usefixtures("interruptible"),
    pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent"),
    pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled"),
    pytest.mark.skipif(
        threading.current_thread() is not threading.main_thread(),
        reason="only the main thread is interrupted",
    ),
]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("model", ["blocks", "contextmix"])
def test_an_interrupt_is_told_and_leaves_the_model_as_it_was(model, n_jobs):
    rng = random.Random(0)
    texts, labels = documents(60, rng)
    classifier = CodelengthClassifier(model, n_jobs=n_jobs).fit(texts, labels)
    before = classifier.predict_proba(texts)
    other = CodelengthClassifier(model, n_jobs=n_jobs)
    for _ in range(3):
        ends = [
            interrupted(lambda: classifier.predict_proba(texts * 5), rng.uniform(0, 0.1)),
            interrupted(lambda: other.fit(texts * 2, labels * 2), rng.uniform(0, 0.2)),
        ]
        assert set(ends) <= {"KeyboardInterrupt", ""}  # "": it was done before
        assert np.array_equal(classifier.predict_proba(texts), before)
