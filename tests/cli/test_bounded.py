"""`classify` and `predict` with `--memory`: larger files are read in batches."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from compressclf.classifiers import _bounded as fitting
from compressclf.cli import _bounded, cli
from tests.cli.refusals import DATA, assert_refused
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(1500, seed=1)
TRAIN[1300:], LABELS[1300:] = TRAIN[:200], LABELS[:200]
TEST, TRUTH = labelled_texts(80, seed=2)
MEMORY = "12MB"


def lines(texts, labels=None):
    rows = [{"text": text} for text in texts]
    if labels is not None:
        rows = [row | {"label": label} for row, label in zip(rows, labels, strict=True)]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with files, for a program that takes no memory."""
    monkeypatch.chdir(tmp_path)
    for module in (fitting, _bounded):
        monkeypatch.setattr(module, "PROGRAM", 0)
        monkeypatch.setattr(module, "LEAST", 0)
    (tmp_path / "train.jsonl").write_text(lines(TRAIN, LABELS))
    (tmp_path / "train.csv").write_text(
        "text,label\n" + "".join(f"{a},{b}\n" for a, b in zip(TRAIN, LABELS, strict=True))
    )
    (tmp_path / "test.jsonl").write_text(lines(TEST, TRUTH))
    (tmp_path / "new.jsonl").write_text(lines(TEST))
    (tmp_path / "large.jsonl").write_text(lines(TEST * 40))
    return tmp_path


def run(*arguments, **options):
    result = CliRunner().invoke(cli, list(map(str, arguments)), **options)
    assert result.exit_code == 0, result.stderr
    return result


def test_a_source_that_fits_gives_the_report_without_memory(here):
    plain, within = (
        json.loads(run("classify", "train.jsonl", "--format", "json", *options).stdout)
        for options in ((), ("--memory", "2GB"))
    )
    for key in ("accuracy", "n_train", "n_test", "temperature", "read_as", "remarks"):
        assert plain[key] == within[key]


def test_a_larger_source_is_counted_in_batches(here):
    result = run("classify", "train.jsonl", "--memory", MEMORY, "--format", "json", "-j", 1)
    report = json.loads(result.stdout)
    assert report["n_train"] + report["n_test"] == 1500
    assert 200 < report["n_test"] < 400
    assert report["accuracy"] > 0.9
    assert report["test_in_train"] > 0
    held_out, sampled = report["remarks"]
    assert held_out == (
        f"train.jsonl: {report['n_test']} documents, drawn at random, are held out."
    )
    assert sampled.startswith("train.jsonl: the documents were read in batches. All are counted; ")
    assert report["read_as"]["format"] == "JSON"


def test_a_given_test_part_is_labelled_and_the_model_saved(here):
    options = ("--memory", MEMORY, "--format", "csv", "--save-model", "model", "-j", 1)
    result = run("classify", "train.jsonl", "test.jsonl", *options)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["label"] for row in rows] == TRUTH
    again = run("predict", "model", "test.jsonl", "--format", "csv")
    predicted = list(csv.DictReader(io.StringIO(again.stdout)))
    assert [row["prediction"] for row in rows] == [row["prediction"] for row in predicted]
    assert "1,500" in (here / "model" / "README.md").read_text()


def test_what_is_pruned_is_said(here):
    numbers = [f"{text} {i * 7919 % 10**6:09d}{i * 104729 % 10**9}" for i, text in enumerate(TRAIN)]
    (here / "rare.jsonl").write_text(lines(numbers, LABELS))
    result = run("classify", "rare.jsonl", "test.jsonl", "--memory", MEMORY, "--format", "json")
    *_, pruned = json.loads(result.stdout)["remarks"]
    assert pruned.startswith("rare.jsonl: to stay within 12MB, the counts of ")
    assert "Every count is at most " in pruned


@pytest.fixture
def model(here):
    run("classify", "train.jsonl", "test.jsonl", "--save-model", "model", "-j", 1)
    return here / "model"


@pytest.mark.parametrize("style", ["text", "csv", "jsonl"])
@pytest.mark.parametrize("docs", ["test.jsonl", "new.jsonl"])
def test_labels_in_batches_are_those_of_all_at_once(style, docs, model, here, monkeypatch):
    if style == "text" and docs == "test.jsonl":
        docs = "new.jsonl"  # with labels, text is a report
    plain = run("predict", "model", docs, "--format", style)
    sizes = []
    use_small_batches(monkeypatch)
    monkeypatch.setattr(_bounded, "prediction_rows", counting(_bounded.prediction_rows, sizes))
    within = run("predict", "model", docs, "--format", style, "--memory", "0.001MB", "-o", "out")
    assert (here / "out").read_text() == plain.stdout
    assert not list(here.glob(".out*"))
    assert within.stdout == ""
    assert f"{docs}: 80 documents were labelled in batches" in within.stderr
    assert ("with the label that the file gives" in within.stderr) == (docs == "test.jsonl")
    assert style == "text" or (len(sizes) > 5 and max(sizes) < 20)
    piped = run("predict", "model", docs, "--format", style, "--memory", "0.001MB")
    assert piped.stdout == plain.stdout


