import json
import os
import subprocess
import sys

import pytest

import compressclf
from compressclf.experiments import runner
from compressclf.experiments.cells import Cell
from compressclf.experiments.methods import METHODS, get_method
from compressclf.experiments.processes import START, StepError, Worker
from compressclf.experiments.protocols import Job
from compressclf.experiments.records import unpack_bits
from compressclf.experiments.runner import choose_cells
from compressclf.experiments.study import read_study

pytestmark = pytest.mark.slow

FULL = Cell("full", "words", "word CNB")
MAJORITY = Cell("full", "words", "majority")
AUDIT = Cell("audit", "words", "exact copies")


def shots(seed, n=2, method="word CNB"):
    return Cell("few-shot", "words", method, seed, {"shots": n})


def test_a_record_says_what_was_measured_where_and_at_what_cost(fill, store):
    progress, said = fill([FULL, AUDIT])
    assert (progress.done, progress.failed, progress.left) == (2, [], 0)
    record = store.load("full")[FULL.key]
    assert {name: record[name] for name in FULL.fields()} == FULL.fields()
    assert (record["n_train"], record["n_test"], record["n_test_all"]) == (60, 20, 20)
    assert record["metric"] == "accuracy"
    assert record["value"] == unpack_bits(record["right"], 20).mean() == 1.0
    assert record["stderr"] == 0.0
    assert set(record["seconds"]) == {"tune", "warm_up", "fit", "predict"}
    assert set(record["cpu_seconds"]) == set(record["seconds"])
    assert record["energy_joules"] == "not measured" or record["energy_joules"]["fit"] >= 0
    assert record["model_bytes"] > 100
    assert set(record["settings"]) == {"min_df", "alpha"}
    assert {"numpy", "compressclf", "python"} <= set(record["versions"])
    assert record["cpu"]
    assert record["commit"]
    assert len(record["data"]) == 12
    audit = store.load("audit")[AUDIT.key]
    assert audit["value"] == 2
    assert unpack_bits(audit["leaked"], 20).tolist() == [False] * 18 + [True] * 2
    assert audit["data"] == record["data"]
    assert said[0].startswith("[1/2] full words/word CNB seed=0: accuracy 1.0000 ± 0.0000, ")


def test_finished_cells_are_skipped_and_a_deleted_line_runs_again(fill, store):
    cells = [shots(0), shots(1), AUDIT]
    assert fill(cells)[0].done == 3
    before = store.load("few-shot")
    progress, said = fill(cells)
    assert (progress.finished, progress.done, said) == (3, 0, [])
    path = store.folder / "few-shot.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[1])
    assert fill(cells)[0].done == 1
    again = store.load("few-shot")
    assert set(again) == set(before)
    assert fill(cells, force=True)[0].done == 3


def test_two_seeds_differ_and_the_same_seed_does_not(fill, store):
    cells = [shots(seed, 1) for seed in range(3)]
    fill(cells)
    first = store.load("few-shot")
    fill(cells, force=True)
    second = store.load("few-shot")
    bits = [first[cell.key]["right"] for cell in cells]
    assert bits == [second[cell.key]["right"] for cell in cells]
    assert len(set(bits)) > 1
    assert {record["n_train"] for record in first.values()} == {2}


def test_a_failing_cell_is_a_sentence_and_the_others_are_filled(fill, store, monkeypatch):
    def refuse(self, docs, labels, seed):
        raise RuntimeError("no luck\nat all")

    monkeypatch.setattr(type(get_method("gzip kNN")), "tune", refuse)
    broken = Cell("full", "words", "gzip kNN")
    progress, said = fill([broken, MAJORITY])
    assert progress.failed == [str(broken)]
    assert said[0].startswith("[1/2] full words/gzip kNN seed=0: failed: RuntimeError: no luck")
    assert list(store.load("full")) == [MAJORITY.key]


def test_a_missing_set_is_a_sentence_and_the_others_are_filled(fill, store):
    progress, said = fill([Cell("full", "nowhere", "majority"), MAJORITY])
    assert len(progress.failed) == 1
    assert "has no set nowhere" in said[0]
    assert said[0].endswith("(1 cells skipped)")
    assert list(store.load("full")) == [MAJORITY.key]


