import itertools

import numpy as np
import pytest

from compressclf.models.blocks.recounting import MOST_ROUNDS, N_FOLDS, choose_rounds, recounted
from compressclf.models.blocks.settings import decided, scale_of
from compressclf.models.blocks.state import Counted, Weighting, index
from tests.models.blocks import reference
from tests.models.blocks.corpora import corpus, topics

DAMPED = Weighting(0.5, 0.5, 1.0, 0.0)
MIXED = Weighting(1.0, 0.0, 0.3, 0.3)
SCALE = scale_of((4,), 1)


def read(docs, y, n_classes):
    return index(corpus(docs), y, n_classes, (4,), 1, n_jobs=1)


@pytest.mark.parametrize("weighting", [DAMPED, MIXED], ids=["damped", "mixed"])
@pytest.mark.parametrize("rounds", [1, 3])
def test_counts_are_those_of_the_oracle(weighting, rounds):
    docs, y, n_classes = topics(14, n_words=4)
    oracle = reference.Oracle(
        docs, y, n_classes, lengths=(4,), words=1, damping=weighting.damping,
        shorten=weighting.shorten, add=weighting.add, own=weighting.own,
    )  # fmt: skip
    oracle = reference.recounted(oracle, rounds)
    every = recounted(read(docs, y, n_classes), weighting, SCALE, n_jobs=1)
    counted, scores = next(itertools.islice(every, rounds, None))
    factors = counted.weights / weighting.weights(counted.index.doc_lengths, counted.reference)
    assert factors == pytest.approx(oracle.multiples, rel=1e-3)
    assert (factors > 1).all()
    assert (factors <= 1 + 2 * rounds + 1e-3).all()
    assert scores == pytest.approx(np.array(oracle.held_out()), rel=1e-3, abs=1e-2)


def test_documents_held_out_are_never_counted():
    """Scores of a fold are those of a model fitted to the others."""
    docs, y, n_classes = topics(20)
    learnt = np.arange(20) % 4 > 0
    every = recounted(read(docs, y, n_classes), DAMPED, SCALE, learnt=learnt, n_jobs=1)
    for counted, scores in itertools.islice(every, 3):
        assert (counted.weights[~learnt] == 0).all()
        oracle = reference.Oracle(
            docs, y, n_classes, lengths=(4,), words=1,
            multiples=(counted.weights / DAMPED.weights(counted.index.doc_lengths,
                                                        counted.reference)).tolist(),
        )  # fmt: skip
        expected = [oracle.evidence(docs[i]) for i in np.flatnonzero(~learnt)]
        assert scores[~learnt] == pytest.approx(np.array(expected), rel=1e-3, abs=1e-2)


def noise():
    """Labels that have nothing to do with the texts."""
    docs, _, n_classes = topics(60, seed=3, n_words=10)
    return docs, np.random.default_rng(0).integers(0, 3, 60), n_classes


def overlap():
    """Class 1 is class 0 with one more word, which others of class 0 drown."""
    rng = np.random.default_rng(1)
    docs, y = [], []
    for n in range(90):
        label = int(n % 9 == 0)
        words = rng.choice(["alpha", "beta", "gamma", "delta", "omega"], 6).tolist()
        docs.append(" ".join(words + ["extra"] * label + ["plain"] * (n % 3 == 1)).encode())
        y.append(label)
    return docs, np.array(y), 2


def test_no_rounds_where_labels_are_noise():
    docs, y, n_classes = noise()
    rounds, weighting, _ = choose_rounds(read(docs, y, n_classes), MIXED, [DAMPED], SCALE, n_jobs=1)
    assert rounds == 0
    assert weighting == MIXED


def test_scores_are_those_of_the_folds():
    docs, y, n_classes = noise()
    _, _, scores = choose_rounds(read(docs, y, n_classes), DAMPED, [DAMPED], SCALE, n_jobs=1)
    fold_of = np.empty(60, np.int64)
    fold_of[np.argsort(y, kind="stable")] = np.arange(60) % N_FOLDS
    for fold in range(N_FOLDS):
        held = np.flatnonzero(fold_of == fold)
        oracle = reference.Oracle(docs, y, n_classes, lengths=(4,), words=1).without(*held)
        expected = [oracle.evidence(docs[i]) for i in held]
        assert scores[held] == pytest.approx(np.array(expected), rel=1e-3, abs=1e-2)


def test_rounds_where_they_help():
    docs, y, n_classes = overlap()
    whole = read(docs, y, n_classes)
    rounds, weighting, scores = choose_rounds(whole, DAMPED, [DAMPED], SCALE, n_jobs=1)
    assert 1 <= rounds <= MOST_ROUNDS
    assert weighting == DAMPED
    plain, _ = Counted.of(whole, DAMPED, n_jobs=1).held_out(SCALE, n_jobs=1)
    assert decided(scores, y).sum() > decided(plain, y).sum()


@pytest.mark.parametrize(
    ("docs", "n_classes"),
    [([], 2), ([b"one document"], 2), ([b"one class", b"only", b"here"], 1), ([b""] * 7, 3)],
    ids=["no document", "one document", "one class", "empty documents"],
)
def test_where_nothing_can_be_learnt_from_mistakes(docs, n_classes):
    y = np.arange(len(docs)) % n_classes
    whole = read(docs, y, n_classes)
    for counted, scores in itertools.islice(recounted(whole, DAMPED, SCALE, n_jobs=1), 3):
        assert np.isfinite(counted.weights).all()
        assert np.isfinite(scores).all()
    assert choose_rounds(whole, DAMPED, [DAMPED], SCALE, n_jobs=1)[0] == 0


def test_more_smoothing_is_tried_with_the_best_start_and_taken_where_it_pays():
    docs, y, n_classes = overlap()
    whole = read(docs, y, n_classes)
    alone = choose_rounds(whole, DAMPED, [DAMPED], SCALE, n_jobs=1)
    more = choose_rounds(whole, DAMPED, [DAMPED], SCALE, adds=(DAMPED.add,), n_jobs=1)
    assert (more[0], more[1]) == (alone[0], alone[1])  # the same again: the first one holds
    smoother = choose_rounds(whole, DAMPED, [DAMPED], SCALE, adds=(1e6,), n_jobs=1)
    assert smoother[1].add == DAMPED.add  # nothing can be told from such counts
