"""A card says what is so: figures by hand, whatever the names hold, and nobody's edits are lost."""

import re

import numpy as np
import pytest
import yaml

from compressclf import CodelengthClassifier, Corpus, NCDClassifier, load_model, save_model
from compressclf._lib.markdown import is_as_written
from compressclf.reports.evaluation import evaluate, evaluate_groups
from compressclf.reports.model_card import Scores, TrainingFacts, model_card, write_card

TRAIN = ["habari za leo", "goli la mwisho", "bao la ushindi", "soko la hisa"]
LABELS = ["biashara", "michezo", "michezo", "biashara"]
TRUE, GUESS = list("aaabb"), list("aabbb")
LANGUAGES = ["sw", "yo", "sw", "sw", "yo"]


def fitted():
    return CodelengthClassifier("blocks:lengths=4").fit(TRAIN, LABELS)


def measured(**more):
    return Scores(evaluation=evaluate(TRUE, GUESS), source="test.csv", **more)


def front_matter(card):
    return yaml.safe_load(card.split("---\n")[1])


def rows(card, heading):
    """The tables' rows under a heading, header first."""
    section = card.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_scores_by_hand():
    groups = evaluate_groups(TRUE, GUESS, LANGUAGES)
    result = measured(leaked=2, accuracy_without_leaks=2 / 3, tied=1, groups=groups)
    card = model_card(fitted(), measured=result)
    assert "Test documents: 5, from test.csv" in card
    assert "Accuracy 0.8000 (95 % interval 0.3755 to 0.9638" in card
    assert "Macro F1 0.8000." in card
    assert "Leaks: 2 test documents also occur in the training data, byte for byte. Acc" in card
    assert "Accuracy without them: 0.6667." in card
    assert "It decided the labels of 20.0% of the test documents." in card
    assert "2 classes have fewer than 30 test documents" in card
    assert rows(card, "Evaluation") == [
        ["class", "documents", "precision", "recall", "F1"],
        ["a", "3", "1.000", "0.667", "0.800"],
        ["b", "2", "0.667", "1.000", "0.800"],
        ["label", "taken for", "documents", "share of the label"],
        ["a", "b", "1", "0.333"],
        ["group", "documents", "accuracy", "from", "to", "macro F1"],
        ["sw", "3", "0.667", "0.208", "0.939", "0.667"],
        ["yo", "2", "1.000", "0.342", "1.000", "1.000"],
    ]


def test_probabilities_and_the_majority_by_hand():
    shares = [[0.75, 0.25], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9]]
    scores = evaluate(TRUE, GUESS, probabilities=shares, classes=["a", "b"], majority="b")
    card = model_card(fitted(), measured=Scores(scores))
    assert "Always predicting the largest training class, b: accuracy 0.4000." in card
    # Each document has a bin of its own; the third is wrong.
    assert scores.expected_calibration_error == pytest.approx((0.25 + 0.4 + 0.7 + 0.2 + 0.1) / 5)
    assert scores.brier == pytest.approx(2 * (0.25**2 + 0.4**2 + 0.7**2 + 0.2**2 + 0.1**2) / 5)
    assert "expected calibration error 0.3300 (15 bins of the top probability)" in card
    assert "Brier score 0.3050 (0 to 2)." in card
    assert "Brier score" not in model_card(fitted(), measured=measured())


def test_training_data_by_hand():
    docs = Corpus.from_documents([*TRAIN, b"\xff"])
    taught = TrainingFacts.from_documents(
        docs, [*LABELS, "x|y"], source="a_b.csv", languages=("sw",)
    )
    assert (taught.n_bytes, taught.not_text) == (54, 1)
    card = model_card(fitted(), taught=taught)
    assert "- Source: a\\_b.csv\n- Size: 5 documents, 54 bytes, 3 classes.\n" in card
    assert "- Languages: sw\n- Documents that are not UTF-8 text (images, other enc" in card
    assert rows(card, "Training data")[1:] == [
        ["biashara", "2", "0.400"],
        ["michezo", "2", "0.400"],
        ["x\\|y", "1", "0.200"],
    ]


def test_what_the_hub_reads():
    taught = TrainingFacts.from_documents(
        Corpus.from_documents(TRAIN), LABELS, languages=("sw", "no")
    )
    matter = front_matter(model_card(fitted(), name="habari", taught=taught, measured=measured()))
    assert matter == {
        "library_name": "compressclf",
        "pipeline_tag": "text-classification",
        "language": ["sw", "no"],  # a string, not YAML's false
        "tags": ["compression", "classification", "blocks"],
        "metrics": ["accuracy", "f1"],
        "model-index": [
            {
                "name": "habari",
                "results": [
                    {
                        "task": {"type": "text-classification"},
                        "dataset": {"name": "test.csv", "type": "test.csv"},
                        "metrics": [
                            {"type": "accuracy", "value": 0.8},
                            {"type": "f1", "name": "macro F1", "value": 0.8},
                        ],
                    }
                ],
            }
        ],
    }
    assert "license" not in matter


