import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf import NCDClassifier
from compressclf.candidates import NgramCandidates, NgramIndex, _add_shared
from compressclf.distances import Measure
from compressclf.documents import Corpus
from tests.texts import AWKWARD, labelled_texts

TRAIN, LABELS = labelled_texts(400, seed=1)
TEST, TRUTH = labelled_texts(40, seed=2)


def ngrams(text, size):
    return {text[i : i + size] for i in range(len(text) - size + 1)}


@given(
    docs=st.lists(st.binary(max_size=30).map(lambda b: bytes(x % 3 for x in b)), min_size=1),
    query=st.binary(max_size=30).map(lambda b: bytes(x % 3 for x in b)),
    size=st.sampled_from([4, 6]),
)
@settings(deadline=None)  # the first example compiles
def test_shared_ngrams_are_counted(docs, query, size):
    """Few enough n-grams that no two hashes collide: the counts are those of Python's sets."""
    index = NgramIndex.of(Corpus.from_documents([*docs, bytes(range(256)) * 1000]), size)
    shared = np.zeros(len(docs) + 1, np.float32)
    text = np.frombuffer(query, np.uint8)
    _add_shared(text, size, index.hash_bits, index.starts, index.documents, np.float32(2), shared)
    expected = [2 * len(ngrams(query, size) & ngrams(doc, size)) for doc in docs]
    assert shared[:-1].tolist() == expected


@pytest.mark.parametrize("compressor", ["gzip", "zstd", "identity"])
@pytest.mark.parametrize("metric", ["ncd", "conditional"])
def test_neighbours_are_found_and_their_distances_exact(compressor, metric):
    parameters = {"n_neighbors": 3, "compressor": compressor, "metric": metric}
    exact = NCDClassifier(**parameters).fit(TRAIN, LABELS)
    approximate = NCDClassifier(**parameters, candidates="ngrams:share=0.2").fit(TRAIN, LABELS)
    distances, indices = approximate.kneighbors(TEST)
    all_distances, all_indices = exact.kneighbors(TEST, n_neighbors=len(TRAIN))
    for row in range(len(TEST)):
        by_index = dict(zip(all_indices[row].tolist(), all_distances[row].tolist(), strict=True))
        assert [by_index[i] for i in indices[row].tolist()] == distances[row].tolist()
    if compressor != "identity":
        assert np.mean(indices[:, 0] == all_indices[:, 0]) > 0.8


def test_all_candidates_are_the_exact_search():
    exact = NCDClassifier(n_neighbors=5).fit(TRAIN, LABELS)
    whole = NCDClassifier(n_neighbors=5, candidates="ngrams:share=1").fit(TRAIN, LABELS)
    for ours, theirs in zip(whole.kneighbors(TEST), exact.kneighbors(TEST), strict=True):
        assert np.array_equal(ours, theirs)
    for ours, theirs in zip(whole.kneighbors(), exact.kneighbors(), strict=True):
        assert np.array_equal(ours, theirs)


def test_few_and_awkward_documents():
    labels = [str(i % 2) for i in range(len(AWKWARD))]
    classifier = NCDClassifier(n_neighbors=2, candidates="ngrams").fit(AWKWARD, labels)
    exact = NCDClassifier(n_neighbors=2).fit(AWKWARD, labels)
    assert classifier.predict(AWKWARD).tolist() == exact.predict(AWKWARD).tolist()
    single = NCDClassifier(n_neighbors=1, candidates="ngrams").fit(["only"], ["a"])
    assert single.predict(["", "only"]).tolist() == ["a", "a"]


def test_more_neighbours_than_candidates():
    classifier = NCDClassifier(n_neighbors=100, candidates="ngrams:share=0.01").fit(TRAIN, LABELS)
    assert (classifier.kneighbors(TEST, return_distance=False) >= 0).all()


def test_the_number_of_candidates():
    measure = Measure.of()
    training = measure.code(Corpus.from_documents(TRAIN))
    assert NgramCandidates(measure, training, share=0.5).n_candidates == 200
    assert NgramCandidates(measure, training, share=0.001).n_candidates == 30


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ("ngram", "Unknown candidates 'ngram': choose from ngrams; did you mean 'ngrams'?"),
        ("ngrams:share=0", "The 'share' parameter of candidates must be in (0, 1]. Got 0 instead."),
        (
            "ngrams:share=many",
            "The 'share' parameter of candidates must be in (0, 1]. Got 'many' instead.",
        ),
        (
            "ngrams:measure=1",
            "Unknown parameter of candidates 'ngrams' 'measure': choose from share, seed.",
        ),
    ],
)
def test_bad_parameters(candidates, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        NCDClassifier(candidates=candidates).fit(TRAIN, LABELS)
    assert str(error.value) == message
