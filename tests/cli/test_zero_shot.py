"""``classify --labels`` and ``--label-names``; contextmix stands in for a language model."""

import json

import pytest
from click.testing import CliRunner

from compressclf.cli import cli
from compressclf.models.primed import recipes

MODEL = ["--model", "lm:compressor=contextmix,recipe=channel"]
LABELS = "cook: cooking | a meal, sail: sailing boats"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.txt").write_text("cooking oil for a meal\ntwo sailing boats\nboats\ncooking\n")
    (tmp_path / "known.csv").write_text(
        "text,label\ncooking oil for a meal,cook\ntwo sailing boats,sail\ncooking,sail\n"
    )
    (tmp_path / "other.csv").write_text("text,label\ncooking,cook\nsailing boats,race\n")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(cli, ["classify", *arguments])


def test_documents_without_labels(here):
    result = run("new.txt", "--labels", LABELS, *MODEL)
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == ["cook", "sail", "sail", "cook"]
    assert "Remark: No training documents were used, so no accuracy is known." in result.stderr
    assert "lm:compressor=contextmix" in result.stderr


def test_documents_with_labels_are_scored(here):
    result = run("known.csv", "--labels", LABELS, *MODEL, "--format", "json")
    report = json.loads(result.stdout)
    assert report["accuracy"] == pytest.approx(2 / 3)
    assert report["n_train"] == 0
    assert report["majority_label"] is None
    assert report["method"] == "zero-shot"
    assert report["remarks"][0].startswith("No training documents were used. lm:")
    text = run("known.csv", "--labels", LABELS, *MODEL).stdout
    assert "known.csv: 0 training and 3 test documents, 2 classes" in text
    assert "zero-shot: lm:" in text
    assert "from the labels: names=cooking|a meal;sailing boats" in text
    assert "majority" not in text


def test_finished_documents_are_kept_when_a_run_is_stopped(here, monkeypatch):
    monkeypatch.setattr(recipes, "TILE_BYTES", 1)
    monkeypatch.setattr(recipes.FittedRecipe, "_coded", coded := stopping(after=3))
    command = ["new.txt", "--labels", LABELS, *MODEL, "--format", "csv", "-o"]
    first = run(*command, "out")
    assert first.exit_code == 130
    other = run("new.txt", "--labels", "cook, sail", *MODEL, "--format", "csv", "-o", "out")
    assert other.exit_code == 1
    assert "begun with other settings: labels was '" in other.stderr
    assert "Finished work is in out.partial: run the same command" in first.stderr
    again = run(*command, "out")
    assert again.exit_code == 0
    assert "out.partial is from a run that was stopped: it is continued." in again.stderr
    assert coded.n_docs == 4
    assert run(*command, "whole").exit_code == 0
    assert (here / "out").read_bytes() == (here / "whole").read_bytes()
    assert not (here / "out.partial").exists()


def test_parts_with_other_boundaries_are_coded_again(here, monkeypatch):
    command = ["new.txt", "--labels", LABELS, *MODEL, "--format", "csv", "-o"]
    assert run(*command, "whole").exit_code == 0
    monkeypatch.setattr(recipes, "TILE_BYTES", 1)
    monkeypatch.setattr(recipes.FittedRecipe, "_coded", coded := stopping(after=2))
    assert run(*command, "out").exit_code == 130
    monkeypatch.setattr(recipes, "TILE_BYTES", 1 << 15)  # as by another version
    assert run(*command, "out").exit_code == 0
    assert coded.n_docs == 2 + 4
    assert (here / "out").read_bytes() == (here / "whole").read_bytes()


def stopping(after):
    """Return `FittedRecipe._coded`, interrupted once after some calls."""
    original = recipes.FittedRecipe._coded

    def coded(self, docs, shown):
        if coded.n_docs == after and not coded.is_stopped:
            coded.is_stopped = True
            raise KeyboardInterrupt
        coded.n_docs += len(docs)
        return original(self, docs, shown)

    coded.n_docs, coded.is_stopped = 0, False
    return coded


def test_a_label_that_is_not_offered_is_remarked(here):
    result = run("other.csv", "--labels", LABELS, *MODEL)
    assert result.exit_code == 0
    assert (
        "1 of 2 documents have a label that --labels has not, so they count as errors: 'race'"
        in (" ".join(result.stdout.split()))
    )
    assert run("other.csv", "--labels", LABELS, *MODEL, "--strict").exit_code == 1


def test_names_from_a_file_or_from_json(here):
    (here / "names.json").write_text(json.dumps({"cook": ["cooking", "a meal"]}))
    for names in ("names.json", '{"cook": ["cooking", "a meal"]}'):
        result = run("known.csv", "--labels", "cook, sail", "--label-names", names, *MODEL)
        assert "names=cooking|a meal;sail" in result.stdout


def test_names_for_training_documents(here):
    names = '{"cook": "cooking", "sail": "boats"}'
    result = run("known.csv", "known.csv", "--label-names", names, *MODEL)
    assert result.exit_code == 0, result.output
    assert "names=cooking;boats" in result.stdout
    result = run("known.csv", "known.csv", "--label-names", names)
    assert result.exit_code == 1
    assert "The model 'blocks' does not read names: leave out" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["known.csv", "--labels", LABELS], 2, "--labels uses no training documents, so there is"),
        (["--labels", LABELS, "--test-size", "0.5"], 2, "and --test-size needs them: leave one"),
        (["--labels", LABELS, "--method", "ncd-knn"], 2, "and --method needs them: leave one of"),
        (["--labels", LABELS, "--save-model", "m"], 2, "and --save-model needs them: leave one of"),
        (["--labels", "cook"], 2, "'cook' is one label: give two or more, A, B."),
        (["--labels", "cook, cook"], 2, "has 'cook' twice: give LABEL, LABEL: DESCRIPTION, ..."),
        (["--labels", "cook,,sail"], 2, "has an empty label: give LABEL, LABEL: DESCRIPTION, ..."),
        (["--labels", "cook: a[b], sail"], 2, "the name 'a[b]' of a class must be text"),
        (["--label-names", "{"], 2, "'{' is not JSON in UTF-8"),
        (["--label-names", "missing.json"], 2, "missing.json: No such file or directory."),
        (["--label-names", '{"a": 3}'], 2, "must be an object of JSON that gives labels a name"),
        (
            ["--labels", LABELS, "--label-names", '{"race": "a race"}', *MODEL],
            1,
            "--label-names has a name for 'race', which --labels has not.",
        ),
        (["--labels", LABELS, "--model", "blocks"], 1, "must be lm with a recipe that names"),
        (["--labels", LABELS, "--model", "ppmd", "-o", "out"], 1, "must be lm with a recipe that"),
    ],
)
def test_bad_calls_are_one_sentence(here, arguments, code, message):
    result = run("new.txt", *arguments)
    assert result.exit_code == code, result.output
    assert message in " ".join(result.stderr.split())
