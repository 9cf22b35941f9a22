"""Estimates, warnings before long runs, and the recall of candidates."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from compressclf import Corpus, NCDClassifier
from compressclf.cli import _costs, cli
from compressclf.reports.costs import Estimate, Phase
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(60, seed=1)
TEST, TRUTH = labelled_texts(20, seed=2)
LONG = Estimate((Phase("fit", 100.0, 50.0, 10**9), Phase("predict", 15e3, 7750.0, 2 * 10**9)), 0)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, texts, labels in (("train", TRAIN, LABELS), ("test", TEST, TRUTH)):
        rows = [f'"{text}",{label}\n' for text, label in zip(texts, labels, strict=True)]
        (tmp_path / f"{name}.csv").write_text("text,label\n" + "".join(rows))


@pytest.fixture
def predicted(monkeypatch):
    """Every run is predicted to take two hours and ten minutes."""
    for name in ("estimate_classifier", "estimate_matrix"):
        for module in ("cli._costs", "reports.costs"):
            monkeypatch.setattr(f"compressclf.{module}.{name}", lambda *given, **more: LONG)
    monkeypatch.setattr(_costs, "PAIRS", 1)
    monkeypatch.setattr(_costs, "BYTES", 1)


def run(arguments):
    result = CliRunner().invoke(cli, arguments.split())
    assert result.exit_code == 0, result.stderr
    return result


def test_an_estimate_is_a_table_and_nothing_is_run(here, predicted, monkeypatch):
    monkeypatch.setattr(NCDClassifier, "fit", None)
    told = run("classify train.csv test.csv --method ncd-knn --estimate")
    assert told.stdout.splitlines() == [
        "phase     seconds  time       cpu_seconds  memory_mb",
        "fit        50.000  50 s           100.000      1,000",
        "predict  7750.000  2 h 9 min    15000.000      2,000",
    ]
    rows = json.loads(run("classify train.csv test.csv --estimate --format json").stdout)
    assert rows[0] == {
        "phase": "fit",
        "seconds": 50.0,
        "time": "50 s",
        "cpu_seconds": 100.0,
        "memory_mb": 1000,
    }
    assert run("matrix train.csv --estimate").stdout.startswith("phase ")


@pytest.mark.parametrize(
    ("arguments", "ways"),
    [
        (
            "--method ncd-knn",
            "--candidates ngrams, --method codelength with --model blocks or more threads (-j).",
        ),
        (
            "--method ncd-knn --candidates ngrams",
            "--method codelength with --model blocks or more threads (-j).",
        ),
        ("", "more threads (-j)."),
    ],
)
def test_a_long_run_says_so(here, predicted, arguments, ways):
    first = run(f"classify train.csv test.csv {arguments}").stderr.splitlines()[0]
    begin = "This run will take about 2 h 10 min; shorter with fewer documents (--limit-train, "
    assert first.startswith(f"{begin}--limit-test)")
    assert first.endswith(ways)


def test_a_long_matrix_says_so(here, predicted):
    pytest.importorskip("pyarrow")
    told = run("matrix train.csv --top-k 2 -o near.parquet -j 1").stderr.splitlines()
    assert told == [
        "This run will take about 2 h 10 min; shorter with fewer documents or more threads (-j).",
        "near.parquet: edges of 60 documents.",
    ]


def test_short_runs_say_nothing(here):
    assert run("classify train.csv test.csv --method ncd-knn -j 1").stderr == ""


def test_a_matrix_needs_an_output_or_an_estimate(here):
    result = CliRunner().invoke(cli, ["matrix", "train.csv"])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Error: Missing option '-o' / '--output'."


def test_labels_alone_have_no_estimate(here):
    result = CliRunner().invoke(cli, ["classify", "--labels", "a, b", "test.csv", "--estimate"])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "Error: --estimate needs training documents: leave out --labels."
    )


def test_the_report_states_the_recall_of_candidates(here):
    classify = "classify train.csv test.csv --method ncd-knn -j 1 --candidates ngrams"
    sentence = "The nearest was among the candidates for 20 of 20 sampled documents"
    assert f"  candidates   {sentence}\n" in run(classify).stdout
    told = run(f"{classify} --format csv")
    assert told.stderr == f"Remark: {sentence}.\n"
    report = json.loads(run(f"{classify} --format json").stdout)
    expected = {"per_document": 30, "sampled": 20, "nearest_found": 20}
    assert report["candidates"] == expected


def test_recall_is_measured_within_the_time(monkeypatch):
    classifier = NCDClassifier(1, candidates="ngrams", n_jobs=1).fit(TRAIN, LABELS)
    docs = Corpus.from_documents(TEST * 10)
    asked = []

    def has_nearest(self, X):
        asked.append(len(X))
        return np.arange(len(X)) > 0

    monkeypatch.setattr(NCDClassifier, "has_nearest", has_nearest)
    assert _costs.measured_recall(classifier, docs, 1.0) == (98, 100)
    assert asked == [10, 90]
    # 30 candidates of 60 documents: an exact search takes twice the time of the other
    assert _costs.measured_recall(classifier, docs, 200 * 30.0) == (98, 100)
    monkeypatch.setattr(_costs, "RECALL_SECONDS", 0.0)
    assert _costs.measured_recall(classifier, docs[:4], 4 * 30.0) == (0, 0)
    assert _costs.measured_recall(NCDClassifier().fit(TRAIN, LABELS), docs, 1.0) is None
