import numpy as np
import pytest

from compressclf import Corpus
from compressclf.models import cross_codelengths, get_model
from compressclf.models._held_out import sampled_codelengths
from compressclf.models._samples import spread_sample
from tests.class_models import Bytes
from tests.texts import labelled_texts


@pytest.mark.parametrize(
    ("n", "most", "expected"),
    [(0, 3, []), (2, 3, [0, 1]), (5, 3, [0, 2, 4]), (7, 1, [0]), (9, 9, list(range(9)))],
)
def test_so_many_documents(n, most, expected):
    assert spread_sample(np.zeros(n, np.int64), most).tolist() == expected


def test_every_class_has_its_share_whatever_the_period():
    y = np.arange(3999) % 2
    assert np.bincount(y[spread_sample(y, 2000)]).tolist() == [1000, 1000]
    rare = (np.arange(3000) >= 2990).astype(np.int64)
    assert 3 <= rare[spread_sample(rare, 1000)].sum() <= 4


def test_a_smaller_sample_is_a_part_of_a_larger_one():
    y = np.random.default_rng(0).integers(0, 7, 5000)
    assert set(spread_sample(y, 500)) < set(spread_sample(y, 2000)) < set(range(5000))


@pytest.mark.parametrize(("most", "n_chosen"), [(1000, 100), (9, 1), (5, 1), (10**6, 1000)])
def test_a_budget_of_bytes(most, n_chosen):
    chosen = spread_sample(np.zeros(1000, np.int64), most, sizes=np.full(1000, 10))
    assert len(chosen) == n_chosen
    assert np.diff(chosen, append=1000).max() <= 3000 / n_chosen


def test_bits_of_a_sample_that_the_model_has_not_seen():
    texts, labels = labelled_texts(60)
    docs, y = Corpus.from_documents(texts), np.unique(labels, return_inverse=True)[1]
    bits = sampled_codelengths(Bytes(add=1.0), docs, y, 3, most=9)
    held = np.flatnonzero(~np.isnan(bits).any(axis=1))
    assert held.tolist() == spread_sample(y, 9).tolist()
    rest = np.setdiff1d(np.arange(60), held)
    fitted = Bytes(add=1.0).fit(docs.take(rest), y[rest], 3)
    assert np.array_equal(bits[held], fitted.codelengths(docs.take(held)))
    assert (~np.isnan(sampled_codelengths(Bytes(add=1.0), docs, y, 3)).any(axis=1)).sum() == 12
    assert np.isnan(sampled_codelengths(Bytes(add=1.0), docs[:4], y[:4], 3)).all()
    assert not np.isnan(cross_codelengths(Bytes(add=1.0), docs[:4], y[:4], 3)).any()


@pytest.mark.parametrize("name", ["zstd-dict", "ppmd"])
def test_only_of_many_documents_a_sample_is_held_out(name, monkeypatch):
    model = get_model(name)
    texts, labels = labelled_texts(60)
    docs, y = Corpus.from_documents(texts), np.unique(labels, return_inverse=True)[1]
    assert not np.isnan(model.fit_held_out(docs, y, 3)[1]).any()
    monkeypatch.setattr("compressclf.models.primed.model.ENOUGH_FOR_A_SAMPLE", 60)
    _, held = model.fit_held_out(docs, y, 3)
    np.testing.assert_array_equal(held, sampled_codelengths(model, docs, y, 3))
