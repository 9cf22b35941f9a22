import csv
import io
import json
import re
from dataclasses import asdict

import numpy as np
import pytest
from click.testing import CliRunner

from compressclf import CodelengthClassifier, NCDClassifier
from compressclf.cli import cli
from compressclf.reports.evaluation import expected_calibration_error
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(60, seed=1)
TEST, TRUTH = labelled_texts(20, seed=2)
LARGEST = max(sorted(set(LABELS)), key=LABELS.count)


def run(*arguments, method="ncd-knn", **options):
    flat = ["classify", "--method", method, *map(str, arguments)]
    result = CliRunner().invoke(cli, flat, **options)
    assert result.exit_code == 0, result.stderr
    return result


def write_jsonl(path, texts, labels=None):
    rows = [{"text": text} for text in texts]
    for row, label in zip(rows, labels or [], strict=bool(labels)):
        row["label"] = label
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def train(tmp_path):
    return write_jsonl(tmp_path / "train.jsonl", TRAIN, LABELS)


@pytest.fixture
def test_file(tmp_path):
    return write_jsonl(tmp_path / "other.jsonl", TEST, TRUTH)


@pytest.fixture
def expected():
    return NCDClassifier(n_neighbors=3).fit(TRAIN, LABELS).predictions(TEST)


def test_a_page_beside_the_report(train, test_file, tmp_path):
    told = run(train, test_file, "--html", tmp_path / "a b.html", method="codelength")
    assert told.stderr.splitlines()[-1] == f"Open {(tmp_path / 'a b.html').as_uri()}"
    assert "accuracy" in told.stdout
    page = (tmp_path / "a b.html").read_text()
    accuracy = re.search(r"accuracy +(\d\.\d{4})", told.stdout)[1]
    assert f'<p class="headline">{accuracy} ' in page
    assert "# Model card: model" in page
    assert not (tmp_path / "model").exists()
    refused = CliRunner().invoke(cli, ["classify", str(train), "--html", "nowhere/a.html"])
    assert refused.exit_code == 2
    assert "there is no directory" in refused.stderr


def test_a_page_without_labels(train, tmp_path):
    texts = write_jsonl(tmp_path / "new.jsonl", TEST)
    run(train, texts, "--html", tmp_path / "new.html")
    assert "Least sure" in (tmp_path / "new.html").read_text()


def test_the_json_report_has_every_key(train, test_file, expected):
    report = json.loads(run(train, test_file, "-k", 3, "--format", "json").stdout)
    accuracy = float(np.mean(expected.labels == np.array(TRUTH)))
    assert report["accuracy"] == accuracy
    assert report["accuracy_ci95"][0] < accuracy <= report["accuracy_ci95"][1]
    assert 0 < report["macro_f1"] <= 1
    assert (report["n_train"], report["n_test"], report["n_classes"]) == (60, 20, 3)
    assert report["classes"] == ["chess", "cooking", "sailing"]
    assert report["method"] == "ncd-knn"
    assert report["compressor"] == "gzip:level=9"
    assert report["params"]["n_neighbors"] == 3
    assert report["test_in_train"] == 0
    assert report["accuracy_without_leaks"] == accuracy
    assert report["ties"]["rule"] == "nearest"
    assert report["ties"]["documents"] == int(expected.tied.sum())
    assert set(report["seconds"]) == {"load", "fit", "predict"}
    assert report["peak_memory_mb"] > 10
    assert report["ms_per_document"] == round(1e3 * report["seconds"]["predict"] / 20, 3)
    assert (report["model"], report["temperature"], report["saved_to"]) == (None, None, None)
    assert report["calibration"] is None
    assert report["majority_label"] == LARGEST
    assert report["majority_accuracy"] == TRUTH.count(LARGEST) / 20
    tops = expected.probabilities.max(axis=1)
    assert report["expected_calibration_error"] == expected_calibration_error(
        expected.labels == np.array(TRUTH), tops
    )
    hits = np.array(TRUTH)[:, None] == np.unique(LABELS)
    assert report["brier"] == pytest.approx(
        ((expected.probabilities - hits) ** 2).sum(axis=1).mean()
    )
    assert {"compressclf", "compressor", "python", "numpy", "scikit-learn"} <= set(
        report["versions"]
    )


