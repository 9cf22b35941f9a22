import time
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from compressclf import CodelengthClassifier, Corpus, NCDClassifier, write_matrix
from compressclf.matrices.planning import plan_memory
from compressclf.reports import costs
from compressclf.reports.costs import Estimate, Phase, estimate_classifier, estimate_matrix
from tests.texts import labelled_texts

DOCS = Corpus.from_documents([b"x" * (50 + i % 7) for i in range(3000)])
LABELS = np.arange(3000) % 3
QUERIES = Corpus.from_documents([b"y" * (80 + i % 5) for i in range(400)])
SIZE = DOCS.nbytes + 64 * len(DOCS)  # 64 bytes stand for the fixed cost of a pair


@dataclass
class Clock:
    """A processor on which one unit of work takes a microsecond."""

    units: float = 0.0

    def __call__(self):
        return 1e-6 * self.units


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(costs.time, "process_time", clock)
    return clock


class Model(BaseEstimator):
    """A class model: its time per query does not depend on the training documents."""

    fixed = 0

    def __init__(self, clock, n_jobs=2):
        self.clock = clock
        self.n_jobs = n_jobs

    def __sklearn_clone__(self):
        return type(self)(**{**self.get_params(deep=False), "clock": self.clock})

    def fit(self, X, y):
        assert set(LABELS) == set(y)
        self.clock.units += self.fixed + 10 * (X.nbytes + 64 * len(X))
        self.size_ = X.nbytes + 64 * len(X)

    def predictions(self, X):
        self.clock.units += 3 * (X.nbytes + 64 * len(X))


class Search(Model):
    """Nearest neighbours: a query is compared with all training documents."""

    fixed = 5000

    def __init__(self, clock, n_neighbors=5, n_jobs=2):
        super().__init__(clock, n_jobs)
        self.n_neighbors = n_neighbors

    def predictions(self, X):
        self.clock.units += (X.nbytes + 64 * len(X)) * (100 + 0.02 * self.size_)


def test_the_time_of_a_class_model_is_continued_from_samples(clock):
    estimate = estimate_classifier(Model(clock), DOCS, LABELS, QUERIES)
    fit, predict = estimate.phases
    assert fit.cpu_seconds == pytest.approx(1e-6 * 10 * SIZE)
    assert predict.cpu_seconds == pytest.approx(1e-6 * 3 * (QUERIES.nbytes + 64 * 400))
    assert (fit.seconds, predict.seconds) == (fit.cpu_seconds, predict.cpu_seconds / 2)
    assert estimate.pairs == 0
    assert estimate.seconds == fit.seconds + predict.seconds
    assert clock.units < 5e6  # not much more than two seconds


def test_the_time_of_a_search_grows_with_the_training_documents(clock):
    estimate = estimate_classifier(Search(clock), DOCS, LABELS, QUERIES, quick=True)
    fit, predict = estimate.phases
    each = 1e-6 * (QUERIES.nbytes + 64 * 400)
    assert predict.cpu_seconds == pytest.approx(each * (100 + 0.02 * SIZE))
    assert fit.cpu_seconds == pytest.approx(1e-6 * (5000 + 10 * SIZE))
    assert (fit.seconds, predict.seconds) == (fit.cpu_seconds / 2, predict.cpu_seconds / 2)
    assert estimate.pairs == 1_200_000


@pytest.mark.slow
def test_real_classifiers_are_left_alone_and_their_memory_is_above_what_is_used():
    texts, labels = labelled_texts(300, seed=1)
    docs = Corpus.from_documents(texts)
    for classifier in (
        NCDClassifier(n_jobs=1),
        NCDClassifier(candidates="ngrams", n_jobs=1),
        CodelengthClassifier(n_jobs=1),
    ):
        before = classifier.get_params(), vars(classifier).keys()
        begin = time.process_time()
        estimate = estimate_classifier(classifier, docs, labels, docs[:50])
        assert time.process_time() - begin < 60
        assert (classifier.get_params(), vars(classifier).keys()) == before
        assert [phase.name for phase in estimate.phases] == ["fit", "predict"]
        assert all(phase.cpu_seconds > 0 and phase.memory > 10**7 for phase in estimate.phases)


class Compiled(Model):
    """Something is compiled when it is first needed, by more than 30 documents."""

    is_ready = False

    def fit(self, X, y):
        if len(X) > 30 and not Compiled.is_ready:
            Compiled.is_ready = True
            self.clock.units += 10_000_000
        super().fit(X, y)


def test_what_is_compiled_in_a_sample_does_not_count(clock, monkeypatch):
    monkeypatch.setattr(Compiled, "is_ready", False)
    found = estimate_classifier(Compiled(clock), DOCS, LABELS, QUERIES).phases[0].cpu_seconds
    assert Compiled.is_ready
    assert found == pytest.approx(1e-5 * SIZE, rel=0.05)


@pytest.mark.parametrize(("symmetrize", "pairs"), [("min", 5050), ("none", 10_000)])
def test_a_matrix(symmetrize, pairs, tmp_path):
    pytest.importorskip("pyarrow")
    docs = Corpus.from_documents(labelled_texts(100, seed=1)[0])
    settings = {"top_k": 3, "symmetrize": symmetrize, "memory": 500_000_000, "n_jobs": 1}
    estimate = estimate_matrix(docs, **settings)
    assert estimate.pairs == pairs
    (phase,) = estimate.phases
    assert phase.cpu_seconds > 0
    assert phase.memory == plan_memory(docs, 500_000_000, top_k=3)[1]
    write_matrix(docs, tmp_path / "out", **settings)  # the same arguments


def test_an_estimate_sums_time_and_takes_the_largest_memory():
    phases = Phase("fit", 4.0, 2.0, 300), Phase("predict", 1.0, 0.5, 200)
    assert (Estimate(phases, 0).seconds, Estimate(phases, 0).memory) == (2.5, 300)
