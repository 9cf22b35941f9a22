from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.models.blocks.features import (
    LONGEST,
    N_KINDS,
    PAIR,
    WORD,
    features_of,
    most_features,
)
from tests.models.blocks import reference
from tests.texts import AWKWARD

BITS = 64


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
    doc=st.one_of(st.binary(max_size=60), st.text(" aAbZ0_-é中", max_size=40).map(str.encode)),
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
    doc = b"to be, or not"
    assert found_in(doc, [4, 6], 2, before=b"xyz", after=b"able") == found_in(doc, [4, 6], 2)


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
