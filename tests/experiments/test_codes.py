"""Compressors as classifiers: distances, votes and facts that can be checked by hand."""

import numpy as np
import pytest

from compressclf import NCDClassifier
from compressclf.compressors import build_compressor
from compressclf.experiments.cells import Cell
from compressclf.experiments.data import TextSet
from compressclf.experiments.machine import Clock
from compressclf.experiments.priors import Primed
from compressclf.experiments.protocols import get_protocol
from compressclf.experiments.protocols.codes import by_neighbors, by_texts, choose_k
from compressclf.experiments.protocols.compressor_facts import (
    asymmetry,
    forgotten_from,
    self_ncd,
)
from compressclf.experiments.records import unpack_bits

ANIMALS, TOOLS = "cat dog horse sheep owl cow hen goat", "saw axe hammer drill plane file vice awl"
LABELS = np.arange(40) % 2


def sentences(seed):
    generator = np.random.default_rng(seed)
    return [
        " ".join(generator.choice((ANIMALS, TOOLS)[label].split(), 6)).encode() for label in LABELS
    ]


@pytest.fixture(scope="module")
def words():
    return TextSet("words", sentences(0), LABELS, sentences(1), LABELS, ("animals", "tools"))


@pytest.mark.parametrize("spec", ["gzip", "lz77", "bz2", "contextmix:memory=1"])
def test_neighbors_are_those_of_the_classifier(words, spec):
    found = by_neighbors(build_compressor(spec), words, Clock(), 0)
    classifier = NCDClassifier(found.settings["k"], compressor=spec, n_jobs=1)
    expected = classifier.fit(words.docs, words.labels).predict(words.test_docs)
    assert found.predicted.tolist() == expected.tolist()
    alone = [build_compressor(spec).codelength(doc) for doc in words.test_docs]
    assert found.bits == pytest.approx(sum(alone))
    bare = NCDClassifier(1, compressor=spec, subtract_overhead=True, n_jobs=1)
    if found.metrics["overhead_bits"] == 0:
        score = np.mean(found.predicted == words.test_labels)
        assert found.metrics["accuracy_less_overhead"] == score
    elif found.settings["k"] == 1:
        score = bare.fit(words.docs, words.labels).score(words.test_docs, words.test_labels)
        assert found.metrics["accuracy_less_overhead"] == score


def test_lengths_alone_are_tied_as_often_as_lengths_are_equal(words):
    found = by_neighbors(build_compressor("identity"), words, Clock(), 0)
    lengths = np.array([len(doc) for doc in words.docs])
    # NCD of lengths is (min + 1) / max and more: the nearest is the longest of all.
    nearest = [
        np.isclose(_length_ncd(len(doc), lengths), _length_ncd(len(doc), lengths).min())
        for doc in words.test_docs
    ]
    assert found.metrics["tied"] == np.mean([row.sum() > 1 for row in nearest])


def _length_ncd(x, y):
    return (x + 1 + y - np.minimum(x, y)) / np.maximum(x, y)


def test_the_class_text_that_helps_most_wins(words):
    compressor = build_compressor("zlib")
    found = by_texts(compressor, words, Clock(), 0)
    texts = [
        b" ".join(doc for doc, label in zip(words.docs, LABELS, strict=True) if label == one)
        for one in (0, 1)
    ]
    bits = np.array(
        [
            [compressor.codelength(t + b" " + doc) - compressor.codelength(t) for t in texts]
            for doc in words.test_docs
        ]
    )
    assert found.predicted.tolist() == bits.argmin(axis=1).tolist()
    assert found.bits == bits[np.arange(40), LABELS].sum()
    assert found.metrics["longest_text"] == max(map(len, texts))
    assert np.mean(found.predicted == LABELS) > 0.9


def test_k_is_the_best_on_rows_left_out_and_the_smallest_of_equals():
    distances = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])
    assert choose_k(distances, np.array([0, 0, 1, 1]), np.array([0, 1])) == 1
    assert choose_k(distances, np.array([1, 0, 0, 1]), np.array([0, 0])) == 3


def test_a_record_has_rate_accuracy_and_the_bytes_they_are_of(fill, store):
    cells = [
        Cell("codes", "words", "gzip", parameters={"by": "neighbors", "cut": 8}),
        Cell("codes", "words", "gzip", parameters={"by": "texts"}),
        Cell("codes", "words", "zstd-dict", parameters={"by": "model"}),
        Cell("codes", "words", "contextmix:against=rest", parameters={"by": "model"}),
    ]
    progress, said = fill(cells)
    assert progress.failed == [], said
    cut, texts, own, rest = (store.load("codes")[cell.key] for cell in cells)
    assert cut["test_bytes"] == 20 * 8
    assert cut["data"] == texts["data"]  # the same rows, cut or not
    assert cut["metrics"]["bits_per_byte"] > 8  # the header
    assert texts["metrics"]["bits_per_byte"] < 8
    assert texts["value"] == unpack_bits(texts["right"], 20).mean() > 0.9
    assert 0 < own["metrics"]["bits_per_byte"] < 8
    assert "bits_per_byte" not in rest["metrics"]  # negative bits are no code's


@pytest.mark.parametrize(
    ("parameters", "method", "message"),
    [
        ({"by": "texts"}, "gzpi", r"Unknown compressor 'gzpi'"),
        ({"by": "model"}, "gzip", r"Unknown model 'gzip': choose from blocks"),
        ({"by": "neighbours"}, "gzip", r"did you mean 'neighbors'"),
    ],
)
def test_what_nobody_knows_is_refused(parameters, method, message):
    with pytest.raises(ValueError, match=message):
        get_protocol("codes").check(Cell("codes", "r8", method, parameters=parameters))


def test_a_primed_mixer_counts_as_one_that_has_read(words):
    from compressclf import Corpus
    from compressclf.compressors.contextmix import ContextMixer

    plain, prior, doc = build_compressor("contextmix:memory=1"), b"horse and cow, " * 3, b"a horse"
    primed, mixer = Primed(plain, prior), ContextMixer(1)
    mixer.prime(prior)
    docs = Corpus.from_documents([doc, b"hen"])
    assert primed.codelengths(docs).tolist() == mixer.bits(docs).tolist()
    joint = primed.joint_codelengths(docs, docs, separator=b" ")
    both = mixer.bits(Corpus.from_documents([b"a horse hen", b"hen a horse"]))
    assert joint[[0, 1], [1, 0]].tolist() == both.tolist()
    # The chain rule holds to the bit, as the mixer's own does.
    given = plain.codelength(prior + doc) - plain.codelength(prior)
    assert primed.codelength(doc) == given


def test_facts_of_compressors():
    identity, bz2 = build_compressor("identity"), build_compressor("bz2")
    assert self_ncd(identity, b"abc") == 1
    # Swapping x and y rotates the text, and BWT sorts all rotations.
    assert asymmetry(bz2, b"the cat sat", b"on the mat, on")[0] == 0
    assert asymmetry(identity, b"ab", b"c") == (0, 24)
    random = np.random.default_rng(0).integers(0, 256, 200_000, np.uint8).tobytes()
    curve, limit = forgotten_from(build_compressor("gzip"), random)
    assert [length for length, _ in curve] == [64 * 2**power for power in range(10)]
    assert 31_000 < limit <= 32_768  # a window of 32 KiB
    assert forgotten_from(build_compressor("xz"), random)[1] is None
    assert forgotten_from(identity, random)[1] is None  # it has never known
