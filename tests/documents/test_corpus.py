import hashlib
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.documents import Corpus, document_bytes
from tests.texts import AWKWARD


@given(st.lists(st.binary(max_size=50)))
def test_bytes_come_back_unchanged(documents):
    corpus = Corpus.from_documents(documents)
    assert list(corpus) == documents
    assert [corpus[i] for i in range(len(corpus))] == documents
    assert corpus.lengths.tolist() == [len(document) for document in documents]


@given(st.lists(st.text(max_size=20)))
def test_text_is_utf8(documents):
    assert list(Corpus.from_documents(documents)) == [text.encode() for text in documents]


def test_awkward_documents_survive():
    long = [bytes([i]) * 160_000 for i in (0, 13, 255)]
    assert list(Corpus.from_documents(AWKWARD + long)) == AWKWARD + long


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xff\xfe caf\xe9".decode("utf-8", "surrogateescape"), b"\xff\xfe caf\xe9"),
        ("\ud83d", b"\xed\xa0\xbd"),
        ("\r", b"\r"),
        ("\x00", b"\x00"),
    ],
)
def test_odd_characters(text, expected):
    assert document_bytes(text) == expected


def test_a_path_is_its_content(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\r\n\xff")
    assert list(Corpus.from_documents([tmp_path / "a.txt"])) == [b"\r\n\xff"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["be", "", "not"]),
        pa.array(["be", "", "not"], pa.large_string()),
        pa.array(["be", "", "not"], pa.string_view()),
        pa.array([b"be", b"", b"not"]),
        pa.array(["be", "", "not"]).dictionary_encode(),
        pa.chunked_array([["be"], [""], [], ["not"]]),
        pa.array(["to", "be", "", "not"])[1:],
        pd.Series(["be", "", "not"]),
        pd.Series(["be", "", "not"], dtype=object),
        pd.Series(["be", "", "not"], index=[7, 7, 7]),
        np.array(["be", "", "not"]),
        np.array(["be", "", "not"], dtype=object),
        ("be", b"", bytearray(b"not")),
        (text for text in ["be", "", "not"]),
    ],
    ids=lambda column: f"{type(column).__name__}-{getattr(column, 'type', '')}",
)
def test_columns_of_any_library(column):
    assert list(Corpus.from_documents(column)) == [b"be", b"", b"not"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_an_arrow_column_is_not_copied(kind):
    column = pa.array(["to be", "or not"], kind)
    corpus = Corpus.from_documents(column)
    assert corpus.buffer.ctypes.data == column.buffers()[2].address


def test_a_pandas_text_column_is_not_copied():
    series = pd.Series(["to be", "or not"], dtype=pd.ArrowDtype(pa.large_string()))
    corpus = Corpus.from_documents(series)
    stored = series.array.__arrow_array__().chunk(0)
    assert corpus.buffer.ctypes.data == stored.buffers()[2].address


def test_rows_of_numbers_and_images_are_documents():
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert list(Corpus.from_documents(images)) == [bytes(range(12)), bytes(range(12, 24))]
    assert Corpus.from_documents(images).buffer.base is not None  # a view
    assert next(iter(Corpus.from_documents(np.asfortranarray(images)))) == bytes(range(12))
    assert list(Corpus.from_documents(pd.DataFrame({"a": [1.0], "b": [2.0]}))) == [
        np.array([1.0, 2.0]).tobytes()
    ]
    assert list(Corpus.from_documents([images[0], images[1][:1]])) == [
        bytes(range(12)),
        bytes(range(12, 16)),
    ]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ("one text", "Expected a sequence of documents, got a single str: put it in a list."),
        (b"x", "Expected a sequence of documents, got a single bytes: put it in a list."),
        (7, "Expected a sequence of documents, got int."),
        (
            ["a", None],
            "Document 1: A document must be a str, bytes, an array of numbers or a path. "
            "Got a missing value instead.",
        ),
        (
            ["a", float("nan")],
            "Document 1: A document must be a str, bytes, an array of numbers or a path. "
            "Got a missing value instead.",
        ),
        (pa.array(["a", None]), "Document 1: missing value; drop the row or fill it."),
        (
            [[["a"]]],
            "Document 0: A document must be a str, bytes, an array of numbers or a path. "
            "Got list instead.",
        ),
        (
            pa.array([["a"]]),
            "Expected a column of text or bytes, got an Arrow column of list<item: string>.",
        ),
        (pa.array([1, 2]), "Expected a column of text or bytes, got an Arrow column of int64."),
        (
            np.array([[["a"]]]),
            "Expected one document per row, got a 3-D array of dtype <U1: select one column.",
        ),
    ],
    ids=str,
)
def test_what_is_no_document_is_refused(documents, message):
    with pytest.raises(TypeError) as error:
        Corpus.from_documents(documents)
    assert str(error.value) == message


def test_slices_share_the_buffer_and_take_copies():
    corpus = Corpus.from_documents(["a", "bb", "ccc", "dddd"])
    part = corpus[1:3]
    assert list(part) == [b"bb", b"ccc"]
    assert part.buffer is corpus.buffer
    assert part.nbytes == 5
    assert list(corpus[::-2]) == [b"dddd", b"bb"]
    assert list(corpus[3:1]) == []
    assert list(corpus.take([3, 0, 3])) == [b"dddd", b"a", b"dddd"]
    assert corpus[-1] == b"dddd"
    with pytest.raises(IndexError):
        corpus[4]


def test_a_pickled_slice_carries_only_its_own_bytes():
    corpus = Corpus.from_documents([b"x" * 10_000, b"mine"])
    stored = pickle.dumps(corpus[1:])
    assert len(stored) < 1000
    assert pickle.loads(stored) == corpus[1:]


@pytest.mark.parametrize(
    ("buffer", "offsets"),
    [(b"abc", [0, 4]), (b"abc", [2, 1]), (b"abc", [-1, 2]), (b"abc", [])],
)
def test_offsets_outside_the_buffer_are_refused(buffer, offsets):
    with pytest.raises(ValueError, match="corpus"):
        Corpus(np.frombuffer(buffer, np.uint8), offsets)


def test_the_digest_is_of_lengths_bytes_and_shapes():
    corpus = Corpus.from_documents(["x", "to be", "", "or not"])
    assert corpus[1:].digest() == Corpus.from_documents(["to be", "", "or not"]).digest()
    images = [np.zeros(shape, np.uint8) for shape in ((2, 3), (3, 2), (6, 1))]
    different = [
        corpus,
        Corpus.from_documents(["to be", "or not", ""]),
        Corpus.from_documents([bytes(6)]),
        *(Corpus.from_documents([image]) for image in images),
    ]
    assert len({one.digest() for one in different}) == 6
    lengths = np.array([1, 5, 0, 6], np.int64).tobytes()
    assert corpus.digest() == hashlib.sha256(lengths + b"xto beor not").hexdigest()
