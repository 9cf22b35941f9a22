import re
from dataclasses import replace

import numpy as np
import pytest

from compressclf.models import get_model
from compressclf.models.blocks import Blocks
from compressclf.models.blocks.settings import ANY_SCRIPT, CORRECTED, LENGTHS, WEIGHTINGS
from compressclf.models.blocks.state import Weighting
from tests.models.blocks.corpora import awkward, corpus, topics


def test_tea_and_milk_by_hand():
    """One word once a document: n(tea) = 1, 1; n(milk) = 1, 0; N = 2, 1; V = 2.

    Class 0 for milk: log2 (1 + 1)/(0 + 1) + log2 (1 + 2)/(3 + 2); class 1: log2 (2 + 2)/(3 + 2).
    """
    model = Blocks("none", words=1, damping=0, shorten=0, add=1, own=0, correct=None)
    fitted = model.fit(corpus([b"tea tea milk", b"tea"]), np.array([0, 1]), 2)
    bits = fitted.codelengths(corpus([b"milk", b"Milk milk", b"tea", b"cake"]))
    milk = [-np.log2(2 * 3 / 5), -np.log2(4 / 5)]
    tea = [-np.log2(3 / 2 * 3 / 5), -np.log2(3 / 2 * 4 / 5)]
    assert bits == pytest.approx(np.array([milk, milk, tea, [0, 0]]), abs=1e-6)


BAD = {
    "lengths": (
        "'auto', 'none' or ints from 1 to 8 as in '4+6'",
        ["0", 9, "4+", "4,6", "x", "", 4.0, True, -1, "²", "4+-6"],
    ),
    "words": ("an int in [0, 2]", [3, -1, 1.0, "1", True, None]),
    "damping": ("'auto' or a number in [0, 2]", [-0.1, 2.1, "x", None, True, float("nan")]),
    "shorten": ("'auto' or a number in [0, 2]", [-1, 50, float("inf"), "none"]),
    "add": ("'auto' or a number in [1e-09, 1e+09]", [0, -1, 1e-10, 1e10, float("nan"), "1"]),
    "own": ("'auto' or a number in [0, 1]", [-0.1, 1.1, "x", None, False]),
    "correct": ("None or a number in [0.001, 1000]", [0, -1, 2000, "x", True, "auto"]),
}


@pytest.mark.parametrize(
    ("name", "expected", "value"),
    [(name, expected, value) for name, (expected, values) in BAD.items() for value in values],
)
def test_bad_parameters(name, expected, value):
    sentence = f"The {name!r} parameter of blocks must be {expected}. Got {value!r} instead."
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Blocks(**{name: value})


@pytest.mark.parametrize("lengths", ["none", None])
def test_something_must_be_counted(lengths):
    sentence = "The 'words' parameter of blocks must be 1 or 2. Got 0 instead."
    with pytest.raises(ValueError, match=sentence):
        Blocks(lengths, words=0)


@pytest.mark.parametrize(
    ("one", "other", "lengths"),
    [
        (4, "4", (4,)),
        ("6+4", "4+6", (4, 6)),
        ("4+4", 4, (4,)),
        ("none", None, ()),
        ("auto", "auto", LENGTHS[0]),
        (np.int64(3), 3, (3,)),
    ],
)
def test_equal_lengths_make_equal_models(one, other, lengths):
    assert Blocks(one) == Blocks(other)
    assert hash(Blocks(one)) == hash(Blocks(other))
    assert Blocks(one).spec == Blocks(other).spec
    assert Blocks(one).given_lengths() == lengths


@pytest.mark.parametrize(
    "model",
    [
        Blocks(),
        Blocks("4+6", words=0, damping=0.25, shorten=1, add=1e-9, own=0.1 + 0.2, correct=3),
        Blocks("none", words=1, correct=None),
        Blocks(8, own=1),
    ],
    ids=lambda model: model.spec,
)
def test_spec_builds_the_model_again(model):
    assert get_model(model.spec) == model


@pytest.mark.parametrize("data", [topics, awkward])
@pytest.mark.parametrize("correct", [None, 0.3])
def test_chosen_settings_make_the_same_counts(data, correct):
    """The spec of what was fitted has no "auto", and fits the same."""
    docs, y, n_classes = data()
    fitted = Blocks(correct=correct).fit(corpus(docs), y, n_classes, n_jobs=1)
    assert "auto" not in fitted.model.spec
    again = get_model(fitted.model.spec).fit(corpus(docs), y, n_classes, n_jobs=1)
    assert again.model == fitted.model
    assert np.array_equal(again.codelengths(corpus(docs)), fitted.codelengths(corpus(docs)))


@pytest.mark.parametrize(("correct", "lengths"), [(None, {"1+2", "1+2+3"}), (0.3, {"1+2"})])
def test_blocks_of_chinese_are_short(correct, lengths):
    docs, y = ["奶茶", "绿茶和奶", "红酒", "白酒和水"] * 5, np.arange(20) % 4 // 2
    fitted = Blocks(correct=correct).fit(corpus(docs), y, 2, n_jobs=1)
    assert fitted.model.lengths in lengths


