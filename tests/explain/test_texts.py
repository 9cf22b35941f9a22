"""Texts: what is shown adds up to what the classifier reports, for every kind of model."""

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus
from compressclf.explain import explain, explain_text
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(40, seed=0)
AWKWARD = ["", " ", "a", b"\xff\xfe tea", "naïve 茶 ne\u0301 \U0001f44d\U0001f3fd", "x" * 300]


def fitted(model="blocks", **more):
    parameters = {"calibration": 3.0, "n_jobs": 1, **more}
    return CodelengthClassifier(model, **parameters).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("model", "prior"),
    [
        ("blocks", "uniform"),
        ("blocks", "empirical"),
        ("blocks:correct=none", "uniform"),
        ("contextmix", "uniform"),
        ("blocks+contextmix", "empirical"),
        ("zstd-dict:shards=1+blocks", "uniform"),
        ("blocks+blocks:correct=none", "uniform"),
    ],
)
def test_the_sums(model, prior):
    classifier = fitted(model, prior=prior)
    for document in [*TEXTS[:3], *AWKWARD]:
        told = explain(classifier, document)
        (row,), (scores,) = (
            classifier.codelengths([document]),
            classifier.predict_log_proba([document]),
        )
        reported = dict(zip(classifier.classes_.tolist(), row.tolist(), strict=True))
        assert told.winner.label == classifier.predict([document])[0]
        for account in filter(None, (told.winner, told.runner_up)):
            assert account.codelength == reported[account.label]
            assert abs(account.rest) < 1e-6
            assert account.bits.shape == (len(told.characters),)
            if account.parts:
                assert sum(account.parts.values()) == pytest.approx(account.bits, abs=1e-9)
        best, second = told.classes[:2]
        assert (best.label, second.label) == (told.winner.label, told.runner_up.label)
        assert told.margin == pytest.approx(second.total - best.total, abs=1e-6)
        assert sum(step.bits for step in told.steps()) == pytest.approx(told.margin, abs=1e-9)
        shown = {one.label: one for one in told.classes}
        temperature = classifier.calibration_.temperature
        expected = classifier.decision_function([document])
        if len(classifier.classes_) > 2:
            for label, score in zip(classifier.classes_.tolist(), expected[0], strict=True):
                assert -shown[label].total / temperature == pytest.approx(score, abs=1e-9)
        for label, score in zip(classifier.classes_.tolist(), scores, strict=True):
            assert np.log(shown[label].probability) == pytest.approx(score, abs=1e-6)


def test_a_code_adds_up_exactly():
    classifier = fitted("contextmix")
    told = explain(classifier, TEXTS[0])
    assert told.remarks == ()
    index = classifier.classes_.tolist().index(told.winner.label)
    assert told.winner.bits.sum() == classifier.explain_bits(TEXTS[0])[:, index].sum()
    assert told.winner.codelength == pytest.approx(told.winner.bits.sum(), rel=1e-14)


def test_features_have_the_bits_of_their_places():
    told = explain(fitted(), TEXTS[0])
    for features, sign in ((told.for_winner, 1), (told.for_runner_up, -1)):
        for one in features:
            bits = sum(told.favour[begin:end].sum() for begin, end in one.places)
            assert one.bits == pytest.approx(sign * bits)
            assert one.bits > 0
            begin, end = one.places[0]
            assert one.text in "".join(told.characters[begin:end])


def test_a_model_without_bits_of_bytes_is_a_term():
    classifier = fitted("zstd-dict:shards=1+blocks")
    told = explain(classifier, TEXTS[0])
    assert list(told.winner.terms) == ["zstd-dict"]
    assert set(told.winner.parts) == {"blocks, counted", "blocks, corrected"}
    assert told.remarks == (
        "The characters have the bits of blocks. Those of zstd-dict belong to the document as a "
        "whole and are stated by themselves.",
        "The bits are a score, which may be negative: only differences between classes matter.",
    )
    member, weight = classifier.model_.members[0], classifier.model_.weights[0]
    temperature = classifier.model_.scales[0].temperatures(len(TEXTS[0].encode()))
    own = member.codelengths(Corpus.from_documents([TEXTS[0]]))[0]
    index = classifier.classes_.tolist().index(told.winner.label)
    assert told.winner.terms["zstd-dict"] == pytest.approx(weight * own[index] / temperature)


def test_two_models_of_one_name():
    told = explain(fitted("blocks+blocks:correct=none"), TEXTS[0])
    assert "1 blocks, counted" in told.winner.parts
    assert "2 blocks, counted" in told.winner.parts


def test_another_class_to_compare_with():
    classifier = fitted()
    best, second, third = (one.label for one in explain(classifier, TEXTS[0]).classes)
    told = explain(classifier, TEXTS[0], against=third)
    assert (told.winner.label, told.runner_up.label) == (best, third)
    assert [one.label for one in told.classes] == [best, second, third]
    assert told.margin == pytest.approx(told.classes[2].total - told.classes[0].total)
    assert explain(classifier, TEXTS[0], against=best).runner_up.label == second
    with pytest.raises(ValueError, match="There is no class 'tea' to compare with: choose from ch"):
        explain(classifier, TEXTS[0], against="tea")


def test_one_class_has_no_runner_up():
    classifier = CodelengthClassifier(calibration=1.0).fit(["tea", "milk"], ["a", "a"])
    told = explain(classifier, "tea")
    assert told.runner_up is None
    assert (told.steps(), told.for_winner, told.margin) == ([], (), 0.0)


def test_a_class_without_documents_is_no_runner_up():
    classifier = CodelengthClassifier(calibration=1.0)
    classifier.partial_fit(["tea", "rum"], ["t", "r"], classes=["a", "r", "t"])
    told = explain(classifier, "rum")
    assert (told.winner.label, told.runner_up.label) == ("r", "t")


def test_refusals():
    with pytest.raises(ValueError, match="'zstd-dict' has no bits of single bytes: fit one that"):
        explain(fitted("zstd-dict:shards=1"), "tea")
    with pytest.raises(ValueError, match="None of the models zstd-dict, zstd-dict has bits"):
        explain(fitted("zstd-dict:shards=1+zstd-dict:shards=1,level=3"), "tea")
    with pytest.raises(ValueError, match="takes one document"):
        explain_text(fitted(), Corpus.from_documents(["a", "b"]))


def test_a_class_of_prior_zero_is_not_compared():
    texts = ["aaa bbb", "ddd eee", "ggg hhh"] * 2
    classifier = CodelengthClassifier(prior=[0.0, 0.5, 0.5], n_jobs=1).fit(texts, [0, 1, 2] * 2)
    assert {one.label for one in explain(classifier, "aaa").classes[:2]} == {1, 2}
    with pytest.raises(
        ValueError,
        match=r"^The prior probability of class 0 is 0: choose another to compare with\.$",
    ):
        explain(classifier, "aaa", against=0)