@pytest.mark.parametrize("style", ["csv", "jsonl"])
def test_a_row_for_each_prediction(train, test_file, expected, style):
    output = run(train, test_file, "-k", 3, "--format", style).stdout
    if style == "csv":
        rows = list(csv.DictReader(io.StringIO(output)))
    else:
        rows = [json.loads(line) for line in output.splitlines()]
    assert [row["prediction"] for row in rows] == expected.labels.tolist()
    assert [row["label"] for row in rows] == TRUTH
    assert [float(row["probability"]) for row in rows] == pytest.approx(
        expected.probabilities.max(axis=1).tolist(), abs=1e-6
    )
    assert [int(row["index"]) for row in rows] == list(range(20))


def test_the_report_for_people(train, test_file):
    text = run(train, test_file, "-k", 3).stdout
    assert "60 training and 20 test documents, 3 classes" in text
    assert "ncd-knn: 3 nearest by ncd with gzip:level=9" in text
    for fact in ("accuracy", "95 % interval", "macro F1", "leaks", "ties", "time", "peak memory"):
        assert fact in text
    majority = f"{TRUTH.count(LARGEST) / 20:.4f}  (always {LARGEST!r}, the largest training class)"
    assert f"  majority     {majority}\n" in text
    assert re.search(r"^  calibration  expected error 0\.\d{3}, Brier score \d\.\d{3}$", text, re.M)
    markdown = run(train, test_file, "-k", 3, "--format", "md").stdout
    assert "| accuracy |" in markdown


def test_without_labels_the_predictions_are_printed(train, tmp_path, expected):
    unlabelled = write_jsonl(tmp_path / "new.jsonl", TEST)
    assert run(train, unlabelled, "-k", 3).stdout.split() == expected.labels.tolist()
    report = json.loads(run(train, unlabelled, "-k", 3, "--format", "json").stdout)
    assert report["accuracy"] is None
    assert report["accuracy_ci95"] is None
    assert report["macro_f1"] is None
    assert (report["majority_accuracy"], report["expected_calibration_error"]) == (None, None)
    assert report["brier"] is None
    assert report["predictions"] == expected.labels.tolist()


def test_standard_input_as_test_or_as_source(train, test_file, expected):
    piped = run(train, "-", "-k", 3, input="\n".join(TEST))
    assert piped.stdout.split() == expected.labels.tolist()
    learned = run("-", test_file, "-k", 3, "--format", "csv", input=train.read_text())
    assert [row["prediction"] for row in csv.DictReader(io.StringIO(learned.stdout))] == (
        expected.labels.tolist()
    )


def test_leaks_are_told(tmp_path, train):
    leaky = write_jsonl(tmp_path / "leaky.jsonl", TRAIN[:10] + TEST, LABELS[:10] + TRUTH)
    report = json.loads(run(train, leaky, "-k", 1, "--format", "json").stdout)
    assert report["test_in_train"] == 10
    assert report["accuracy_without_leaks"] <= report["accuracy"]
    assert "10 of 30 test documents also occur in the training data; accuracy without them" in (
        run(train, leaky, "-k", 1).stdout
    )


def test_a_part_is_held_out_by_seed(train):
    options = ("-k", 1, "--format", "jsonl", "--test-size", 0.25)
    one = run(train, *options).stdout
    assert len(one.splitlines()) == 15
    assert run(train, *options, "--seed", 0).stdout == one
    assert run(train, *options, "--seed", 1).stdout != one


def test_limits(train, test_file):
    report = json.loads(
        run(
            train, test_file, "--limit-train", 30, "--limit-test", 5, "-k", 1, "--format", "json"
        ).stdout
    )
    assert (report["n_train"], report["n_test"]) == (30, 5)