def test_labels_in_batches_are_kept_when_a_run_is_stopped(model, here, monkeypatch):
    use_small_batches(monkeypatch)
    command = ["predict", "model", "test.jsonl", "--format", "csv", "--memory", "0.001MB", "-o"]
    whole = run(*command, "whole")
    sizes, rows = [], _bounded.prediction_rows

    def stopped(*args, **names):
        if len(sizes) == 3:
            raise KeyboardInterrupt
        return counting(rows, sizes)(*args, **names)

    monkeypatch.setattr(_bounded, "prediction_rows", stopped)
    first = CliRunner().invoke(cli, [*command, "out"])
    assert first.exit_code == 130
    assert first.stderr.startswith("Finished work is in out.partial: run the same command")
    monkeypatch.setattr(_bounded, "prediction_rows", counting(rows, sizes))
    for content in (lines(["other", *TEST[1:]], TRUTH), lines(TEST[:8], TRUTH[:8])):
        (here / "test.jsonl").write_text(content)
        other = CliRunner().invoke(cli, [*command, "out"])
        assert other.exit_code == DATA
        assert other.stderr.splitlines()[-1] == (
            "Error: out.partial was begun with other documents or labels than those of "
            "test.jsonl. Delete out.partial to start again."
        )
    (here / "test.jsonl").write_text(lines(TEST, TRUTH))
    again = run(*command, "out")
    assert again.stderr == (
        "out.partial is from a run that was stopped: it is continued.\n" + whole.stderr
    )
    assert sum(sizes) == len(TEST)
    assert (here / "out").read_bytes() == (here / "whole").read_bytes()
    assert sorted(path.name for path in here.glob("*out*")) == ["out"]


def use_small_batches(monkeypatch):
    """Let any file be too large, and read it in batches of about ten documents."""
    original = _bounded.open_batches
    monkeypatch.setattr(
        _bounded, "open_batches", lambda *args, **names: original(*args, **names, size=500)
    )
    monkeypatch.setattr(_bounded, "MODEL", 0)


def counting(function, sizes):
    def counted(predictions, *args, **names):
        sizes.append(len(predictions.labels))
        return function(predictions, *args, **names)

    return counted


def test_standard_input_is_read_in_batches(model):
    plain = run("predict", "model", "new.jsonl")
    within = run("predict", "model", "-", "--memory", "1GB", input=lines(TEST))
    assert within.stdout == plain.stdout


def test_an_output_is_not_left_half_written(model, here, monkeypatch):
    use_small_batches(monkeypatch)
    (here / "bad.jsonl").write_text(lines(TEST) + "not JSON\n")
    (here / "out").write_text("older")
    command = "predict model bad.jsonl --memory 0.001MB --format csv -o out".split()
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == DATA
    assert result.stderr.startswith("Finished work is in out.partial: correct the error, and")
    assert "Error: bad.jsonl:81: not valid JSON" in result.stderr
    assert (here / "out").read_text() == "older"
    assert not list(here.glob(".out*"))
    (here / "bad.jsonl").write_text(lines(TEST))
    run(*command)
    assert (here / "out").read_text() == run(
        "predict", "model", "new.jsonl", "--format", "csv"
    ).stdout


REFUSED = {
    "another model": (
        "classify train.jsonl --memory 0.1MB --model ppmd",
        "train.jsonl: fitting it takes about 2MB, more than --memory, so it must be read in "
        "batches; only --model blocks can be fitted so: choose it.",
    ),
    "nearest neighbours": (
        "classify train.jsonl --memory 0.1MB --method ncd-knn",
        "train.jsonl: fitting it takes about 2MB, more than --memory, so it must be read in "
        "batches; only --model blocks can be fitted so: choose it.",
    ),
    "a page": (
        "classify train.jsonl --memory 1MB --html page.html",
        "train.jsonl: fitting it takes about 19MB, more than --memory, so it must be read in "
        "batches, and --html cannot: leave it out.",
    ),
    "a table with delimiters": (
        "classify train.csv --memory 1MB",
        "train.csv: only .parquet, .arrow, .feather, .jsonl, .ndjson, .txt files that are not "
        "packed are read in batches: convert it, for example to JSON lines.",
    ),
    "a large test part": (
        "classify train.jsonl large.jsonl --memory 1MB",
        "large.jsonl: TEST has 0MB, too much beside SOURCE within --memory: save the model with "
        "--save-model DIR, and label the file with compressclf predict DIR.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, here):
    arguments, message = REFUSED[name]
    assert_refused(arguments, DATA, message, here)


def test_a_report_needs_all_predictions(model, here):
    message = (
        "large.jsonl: the format json needs all predictions in memory: use --format jsonl, csv or "
        "text, or give more --memory."
    )
    import compressclf.cli._bounded as module

    arguments = "predict model large.jsonl --format json --memory 0.1MB"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MODEL", 0)
        assert_refused(arguments, DATA, message, here)


def test_too_little_memory_for_the_model(model, here):
    result = CliRunner().invoke(cli, "predict model new.jsonl --memory 0.1MB".split())
    assert result.exit_code == DATA
    assert "The model takes about " in result.stderr
    assert result.stderr.endswith("MB: give it more --memory.\n")


def test_a_source_larger_than_the_machine_is_remarked_on(here, monkeypatch):
    monkeypatch.setattr(_bounded, "_memory_of_machine", lambda: 10_000_000)
    result = run("classify", "train.jsonl", "--format", "json", "-j", 1)
    assert (
        "Remark: train.jsonl: fitting it takes about 19MB, and this machine has 10MB; --memory "
        "5MB reads the file in batches."
    ) in result.stderr
