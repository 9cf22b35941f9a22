"""Neighbours: the distance is made of the bits that are shown, and passages are really shared."""

import pytest

from compressclf import Corpus, NCDClassifier, ncd
from compressclf.explain import explain
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(40, seed=0)
QUERIES = [TEXTS[0] + " and more", "", "né é 茶茶茶 茶", b"\xff\xff tea", TEXTS[5] * 3]


@pytest.mark.parametrize("compressor", ["gzip", "zlib:level=6", "deflate", "lz77"])
@pytest.mark.parametrize(
    "more", [{}, {"order": "yx"}, {"subtract_overhead": True}, {"separator": ""}]
)
def test_the_bits_are_those_of_the_pair(compressor, more):
    classifier = NCDClassifier(3, compressor=compressor, n_jobs=1, **more).fit(TEXTS, LABELS)
    for query in QUERIES:
        told = explain(classifier, query)
        assert told.winner.label == classifier.predict([query])[0]
        distances, positions = classifier.kneighbors([query])
        assert told.neighbors[0][1:] == (positions[0, 0], distances[0, 0])
        for account in (told.winner, told.runner_up):
            neighbor = TEXTS[account.position]
            assert LABELS[account.position] == account.label
            assert account.nearest == neighbor
            assert account.distance == pytest.approx(
                ncd(query, neighbor, compressor=compressor, **more)
            )
            assert account.rest == pytest.approx(0, abs=1e-9)
            measure = classifier._measure
            both = [measure.code(Corpus.from_documents([one])).docs for one in (query, neighbor)]
            assert account.codelength == pytest.approx(measure.joint(*both)[0, 0])
            for copy in account.copies:
                assert copy.text in neighbor
                for begin, end in copy.places:
                    assert "".join(told.characters[begin:end]) == copy.text
                assert copy.length >= len(copy.text.encode("utf-8", "surrogateescape"))


def test_the_passage_that_decides():
    texts = ["we sat in the shade of the old oak tree", "profits of the bank rose by a third"]
    classifier = NCDClassifier(1, n_jobs=1).fit(texts, ["garden", "money"])
    told = explain(classifier, "they met in the shade of the old wall")
    assert told.winner.label == "garden"
    assert told.winner.copies[0].text == "t in the shade of the old "
    assert [one.label for one in told.classes] == ["garden", "money"]
    assert told.classes[0].codelength is None
    assert (told.steps(), told.remarks) == ([], ())


def test_another_class_to_compare_with():
    classifier = NCDClassifier(3, n_jobs=1).fit(TEXTS, LABELS)
    best, _, third = (one.label for one in explain(classifier, TEXTS[0]).classes)
    told = explain(classifier, TEXTS[0], against=third)
    assert (told.winner.label, told.runner_up.label) == (best, third)


def test_whole_characters():
    classifier = NCDClassifier(1, n_jobs=1).fit(["東京都と京都府", "tea"], [0, 1])
    told = explain(classifier, "京東都と京都市")
    assert told.winner.copies[0].text == "と京都"


def test_both_orders_are_told():
    classifier = NCDClassifier(1, symmetrize="min", n_jobs=1).fit(TEXTS, LABELS)
    assert explain(classifier, TEXTS[3]).remarks == (
        "The distance is computed from the min of both orders; the bits and passages are those of "
        "one, document first.",
    )


def test_refusals():
    other = NCDClassifier(1, compressor="zstd", n_jobs=1).fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="Copied passages are those of DEFLATE"):
        explain(other, "tea")
