"""``compressclf audit``."""

import json

import pytest
from click.testing import CliRunner

from compressclf.cli import cli
from tests.cli.refusals import DATA, USAGE, assert_refused


def run(*arguments):
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        f"the goal of match {i} was late,sport\nthe bank lost {i} per cent,money\n"
        for i in range(9)
    ]
    (tmp_path / "train.csv").write_text("text,label\n" + "".join(rows))
    (tmp_path / "test.csv").write_text("text,label\nthe bank lost 3 per cent,money\nnew,sport\n")
    (tmp_path / "few.csv").write_text("text,label\none,a\none,b\n")
    return tmp_path


def test_text(here):
    text = run("audit", "train.csv", "test.csv", "--show", 2, "-j", 1)
    lines = text.splitlines()
    assert lines[0] == "train.csv: 18 training and 2 test documents"
    (at,) = (i for i, line in enumerate(lines) if line.startswith("leaks: 1 of 2 test documents"))
    assert lines[at + 2].split() == ["part", "document", "begins"]
    assert lines[at + 3].split() == "test 1 the bank lost 3 per cent".split()
    assert "classes: Always answering" in text
    assert max(map(len, lines)) <= 140


def test_json(here):
    report = json.loads(run("audit", "train.csv", "test.csv", "--format", "json", "-j", 1))
    assert (report["name"], report["n_train"], report["n_test"]) == ("train.csv", 18, 2)
    findings = {finding["check"]: finding for finding in report["findings"]}
    assert findings["leaks"]["values"] == {"leaked": 1, "of": 2}
    assert list(findings) == [
        *("copies", "leaks", "near-copies", "ties", "classes", "label names", "conflicts"),
        *("wrong labels", "confusions", "length", "distance to itself", "window", "asymmetry"),
    ]


def test_page(here):
    result = CliRunner().invoke(cli, ["audit", "train.csv", "--html", "audit.html", "-j", "1"])
    assert result.exit_code == 0, result.stderr
    assert f"Open {(here / 'audit.html').as_uri()}" in result.stderr
    assert "<h1>Audit of train.csv</h1>" in (here / "audit.html").read_text()


@pytest.mark.parametrize(
    ("command", "exit_code", "message"),
    [
        (
            "audit few.csv",
            DATA,
            "few.csv: an audit needs at least three documents that differ. Got 1.",
        ),
        (
            "audit sample:digits",
            DATA,
            "digits: an audit reads texts, and these documents are images; `compressclf "
            "datasets` describes images.",
        ),
        ("audit - -", USAGE, "Standard input can be SOURCE or TEST, not both."),
    ],
)
def test_refusals(here, command, exit_code, message):
    assert_refused(command, exit_code, message, here)
