from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.models.blocks.features import (
    LONGEST,
    N_KINDS,
    PAIR,
    WORD,
    blocks_of,
    features_of,
    most_features,
)
from tests.models.blocks import reference
from tests.texts import AWKWARD

BITS = 64
TEXTS = st.text(" aAbZ0_-éжกखお中한😀", max_size=40).map(str.encode)
PARTS = st.sampled_from([b"a", b" ", b"\x80", b"\xbf", b"\xc0", b"\xdf", b"\xe4", b"\xf0", b"\xf8"])
DOCUMENTS = st.one_of(
    st.binary(max_size=60),
    TEXTS,
    st.builds(
        lambda doc, first, last: doc[first:last], TEXTS, st.integers(0, 3), st.integers(-3, -1)
    ),
    st.lists(PARTS, max_size=60).map(b"".join),  # more and fewer continuation bytes than announced
)


def found_in(doc, lengths, words, *, before=b"", after=b""):
    """Hash, kind and bytes of every feature, the words of a pair with one space between."""
    buffer = np.frombuffer(before + doc + after, np.uint8)
    most = most_features(len(doc), len(lengths), words)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    spans = np.empty((most, 2), np.int64)
    begin = len(before)
    n = features_of(
        buffer, begin, begin + len(doc), np.array(lengths, np.int64), words, hashes, kinds, spans
    )
    padded, found = b" " + doc + b" ", []
    for h, kind, (first, last) in zip(hashes[:n], kinds[:n], spans[:n], strict=True):
        text = padded[first + 1 : last + 1]
        if kind in (WORD, PAIR):
            text = b" ".join(name for _, name in reference.features(text, (), 1).elements())
        found.append((int(h), int(kind), text))
    return found


@given(
    doc=DOCUMENTS,
    lengths=st.sets(st.integers(1, LONGEST)).map(sorted),
    words=st.integers(0, 2),
)
@settings(deadline=None, max_examples=300)
def test_features_are_those_of_the_oracle(doc, lengths, words):
    found = found_in(doc, lengths, words)
    assert Counter((kind, text) for _, kind, text in found) == reference.features(
        doc, tuple(lengths), words
    )
    assert len(set(found)) == len({h for h, _, _ in found})  # no two features share a hash


@given(
    doc=st.lists(DOCUMENTS, min_size=1, max_size=6).map(b"".join).filter(len),
    cuts=st.lists(st.integers(0, 360), max_size=4),
    lengths=st.sets(st.integers(1, LONGEST), min_size=1).map(sorted),
)
@settings(deadline=None, max_examples=300)
def test_pieces_of_a_document_have_the_blocks_that_end_in_them(doc, cuts, lengths):
    before = b"\xe4\xb8"
    buffer, begin, end = np.frombuffer(before + doc + b"\xad", np.uint8), 2, 2 + len(doc)
    cuts = [begin - 1, *sorted({begin + cut for cut in cuts if cut < len(doc)}), end + 1]
    sizes = np.array(lengths, np.int64)

    def blocks(first, last):
        most = (last - first) * len(lengths)
        hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
        spans = np.empty((most, 2), np.int64)
        n = blocks_of(buffer, begin, end, first, last, sizes, 0, hashes, kinds, spans)
        assert all(first < begin + stop <= last for _, stop in spans[:n])
        return [*zip(hashes[:n].tolist(), kinds[:n].tolist(), spans[:n].tolist(), strict=True)]

    pieces = [block for first, last in pairwise(cuts) for block in blocks(first, last)]
    assert pieces == blocks(begin - 1, end + 1)


@pytest.mark.parametrize("doc", AWKWARD, ids=lambda doc: f"{len(doc)} bytes")
def test_hashes_of_awkward_documents(doc):
    found = found_in(doc, range(1, 9), 2)
    names = {(kind, text) for _, kind, text in found}
    assert Counter((kind, text) for _, kind, text in found) == reference.features(
        doc, tuple(range(1, 9)), 2
    )
    assert len({h for h, _, _ in found}) == len(names)
    assert 0 not in {h for h, _, _ in found}


def test_neighbours_in_the_buffer_do_not_matter():
    doc = "to be, or 不".encode()[:-1]
    assert found_in(doc, [4, 6], 2, before=b"xyz", after=b"able") == found_in(doc, [4, 6], 2)
    assert found_in(doc, [4, 6], 2, before=b"\xe4", after=b"\x8d") == found_in(doc, [4, 6], 2)


def test_there_is_room_for_every_feature():
    for doc in (b"", b"a", b"a b c d", b"a b c d ", b" ", bytes(100)):
        found = found_in(doc, range(1, 9), 2)
        assert len(found) <= most_features(len(doc), 8, 2)


def test_every_kind_fits():
    assert max(LONGEST, WORD, PAIR) == N_KINDS - 1
    assert len({LONGEST, WORD, PAIR}) == 3


def test_hashes_spread_over_the_table():
    """Each bit of the hashes is set in half of them: shards, places and tags use different bits."""
    rng = np.random.default_rng(0)
    found = found_in(rng.bytes(20_000), [3, 8], 2)
    hashes = np.array([h for h, _, _ in found], np.uint64)
    set_bits = np.unpackbits(hashes.view(np.uint8)).reshape(-1, BITS).mean(axis=0)
    assert np.abs(set_bits - 0.5).max() < 0.02
