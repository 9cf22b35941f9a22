import signal

import pytest

from compressclf import NCDClassifier, save_model
from compressclf.models import MODELS


@pytest.fixture
def byte_models(monkeypatch):
    """Make the class models of `tests.class_models` known by name."""
    from tests import class_models

    for name in ("Bytes", "OnlineBytes", "CountedBytes"):
        model = getattr(class_models, name)
        monkeypatch.setitem(MODELS._rows, model.name, f"{class_models.__name__}:{name}")


@pytest.fixture
def interruptible():
    """Handle SIGINT as Python does, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def model(tmp_path):
    """The directory of a small saved classifier."""
    classifier = NCDClassifier(1).fit(["to be", "or not", "to be"], ["a", "b", "a"])
    save_model(classifier, tmp_path / "model")
    return tmp_path / "model"
