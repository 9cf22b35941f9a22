import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf import NCDClassifier
from compressclf.compressors.contextmix import ContextMix
from compressclf.distances import Measure
from compressclf.documents import Corpus
from compressclf.neighbors.candidates import ByteSets, NgramCandidates, NgramIndex
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

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
    index.add_shared(text, 2.0, shared)
    expected = [2 * len(ngrams(query, size) & ngrams(doc, size)) for doc in docs]
    assert shared[:-1].tolist() == expected


@given(docs=st.lists(st.binary(max_size=40), min_size=1), query=st.binary(max_size=40))
@settings(deadline=None)
def test_shared_bytes_are_counted(docs, query):
    sets, own = (ByteSets.of(Corpus.from_documents(some)) for some in (docs, [query]))
    assert sets.sizes.tolist() == [len(set(doc)) for doc in docs]
    shared = np.zeros(len(docs), np.float32)
    sets.add_shared(own.words, 3.0, shared)
    assert shared.tolist() == [3 * len(set(query) & set(doc)) for doc in docs]


@pytest.mark.parametrize("metric", ["ncd", "clm"])
def test_the_estimate_is_near_the_distance(metric):
    measure = Measure.of(metric=metric)
    training, queries = (measure.code(Corpus.from_documents(docs)) for docs in (TRAIN, TEST))
    candidates = NgramCandidates(measure, training)
    distances = measure.distances(queries, training)
    for row in range(10):
        estimate = candidates.estimate(queries.docs[row : row + 1], float(queries.bits[row]))
        assert np.abs(estimate - distances[row]).mean() < 0.02


def test_has_nearest_is_the_comparison_of_both_searches():
    exact = NCDClassifier(1).fit(TRAIN, LABELS)
    approximate = NCDClassifier(1, candidates="ngrams").fit(TRAIN, LABELS)
    near = approximate.kneighbors(TEST).distances[:, 0]
    expected = near == exact.kneighbors(TEST).distances[:, 0]
    assert approximate.has_nearest(TEST).tolist() == expected.tolist()
    assert exact.has_nearest(TEST).all()


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


@pytest.mark.parametrize("metric", ["ncd", "conditional"])
def test_another_compressor_proposes_and_the_first_one_ranks(metric, monkeypatch):
    """Re-ranking: few pairs are coded by the slow compressor, and none of them for the fit."""
    parameters = {"n_neighbors": 5, "compressor": "contextmix:memory=1", "metric": metric}
    texts, labels = TRAIN[:120], LABELS[:120]
    coded = []

    def counted(self, prefixes, docs, *, separator=b""):
        coded.append(len(prefixes) * len(docs))
        return original(self, prefixes, docs, separator=separator)

    original = ContextMix.joint_codelengths
    monkeypatch.setattr(ContextMix, "joint_codelengths", counted)
    classifier = NCDClassifier(**parameters, candidates="ngrams:by=gzip,share=0.25", n_jobs=1)
    classifier.fit(texts, labels)
    assert coded == []
    distances, indices = classifier.kneighbors(TEST)
    assert sum(coded) == 30 * len(TEST)
    exact = NCDClassifier(**parameters, n_jobs=1).fit(texts, labels)
    all_distances, all_indices = exact.kneighbors(TEST, n_neighbors=len(texts))
    for row in range(len(TEST)):
        by_index = dict(zip(all_indices[row].tolist(), all_distances[row].tolist(), strict=True))
        assert [by_index[i] for i in indices[row].tolist()] == distances[row].tolist()
    assert np.mean(indices[:, 0] == all_indices[:, 0]) > 0.6
    assert classifier.score(TEST, TRUTH) == 1.0


def test_proposals_by_the_same_compressor_are_the_same():
    measure = Measure.of(compressor="zlib")
    training = measure.code(Corpus.from_documents(TRAIN))
    query = Corpus.from_documents(TEST[:1])
    bits = float(measure.code(query).bits[0])
    own = NgramCandidates(measure, training)
    other = NgramCandidates(measure, training, by="zlib")
    assert other.weights.tolist() == own.weights.tolist()
    assert other.propose(query, np.nan, 3).tolist() == own.propose(query, bits, 3).tolist()


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
            "Unknown parameter of candidates 'ngrams' 'measure': choose from share, seed, by.",
        ),
    ],
)
def test_bad_parameters(candidates, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        NCDClassifier(candidates=candidates).fit(TRAIN, LABELS)
    assert str(error.value) == message


def test_the_other_compressor_has_to_be_known():
    with pytest.raises(ValueError, match=r"Unknown compressor 'gzpi': .* did you mean 'gzip'\?"):
        NCDClassifier(candidates="ngrams:by=gzpi").fit(TRAIN, LABELS)