def test_images_are_no_text():
    images = np.zeros((4, 2, 2), np.uint8)
    classifier = NCDClassifier(1).fit(images, [0, 1, 0, 1])
    matter = front_matter(model_card(classifier))
    assert matter["tags"] == ["compression", "classification", "gzip"]
    assert "pipeline_tag" not in matter


def test_names_cannot_break_the_card():
    names = ['a: "b"\n- c', "<script>"]
    classifier = NCDClassifier(1).fit(["one", "two"], names)
    card = model_card(classifier, name="x\n---\ny: [", measured=Scores(evaluate(names, names)))
    assert front_matter(card)["model-index"][0]["name"] == "x\n---\ny: ["
    assert [row[0] for row in rows(card, "Training data")[1:]] == ["&lt;script&gt;", 'a: "b" - c']


@pytest.mark.parametrize(
    ("classifier", "sentences"),
    [
        (
            CodelengthClassifier("blocks:lengths=4"),
            [
                "temperature that was fitted to held-out training documents.",
                " bytes, growth 0.",
                ", lapse 0.0",
                "Discriminative: yes.",
                "A code: no.",
                "Its stored counts may reveal passages of the training documents.",
            ],
        ),
        (
            CodelengthClassifier("zstd-dict", calibration=3.0),
            [
                "temperature that was given, not fitted.",
                "| calibration | temperature 3 |",
                "Discriminative: no.",
                "A code: yes.",
            ],
        ),
        (
            NCDClassifier(1, ties="smallest"),
            [
                "Ties are broken by the rule 'smallest'.",
                "Probabilities are shares of the votes and are not calibrated.",
                "Documents near or beyond 32,768 bytes, the compressor's window",
                "It contains its training documents verbatim",
                "Size: 4 documents, 53 bytes, 2 classes.",
                "Not evaluated.",
            ],
        ),
    ],
    ids=["corrected", "code", "neighbours"],
)
def test_caveats_follow_from_the_model(classifier, sentences):
    card = model_card(classifier.fit(TRAIN, LABELS))
    for sentence in sentences:
        assert sentence in card


# Beside a model


def test_a_saved_model_has_a_card_with_its_files(tmp_path):
    save_model(fitted(), tmp_path / "habari")
    write_card(fitted(), tmp_path / "habari")
    card = (tmp_path / "habari" / "README.md").read_text(encoding="utf-8")
    (digest,) = re.findall(r"SHA-256 of arrays.npz \| ([0-9a-f]{64})", card)
    assert digest in (tmp_path / "habari" / "config.json").read_text()
    size = (tmp_path / "habari" / "arrays.npz").stat().st_size
    assert f"| size of arrays.npz | {size:,} bytes |" in card
    assert "# Model card: habari" in card
    assert "compressclf predict habari DOCS" in card
    assert "compressclf 0." in card


def test_the_same_model_has_the_same_card(tmp_path):
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        save_model(fitted(), tmp_path / place / "model")
        write_card(fitted(), tmp_path / place / "model")
    cards = [(tmp_path / place / "model" / "README.md").read_bytes() for place in ("one", "two")]
    assert cards[0] == cards[1]
    assert is_as_written(cards[0])


def test_scores_are_added_later(tmp_path):
    classifier = fitted()
    save_model(classifier, tmp_path / "model")
    write_card(classifier, tmp_path / "model")
    write_card(classifier, tmp_path / "model", measured=measured())
    card = (tmp_path / "model" / "README.md").read_bytes()
    assert b"Accuracy 0.8000" in card
    assert is_as_written(card)
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "README.md",
        "arrays.npz",
        "config.json",
    ]


def test_a_model_is_read_whatever_its_card_says(tmp_path):
    save_model(fitted(), tmp_path / "model")
    (tmp_path / "model" / "README.md").write_text("ours")
    assert load_model(tmp_path / "model").predict(["bao"]).tolist() == ["michezo"]
    (tmp_path / "model" / "README.md").unlink()
    assert load_model(tmp_path / "model").predict(["bao"]).tolist() == ["michezo"]
    save_model(fitted(), tmp_path / "model")


@pytest.mark.parametrize(
    "edit",
    [lambda card: card.replace(b"*To be", b"Ours, to be"), lambda card: b"ours", lambda card: b""],
    ids=["a word", "all", "emptied"],
)
def test_an_edited_card_is_not_overwritten(edit, tmp_path):
    classifier = fitted()
    save_model(classifier, tmp_path / "model")
    write_card(classifier, tmp_path / "model")
    card = tmp_path / "model" / "README.md"
    card.write_bytes(edit(card.read_bytes()))
    before = {path: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    for write in (save_model, write_card):
        with pytest.raises(ValueError, match=r"README\.md was edited or is not a model card; mo"):
            write(classifier, tmp_path / "model")
    assert {path: path.read_bytes() for path in (tmp_path / "model").iterdir()} == before


def test_no_card_where_there_is_no_model(tmp_path):
    with pytest.raises(ValueError, match="not a model: a model is a directory with config"):
        write_card(fitted(), tmp_path)
    assert list(tmp_path.iterdir()) == []