def test_an_interrupted_run_keeps_what_it_has(fill, store, monkeypatch):
    cells = [shots(seed) for seed in range(3)]
    original = runner._fill

    def interrupt(cell, *rest):
        if cell.seed == 1:
            raise KeyboardInterrupt
        return original(cell, *rest)

    monkeypatch.setattr(runner, "_fill", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fill(cells)
    assert list(store.load("few-shot")) == [cells[0].key]
    monkeypatch.setattr(runner, "_fill", original)
    assert fill(cells)[0].done == 2


def test_every_method_learns_from_few(fill, store):
    slow = {"contextmix", "text CNN", "byte GRU", "transformer"}  # see test_methods.py
    packages = ("smollm2", "minilm", "e5", "static")  # their weights are in packages of their own
    slow |= {one for one in METHODS if any(package in one.lower() for package in packages)}
    names = [one for one in METHODS if one not in slow and get_method(one).reads == "text"]
    cells = [shots(0, 12, name) for name in names]
    progress, said = fill(cells)
    assert progress.failed == [], said
    records = store.load("few-shot")
    for cell in cells:
        knows_words = get_method(cell.method).kind != "control"
        assert records[cell.key]["value"] >= (0.75 if knows_words else 0.2), cell


def test_only_takes_sets_methods_or_both_and_the_audits_of_the_sets():
    study = read_study("quick")
    found = choose_cells(study, ["/word SVM"])
    assert {cell.method for cell in found} == {"word SVM", "exact copies"}
    assert choose_cells(study, ["bbc-news", "digits"]) == choose_cells(study, []) == study.cells()
    assert {cell.method for cell in choose_cells(study, ["bbc-news/blocks"])} == {
        "blocks",
        "exact copies",
    }


def test_a_process_answers_fails_and_dies_in_sentences(data):
    source = str(data / "words")
    with Worker(1) as worker:
        assert worker.measure(Job(AUDIT, source), 0)["value"] == 2
        with pytest.raises(StepError, match=r"^FileNotFoundError: nowhere"):
            worker.measure(Job(AUDIT, "nowhere"), 0)
        assert worker.measure(Job(AUDIT, source), 0)["value"] == 2
        os.kill(worker._process.pid, 9)
        with pytest.raises(StepError, match=r"^its process was killed by signal 9"):
            worker.measure(Job(AUDIT, source), 0)


def test_a_process_imports_from_where_its_parent_did(data):
    import compressclf.experiments

    with Worker(1) as worker:
        answer = worker.measure(Job(AUDIT, str(data / "words")), 0)
    assert json.dumps(answer)
    assert "compressclf" in compressclf.experiments.__name__


@pytest.mark.parametrize("busy", [True, False], ids=["busy", "idle"])
def test_a_process_ends_with_its_parent_whatever_it_is_doing(busy):
    script = START.replace(
        "import serve",
        "import serve, __name__ as name; import time; sys.modules[name]._answer = "
        "lambda question: time.sleep(60)",
    )
    where = json.dumps({"path": sys.path, "package": list(compressclf.__path__)}) + "\n"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _, errors = process.communicate((where + "{}\n" * busy).encode())
    assert errors == b""
    assert process.returncode == 1


def test_cells_on_a_cluster(fill, store):
    distributed = pytest.importorskip("distributed")
    settings = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    cells = [MAJORITY, AUDIT, Cell("full", "words", "no such method")]
    with (
        distributed.LocalCluster(n_workers=2, **settings) as pool,
        distributed.Client(pool) as client,
    ):
        progress, said = fill(cells, executor=client)
    assert (progress.done, progress.failed) == (2, ["full words/no such method seed=0"])
    assert sum(": failed: " in line for line in said) == 1
    found = store.load("full")[MAJORITY.key]
    fill([MAJORITY], force=True)
    again = store.load("full")[MAJORITY.key]
    assert (found["value"], found["right"]) == (again["value"], again["right"])
