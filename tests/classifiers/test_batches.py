"""Predictions in batches equal those of one call, and finished batches are not computed again."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, ImageCodelengthClassifier, NCDClassifier
from compressclf._lib.journal import Journal
from compressclf._lib.progress import listen
from compressclf.classifiers import batches
from compressclf.classifiers._base import Predictions
from compressclf.classifiers.batches import predictions_in_batches
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(60, seed=1)
DOCS = Corpus.from_documents(labelled_texts(70, seed=2)[0])
IMAGES = np.random.default_rng(0).integers(0, 256, (50, 6, 6), dtype=np.uint8)
CLASSIFIERS = {
    "kNN": (NCDClassifier(3, compressor="lz77", n_jobs=1), TRAIN, LABELS, DOCS),
    "random ties": (
        NCDClassifier(4, compressor="lz77", ties="random", random_state=3, n_jobs=2),
        *(TRAIN, LABELS, DOCS),
    ),
    "class models": (CodelengthClassifier("blocks", n_jobs=1), TRAIN, LABELS, DOCS),
    "numbers as labels": (CodelengthClassifier("blocks"), TRAIN, [len(y) for y in LABELS], DOCS),
    "images": (
        ImageCodelengthClassifier("transform", n_jobs=1),
        *(IMAGES, [0, 1] * 25, Corpus.from_documents(IMAGES[::-1])),
    ),
}


MODELS = (
    "blocks",
    "contextmix:memory=16",
    "ppmd",
    "zstd-dict",
    "lm:compressor=zstd",
    "blocks+ppmd",
)


@pytest.fixture
def open_journal(tmp_path):
    return lambda: Journal(tmp_path / "journal", "predictions", {"n": 1})


def rows_of(journal):
    return [tuple(record.entry["rows"]) for record in journal.replay()]


def assert_equal(one, other):
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert one.labels.dtype == other.labels.dtype


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_batches_give_what_one_call_gives(name, open_journal):
    classifier, X, y, docs = CLASSIFIERS[name]
    classifier.fit(X, y)
    whole = classifier.predictions(docs)
    assert_equal(predictions_in_batches(classifier, docs), whole)
    with open_journal() as journal:
        assert_equal(predictions_in_batches(classifier, docs, journal), whole)
        one_batch = [(0, len(docs))]
        batched = [(0, 16), (16, 48), (48, len(docs))]
        assert rows_of(journal) == (one_batch if name == "images" else batched)
    with open_journal() as journal:  # nothing is left to do
        classifier.predictions = None
        assert_equal(predictions_in_batches(classifier, docs, journal), whole)
        del classifier.predictions


@pytest.mark.parametrize("model", MODELS)
def test_the_bits_of_these_models_do_not_depend_on_the_batch(model):
    pytest.importorskip("pyppmd")
    classifier = CodelengthClassifier(model, calibration=1.0, n_jobs=1).fit(TRAIN, LABELS)
    assert batches._is_invariant(classifier)
    whole = classifier.codelengths(DOCS)
    bounds = [0, 1, 2, 5, 21, 37, 70]
    parts = [classifier.codelengths(DOCS[a:b]) for a, b in itertools.pairwise(bounds)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_models_that_multiply_matrices_have_fixed_batches(open_journal, monkeypatch):
    images = ImageCodelengthClassifier("transform", n_jobs=1).fit(IMAGES, [0, 1] * 25)
    assert not batches._is_invariant(images)
    monkeypatch.setattr(batches, "FIXED", 20)
    with open_journal() as journal:
        predictions_in_batches(images, Corpus.from_documents(IMAGES), journal)
        assert rows_of(journal) == [(0, 20), (20, 40), (40, 50)]


class Parity:
    """Says whether a document is of even length; stops or runs out of memory when told to."""

    classes_ = np.array(["even", "odd"])
    compressor_ = SimpleNamespace(runtime="")

    def __init__(self, *, stop=99, most=99):
        self.seen, self.stop, self.most = [], stop, most

    def predictions(self, docs):
        if len(docs) > self.most:
            raise MemoryError
        if len(self.seen) == self.stop:
            raise KeyboardInterrupt
        self.seen.append(len(docs))
        odd = docs.lengths % 2
        shares = np.stack([1 - odd, odd], axis=1).astype(float)
        return Predictions(self.classes_[odd], shares, odd > 0)


def test_what_was_finished_is_not_computed_again(open_journal):
    whole = Parity().predictions(DOCS)
    for _ in range(2):
        stopped = Parity(stop=1)
        with open_journal() as journal, pytest.raises(KeyboardInterrupt):
            predictions_in_batches(stopped, DOCS, journal)
    progress = []
    continued = Parity()
    with open_journal() as journal, listen(lambda done, total: progress.append((done, total))):
        assert_equal(predictions_in_batches(continued, DOCS, journal), whole)
        assert rows_of(journal) == [(0, 16), (16, 32), (32, 48), (48, 70)]
    n_bytes = [DOCS[start:stop].nbytes for start, stop in ((32, 48), (48, 70))]
    assert progress == [(0, sum(n_bytes)), (n_bytes[0], sum(n_bytes)), (sum(n_bytes),) * 2]


@pytest.mark.parametrize("with_journal", [True, False])
def test_a_batch_that_takes_too_much_memory_is_halved(open_journal, with_journal):
    with open_journal() as journal:
        classifier = Parity(most=5)
        found = predictions_in_batches(classifier, DOCS, journal if with_journal else None)
        assert_equal(found, Parity().predictions(DOCS))
        assert max(classifier.seen) == 4  # 70, 35, 17, 8, or 16, 8
        with pytest.raises(
            MemoryError,
            match=r"^There is not enough memory for a document of 5 bytes: leave it out, or use "
            r"fewer threads or another model\.$",
        ):
            predictions_in_batches(Parity(most=0), Corpus.from_documents(["to be", "or not"]))


def test_no_documents(open_journal):
    with open_journal() as journal:
        found = predictions_in_batches(Parity(), DOCS[:0], journal)
    assert found.probabilities.shape == (0, 2)


def sizes_after(seconds_of):
    sizes, found = batches._Sizes(batches.FIRST), []
    for _ in range(12):
        sizes.adapt(sizes.n, seconds_of(sizes.n))
        found.append(sizes.n)
    return found


def test_batches_take_about_ten_seconds():
    assert sizes_after(lambda n: n / 100)[-1] == 512  # 5.1 s
    assert sizes_after(lambda n: 2.0 * n)[-1] == batches.FIRST * 2
    # with 20 seconds before each batch, batches grow until those are a small part
    assert sizes_after(lambda n: 20 + n / 100)[-1] == 8192
    assert sizes_after(lambda n: 1e-9)[-1] == batches.MOST


def test_batches_become_smaller_when_documents_become_longer():
    sizes = batches._Sizes(100)
    sizes.adapt(100, 9.0)
    sizes.adapt(100, 9.0)
    before = sizes.n
    sizes.adapt(before, 60.0)
    assert sizes.n == before // 2
