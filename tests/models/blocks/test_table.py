import numpy as np
import pytest

from compressclf.models.blocks import table
from compressclf.models.blocks.features import features_of, most_features
from compressclf.models.blocks.scoring import find_occurrences
from compressclf.models.blocks.slots import (
    counted_on,
    find_rows,
    place_of,
    row_in,
    size_for,
    slots_of,
)
from compressclf.models.blocks.table import SHARDS, read_documents
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


def read_back(shards, n_docs):
    """Hash to count of each document."""
    found = [{} for _ in range(n_docs)]
    for hashes, _, postings in shards:
        for row, h in enumerate(hashes.tolist()):
            for i in range(postings.starts[row], postings.starts[row + 1]):
                found[postings.docs[i]][h] = int(postings.counts[i])
    return found


@pytest.fixture(scope="module")
def many():
    """Documents with so many features that every shard grows again and again."""
    rng = np.random.default_rng(0)
    docs = [rng.bytes(rng.integers(1, 4000)) for _ in range(40)] + awkward()[0]
    return docs, read_documents(corpus(docs), LENGTHS, 2)


def test_a_growing_table_keeps_every_feature(many):
    docs, shards = many
    assert min(len(hashes) for hashes, _, _ in shards) >= 2 * table.new_table().slots.size
    assert read_back(shards, len(docs)) == [tally(doc) for doc in docs]


def test_rows_are_the_distinct_features(many):
    docs, shards = many
    kind_of = {}
    for doc in docs:
        kind_of |= dict(zip(*(array.tolist() for array in hashes_of(doc)), strict=True))
    found = {}
    for shard, (hashes, kinds, _) in enumerate(shards):
        assert (hashes >> np.uint64(62) == shard).all()
        found |= dict(zip(hashes.tolist(), kinds.tolist(), strict=True))
    assert found == kind_of
    assert sum(len(hashes) for hashes, _, _ in shards) == len(kind_of)


def test_rows_are_in_the_order_in_which_documents_bring_them(many):
    docs, shards = many
    every = np.concatenate([hashes_of(doc)[0] for doc in docs])
    _, first = np.unique(every, return_index=True)
    every = every[np.sort(first)]
    for shard, (hashes, _, postings) in enumerate(shards):
        assert hashes.tolist() == every[every >> np.uint64(62) == shard].tolist()
        within = np.ones(len(postings.docs), bool)
        within[postings.starts[:-1]] = False
        assert (np.diff(postings.docs, prepend=0)[within] > 0).all()


@pytest.mark.parametrize(("part", "batch"), [(1, 1), (100, 3), (5000, 1), (5000, 8)])
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_neither_batches_nor_threads_matter(many, part, batch, n_jobs, monkeypatch):
    monkeypatch.setattr(table, "PART", part)
    monkeypatch.setattr(table, "BATCH", batch)
    docs, shards = many
    again = read_documents(corpus(docs), LENGTHS, 2, n_jobs=n_jobs)
    for (hashes, kinds, postings), (*same, same_postings) in zip(shards, again, strict=True):
        for one, other in zip([hashes, kinds, *postings], [*same, *same_postings], strict=True):
            assert np.array_equal(one, other)


def test_known_features_are_found_and_others_left_out(many):
    docs, shards = many
    hashes = np.concatenate([hashes for hashes, _, _ in shards])
    slots = slots_of(hashes, len(hashes))
    for doc in [docs[3], b"never seen before", b"", docs[0][:500] + b" and more", b"abc" * 400]:
        wanted = hashes_of(doc)[0]
        rows = np.empty(len(wanted), np.int64)
        find_rows(slots, wanted, 0, len(wanted), rows)
        assert (rows >= 0).tolist() == np.isin(wanted, hashes).tolist()
        assert hashes[rows[rows >= 0]].tolist() == wanted[rows >= 0].tolist()


def test_occurrences_with_their_places(many):
    known = np.concatenate([hashes for hashes, _, _ in many[1]])
    doc = b"tea, no TEA; something else"
    most = most_features(len(doc), 2, 2)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    spans = np.empty((most, 2), np.int64)
    n = features_of(np.frombuffer(doc, np.uint8), 0, len(doc), LENGTHS, 2, hashes, kinds, spans)
    expected = [(h, *spans[i]) for i, h in enumerate(hashes[:n].tolist()) if h in known]
    rows, places = find_occurrences(slots_of(known, len(known)), corpus([doc]), LENGTHS, 2)
    assert [(int(known[row]), *place) for row, place in zip(rows, places, strict=True)] == expected
    assert expected


def test_a_corpus_that_shares_its_buffer():
    docs = corpus([b"first", b"the tea is hot", b"last"])
    alone = corpus([docs[1]])
    for one, other in zip(
        read_documents(docs[1:2], LENGTHS, 2), read_documents(alone, LENGTHS, 2), strict=True
    ):
        assert one[0].tolist() == other[0].tolist()
        assert one[2].counts.tolist() == other[2].counts.tolist()
    slots = slots_of(hashes_of(docs[1])[0], 99)
    for found, same in zip(
        find_occurrences(slots, docs[1:2], LENGTHS, 2),
        find_occurrences(slots, alone, LENGTHS, 2),
        strict=True,
    ):
        assert found.tolist() == same.tolist()
        assert len(found) > 0


def test_no_documents():
    shards = read_documents(corpus([]), LENGTHS, 2)
    assert len(shards) == SHARDS
    for hashes, kinds, postings in shards:
        assert [len(hashes), len(kinds), len(postings.docs)] == [0, 0, 0]
        assert postings.starts.tolist() == [0]


@pytest.mark.parametrize("n", [0, 1, 10, 11, 50_000])
def test_slots_have_room(n):
    hashes = np.random.default_rng(0).integers(1, 2**62, 500).astype(np.uint64)
    slots = slots_of(hashes[:n], n)
    assert slots.size == size_for(n)
    assert n / slots.size <= 2 / 3
    rows = [row_in(slots[place_of(slots, h)]) for h in hashes[:n]]
    assert rows == list(range(min(n, 500)))


def test_features_with_the_same_slot_but_different_tags():
    hashes = np.array([(tag << 32) | 4095 for tag in range(1, 6)], np.uint64)
    slots = slots_of(hashes, 2000)
    assert [row_in(slots[place_of(slots, h)]) for h in hashes] == [0, 1, 2, 3, 4]
    assert slots[place_of(slots, np.uint64((9 << 32) | 4095))] == 0
    wanted = np.append(hashes, np.uint64((9 << 32) | 4095))
    rows = np.empty(6, np.int64)
    find_rows(slots, wanted, 0, 6, rows)
    assert rows.tolist() == [0, 1, 2, 3, 4, -1]


def test_rows_are_int32():
    assert counted_on(2**31 - 2) == 2**31 - 1
    with pytest.raises(OverflowError, match="cannot count more than 2\\^31 - 1 features"):
        counted_on(2**31 - 1)
