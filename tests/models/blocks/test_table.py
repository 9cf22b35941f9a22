import numpy as np
import pytest

from compressclf.models.blocks.distinct import SHARDS
from compressclf.models.blocks.features import features_of, most_features
from compressclf.models.blocks.table import (
    add_documents,
    counted_on,
    find_documents,
    find_occurrences,
    new_table,
    place_of,
    slots_of,
)
from tests.models.blocks.corpora import awkward, corpus

LENGTHS = np.array([3, 6], np.int64)


def hashes_of(doc, words=2):
    most = most_features(len(doc), len(LENGTHS), words)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    nowhere = np.empty((0, 2), np.int64)
    buffer = np.frombuffer(doc, np.uint8)
    n = features_of(buffer, 0, len(doc), LENGTHS, words, hashes, kinds, nowhere)
    return hashes[:n], kinds[:n]


def tally(doc):
    values, counts = np.unique(hashes_of(doc)[0], return_counts=True)
    return dict(zip(values.tolist(), np.minimum(counts, 255).tolist(), strict=True))


def read_back(tables, rows, doc):
    """Hash to count of one document, from all shards."""
    found = {}
    for table, of_shard in zip(tables, rows, strict=True):
        here = slice(of_shard.starts[doc], of_shard.starts[doc + 1])
        names = table.hashes[of_shard.rows[here]].tolist()
        found |= dict(zip(names, of_shard.counts[here].tolist(), strict=True))
    return found


@pytest.fixture(scope="module")
def many():
    """Documents with so many features that every shard grows again and again."""
    rng = np.random.default_rng(0)
    docs = [rng.bytes(rng.integers(1, 4000)) for _ in range(40)] + awkward()[0]
    read = [add_documents(new_table(), corpus(docs), shard, LENGTHS, 2) for shard in range(SHARDS)]
    return docs, [table for table, _ in read], [rows for _, rows in read]


def test_a_growing_table_keeps_every_feature(many):
    docs, tables, rows = many
    assert min(table.slots.size for table in tables) >= 8 * new_table().slots.size
    for i, doc in enumerate(docs):
        assert read_back(tables, rows, i) == tally(doc)


def test_rows_are_the_distinct_features(many):
    docs, tables, _ = many
    kind_of = {}
    for doc in docs:
        kind_of |= dict(zip(*(array.tolist() for array in hashes_of(doc)), strict=True))
    found = {}
    for shard, table in enumerate(tables):
        hashes = table.hashes[: table.n_rows]
        assert (hashes >> np.uint64(62) == shard).all()
        found |= dict(zip(hashes.tolist(), table.kinds[: table.n_rows].tolist(), strict=True))
    assert found == kind_of
    assert sum(table.n_rows for table in tables) == len(kind_of)


def test_known_features_are_found_and_others_left_out(many):
    docs, tables, _ = many
    known = set().union(*(tally(doc) for doc in docs))
    new = [docs[3], b"never seen before", b"", docs[0][:500] + b" and more", b"abc" * 400]
    rows = [find_documents(tables[s], corpus(new), s, LENGTHS, 2) for s in range(SHARDS)]
    for i, doc in enumerate(new):
        expected = {h: n for h, n in tally(doc).items() if h in known}
        assert read_back(tables, rows, i) == expected


def test_occurrences_with_their_places(many):
    docs, tables, _ = many
    known = set().union(*(tally(doc) for doc in docs))
    doc = b"tea, no TEA; something else"
    most = most_features(len(doc), 2, 2)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    spans = np.empty((most, 2), np.int64)
    n = features_of(np.frombuffer(doc, np.uint8), 0, len(doc), LENGTHS, 2, hashes, kinds, spans)
    expected = [(h, *spans[i]) for i, h in enumerate(hashes[:n].tolist()) if h in known]
    found = []
    for shard, table in enumerate(tables):
        rows, places = find_occurrences(table, corpus([doc]), shard, LENGTHS, 2)
        found += [(int(table.hashes[row]), *place) for row, place in zip(rows, places, strict=True)]
    assert sorted(found) == sorted(expected)
    assert found


def test_a_corpus_that_shares_its_buffer():
    docs = corpus([b"first", b"the tea is hot", b"last"])
    for shard in range(SHARDS):
        table, rows = add_documents(new_table(), docs[1:2], shard, LENGTHS, 2)
        again, same = add_documents(new_table(), corpus([docs[1]]), shard, LENGTHS, 2)
        assert table.hashes[: table.n_rows].tolist() == again.hashes[: again.n_rows].tolist()
        assert rows.counts.tolist() == same.counts.tolist()
    alone = find_occurrences(table, docs[1:2], SHARDS - 1, LENGTHS, 2)
    assert (
        alone[1].tolist() == find_occurrences(table, corpus([docs[1]]), 3, LENGTHS, 2)[1].tolist()
    )


def test_no_documents():
    table, rows = add_documents(new_table(), corpus([]), 0, LENGTHS, 2)
    assert table.n_rows == 0
    assert rows.starts.tolist() == [0]
    assert find_documents(table, corpus([b"any"]), 0, LENGTHS, 2).starts.tolist() == [0, 0]


def test_slots_have_room_for_as_many_more():
    hashes = np.random.default_rng(0).integers(1, 2**62, 50_000).astype(np.uint64)
    slots = slots_of(hashes)
    assert 0.15 <= hashes.size / slots.size <= 0.3
    rows = [slots[place_of(slots, h)] & np.uint64(2**32 - 1) for h in hashes[:500]]
    assert rows == list(range(1, 501))


def test_features_with_one_place_but_different_tags():
    hashes = np.array([(tag << 32) | 4095 for tag in range(1, 6)], np.uint64)
    slots = slots_of(hashes)
    assert [int(slots[place_of(slots, h)] & np.uint64(2**32 - 1)) for h in hashes] == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert slots[place_of(slots, np.uint64((9 << 32) | 4095))] == 0


def test_rows_are_int32():
    assert counted_on(2**31 - 2) == 2**31 - 1
    with pytest.raises(OverflowError, match="cannot count more than 2\\^31 - 1 features"):
        counted_on(2**31 - 1)
