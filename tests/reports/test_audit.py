"""Every check of an audit finds what was planted, and says so."""

import numpy as np
import pytest

from compressclf import Corpus, ncd
from compressclf.datasets import Dataset, Split
from compressclf.documents.images import ImageCorpus
from compressclf.reports.audit import audit

WORDS = {
    "garden": "rose soil spade seed hedge lawn tulip weed compost pruning bloom root".split(),
    "music": "violin chord tempo choir opera drum melody sonata rhythm brass scale tune".split(),
    "ships": "anchor mast harbour sail keel cargo deck rudder captain tide hull crew".split(),
}


def texts(n, seed=0, words=60):
    rng = np.random.default_rng(seed)
    labels = [list(WORDS)[i % len(WORDS)] for i in range(n)]
    common = "the a of in on with and was then very some our".split()
    return [
        " ".join(rng.choice(WORDS[label] + common, words).tolist()) for label in labels
    ], np.array(labels)


def data(docs, labels=None, test=None, test_labels=None):
    return Dataset(
        "made",
        Split(Corpus.from_documents(docs), None if labels is None else np.asarray(labels)),
        None if test is None else Split(Corpus.from_documents(test), test_labels),
    )


@pytest.fixture(scope="module")
def planted():
    """90 documents with 4 wrong labels, 3 near-copies, 1 copy, and a test part with 2 leaks."""
    docs, labels = texts(90)
    wrong = [10, 33, 47, 80]
    for row in wrong:
        labels[row] = {"garden": "music", "music": "ships", "ships": "garden"}[labels[row]]
    near = [docs[row].replace("the", "this") for row in (3, 4, 5)]
    docs += [*near, docs[6]]
    labels = np.append(labels, labels[[3, 4, 5, 7]])
    test, test_labels = texts(12, seed=1)
    test[2], test[3] = docs[20], docs[21]
    return docs, labels, audit(data(docs, labels, test, test_labels), n_jobs=1)


def test_wrong_labels_come_first(planted):
    _, labels, found = planted
    documents = found["wrong labels"].documents
    assert {one["document"] - 1 for one in documents[:5]} == {10, 33, 47, 80, 93}
    for one in documents:
        assert one["label"] == labels[one["document"] - 1]
        assert one["bits"] > one["better_bits"]
    assert "read these first" in found["wrong labels"].sentence
    assert found["confusions"].values["held_out_accuracy"] < 1


def test_copies_near_copies_leaks_and_conflicts(planted):
    docs, _, found = planted
    assert found["copies"].values == {"repeated": 1, "texts": 1}
    assert [one["document"] for one in found["copies"].documents] == [7, 94]
    pairs = {(one["document"], one["copy"]["document"]) for one in found["near-copies"].documents}
    assert {(4, 91), (5, 92), (6, 93)} <= pairs
    assert found["near-copies"].values["compared"] == len(set(docs)) + 10
    assert found["leaks"].values == {"leaked": 2, "of": 12}
    assert [one["document"] for one in found["leaks"].documents] == [3, 4]
    assert found["leaks"].sentence == (
        "2 of 12 test documents (16.7 %) also occur in the training part: report accuracy without "
        "them, too."
    )
    assert found["conflicts"].values == {"texts": 1, "documents": 2}


def test_near_copies_are_found_among_candidates():
    docs, labels = texts(450, words=40)
    docs += [docs[row].replace("the", "this") for row in range(100, 110)]
    labels = np.append(labels, labels[100:110])
    found = audit(data(docs, labels), n_jobs=1)
    pairs = {(one["document"], one["copy"]["document"]) for one in found["near-copies"].documents}
    assert {(101 + i, 451 + i) for i in range(10)} <= pairs


