import numba
import numpy as np
import pytest

from compressclf import Corpus
from compressclf.models.blocks.distinct import (
    PIECE,
    distinct_features,
    most_at_once,
    nothing,
    roomy,
    scratch,
)
from compressclf.models.blocks.features import features_of, most_features
from tests.models.blocks.corpora import awkward

LENGTHS = np.array([1, 4, 8], np.int64)


def all_at_once(doc, lengths, words):
    """Hash, kind and frequency of each feature in the order in which they come."""
    most = most_features(len(doc), len(lengths), words)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    buffer = np.frombuffer(doc, np.uint8)
    n = features_of(buffer, 0, len(doc), lengths, words, hashes, kinds, np.empty((0, 2), np.int64))
    found, first, times = np.unique(hashes[:n], return_index=True, return_counts=True)
    order = np.argsort(first)
    return found[order], kinds[first[order]], np.minimum(times[order], 255)


def assert_same(docs, lengths=LENGTHS, words=2):
    """Documents one after the other in one scratch."""
    corpus = Corpus.from_documents(docs)
    work, found, n = scratch(most_at_once(corpus, len(lengths), words)), nothing(), 0
    for doc, begin, end in zip(docs, corpus.offsets[:-1], corpus.offsets[1:], strict=True):
        first = n
        n, found = distinct_features(corpus.buffer, begin, end, lengths, words, work, found, first)
        for one, other in zip(found, all_at_once(doc, lengths, words), strict=True):
            assert one[first:n].tolist() == other.tolist()


@pytest.mark.parametrize("words", [0, 1, 2])
def test_short_documents(words):
    assert_same(awkward()[0], words=words)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="takes minutes as plain Python")
@pytest.mark.parametrize("n_bytes", [PIECE, PIECE + 1, PIECE + 2, 2 * PIECE - 1, 5 * PIECE + 77])
def test_long_documents_are_read_in_pieces(n_bytes):
    rng = np.random.default_rng(n_bytes)
    docs = [
        rng.bytes(n_bytes),  # features that no other piece has
        bytes(rng.integers(97, 101, n_bytes, np.uint8)),  # one word
        rng.choice(np.frombuffer(b"ab  .", np.uint8), n_bytes).tobytes(),  # words cut by pieces
        b"a " * (n_bytes // 2),  # as many words as there can be, all alike
        b" a" * (n_bytes // 2 + 1),
        ("中茶a" * n_bytes).encode()[1 : n_bytes + 1],  # characters cut by pieces
        rng.choice(np.frombuffer(b"a\x80\xbf\xc3\xe4\xf0", np.uint8), n_bytes).tobytes(),
        b"in between",
    ]
    assert_same(docs)
    assert_same(docs, lengths=LENGTHS[:0])


@pytest.mark.parametrize("n_bytes", [10, PIECE, 64 * PIECE])
def test_the_number_of_features_read_at_a_time_is_bounded(n_bytes):
    docs = Corpus(np.zeros(n_bytes, np.uint8), [0, n_bytes])
    assert most_at_once(docs, 5, 2) <= 6 * min(n_bytes, PIECE) + 14


def test_roomy_keeps_what_is_there():
    array = np.arange(4)
    assert roomy(array, 4) is array
    assert roomy(array, 5)[:4].tolist() == [0, 1, 2, 3]
    assert roomy(array, 5).size == 8
    assert roomy(array, 50).size == 50