def test_settings_given_are_kept():
    docs, y, n_classes = topics(30)
    model = Blocks("5", words=1, damping=0.9, own=0.15).fit(corpus(docs), y, n_classes).model
    assert (model.lengths, model.words, model.damping, model.own) == ("5", 1, 0.9, 0.15)
    assert (model.shorten, model.add) in {(w.shorten, w.add) for w in WEIGHTINGS}
    assert model.weighting().damping == 0.9


@pytest.mark.parametrize("correct", [None, 0.3])
@pytest.mark.parametrize(
    ("docs", "n_classes"),
    [([], 2), ([b"one document"], 3), ([b"one class", b"only"], 1), ([b""] * 4, 2), ([b"a"], 1)],
    ids=["no document", "one document", "one class", "empty documents", "one byte"],
)
def test_very_few_training_documents(docs, n_classes, correct):
    y = np.arange(len(docs)) % n_classes
    fitted, held = Blocks(correct=correct).fit_held_out(corpus(docs), y, n_classes, n_jobs=1)
    bits = fitted.codelengths(corpus([b"one class or document", b"", b"a"]))
    assert bits.shape == (3, n_classes)
    assert np.isfinite(bits).all()
    assert bits[1] == pytest.approx(np.zeros(n_classes), abs=1e-6)
    assert held.shape == (len(docs), n_classes)
    chosen = LENGTHS[0] if correct is None else (2, 3, 4)
    assert fitted.model.given_lengths() == (chosen if docs else ANY_SCRIPT)


def test_extreme_settings_stay_finite():
    docs, y, n_classes = awkward()
    for add in (1e-9, 1e9):
        for own in (0, 1):
            model = Blocks("1+8", damping=2, shorten=2, add=add, own=own)
            fitted, held = model.fit_held_out(corpus(docs), y, n_classes, n_jobs=1)
            assert np.isfinite(fitted.codelengths(corpus(docs))).all()
            assert np.isfinite(held).all()


@pytest.mark.parametrize("correct", [None, 0.3])
def test_a_document_that_counts_twice_counts_as_two(correct):
    """But not by leave-one-out, which leaves out one of two copies: settings are given."""
    docs, y, n_classes = topics(12)
    model = Blocks("4", damping=1, shorten=0, add=1, own=0.1, correct=None)
    twice = model.fit(corpus([*docs, *docs[:3]]), np.append(y, y[:3]), n_classes, n_jobs=1)
    weights = np.ones(12)
    weights[:3] = 2
    once = model.fit(corpus(docs), y, n_classes, weights=weights, n_jobs=1)
    assert once.codelengths(corpus(docs)) == pytest.approx(twice.codelengths(corpus(docs)))


def test_the_order_of_the_documents_does_not_matter():
    docs, y, n_classes = topics(60)
    shuffled = np.random.default_rng(0).permutation(60)
    one = Blocks().fit(corpus(docs), y, n_classes, n_jobs=1)
    other = Blocks().fit(corpus([docs[i] for i in shuffled]), y[shuffled], n_classes, n_jobs=1)
    assert one.model == other.model
    bits = one.codelengths(corpus(docs))
    assert other.codelengths(corpus(docs)) == pytest.approx(bits, rel=1e-4, abs=1e-3)


def test_a_correction_is_discriminative():
    assert Blocks().discriminative
    assert not Blocks(correct=None).discriminative


BLIND = Weighting(damping=1.0, shorten=0.5, add=1e9, own=0.0)  # counts drown in what is added


@pytest.mark.parametrize("first", [True, False])
def test_the_weighting_with_a_correction_is_chosen_by_leave_one_out(monkeypatch, first):
    docs = [b"tea tea tea cup", b"milk milk cup", b"tea cup cup", b"milk milk milk cup"] * 10
    y = np.arange(len(docs)) % 2
    good = CORRECTED[1]
    monkeypatch.setattr(
        "compressclf.models.blocks.settings.CORRECTED",
        (good, BLIND) if first else (BLIND, good),
    )
    words = Blocks("none", words=1)
    assert words.fit(corpus(docs), y, 2, n_jobs=1).model.weighting() == good
    given = replace(words, damping=0.7, add=3).fit(corpus(docs), y, 2).model
    assert (given.damping, given.add) == (0.7, 3)


def test_damping_is_not_tried_where_features_hardly_repeat(monkeypatch):
    monkeypatch.setattr("compressclf.models.blocks.settings.CORRECTED", (BLIND, CORRECTED[1]))
    docs = [b"tea cup", b"milk cup", b"tea and rum", b"milk and rum"] * 10
    fitted = Blocks("none", words=1).fit(corpus(docs), np.arange(40) % 2, 2, n_jobs=1)
    assert fitted.model.weighting() == BLIND
