import pickle

import numpy as np
import pytest

from compressclf.compressors import deflate
from compressclf.compressors.deflate import DeflateTexts
from compressclf.documents import Corpus

DOCUMENTS = ["abcabcabc", "", "to be or not to be", "a"]


@pytest.fixture(params=deflate.EXACT_LEVELS)
def texts(request):
    return deflate.prepare(Corpus.from_documents(DOCUMENTS), request.param)


def test_a_prepared_corpus_is_still_the_corpus(texts):
    assert texts == Corpus.from_documents(DOCUMENTS)
    assert texts[2] == b"to be or not to be"
    assert deflate.prepare(texts, texts.level) is texts


def test_slices_share_what_was_prepared(texts):
    part = texts[1:3]
    assert isinstance(part, DeflateTexts)
    assert part.notes is texts.notes
    assert list(part) == [b"", b"to be or not to be"]
    expected = deflate.payload_bytes(texts, texts.level)
    np.testing.assert_array_equal(deflate.payload_bytes(part, texts.level), expected[1:3])
    assert len(texts[3:1]) == 0


def test_chosen_documents_are_prepared_too(texts):
    for part in (texts.take([2, 0, 2]), texts[::2], pickle.loads(pickle.dumps(texts[1:]))):
        assert isinstance(part, DeflateTexts)
        assert part.level == texts.level
        np.testing.assert_array_equal(
            deflate.payload_bytes(part, part.level),
            deflate.payload_bytes(Corpus.from_documents(list(part)), part.level),
        )


def test_documents_are_chosen_as_from_a_list(texts):
    documents = list(texts)
    assert list(texts.take([-1, 0, -2])) == [documents[-1], documents[0], documents[-2]]
    assert list(texts.take([])) == []
    with pytest.raises(IndexError):
        texts.take([len(texts)])


def test_another_level_is_prepared_anew():
    nine = deflate.prepare(Corpus.from_documents(DOCUMENTS), 9)
    six = deflate.prepare(nine, 6)
    assert (nine.level, six.level) == (9, 6)
    assert six == nine


def test_notes_of_a_document():
    """In abcabcabc the second and third abc match; zlib prefers the newest of equally long."""
    notes = deflate.prepare(Corpus.from_documents(["abcabcabc"]), 9).notes
    assert notes["length"].tolist() == [2, 2, 2, 6, 5, 4, 3, 0, 0]
    assert notes["distance"].tolist() == [0, 0, 0, 3, 3, 3, 3, 0, 0]
    assert notes["rank"].tolist() == [0, 0, 0, 1, 1, 1, 2, 0, 0]


def test_the_middle_of_a_buffer():
    whole = Corpus.from_documents(DOCUMENTS)
    part = deflate.prepare(whole[2:], 9)
    assert list(part) == list(whole)[2:]
    assert part.buffer.size == whole[2:].nbytes
