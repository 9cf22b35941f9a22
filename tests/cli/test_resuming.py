"""Stopped commands leave a sentence, and a state from which the same command continues."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from compressclf import CodelengthClassifier, NCDClassifier
from compressclf._lib import journal
from compressclf.classifiers import batches
from compressclf.cli import cli
from compressclf.distances import Measure
from tests.texts import labelled_texts

ROOT = Path(__file__).parents[2]
TRAIN, LABELS = labelled_texts(40, seed=1)
TEST, TRUTH = labelled_texts(60, seed=2)
KNN = "classify train.jsonl test.jsonl --method ncd-knn -k 3 --format csv -j 1"
BLOCKS = "classify train.jsonl test.jsonl --model blocks --format csv -j 1"
SAVED = "predict model test.jsonl --format csv -j 1"
FINISHED = "Finished work is in out.partial: run the same command to continue.\n"
CONTINUED = "out.partial is from a run that was stopped: it is continued.\n"


def run(arguments):
    result = CliRunner().invoke(cli, arguments.split())
    return result.exit_code, result.stderr


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, texts, labels in (("train", TRAIN, LABELS), ("test", TEST, TRUTH)):
        rows = [{"text": t, "label": y} for t, y in zip(texts, labels, strict=True)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    monkeypatch.setattr(batches, "FIRST", 8)
    monkeypatch.setattr(batches, "MOST", 8)
    return tmp_path


@pytest.fixture
def predicted(monkeypatch):
    """Return a list of the numbers of documents that were predicted, and of errors to come."""
    done, errors = [], {}
    for kind in (NCDClassifier, CodelengthClassifier):
        original = kind.predictions

        def predictions(self, X, original=original):
            if len(done) in errors:
                raise errors.pop(len(done))
            done.append(len(X))
            return original(self, X)

        monkeypatch.setattr(kind, "predictions", predictions)
    return done, errors


@pytest.mark.parametrize("command", [KNN, BLOCKS, SAVED])
def test_finished_predictions_are_kept(command, here, predicted):
    done, errors = predicted
    if command == SAVED:
        run(f"{KNN} --save-model model")
    assert run(f"{command} -o whole") == (0, "")
    done.clear()
    errors[3] = KeyboardInterrupt()
    errors[5] = OSError(errno.ENOSPC, "No space left on device", "out.partial")
    assert run(f"{command} -o out") == (130, FINISHED + "Interrupted.\n")
    full = "Error: out.partial: No space left on device\n"
    assert run(f"{command} -o out") == (1, CONTINUED + FINISHED + full)
    assert run(f"{command} -o out") == (0, CONTINUED)
    assert sum(done) == len(TEST)
    assert (here / "out").read_bytes() == (here / "whole").read_bytes()
    assert sorted(name for name in os.listdir(here) if "out" in name) == ["out"]


def test_others_are_refused_with_the_difference(here, predicted):
    predicted[1][1] = KeyboardInterrupt()
    assert run(f"{KNN} -o out")[0] == 130
    kept = (here / "out.partial").read_bytes()
    sentence = (
        "Error: out.partial was begun with other settings: {}. Use the old settings to continue, "
        "or delete this file to start again.\n"
    )
    other = KNN.replace("-k 3", "-k 4")
    assert run(f"{other} -o out") == (1, sentence.format("n_neighbors was 3 and is now 4"))
    (here / "test.jsonl").write_text(
        (here / "test.jsonl").read_text() + '\n{"text": "x", "label": "chess"}'
    )
    code, told = run(f"{KNN} -o out")
    assert code == 1
    assert "begun with other settings: n_documents was 60 and is now 61; documents was '" in told
    assert (here / "out.partial").read_bytes() == kept


def test_another_model_is_refused(here, predicted):
    assert run(f"{KNN} --save-model model")[0] == 0
    predicted[0].clear()
    predicted[1][1] = KeyboardInterrupt()
    assert run(f"{SAVED} -o out")[0] == 130
    assert run(f"{KNN} --metric cdm --save-model model")[0] == 0
    code, told = run(f"{SAVED} -o out")
    assert (code, "begun with other settings: model was '" in told) == (1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_nothing_is_kept_without_a_finished_batch_or_a_file(here, predicted):
    predicted[1][0] = KeyboardInterrupt()
    assert run(f"{KNN} -o out") == (130, "Interrupted.\n")
    predicted[1][0] = KeyboardInterrupt()
    assert run(KNN) == (130, "Interrupted.\n")
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert run(f"{KNN} -o pipe") == (0, "")
    os.close(reader)
    assert sorted(os.listdir(here)) == ["pipe", "test.jsonl", "train.jsonl"]


def test_a_full_disk_keeps_what_was_written(here, monkeypatch):
    write_all, left = journal.write_all, [4]

    def full(file, data, place):
        left[0] -= 1
        if left[0] < 0:
            write_all(file, data[: len(data) // 2], place)
            raise OSError(errno.ENOSPC, "No space left on device")
        write_all(file, data, place)

    for command, file, n in (
        (KNN, "out.partial", 3),
        ("matrix test.jsonl --top-k 3 -j 1", here / "out.partial" / "journal", 2),
    ):
        assert run(f"{command} -o whole")[0] == 0
        left[0] = n
        with monkeypatch.context() as patch:
            patch.setattr(journal, "write_all", full)
            told = FINISHED + f"Error: {file}: No space left on device\n"
            assert run(f"{command} -o out") == (1, told)
        code, told = run(f"{command} -o out")
        assert (code, told.startswith(CONTINUED)) == (0, True)
        assert (here / "out").read_bytes() == (here / "whole").read_bytes()
        os.remove("out")
        os.remove("whole")


def test_an_interrupted_matrix_says_that_it_can_be_continued(monkeypatch):
    original, calls = Measure.distances, []

    def distances(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*given)

    monkeypatch.setattr("compressclf.distances.tiles.TILE_BYTES", 100_000)
    monkeypatch.setattr(Measure, "distances", distances)
    monkeypatch.setattr("compressclf.matrices.writing.TALLEST", 16)
    command = "matrix test.jsonl --top-k 3 -j 1 -o out"
    assert run(command) == (130, FINISHED + "Interrupted.\n")
    assert run(command)[1].startswith(CONTINUED)


def test_an_interrupted_experiment_says_that_it_can_be_continued(here, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    (here / "records").mkdir()
    monkeypatch.setattr("compressclf.experiments.runner.run_cells", stop)
    assert run("experiment run quick --results .") == (
        130,
        "Finished cells are kept: run the same command to continue.\nInterrupted.\n",
    )


def test_too_little_memory_is_a_sentence(predicted):
    predicted[1].update(dict.fromkeys([0], MemoryError()))
    assert run(KNN) == (0, "")  # in two halves
    assert predicted[0] == [30, 30]


def test_too_little_memory_for_one_document_is_a_sentence(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(NCDClassifier, "predictions", fail)
    assert run(KNN) == (
        1,
        f"Error: There is not enough memory for a document of {len(TEST[0])} bytes: leave it out, "
        f"or use fewer threads or another model.\n",
    )
    monkeypatch.setattr(NCDClassifier, "fit", fail)
    assert run(KNN) == (1, "Error: There is not enough memory for this.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals have no exit code there")
def test_sigterm_ends_like_an_interrupt():
    code = (
        "import signal, click\n"
        "from compressclf.cli import cli, main\n"
        "stop = lambda: signal.raise_signal(signal.SIGTERM)\n"
        "cli.get_command = lambda *_: click.Command('datasets', callback=stop)\n"
        "import sys; sys.argv = ['compressclf', 'datasets']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (143, "Interrupted.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes behave otherwise there")
def test_a_closed_pipe_ends_a_command_without_a_traceback(here):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "compressclf", *KNN.split()]
    for name in ("train.jsonl", "test.jsonl"):
        command[command.index(name)] = str(here / name)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be forked")
def test_a_killed_prediction_continues():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kills", "--what", "prediction", "--points", "2"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "prediction: 2 killed, 2 of 2 restarts identical" in done.stdout, done.stderr
