"""Models that count do not depend on the order of the training documents, as the docs say."""

import numpy as np
import pytest

from compressclf import CodelengthClassifier
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(60)
NEW = labelled_texts(30, seed=1)[0]


@pytest.mark.parametrize("model", ["blocks", "blocks:correct=none"])
def test_labels_do_not_depend_on_the_order_of_the_training_documents(model):
    order = np.random.default_rng(0).permutation(len(TEXTS))
    one = CodelengthClassifier(model, calibration=1.0, n_jobs=1).fit(TEXTS, LABELS)
    other = CodelengthClassifier(model, calibration=1.0, n_jobs=1)
    other.fit([TEXTS[i] for i in order], [LABELS[i] for i in order])
    assert other.predict(NEW).tolist() == one.predict(NEW).tolist()
    assert np.allclose(other.codelengths(NEW), one.codelengths(NEW), rtol=0, atol=1e-3)
