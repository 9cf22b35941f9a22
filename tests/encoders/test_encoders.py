"""The contract of encoders, and the cache of vectors."""

from dataclasses import dataclass

import numpy as np
import pytest

from compressclf import Corpus
from compressclf.encoders import ENCODERS, Encoder, base, get_encoder

CALLS = []


@dataclass(frozen=True)
class Lengths(Encoder):
    """Two numbers per text; notes what it was asked for."""

    times: int = 1

    name = "lengths"
    n_features = 2
    digest = ""

    def encode(self, texts, *, n_jobs=None):
        CALLS.append(list(texts))
        return np.array([[len(text) * self.times, 1] for text in texts], np.float32)


@pytest.fixture
def cache(monkeypatch):
    CALLS.clear()
    monkeypatch.setattr(base, "_CACHE", base._Cache(base.MOST_BYTES))
    return base._CACHE


def vectors(encoder, *docs):
    return encoder.vectors(Corpus.from_documents(list(docs))).tolist()


def test_equal_documents_are_encoded_once(cache):
    assert vectors(Lengths(), "one", "three", "one") == [[3, 1], [5, 1], [3, 1]]
    assert vectors(Lengths(), "three", "to") == [[5, 1], [2, 1]]
    assert CALLS == [["one", "three"], ["to"]]


def test_the_cache_keeps_encoders_apart(cache):
    assert vectors(Lengths(), "one") == [[3, 1]]
    assert vectors(Lengths(times=2), "one") == [[6, 1]]


def test_the_cache_drops_what_was_used_longest_ago(cache):
    cache.most = 2 * (8 + base.OVERHEAD)
    vectors(Lengths(), "a", "bb")
    vectors(Lengths(), "a")  # used again
    vectors(Lengths(), "ccc")  # drops bb
    CALLS.clear()
    assert vectors(Lengths(), "a", "bb") == [[1, 1], [2, 1]]
    assert CALLS == [["bb"]]
    assert cache.size == cache.most


def test_known_vectors_are_not_computed(cache):
    docs = Corpus.from_documents(["one", "three"])
    Lengths().remember(docs, [[7, 8], [9, 10]])
    assert vectors(Lengths(), "three", "to", "one") == [[9, 10], [2, 1], [7, 8]]
    assert CALLS == [["to"]]
    with pytest.raises(ValueError, match=r"must have shape \(2, 2\)\. Got \(2, 3\)"):
        Lengths().remember(docs, np.zeros((2, 3)))


def test_documents_are_decoded_and_cut(cache, monkeypatch):
    monkeypatch.setattr(base, "MOST_READ", 5)
    vectors(Lengths(), b"a\xff\x00b", "abcdefg")
    assert CALLS == [["a\ufffd\0b", "abcde"]]


def test_many_documents_are_encoded_in_parts(cache, monkeypatch):
    monkeypatch.setattr(base, "TOGETHER", 2)
    assert len(vectors(Lengths(), *map(str, range(5)))) == 5
    assert [len(part) for part in CALLS] == [2, 2, 1]


def test_no_documents(cache):
    assert Lengths().vectors(Corpus.from_documents([])).shape == (0, 2)


def test_an_encoder_by_its_spec(monkeypatch):
    monkeypatch.setitem(ENCODERS._rows, "lengths", f"{__name__}:Lengths")
    assert get_encoder("lengths:times=3") == Lengths(3)
    assert get_encoder("lengths:times=3").spec == "lengths:times=3"
    assert get_encoder(Lengths(2)) == Lengths(2)


def test_unknown_names_and_other_objects_are_refused():
    with pytest.raises(ValueError, match=r"Unknown encoder 'minlm': .* did you mean 'minilm'\?"):
        get_encoder("minlm")
    with pytest.raises(TypeError) as error:
        get_encoder(3)
    assert str(error.value) == (
        "The encoder must be a spec such as 'minilm' or an Encoder. Got 3 instead."
    )