def test_every_option_reaches_the_classifier(train, test_file):
    options = {
        "--compressor": "zstd:level=5",
        "--metric": "cdm",
        "--order": "yx",
        "--separator": "|",
        "--symmetrize": "none",
        "--weights": "distance",
        "--ties": "random",
        "--jobs": "1",
        "--seed": "4",
    }
    flat = [item for pair in options.items() for item in pair]
    output = run(train, test_file, "-k", 4, *flat, "--subtract-overhead", "--format", "csv").stdout
    classifier = NCDClassifier(
        n_neighbors=4,
        compressor="zstd:level=5",
        metric="cdm",
        order="yx",
        separator="|",
        weights="distance",
        ties="random",
        random_state=4,
        subtract_overhead=True,
    )
    expected = classifier.fit(TRAIN, LABELS).predict(TEST).tolist()
    assert [row["prediction"] for row in csv.DictReader(io.StringIO(output))] == expected


def test_the_output_file_appears_whole(train, test_file, tmp_path):
    target = tmp_path / "report.json"
    target.write_text("older")
    assert run(train, test_file, "-k", 1, "--format", "json", "-o", target).stdout == ""
    assert json.loads(target.read_text())["n_test"] == 20
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_older_output_file_stays_if_writing_fails(train, test_file, tmp_path, monkeypatch):
    target = tmp_path / "report.txt"
    target.write_text("older")

    def fail(*paths):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("os.replace", fail)
    result = CliRunner().invoke(
        cli,
        ["classify", "--method", "ncd-knn", str(train), str(test_file), "-o", str(target)],
    )
    assert result.exit_code == 1
    assert result.stderr == (
        f"Finished work is in {target}.partial: run the same command to continue.\n"
        f"Error: {target}: No space left on device\n"
    )
    assert target.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_interrupt_ends_cleanly(train, test_file, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("compressclf.neighbors.search.run_tiles", interrupt)
    result = CliRunner().invoke(
        cli, ["classify", "--method", "ncd-knn", str(train), str(test_file)]
    )
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Interrupted.\n")


def test_digits():
    output = run("sample:digits", "--limit-train", 200, "--limit-test", 30, "--format", "json")
    assert json.loads(output.stdout)["n_classes"] == 10


@pytest.mark.usefixtures("byte_models")
def test_codelengths_have_the_same_report(train, test_file):
    classifier = CodelengthClassifier("bytes", prior="empirical").fit(TRAIN, LABELS)
    expected = classifier.predictions(TEST)
    options = ("--model", "bytes", "--prior", "empirical")
    output = run(train, test_file, *options, "--format", "json", method="codelength").stdout
    report = json.loads(output)
    of_neighbours = json.loads(run(train, test_file, "--format", "json").stdout)
    assert list(report) == list(of_neighbours)
    assert report["accuracy"] == float(np.mean(expected.labels == np.array(TRUTH)))
    assert (report["method"], report["compressor"], report["engine"]) == ("codelength", None, None)
    assert report["model"] == classifier.model_.model.spec
    assert report["temperature"] == classifier.temperature_
    assert report["calibration"] == asdict(classifier.calibration_)
    assert report["params"] == {
        "model": "bytes",
        "prior": "empirical",
        "calibration": "auto",
        "window": None,
        "class_weight": None,
        "label_names": None,
        "n_jobs": -1,
    }
    assert report["ties"]["rule"] == "larger class"
    assert report["test_in_train"] == 0
    assert "compressor" not in report["versions"]


@pytest.mark.usefixtures("byte_models")
def test_people_are_told_what_fit_chose(train, test_file):
    chosen = CodelengthClassifier("bytes").fit(TRAIN, LABELS).model_.model.add
    text = run(train, test_file, "--model", "bytes", method="codelength").stdout
    assert f"codelength: bytes; chosen on the training documents: add={chosen}; temperature" in text
    given = run(
        train, test_file, "--model", "bytes:add=0.5", "--calibration", 2.5, method="codelength"
    )
    assert "codelength: bytes:add=0.5; temperature 2.5\n" in given.stdout
    for fact in ("accuracy", "leaks", "ties", "ms per document)"):
        assert fact in given.stdout


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            "blocks:lengths=4,damping=1,shorten=0,add=1,correct=none",
            r"blocks:lengths=4,words=2,damping=1.0,shorten=0.0,add=1.0,correct=none; chosen by "
            r"leave-one-out: own=[.0-9]+",
        ),
        (
            "blocks:damping=0,add=2",
            r"blocks:words=2,damping=0.0,add=2.0,correct=0.5; by script and mean length of the "
            r"documents: lengths=[+0-9]+; fixed: shorten=0\.5,own=0\.05",
        ),
        ("blocks:lengths=4,damping=1,shorten=0,add=1,own=0", r"blocks:lengths=4,words=2,[^;]+=0.5"),
        (
            "blocks:lengths=4,damping=1,shorten=0,add=1,own=0+zstd-dict",
            r"blocks:lengths=4,words=2,[^;]+ \+ zstd-dict:level=12,[^;]+",
        ),
        (
            "lm:compressor=[zstd:level=3],shots=4,calibrate=mean",
            r"lm:compressor=zstd:level=3,shots=4,budget=auto,draws=1,separator=\\n,calibrate=mean,"
            r"seed=0",
        ),
    ],
)
def test_how_each_setting_came_about(model, told, train, test_file):
    text = run(train, test_file, "--model", model, method="codelength").stdout
    fitted = r"temperature [.0-9e+-]+ at [0-9,]+ bytes, growth [.0-9]+, lapse [.0-9e-]+"
    assert re.search(rf"^codelength: {told}; {fitted}$", text, re.MULTILINE), text


