import numpy as np
import pytest

from compressclf.documents import Corpus
from compressclf.reports.evaluation import (
    ClassScores,
    Confusion,
    brier_score,
    evaluate,
    evaluate_groups,
    expected_calibration_error,
    wilson_interval,
)
from compressclf.reports.leaks import found_in


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


def test_the_majority_is_that_of_the_training_documents():
    scores = evaluate(list("aabbb"), list("aaabb"), majority="a")
    assert (scores.majority_label, scores.majority_accuracy) == ("a", 0.4)
    assert evaluate(list("ab"), list("ab"), majority="c").majority_accuracy == 0.0
    assert evaluate(list("ab"), list("ab")).majority_accuracy is None
    assert evaluate([0, 0, 1], [0, 1, 1], majority=0).majority_accuracy == 2 / 3


def test_expected_calibration_error_by_hand():
    # Two bins: (0.6 + 0.8)/2 against 1/2 for two documents, 0.3 against 1 for one.
    error = expected_calibration_error([True, False, True], [0.6, 0.8, 0.3], n_bins=2)
    assert error == pytest.approx((2 * 0.2 + 0.7) / 3)
    # In bins of their own 0.6 and 0.8 do not make up for each other.
    error = expected_calibration_error([True, False, True], [0.6, 0.8, 0.3])
    assert error == pytest.approx((0.4 + 0.8 + 0.7) / 3)


@pytest.mark.parametrize(
    ("right", "confidence", "error"),
    [
        ([True], [1.0], 0.0),
        ([False], [1.0], 1.0),
        ([True, False], [0.5, 0.5], 0.0),
        ([False], [0.0], 0.0),
        ([True, False], [0.2, 0.2 - 1e-9], 0.5),  # 3/15 is in the fourth bin, 0.2 - 1e-9 below
    ],
)
def test_expected_calibration_error_at_its_edges(right, confidence, error):
    assert expected_calibration_error(right, confidence) == pytest.approx(error)


def test_brier_score_by_hand():
    shares = [[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]]
    first, sure = 0.3**2 + 0.2**2 + 0.1**2, 2.0
    assert brier_score(["a", "c"], shares, list("abc")) == pytest.approx((first + sure) / 2)
    assert brier_score([2, 3], [[1.0, 0.0], [0.0, 1.0]], [2, 3]) == 0
    assert brier_score(["new"], [[0.5, 0.5]], ["a", "b"]) == pytest.approx(1.5)


def test_probabilities_are_scored_with_the_labels():
    shares = np.array([[0.9, 0.1], [0.2, 0.8]])
    scores = evaluate(["a", "a"], ["a", "b"], probabilities=shares, classes=["a", "b"])
    assert scores.brier == pytest.approx((2 * 0.1**2 + 2 * 0.8**2) / 2)
    assert scores.expected_calibration_error == pytest.approx((0.1 + 0.8) / 2)
    plain = evaluate(["a", "a"], ["a", "b"])
    assert (plain.brier, plain.expected_calibration_error) == (None, None)
    assert plain.accuracy == scores.accuracy
    with pytest.raises(ValueError, match="the labels of the columns of 'probabilities'"):
        evaluate(["a", "a"], ["a", "b"], probabilities=shares)
    with pytest.raises(ValueError, match=r"of shape \(2, 2\) for 2 labels and 3 classes"):
        evaluate(["a", "a"], ["a", "b"], probabilities=shares, classes=list("abc"))
    with pytest.raises(ValueError, match="Cannot score 0 probabilities of 0 predictions"):
        expected_calibration_error([], [])


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
