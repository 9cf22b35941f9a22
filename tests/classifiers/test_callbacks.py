"""scikit-learn's callbacks around fit."""

import pytest

from compressclf import CodelengthClassifier, CodelengthFeatures, NCDClassifier

pytest.importorskip("sklearn.callback")  # scikit-learn 1.9

TEXTS, LABELS = ["cheap pills", "win cash", "the meeting", "notes of it"] * 3, [1, 1, 0, 0] * 3


class Recorder:
    """A callback that records the calls."""

    def __init__(self, calls):
        self.calls = calls

    def setup(self, estimator, context):
        self.calls.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(f"begin {context.estimator_name}")

    def on_fit_task_end(self, estimator, context):
        self.calls.append(f"end {hasattr(estimator, 'classes_')}")

    def teardown(self, estimator, context):
        self.calls.append("teardown")


@pytest.mark.parametrize(
    "estimator",
    [CodelengthClassifier("zstd-dict"), CodelengthFeatures("zstd-dict"), NCDClassifier(1)],
)
def test_callbacks_are_called_around_fit(estimator):
    calls = []
    assert estimator.set_callbacks(Recorder(calls)).fit(TEXTS, y=LABELS) is estimator
    assert calls == ["setup", f"begin {type(estimator).__name__}", "end True", "teardown"]


def test_a_callback_is_torn_down_if_fit_fails():
    calls = []
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CodelengthClassifier().set_callbacks(Recorder(calls)).fit(TEXTS, LABELS[1:])
    assert calls[-1] == "teardown"
