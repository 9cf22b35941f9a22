import numpy as np
import pytest

from compressclf.audit import found_in
from compressclf.documents import Corpus
from compressclf.evaluation import (
    ClassScores,
    Confusion,
    evaluate,
    evaluate_groups,
    wilson_interval,
)


def test_scores_by_hand():
    evaluation = evaluate(list("aaaabbbcc"), list("aaabbbacc"))
    assert evaluation.n == 9
    assert evaluation.accuracy == 7 / 9
    assert evaluation.macro_f1 == pytest.approx((6 / 8 + 4 / 6 + 1) / 3)
    assert evaluation.confusions == [Confusion("a", "b", 1, 0.25), Confusion("b", "a", 1, 1 / 3)]


def test_each_class_by_hand():
    assert evaluate(list("aaaabbb"), list("aaabbdd")).per_class == [
        ClassScores("a", 4, 1.0, 0.75, pytest.approx(6 / 7)),
        ClassScores("b", 3, 0.5, pytest.approx(1 / 3), pytest.approx(0.4)),
        ClassScores("d", 0, 0.0, 0.0, 0.0),  # predicted, and none of them right
    ]


def test_each_group_has_its_own_scores():
    groups = evaluate_groups(list("abab"), list("abbb"), ["yo", "sw", "yo", "sw"])
    assert list(groups) == ["sw", "yo"]
    assert groups["sw"] == evaluate(["b", "b"], ["b", "b"])
    assert groups["yo"].accuracy == 0.5
    with pytest.raises(ValueError, match="1 predictions in 2 rows of groups against 1 labels"):
        evaluate_groups(["a"], ["a"], ["x", "y"])


def test_no_mistakes():
    evaluation = evaluate(["a", "b"], ["a", "b"])
    assert (evaluation.accuracy, evaluation.macro_f1, evaluation.confusions) == (1.0, 1.0, [])
    assert evaluation.accuracy_ci95[1] == 1.0


def test_a_class_that_training_never_saw():
    assert evaluate(["new", "a"], ["a", "a"]).confusions == [Confusion("new", "a", 1, 1.0)]


@pytest.mark.parametrize(
    ("successes", "n", "interval"),
    [(0, 10, (0.0, 0.2775)), (81, 263, (0.2553, 0.3662)), (10, 10, (0.7225, 1.0))],
)  # the middle one: Newcombe 1998, table I
def test_wilson_interval(successes, n, interval):
    assert wilson_interval(successes, n) == pytest.approx(interval, abs=5e-5)


def test_nothing_to_score():
    with pytest.raises(ValueError, match="Cannot score 0 predictions against 0 labels"):
        evaluate([], [])


def test_leaks_are_found_byte_for_byte():
    test, train = ["a", "A", "a ", ""], ["a", ""]
    leaked = found_in(Corpus.from_documents(test), Corpus.from_documents(train))
    assert leaked.tolist() == [True, False, False, True]


def test_leaks_of_images_have_the_same_shape():
    black = np.zeros((2, 8), np.uint8)
    train = Corpus.from_documents([black])
    leaked = found_in(Corpus.from_documents([black, black.reshape(4, 4), black + 1]), train)
    assert leaked.tolist() == [True, False, False]
    assert found_in(train, Corpus.from_documents([black.tobytes()])).tolist() == [True]
