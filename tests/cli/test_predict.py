import csv
import io
import json
import os

import numpy as np
import pytest
from click.testing import CliRunner

from compressclf import CodelengthClassifier, NCDClassifier, load_model, save_model
from compressclf.cli import cli
from compressclf.reports.evaluation import expected_calibration_error
from tests.saved_models import edit_config
from tests.texts import labelled_texts

pytestmark = pytest.mark.usefixtures("byte_models")

TRAIN, LABELS = labelled_texts(60, seed=1)
TEST, TRUTH = labelled_texts(20, seed=2)

METHODS = {
    "ncd-knn": ("-k", 3),
    "codelength": ("--model", "bytes"),
    "counted": ("--method", "codelength", "--model", "counted-bytes"),
}


def run(*arguments, **options):
    result = CliRunner().invoke(cli, list(map(str, arguments)), **options)
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, texts, labels in (("train", TRAIN, LABELS), ("test", TEST, TRUTH)):
        rows = [{"text": t, "label": y} for t, y in zip(texts, labels, strict=True)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "new.txt").write_text("\n".join(TEST))
    return tmp_path


@pytest.fixture(params=METHODS)
def learnt(request, here):
    """What ``classify`` printed, row by row, while it saved ``model``."""
    method = () if "--method" in METHODS[request.param] else ("--method", request.param)
    arguments = ("classify", "train.jsonl", "test.jsonl", *method, *METHODS[request.param])
    output = run(*arguments, "--format", "jsonl", "--save-model", "model").stdout
    return [json.loads(line) for line in output.splitlines()]


def rows_of(style, output):
    if style == "csv":
        return list(csv.DictReader(io.StringIO(output)))
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("style", ["jsonl", "csv"])
def test_the_predictions_of_classify(learnt, style):
    rows = rows_of(style, run("predict", "model", "test.jsonl", "--format", style).stdout)
    for key in ("index", "label", "prediction", "probability", "tied"):
        assert [str(row[key]) for row in rows] == [str(row[key]) for row in learnt]


def test_labelled_documents_are_scored(learnt):
    report = json.loads(run("predict", "model", "test.jsonl", "--format", "json").stdout)
    right = [row["prediction"] == row["label"] for row in learnt]
    assert report["accuracy"] == float(np.mean(right))
    assert report["accuracy_ci95"][0] < report["accuracy"] <= report["accuracy_ci95"][1]
    assert (report["n_train"], report["n_test"], report["n_classes"]) == (60, 20, 3)
    assert (report["model_dir"], report["test"]) == ("model", "test.jsonl")
    assert report["method"] in {"ncd-knn", "codelength"}
    assert 0 < report["majority_accuracy"] < 1
    tops = np.array([row["probability"] for row in learnt])
    error = expected_calibration_error(right, tops)
    assert report["expected_calibration_error"] == pytest.approx(error, abs=1e-5)
    assert 0 <= report["brier"] < 1
    assert set(report["seconds"]) == {"load", "predict"}
    text = run("predict", "model", "test.jsonl").stdout
    assert "model, test.jsonl: 60 training and 20 test documents, 3 classes" in text
    assert f"accuracy     {report['accuracy']:.4f}" in text
    assert "time         load " in text
    assert "| accuracy |" in run("predict", "model", "test.jsonl", "--format", "md").stdout


@pytest.mark.parametrize("given", ["new.txt", "lines", "json lines"])
def test_of_others_the_labels_are_printed(learnt, given):
    piped = {
        "new.txt": None,
        "lines": "\n".join(TEST),
        "json lines": "\n".join(json.dumps({"text": text}) for text in TEST),
    }[given]
    docs = given if piped is None else "-"
    expected = [row["prediction"] for row in learnt]
    assert run("predict", "model", docs, input=piped).stdout.split() == expected
    report = json.loads(run("predict", "model", docs, "--format", "json", input=piped).stdout)
    assert (report["accuracy"], report["predictions"]) == (None, expected)


def test_leaks_are_told_where_the_documents_were_kept(here):
    for name, leaks in (("bytes", 60), ("counted-bytes", None)):
        save_model(CodelengthClassifier(name).fit(TRAIN, LABELS), name)
        report = json.loads(run("predict", name, "train.jsonl", "--format", "json").stdout)
        assert report["test_in_train"] == leaks
        assert ("leaks" in run("predict", name, "train.jsonl").stdout) == (leaks is not None)


