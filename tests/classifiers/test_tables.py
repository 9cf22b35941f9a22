"""Tables of numbers: the bytes of a row are its document, so their dtype is part of the model."""

import re

import numpy as np
import pytest

from compressclf import CodelengthClassifier, CodelengthFeatures, NCDClassifier

ESTIMATORS = [
    NCDClassifier(1, n_jobs=1),
    CodelengthClassifier("zstd-dict", calibration=1.0, n_jobs=1),
    CodelengthFeatures("zstd-dict", n_jobs=1),
]
every_estimator = pytest.mark.parametrize(
    "estimator", ESTIMATORS, ids=lambda one: type(one).__name__
)
TABLE = np.random.default_rng(0).integers(0, 100, (20, 40))
LABELS = np.arange(20) % 2


def answers(estimator, table):
    answer = getattr(estimator, "predict_proba", None) or estimator.transform
    return answer(table).tolist()


@every_estimator
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.uint64, ">i8"])
def test_numbers_of_another_dtype_are_converted(estimator, dtype):
    estimator.fit(TABLE, LABELS)
    assert answers(estimator, TABLE.astype(dtype)) == answers(estimator, TABLE)


@every_estimator
@pytest.mark.parametrize(
    ("learnt", "asked", "number"),
    [
        (np.int64, np.float64, 0.5),
        (np.int8, np.int64, 128),
        (np.uint8, np.int64, -1),
        (np.float64, np.int64, 2**53 + 1),
        (np.float32, np.float64, 0.1),
    ],
)
def test_numbers_that_do_not_fit_are_refused(estimator, learnt, asked, number):
    estimator.fit(TABLE.astype(learnt), LABELS)
    asked = np.full((1, 40), number, asked)
    sentence = (
        f"X holds numbers of dtype {asked.dtype} that {np.dtype(learnt)}, which fit has seen, "
        f"cannot hold: convert X to {np.dtype(learnt)}, or fit to numbers of dtype {asked.dtype}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        answers(estimator, asked)


def test_learning_more_converts_too():
    whole = CodelengthClassifier("blocks", n_jobs=1).partial_fit(TABLE, LABELS, classes=[0, 1])
    parts = CodelengthClassifier("blocks", n_jobs=1).partial_fit(
        TABLE[:10], LABELS[:10], classes=[0, 1]
    )
    parts.partial_fit(TABLE[10:].astype(float), LABELS[10:])
    assert parts.codelengths(TABLE) == pytest.approx(whole.codelengths(TABLE))
