import pytest

from compressclf.audit import found_in
from compressclf.documents import Corpus
from compressclf.evaluation import Confusion, evaluate, wilson_interval


def test_scores_by_hand():
    evaluation = evaluate(list("aaaabbbcc"), list("aaabbbacc"))
    assert evaluation.n == 9
    assert evaluation.accuracy == 7 / 9
    assert evaluation.macro_f1 == pytest.approx((6 / 8 + 4 / 6 + 1) / 3)
    assert evaluation.confusions == [Confusion("a", "b", 1, 0.25), Confusion("b", "a", 1, 1 / 3)]


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
