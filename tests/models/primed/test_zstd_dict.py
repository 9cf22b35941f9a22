import pickle
import random
import warnings

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus
from compressclf.compressors import zstd
from compressclf.models.primed import texts as class_texts
from compressclf.models.primed.presets import ZstdDict
from compressclf.models.primed.texts import Texts
from tests.models.reference import mixture, zstd_bits
from tests.texts import labelled_texts

pytestmark = pytest.mark.slow


def training_data(n=200):
    texts, labels = labelled_texts(n)
    names, y = np.unique(labels, return_inverse=True)
    return Corpus.from_documents(texts), y.astype(np.int64), len(names)


def parts_of(model, docs, y, index):
    """The texts of each part of a class, and the weight of the part."""
    read = Texts(model.equivalent, docs, y, int(y.max()) + 1)
    return [([read.text(rows) for rows in part.rows], part.weight) for part in read.parts[index]]


def words(n_bytes, seed=0):
    """Text of random words: what is copied from it is cheap, and nothing else is."""
    rng = random.Random(seed)
    vocabulary = [bytes(rng.choices(b"abcdefghij", k=rng.randrange(2, 9))) for _ in range(20_000)]
    return b" ".join(rng.choices(vocabulary, k=n_bytes // 5))[:n_bytes]


def test_one_shard_is_one_dictionary():
    docs, y, k = training_data()
    new = Corpus.from_documents(labelled_texts(20, seed=1)[0])
    bits = ZstdDict(level=5, shards=1).fit(docs, y, k).codelengths(new)
    for index in range(k):
        text = b"".join(doc + b"\n" for doc in docs.take(np.flatnonzero(y == index)))
        assert bits[:, index].tolist() == [zstd_bits(text, doc, level=5) for doc in new]


@pytest.mark.parametrize("pool", ["mixture", "mean"])
def test_shards_are_pooled(pool):
    docs, y, k = training_data()
    new = Corpus.from_documents(labelled_texts(20, seed=1)[0])
    bits = ZstdDict(level=5, shards=3, pool=pool).fit(docs, y, k).codelengths(new)
    for index in range(k):
        mine = list(docs.take(np.flatnonzero(y == index)))
        texts = [b"".join(doc + b"\n" for doc in mine[start::3]) for start in range(3)]
        for doc, value in zip(new, bits[:, index], strict=True):
            each = [zstd_bits(text, doc, level=5) for text in texts]
            assert value == pytest.approx(mixture(each) if pool == "mixture" else np.mean(each))


def test_auto_is_the_mean_of_its_partitions(monkeypatch):
    docs, y, k = training_data()
    new = Corpus.from_documents(labelled_texts(20, seed=1)[0])
    sizes = np.bincount(y, weights=docs.lengths)
    largest = int(sizes.argmax())
    # Two, one and one shard: the last two are coded once and count twice.
    monkeypatch.setattr(class_texts, "SCALES", (sizes[largest] / 2, sizes[largest], 1 << 24))
    fitted = ZstdDict().fit(docs, y, k)
    parts = parts_of(ZstdDict(), docs, y, largest)
    assert [len(texts) for texts, _ in parts] == [2, 1]
    assert [weight for _, weight in parts] == pytest.approx([1 / 3, 2 / 3])
    two, one = (ZstdDict(shards=n).fit(docs, y, k).codelengths(new)[:, largest] for n in (2, 1))
    assert fitted.codelengths(new)[:, largest] == pytest.approx((two + 2 * one) / 3)


def test_a_large_class_has_larger_shards_and_not_more():
    docs = Corpus.from_documents([words(10_000, seed) for seed in range(10)] * 30)
    parts = parts_of(ZstdDict(level=1), docs, np.zeros(300, np.int64), 0)
    assert [(len(texts), weight) for texts, weight in parts] == [
        (16, pytest.approx(1 / 3)),
        (15, pytest.approx(1 / 3)),
        (1, pytest.approx(1 / 3)),
    ]


def test_shards_of_a_class_hold_every_document_once():
    docs, y, k = training_data()
    for index in range(k):
        ((texts, weight),) = parts_of(ZstdDict(shards=4), docs, y, index)
        held = [doc for text in texts for doc in text.split(b"\n")[:-1]]
        assert sorted(held) == sorted(docs.take(np.flatnonzero(y == index)))
        assert weight == 1.0


def test_more_shards_than_documents():
    docs = Corpus.from_documents(["a b c", "d e f", "g h i"])
    y = np.array([0, 0, 1])
    sizes = [len(parts_of(ZstdDict(shards=100), docs, y, index)[0][0]) for index in range(2)]
    assert sizes == [2, 1]


def test_a_class_twice_as_large_is_not_favoured_by_its_size():
    """The trap of the sum over shards: it gives every document to the class with fewer."""
    small, large = words(60_000, seed=1), words(240_000, seed=2)
    docs = Corpus.from_documents(
        [text[at : at + 600] for text in (small, large) for at in range(0, len(text), 600)]
    )
    y = np.repeat([0, 1], [100, 400])
    new = Corpus.from_documents([large[at : at + 300] for at in range(0, 200_000, 20_000)])
    for shards in ("auto", 1, 3):
        bits = ZstdDict(shards=shards).fit(docs, y, 2).codelengths(new)
        assert bits.argmin(axis=1).tolist() == [1] * len(new)


def test_a_class_without_documents_has_no_dictionary():
    docs = Corpus.from_documents(["the cat sat on the mat"] * 3)
    fitted = ZstdDict().fit(docs, np.array([0, 2, 2]), 3)
    bits = fitted.codelengths(Corpus.from_documents(["the cat sat on the mat", "zqj"]))
    assert bits[0, 1] > bits[0, 0] == bits[0, 2]
    assert len(set(bits[1])) == 1
    nothing = ZstdDict(budget="equal").fit(docs[:0], np.array([], np.int64), 2)
    assert np.ptp(nothing.codelengths(docs), axis=1).tolist() == [0, 0, 0]


def test_the_start_of_eight_megabytes_is_not_forgotten():
    text = words(8_000_000)
    fitted = ZstdDict(level=3, shards=1).fit(Corpus.from_documents([text]), np.array([0]), 1)
    pieces = Corpus.from_documents([text[at : at + 200] for at in (0, 3_000_000, 7_999_000)])
    assert (fitted.codelengths(pieces) <= 8 * 30).all()
    # With the tables of the level only the last piece is found.
    plain = [zstd_bits(text, piece, level=3) for piece in pieces]
    assert plain[0] > 8 * 100 < plain[1]
    assert plain[2] <= 8 * 30


def test_forgetting_is_warned_of(monkeypatch):
    docs = Corpus.from_documents([words(1_000_000)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ZstdDict(level=3, shards=1).fit(docs, np.array([0]), 1)
    monkeypatch.setattr(zstd, "_table_logs", lambda *_: (20, 12, 12))
    with pytest.warns(UserWarning, match="level 3 forgets part of the 1,000,001 bytes that it"):
        ZstdDict(level=3, shards=1).fit(docs, np.array([0]), 1)


@pytest.mark.parametrize("text", [b"\x00" * 5000, b"ab" * 3000, random.Random(3).randbytes(5000)])
def test_no_false_alarm(text):
    ZstdDict().fit(Corpus.from_documents([text, text]), np.array([0, 1]), 2)


def test_budget():
    docs, y, k = training_data()

    def first_texts(budget):
        model = ZstdDict(budget=budget, shards=1)
        return [parts_of(model, docs, y, index)[0][0][0] for index in range(k)]

    assert all(700 < len(text) <= 1000 for text in first_texts(1000))
    least = np.bincount(y, weights=docs.lengths + 1).min()
    assert all(least - 400 < len(text) <= least for text in first_texts("equal"))
    tiny = Corpus.from_documents(["abcdef"])
    assert parts_of(ZstdDict(budget=3), tiny, np.array([0]), 0)[0][0] == [b"abc"]


def test_pickle_keeps_the_codelengths():
    docs, y, k = training_data(60)
    fitted = ZstdDict().fit(docs, y, k)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.model == fitted.model
    assert np.array_equal(again.codelengths(docs), fitted.codelengths(docs))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"level": 0}, r"'level' parameter of zstd-dict must be an int in \[1, 22\]. Got 0"),
        ({"shards": "all"}, "'shards' parameter of zstd-dict must be 'auto' or an int in .* Got"),
        ({"shards": 0}, "'shards' parameter of zstd-dict must be 'auto' or an int in"),
        ({"budget": "fair"}, "'budget' parameter of zstd-dict must be 'auto', 'equal', None or an"),
        ({"budget": 0}, "'budget' parameter of zstd-dict must be 'auto', 'equal', None or"),
        ({"pool": "sum"}, "'pool' parameter of zstd-dict must be 'mixture' or 'mean'. Got 'sum'"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        ZstdDict(**parameters)


def test_classifier():
    texts, labels = labelled_texts(300)
    clf = CodelengthClassifier("zstd-dict", n_jobs=1).fit(texts[:200], labels[:200])
    assert clf.score(texts[200:], labels[200:]) >= 0.9
    assert clf.model_.model == ZstdDict()
