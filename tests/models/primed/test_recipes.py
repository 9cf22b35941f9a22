"""Recipes that name the classes, judged by codelengths of whole texts."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, load_model, save_model
from compressclf.compressors import COMPRESSORS, Compressor
from compressclf.models import get_model
from compressclf.models.primed.presets import LanguageModel
from compressclf.models.primed.prompts import Demonstrations, Prompts, draw

NAMES = "cooking|food;sailing;the weather"
DOCS = Corpus.from_documents(
    [
        "salt the onion",
        "boil the stock",
        "hoist the sail",
        "trim the sheet",
        "rain",
        "wind and rain",
    ]
)
Y = np.array([0, 0, 1, 1, 2, 2])
NEW = Corpus.from_documents(["an onion in stock", "the main sail", "", "more rain"])
NOTHING = DOCS[:0], np.empty(0, np.int64)


@dataclass(frozen=True)
class Stub(Compressor):
    """A document costs a number that depends on every byte of it and of the text before it."""

    name = "stub"
    version = "1"
    window = 10_000
    shares_prefixes = True
    digest: ClassVar[str] = "0a1b"
    calls: ClassVar[list[tuple[list[bytes], list[bytes], bytes]]] = []

    def codelengths(self, docs):
        return 8.0 * docs.lengths

    def joint_codelengths(self, prefixes, docs, *, separator=b""):
        raise AssertionError

    def tree_codelengths(self, docs, given, *, root=b""):
        self.calls.append((list(docs), list(given), root))
        return np.array([[bits(root + before, doc) for before in given] for doc in docs])


def bits(before, doc):
    """Return the bits of a document after a text."""
    return (sum(doc) + 7 * sum(before[-40:]) + len(before)) % 101 / 7


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    monkeypatch.setitem(COMPRESSORS._rows, "stub", f"{__name__}:Stub")
    monkeypatch.setattr(Stub, "calls", [])
    return Stub


def model(recipe="label", **parameters):
    return LanguageModel("stub", recipe=recipe, **{"names": NAMES, "shots": 2, **parameters})


def fit(recipe, docs=DOCS, y=Y, **parameters):
    return model(recipe, **parameters).fit(docs, y, 3)


def averaged(first, second):
    return -np.log2((2**-first + 2**-second) / 2)


def test_the_texts_around_documents_and_names():
    prompts = Prompts((("cooking", "food"), ("sailing",)), "Topic:")
    shown = Demonstrations([b"hoist", b"boil"], [1, 0])
    assert prompts.heads() == [b"Topic: cooking\n", b"Topic: food\n", b"Topic: sailing\n"]
    assert prompts.endings() == [b" cooking", b" food", b" sailing"]
    assert prompts.asking(b"x") == b"x\n\nTopic:"
    assert prompts.heads_of(shown) == b"Topic: sailing\nhoist\n\nTopic: cooking\nboil\n\n"
    assert prompts.answers_of(shown) == b"hoist\n\nTopic: sailing\n\nboil\n\nTopic: cooking\n\n"


def test_channel_codes_the_document_after_all_demonstrations_and_a_name():
    fitted = fit("channel", calibrate=None)
    root = fitted.prompts.heads_of(fitted.draws[0])
    assert sorted(fitted.draws[0].docs) == sorted(DOCS)
    heads = [root + head for head in fitted.prompts.heads()]
    expected = [
        [averaged(bits(heads[0], x), bits(heads[1], x)), *(bits(head, x) for head in heads[2:])]
        for x in NEW
    ]
    assert fitted.codelengths(NEW) == pytest.approx(np.array(expected))


def test_label_codes_the_name_after_the_document():
    fitted = fit("label", calibrate=None, cue="It is about")
    root = fitted.prompts.answers_of(fitted.draws[0])
    asked = [root + x + b"\n\nIt is about" for x in NEW]
    expected = [
        [
            averaged(bits(x, b" cooking"), bits(x, b" food")),
            bits(x, b" sailing"),
            bits(x, b" the weather"),
        ]
        for x in asked
    ]
    assert fitted.codelengths(NEW) == pytest.approx(np.array(expected))


def test_both_is_half_and_half_of_the_two_orders_of_the_pair():
    fitted = fit("both", calibrate=None)
    channel = fit("channel", calibrate=None).codelengths(NEW)
    label = fit("label", calibrate=None).codelengths(NEW)
    plain = np.array([bits(fitted.prompts.heads_of(fitted.draws[0]), x) for x in NEW])
    shares = 2**-label / (2**-label).sum(axis=1, keepdims=True)
    pairs = 2 ** -(np.log2(3) + channel) / 2 + 2 ** -plain[:, None] * shares / 2
    found = fitted.codelengths(NEW)
    assert found == pytest.approx(-np.log2(pairs))
    best = np.minimum(np.log2(3) + channel, plain[:, None] - np.log2(shares))
    assert (found <= best + 1 + 1e-9).all()


@pytest.mark.parametrize("recipe", ["channel", "label", "both"])
def test_without_documents_the_excess_is_that_of_texts_without_content(recipe):
    fitted = fit(recipe, *NOTHING)
    raw = fitted.parts(Corpus.from_documents(["N/A", "", "[MASK]"]))[: len(fitted.excess)]
    expected = (raw - raw.mean(axis=2, keepdims=True)).mean(axis=1)
    assert fitted.excess == pytest.approx(expected)
    assert fitted.excess.sum(axis=1) == pytest.approx(0, abs=1e-9)
    plain = fit(recipe, *NOTHING, calibrate=None)
    if recipe != "both":
        difference = plain.codelengths(NEW) - fitted.codelengths(NEW)
        assert difference == pytest.approx(np.tile(fitted.excess, (len(NEW), 1)))


def test_unlabelled_documents_calibrate_and_are_not_read_again(stub):
    fitted = fit("label", *NOTHING)
    fitted.calibrate_on(NEW)
    n_calls = len(stub.calls)
    bits_of_them = fitted.codelengths(NEW)
    assert len(stub.calls) == n_calls
    # The means of the classes are equal now.
    assert np.ptp(bits_of_them.mean(axis=0)) == pytest.approx(0, abs=1e-9)
    both = Corpus.from_documents(["new", *NEW])
    assert fitted.codelengths(both)[1:] == pytest.approx(bits_of_them)
    assert [len(given) for _, given, _ in stub.calls[n_calls:]] == [1]


def test_training_documents_calibrate_when_they_are_held_out(stub):
    fitted, held = model("label").fit_held_out(DOCS, Y, 3)
    assert not np.isnan(held).any()
    # Each class has the same weight, and the excess is what makes the means equal.
    means = np.mean([held[Y == index].mean(axis=0) for index in range(3)], axis=0)
    assert np.ptp(means) == pytest.approx(0, abs=1e-9)
    for docs, given, root in stub.calls:
        if docs == fitted.prompts.endings():
            for asked in given:
                assert asked.removesuffix(b"\n\nCategory:") not in root.split(b"\n\n")


def test_which_recipes_read_demonstrations_by_default():
    assert fit("label", shots=None).draws[0].classes == []
    assert sorted(fit("channel", shots=None).draws[0].classes) == [0, 0, 1, 1, 2, 2]


def test_documents_that_are_no_demonstrations_calibrate():
    docs, y = DOCS.take(np.arange(12) % 6), Y[np.arange(12) % 6]
    fitted, held = model("label", shots=1).fit_held_out(docs, y, 3)
    unread = ~np.isnan(held).any(axis=1)
    assert np.bincount(y[unread]).tolist() == [3, 3, 3]
    assert fitted.codelengths(docs.take(np.flatnonzero(unread))) == pytest.approx(held[unread])


def test_without_shots_all_training_documents_calibrate(stub):
    docs, y = DOCS.take(np.arange(60) % 6), Y[np.arange(60) % 6]
    fitted, held = model("label", shots=0).fit_held_out(docs, y, 3)
    assert fitted.draws == [Demonstrations([], [])]
    assert not np.isnan(held).any()
    assert {root for _, _, root in stub.calls} == {b""}


def test_calibration_per_byte():
    fitted = fit("channel", *NOTHING, calibrate="byte")
    fitted.calibrate_on(NEW)
    raw = fit("channel", *NOTHING, calibrate=None).codelengths(NEW)
    expected = (raw - raw.mean(axis=1, keepdims=True)).sum(axis=0) / NEW.lengths.sum()
    assert fitted.excess[0] == pytest.approx(expected)
    assert fitted.codelengths(NEW) == pytest.approx(raw - np.outer(NEW.lengths, expected))


def test_draws_are_averaged():
    fitted = fit("label", calibrate=None, draws=2, shots=1)
    one, two = fitted.draws
    assert len(one.docs) == len(two.docs) == 3
    assert sorted([*one.docs, *two.docs]) == sorted(DOCS)
    each = [type(fitted)(fitted.model, [shown]).codelengths(NEW) for shown in fitted.draws]
    assert fitted.codelengths(NEW) == pytest.approx(np.mean(each, axis=0))


def test_demonstrations_keep_to_the_budget_and_the_classes_in_balance():
    docs = Corpus.from_documents([b"a" * 10] * 20 + [b"b" * 10] * 5)
    y = np.array([0] * 20 + [1] * 5)
    how = {"longest": 8, "seed": 0, "draws": 1}
    ((shown, rows),) = draw(docs, y, shots=None, budget=50, **how)
    assert sorted(shown.classes) == [0, 0, 0, 1, 1, 1] or len(shown.docs) == 6
    assert abs(shown.classes.count(0) - shown.classes.count(1)) <= 1
    assert {len(doc) for doc in shown.docs} == {8}
    assert y[rows].tolist() == shown.classes
    ((shown, _),) = draw(docs, y, shots=7, budget=10_000, **how)
    assert (shown.classes.count(0), shown.classes.count(1)) == (7, 5)
    assert draw(docs, y, shots=0, budget=50, **how)[0][0] == Demonstrations([], [])


def test_long_documents_are_cut_and_it_is_said_once(caplog):
    fitted = fit("label", *NOTHING, calibrate=None, longest=4)
    assert fitted.codelengths(NEW[:2]) == pytest.approx(
        fitted.codelengths(Corpus.from_documents(["an o", "the "]))
    )
    assert [record.message for record in caplog.records] == [
        "lm reads the first 4 bytes of 2 of 2 documents (longest=4)."
    ]
    caplog.clear()
    fit("label", longest=4)  # five folds
    assert len(caplog.records) == 1


@pytest.mark.parametrize("recipe", ["channel", "label", "both"])
def test_a_saved_model_predicts_the_same(tmp_path, recipe):
    labels = np.array(["cook", "sail", "weather"])[Y]
    names = {"cook": ["cooking", "food"], "sail": "sailing"}
    spec = f"lm:compressor=stub,recipe={recipe}"
    classifier = CodelengthClassifier(spec, label_names=names).fit(list(DOCS), labels)
    assert classifier.model_.model.names == "cooking|food;sailing;weather"
    save_model(classifier, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.label_names == names
    assert loaded.codelengths(list(NEW)) == pytest.approx(classifier.codelengths(list(NEW)))
    assert loaded.model_.draws == classifier.model_.draws


def changed(name, value):
    arrays = fit("label").arrays()
    arrays[name] = value if value is None else np.asarray(value)
    return arrays


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("offsets", np.arange(7) * 100, "'offsets' cannot belong"),
        ("classes", np.full(6, 3), "'classes' cannot belong"),
        ("draws", np.full(6, 1), "'draws' cannot belong"),
        ("excess", np.full((1, 3), np.nan), "'excess' cannot belong"),
        ("excess", np.zeros((2, 3)), "'excess' cannot belong"),
        ("digest", np.zeros(2, np.uint8), "other weights"),
    ],
)
def test_hostile_arrays_are_refused(name, value, message):
    whole = fit("label")
    restored = model("label").restore(whole.arrays(), 3)
    assert restored.codelengths(NEW) == pytest.approx(whole.codelengths(NEW))
    with pytest.raises(ValueError, match=message):
        model("label").restore(changed(name, value), 3)
    with pytest.raises(ValueError, match="names of the 4 classes are missing"):
        model("label").restore(whole.arrays(), 4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"recipe": "x"},
            "'recipe' parameter of lm must be one of exemplars, channel, label, both",
        ),
        (
            {"names": "a;;b"},
            "'names' parameter of lm cannot be 'a;;b': the name '' of a class must",
        ),
        ({"names": 3}, "'names' parameter of lm cannot be 3"),
        ({"budget": "equal"}, "'budget' parameter of lm must be an int >= 1 or auto with names"),
        ({"cue": ""}, "'cue' parameter of lm must be text of 1 to 1,000 characters"),
        ({"longest": 0}, "'longest' parameter of lm must be an int in"),
        ({"recipe": "exemplars", "shots": 0}, "'shots' parameter of lm must be"),
    ],
)
def test_bad_parameters_are_one_sentence(parameters, message):
    with pytest.raises(ValueError, match=message):
        model(**parameters)


def test_another_number_of_names_than_classes_is_refused():
    with pytest.raises(ValueError, match="names of 2 classes, and there are 3"):
        fit("label", names="a;b")


def test_names_reach_the_models_of_a_combination():
    combination = get_model("blocks+lm:compressor=stub,recipe=label")
    assert combination.reads_names
    named = combination.named([["a"], ["b", "c"]])
    assert [getattr(member, "names", "-") for member in named.models] == ["-", "a;b|c"]
    given = replace(model(), names="x;y")
    assert given.named([["a"], ["b"]]) is given
    exemplars = LanguageModel("stub")
    assert exemplars.named([["a"], ["b"]]) is exemplars
    assert not exemplars.reads_names


def test_the_spec_builds_the_model_again():
    for recipe in ("channel", "label", "both"):
        made = model(recipe, names="salt, pepper|food;b")
        assert get_model(made.spec) == made
    assert model("label").calibrate == "mean"
    assert LanguageModel("stub").calibrate == "byte"


def test_which_recipes_are_codes():
    assert model("channel", calibrate=None).is_code == Stub.lossless
    assert not model("channel").is_code
    assert not model("label", calibrate=None).is_code