def test_near_copies_of_two_parts_and_of_two_labels():
    docs, labels = texts(12)
    test = [docs[0] + " end", docs[1] + " end"]
    found = audit(data(docs, labels, test, np.array([labels[0], labels[2]])), n_jobs=1)
    values = found["near-copies"].values
    assert (values["pairs"], values["pairs_across_parts"], values["pairs_of_two_labels"]) == (
        2,
        2,
        1,
    )
    assert found["near-copies"].documents[0]["copy"]["part"] == "test"
    assert "makes the test too easy" in found["near-copies"].sentence


def test_classes_and_names():
    docs, labels = texts(30)
    labels = np.where(labels == "ships", "Music", labels)
    labels[:20] = "garden"
    found = audit(data(docs, labels), n_jobs=1)
    assert found["classes"].values["majority"] == "garden"
    assert found["classes"].values["majority_share"] == np.mean(labels == "garden")
    assert "report macro F1" in found["classes"].sentence
    assert found["label names"].sentence.startswith("These labels differ only in capitals")


def test_length_alone():
    docs, labels = texts(60)
    docs = [doc * 8 if label == "ships" else doc for doc, label in zip(docs, labels, strict=True)]
    found = audit(data(docs, labels), n_jobs=1)["length"]
    assert found.values["accuracy"] > 0.6
    assert found.values["majority_share"] == pytest.approx(1 / 3)
    assert "a part of any accuracy may be length" in found.sentence


def test_classes_that_are_one():
    rng = np.random.default_rng(0)
    docs, labels = texts(60)
    labels = np.where(labels == "ships", rng.choice(["ships", "boats"], 60), labels)
    found = audit(data(docs, labels), n_jobs=1)["confusions"]
    assert "may be one" in found.sentence
    assert "'ships'" in found.sentence
    assert "'boats'" in found.sentence


def test_distances_of_long_documents():
    rng = np.random.default_rng(0)
    docs = [rng.integers(0, 256, n).astype(np.uint8).tobytes() for n in (2_000, 20_000, 40_000)]
    found = audit(data(docs), n_jobs=1)
    own = found["distance to itself"]
    assert own.values["largest"] == pytest.approx(ncd(docs[2], docs[2]))
    assert own.values["at_bytes"] == 40_000
    assert "from 40,000 bytes on gzip does not recognise a copy" in own.sentence
    assert found["window"].values["documents"] == 2
    assert found["asymmetry"].values["documents"] == 3


def test_without_labels_and_with_good_data():
    docs, labels = texts(40)
    bare = audit(data(docs), n_jobs=1)
    assert [finding.check for finding in bare.findings] == [
        "copies",
        "near-copies",
        "distance to itself",
        "window",
        "asymmetry",
    ]
    found = audit(data(docs, labels), n_jobs=1)
    assert found["copies"].sentence == "No training document occurs twice."
    assert found["conflicts"].sentence == "No text occurs with two labels."
    assert found["label names"].sentence == "No two labels look alike."
    assert found["wrong labels"].values == {"suspicious": 0, "of": 40}
    with pytest.raises(KeyError, match="leaks"):
        found["leaks"]


def test_drawn_documents_keep_their_numbers():
    docs, labels = texts(120)
    wrong = list(range(0, 120, 12))
    labels[wrong] = "ships"
    found = audit(data(docs, labels), limit=40, n_jobs=1)
    assert found["near-copies"].sentence.endswith("Only 80 of 120 documents were compared.")
    found = audit(data(docs, labels), limit=60, n_jobs=1)["wrong labels"]
    assert found.values["of"] == 60
    suspicious = {one["document"] - 1 for one in found.documents if one["probability"] > 0.9}
    assert suspicious
    assert suspicious <= set(wrong)


def test_refusals():
    images = ImageCorpus.from_documents(np.zeros((4, 3, 3), np.uint8))
    with pytest.raises(ValueError, match="made: an audit reads texts, and these documents are im"):
        audit(Dataset("made", Split(images)))
    with pytest.raises(ValueError, match=r"at least three documents that differ. Got 2\."):
        audit(data(["one", "two", "two", ""]))
