import numpy as np
import pytest

from compressclf.models.blocks import Blocks, correction
from compressclf.models.blocks.rowbits import Correction, joined, no_correction
from tests.models.blocks import reference
from tests.models.blocks.corpora import awkward, corpus, topics

SETTINGS = {"damping": 0.5, "shorten": 0.5, "add": 1.0, "own": 0.05}
NEW = [*topics(9, seed=5)[0], b"", b"a", b"unseen letters: qqq", b"abc" * 300]


@pytest.mark.parametrize(("lengths", "one"), [((3, 4), 4), ((4,), 4), ((2, 3, 4), 3), ((), None)])
@pytest.mark.parametrize("cost", [0.3, 1.0])
@pytest.mark.parametrize("data", [topics, awkward])
def test_corrected_codelengths_are_the_oracles(monkeypatch, data, cost, lengths, one):
    """With the descent taken to its end, as the oracle takes it."""
    descend = correction.descend
    monkeypatch.setattr(correction, "NEGLIGIBLE", 0.0)
    monkeypatch.setattr(
        correction, "descend", lambda *args, **_: descend(*args, epochs=5000, tolerance=1e-5)
    )
    docs, y, n_classes = data()
    model = Blocks("+".join(map(str, lengths)) or "none", **SETTINGS, correct=cost)
    bits = model.fit(corpus(docs), y, n_classes, n_jobs=1).codelengths(corpus(NEW))
    oracle = reference.Oracle(docs, y, n_classes, lengths=lengths, words=2, **SETTINGS)
    expected = -reference.corrected(oracle, one, cost, NEW)
    assert bits == pytest.approx(expected, rel=1e-3, abs=2e-3)


def test_small_corrections_are_dropped(monkeypatch):
    docs, y, n_classes = topics(40)
    pruned = Blocks("4").fit(corpus(docs), y, n_classes, n_jobs=1).arrays()["corrections"]
    monkeypatch.setattr(correction, "NEGLIGIBLE", 0.0)
    fitted = Blocks("4").fit(corpus(docs), y, n_classes, n_jobs=1)
    whole = fitted.arrays()["corrections"]
    dropped = whole[np.abs(whole) < np.abs(pruned).min()]
    assert len(dropped) > 0
    assert len(pruned) + len(dropped) == len(whole)
    assert np.abs(dropped).max() < 0.2 * np.sqrt(np.mean(np.square(whole)))
    # before any is dropped, the corrections of a feature add up to 0 over the classes
    parts = fitted.explain_parts(docs[0])["corrected"]
    assert np.abs(parts).max() > 0.01
    assert parts.sum(axis=1) == pytest.approx(np.zeros(len(docs[0])), abs=1e-5)


@pytest.mark.parametrize("n_docs", [12, 60])
def test_every_fold_of_few_documents_is_held_out(monkeypatch, n_docs):
    """Held-out scores are those of a model without the fold, but for its own features and scale."""
    monkeypatch.setattr(correction, "ENOUGH", 20)
    docs, y, n_classes = topics(n_docs)
    held = Blocks("4").fit_held_out(corpus(docs), y, n_classes, n_jobs=1)[1]
    known = ~np.isnan(held).any(axis=1)
    assert known.sum() == (n_docs if n_docs <= 20 else n_docs // 4)


def test_held_out_corrections_are_fitted_without_the_fold(monkeypatch):
    docs, y, n_classes = topics(24)
    fold = correction.folds_of(y)[0]
    learned = []

    def descend(examples, docs, **settings):
        learned.append(sorted(docs.tolist()))
        return correction_descend(examples, docs, **settings)

    correction_descend = correction.descend
    monkeypatch.setattr(correction, "descend", descend)
    fitted, held = Blocks("4", **SETTINGS).fit_held_out(corpus(docs), y, n_classes, n_jobs=1)
    assert learned[0] == list(range(24))
    assert learned[1] == sorted(set(range(24)) - set(fold.tolist()))
    own = np.arange(24), y
    assert held[own].mean() > fitted.codelengths(corpus(docs))[own].mean()


def test_rare_features_are_left_out_where_there_are_too_many(monkeypatch):
    docs, y, n_classes = topics(40)
    whole = Blocks("4").fit(corpus(docs), y, n_classes, n_jobs=1).arrays()["n_corrections_of_row"]
    monkeypatch.setattr(correction, "MOST_WEIGHTS", int((whole > 0).sum()) * n_classes // 2)
    fewer = Blocks("4").fit(corpus(docs), y, n_classes, n_jobs=1).arrays()["n_corrections_of_row"]
    assert 0 < (fewer > 0).sum() <= (whole > 0).sum() // 2


def test_taking_rows():
    one = Correction(
        np.array([0, 2, 2, 3]), np.array([0, 2, 1], np.int32), np.array([1, -1, 5], np.float32)
    )
    taken = one.take(np.array([2, 0, 7]))  # there is no row 7
    assert taken.starts.tolist() == [0, 1, 3, 3]
    assert taken.classes.tolist() == [1, 0, 2]
    assert taken.bits.tolist() == [5, 1, -1]
    assert one.dense(np.array([0, 1]), 3).tolist() == [[1, 0, -1], [0, 0, 0]]
    both = joined([one, no_correction(2), one])
    assert both.starts.tolist() == [0, 2, 2, 3, 3, 3, 5, 5, 6]
    assert both.bits.tolist() == [1, -1, 5, 1, -1, 5]
