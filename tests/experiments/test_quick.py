"""The sketch of all studies, as users run it: it is what shows that everything runs."""

import json

import pytest
from click.testing import CliRunner

from compressclf.cli import cli
from compressclf.experiments.protocols import get_protocol
from compressclf.experiments.renderings import PLOT
from compressclf.experiments.study import read_study

pytestmark = pytest.mark.slow


def run(*arguments):
    result = CliRunner().invoke(cli, ["experiment", *map(str, arguments)])
    assert result.exit_code == 0, result.stderr
    return result


class Here:
    """A worker in this process: 71 cells would start a hundred others (tests: test_runner.py)."""

    def __init__(self, threads):
        self.threads = threads

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        pass

    def measure(self, job, step):
        answer = get_protocol(job.cell.protocol).steps[step](job)
        return json.loads(json.dumps(answer))


def test_quick_makes_a_whole_report_and_does_nothing_the_second_time(tmp_path, monkeypatch):
    monkeypatch.setattr("compressclf.experiments.runner.Worker", Here)
    study, options = read_study("quick"), ("--results", tmp_path)
    n_cells = len(study.cells())
    first = run("run", "quick", *options)
    assert f"quick: 0 cells were finished before, {n_cells} now, 0 failed." in first.stderr
    text = (tmp_path / "quick.md").read_text()
    assert "No records yet" not in text
    assert "not filled" not in text
    for show in study.shows:
        if show.rendering.endswith(PLOT):
            assert (tmp_path / f"quick-{show.name}.svg").read_text().startswith("<?xml")
    [record] = [
        json.loads(line)
        for line in (tmp_path / "records" / "full.jsonl").read_text().splitlines()
        if '"word SVM"' in line
    ]
    assert record["value"] > 0.85
    assert record["n_train"] == 200
    assert 100 < record["base_memory_mb"] <= record["peak_memory_mb"]

    second = run("run", "quick", *options)
    assert second.stderr == f"quick: {n_cells} cells were finished before, 0 now, 0 failed.\n"
    assert second.stdout == first.stdout
    assert (tmp_path / "quick.md").read_text() == text
    assert run("run", "quick", "--dry-run", *options).stdout == ""
    rows = json.loads(run("list", "--format", "json", *options).stdout)
    assert {row["study"]: row["filled"] for row in rows}["quick"] == n_cells
    assert str(tmp_path / "quick.md") in run("report", *options).stdout