def test_labels_that_are_no_text(here):
    numbers = [["chess", "cooking", "sailing"].index(label) for label in LABELS]
    classifier = NCDClassifier(3).fit(TRAIN, numbers)
    save_model(classifier, "model")
    rows = [{"text": text, "label": int(y)} for text, y in zip(TRAIN, numbers, strict=True)]
    (here / "numbers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = json.loads(run("predict", "model", "numbers.jsonl", "--format", "json").stdout)
    assert report["accuracy"] == classifier.score(TRAIN, numbers)
    assert report["classes"] == [0, 1, 2]
    assert run("predict", "model", "new.txt").stdout.split() == [
        str(label) for label in classifier.predict(TEST)
    ]


def test_the_output_file_and_the_threads(learnt, here):
    assert run("predict", "model", "new.txt", "-j", 1, "-o", "labels.txt").stdout == ""
    assert (here / "labels.txt").read_text().split() == [row["prediction"] for row in learnt]
    report = run("predict", "model", "new.txt", "-j", 1, "--format", "json").stdout
    assert json.loads(report)["params"]["n_jobs"] == 1


def test_what_classify_saved_is_a_model_of_the_package(learnt):
    assert load_model("model").predict(TEST).tolist() == [row["prediction"] for row in learnt]


def test_the_card_tells_what_the_report_tells(here):
    report = json.loads(
        run(
            *("classify", "train.jsonl", "test.jsonl", "--save-model", "model", "--format", "json")
        ).stdout
    )
    card = (here / "model" / "README.md").read_text(encoding="utf-8")
    low, high = report["accuracy_ci95"]
    shown = f"Accuracy {report['accuracy']:.4f} (95 % interval {low:.4f} to {high:.4f}"
    assert shown in card
    assert f"Macro F1 {report['macro_f1']:.4f}." in card
    assert (
        f"Leaks: {report['test_in_train']} test documents also occur in the training data" in card
    )
    assert "- Source: train.jsonl\n- Size: " in card
    assert f"Test documents: {report['n_test']}, from test.jsonl" in card


def test_a_model_without_labelled_test_documents_has_a_card_without_scores(here):
    run("classify", "train.jsonl", "new.txt", "--save-model", "model")
    card = (here / "model" / "README.md").read_text(encoding="utf-8")
    assert "## Evaluation\n\nNot evaluated." in card
    assert "- Source: train.jsonl" in card


def test_a_model_whose_labelling_failed_has_a_card_without_scores(here, monkeypatch):
    def fail(self, X):
        raise ValueError("no more memory.")

    monkeypatch.setattr(CodelengthClassifier, "predictions", fail)
    arguments = ["classify", "train.jsonl", "test.jsonl", "--save-model", "model"]
    result = CliRunner().invoke(cli, arguments)
    assert (result.exit_code, result.stderr) == (1, "Error: no more memory.\n")
    card = (here / "model" / "README.md").read_text(encoding="utf-8")
    assert "## Evaluation\n\nNot evaluated." in card
    assert "- Source: train.jsonl\n- Size: " in card


def test_an_edited_card_is_refused_before_any_work(here):
    run("classify", "train.jsonl", "test.jsonl", "--save-model", "model")
    run("classify", "train.jsonl", "test.jsonl", "--save-model", "model")  # one as written may go
    card = here / "model" / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + "ours\n", encoding="utf-8")
    arguments = ["classify", "nowhere.csv", "--save-model", "model"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "README.md was edited or is not a model card; move it away" in result.stderr


def test_classify_says_how_to_go_on(here):
    text = run("classify", "train.jsonl", "test.jsonl", "--save-model", "model").stdout
    assert "saved        compressclf predict model DOCS" in text
    report = run(
        "classify", "train.jsonl", "test.jsonl", "--save-model", "model", "--format", "json"
    ).stdout
    assert json.loads(report)["saved_to"] == "model"
    assert not [name for name in os.listdir() if name.startswith(".")]


@pytest.mark.filterwarnings("default")
def test_another_version_is_told_on_standard_error(here):
    save_model(NCDClassifier(3).fit(TRAIN, LABELS), "model")
    edit_config(here / "model", lambda config: config["versions"].update(compressor="zlib 0.9"))
    result = run("predict", "model", "new.txt")
    assert result.stderr.startswith(
        "Warning: The model was saved with zlib 0.9 and is used with gzip ("
    )
    assert len(result.stderr.splitlines()) == 1
    assert len(result.stdout.splitlines()) == 20


def test_names_from_a_model_cannot_command_a_terminal(here):
    names = ["a\x1b[2J\x1b]0;b\x07", "c\nd", "e\u202e\x9b"]
    labels = [names[sorted(set(LABELS)).index(label)] for label in LABELS]
    save_model(NCDClassifier(1).fit(TRAIN, labels), "model\x1b[2J")
    for style in ("text", "md"):
        told = run("predict", "model\x1b[2J", "test.jsonl", "--format", style)
        assert not set(told.output) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert r"model\x1b[2J" in told.output
    lines = run("predict", "model\x1b[2J", "new.txt").stdout.splitlines()
    assert set(lines) <= {r"a\x1b[2J\x1b]0;b\x07", r"c\nd", r"e\u202e\x9b"}
    rows = run("predict", "model\x1b[2J", "new.txt", "--format", "jsonl").stdout.splitlines()
    assert {json.loads(row)["prediction"] for row in rows} <= set(names)
    (here / "model\x1b[2J" / "config.json").write_text("{}")
    result = CliRunner().invoke(cli, ["predict", "model\x1b[2J", "new.txt"])
    assert result.stderr.startswith(r"Error: model\x1b[2J: not a model")