@pytest.mark.usefixtures("byte_models")
@pytest.mark.parametrize("options", [("--calibration", 3), ("--prior", "empirical")])
def test_calibration_and_prior_reach_the_classifier(train, test_file, options):
    output = run(
        train, test_file, "--model", "bytes", *options, "--format", "jsonl", method="codelength"
    ).stdout
    name, value = options
    classifier = CodelengthClassifier("bytes", **{name[2:]: value}).fit(TRAIN, LABELS)
    expected = classifier.predict_proba(TEST).max(axis=1).round(6).tolist()
    assert [json.loads(line)["probability"] for line in output.splitlines()] == expected


def test_each_group_is_scored_by_itself(train, test_file, expected, tmp_path):
    rows = [json.loads(line) for line in test_file.read_text().splitlines()]
    languages = ["sw", "yo", "sw", "sw"] * 5
    for row, language in zip(rows, languages, strict=True):
        row["lang"] = language
    test_file.write_text("\n".join(map(json.dumps, rows)))
    model = tmp_path / "model"
    arguments = (train, test_file, "-k", 3, "--group-column", "lang", "--save-model", model)
    groups = json.loads(run(*arguments, "--format", "json").stdout)["groups"]
    right = expected.labels == np.array(TRUTH)
    of_sw = np.array(languages) == "sw"
    assert list(groups) == ["sw", "yo"]
    assert (groups["sw"]["n"], groups["sw"]["accuracy"]) == (15, right[of_sw].mean())
    assert (groups["yo"]["n"], groups["yo"]["accuracy"]) == (5, right[~of_sw].mean())
    text = run(*arguments).stdout
    assert f"  groups       sw: {right[of_sw].mean():.4f} (" in text
    assert f"               yo: {right[~of_sw].mean():.4f} (" in text
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "| group | documents | accuracy | from | to | macro F1 |" in card
    assert f"| yo | 5 | {right[~of_sw].mean():.3f} |" in card
    again = CliRunner().invoke(
        cli, ["predict", str(model), str(test_file), "--group-column", "lang", "--format", "json"]
    )
    assert json.loads(again.stdout)["groups"] == groups


@pytest.mark.parametrize("given", [(), ("--model", "auto")], ids=["default", "given"])
def test_auto_becomes_a_model(given, train, test_file, tmp_path):
    output = run(
        train, test_file, *given, "--save-model", tmp_path / "m", "--format", "json",
        method="codelength",
    ).stdout  # fmt: skip
    report = json.loads(output)
    assert report["params"]["model"] == "auto"
    assert report["model"].startswith("blocks:lengths=")
    assert "chosen by leave-one-out" in run(train, test_file, *given, method="codelength").stdout
    assert "blocks:lengths=" in (tmp_path / "m" / "README.md").read_text()
