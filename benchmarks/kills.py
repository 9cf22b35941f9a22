"""``kill -9`` at chosen moments: ``python -m benchmarks.kills --what prediction --points 20``.

A child process does work on generated documents (a matrix, a prediction, the cells of a study, or
the training of a language model) and counts its steps: every file that it opens for writing,
renames or removes, every folder that it makes, every ``fsync``, every write to a journal or file,
and every cell that it begins. Other children are killed by SIGKILL at one of these steps, a write
after half of its bytes. The same call is then made again. Its result must be equal, byte by byte
except for times, to that of a run that was not killed, a result that exists before the restart must
be equal, too, and the same files must be there. The exit code here is 1 if one is not.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from benchmarks.interrupts import documents
from compressclf import CodelengthClassifier, NCDClassifier, save_model, write_matrix
from compressclf._lib import files, journal
from compressclf.classifiers import batches
from compressclf.distances import Coded, Measure
from compressclf.documents import Corpus
from compressclf.experiments.processes import Worker
from compressclf.matrices import planning
from compressclf.neighbors.search import k_nearest

N = 300
ROWS = 32  # of a strip, so that a small matrix has many
KINDS: dict[str, dict[str, Any]] = {
    "dense": {},
    "full": {"symmetrize": "none", "dtype": "float32"},
    "top-k": {"top_k": 5},
    "threshold": {"threshold": 0.7},
}
WRITERS: list[ModuleType] = [files, journal]
"""Modules that call `write_all`."""
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}


class Steps:
    """Counts the steps of this process, and kills it at one of them.

    Parameters
    ----------
    folder : Path
        Only files below it count.
    last : int or None
        The step at which to kill.
    """

    def __init__(self, folder: Path, last: int | None) -> None:
        self.folder = str(folder)
        self.last = last
        self.n = 0

    def watch(self) -> None:
        """Count from now on, until the process ends."""
        write, fsync, ask = files.write_all, os.fsync, Worker.measure

        def writes(file: Any, data: bytes, place: int) -> None:
            if self.is_last():
                write(file, data[: len(data) // 2], place)
                self.kill()
            write(file, data, place)

        def asks(*given: Any) -> Any:
            self.step()
            return ask(*given)

        def fsyncs(handle: Any) -> None:
            self.step()
            fsync(handle)

        for module in WRITERS:
            module.write_all = writes  # type: ignore[attr-defined]
        os.fsync = fsyncs
        Worker.measure = asks  # type: ignore[method-assign]
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take a step if a file in the folder is changed."""
        is_change = event in CHANGES or (event == "open" and (arguments[2] or 0) & os.O_ACCMODE)
        if is_change and str(arguments[0]).startswith(self.folder):
            self.step()

    def is_last(self) -> bool:
        """Count a step, and return whether it is the last."""
        self.n += 1
        return self.n == self.last

    def step(self) -> None:
        """Count a step; kill the process if it is the last."""
        if self.is_last():
            self.kill()

    def kill(self) -> None:
        """End this process as ``kill -9`` does."""
        os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], None]) -> int:
    """Run `work` in a fork and return how it ended: 0, an exit code, or minus a signal."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def digest(path: Path) -> str | None:
    """Return a digest of a file, or of all files of a folder; None if there is nothing."""
    if not path.exists():
        return None
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    found = hashlib.sha256()
    for file in files:
        found.update(str(file.relative_to(path)).encode() + b"\0")
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


@dataclass(frozen=True)
class Work:
    """Work that is killed.

    Parameters
    ----------
    run : callable
        Does the work in a folder, or continues it.
    result : callable
        Returns what must be equal after a restart; None if there is no result yet.
    """

    run: Callable[[Path], None]
    result: Callable[[Path], Any]


def matrix(folder: Path, kind: str, seed: int, n_jobs: int) -> Work:
    """Return work that writes a matrix of 300 documents."""
    planning.TALLEST = ROWS
    texts, labels = documents(N, random.Random(seed))
    _load_kernels()

    def run(place: Path) -> None:
        write_matrix(texts, place / "out", y=labels, n_jobs=n_jobs, **KINDS[kind])

    return Work(run, lambda place: digest(place / "out"))


def prediction(folder: Path, kind: str, seed: int, n_jobs: int) -> Work:
    """Return work that labels 300 documents by their nearest neighbours, 8 in a batch."""
    batches.FIRST = batches.MOST = 8
    docs = _saved(folder, seed, NCDClassifier(3, n_jobs=1))
    return _command("predict", folder / "model", docs, "-j", n_jobs)


def streaming(folder: Path, kind: str, seed: int, n_jobs: int) -> Work:
    """Return work that labels 8,000 documents, read in batches of at most 4 MB."""
    docs = _saved(folder, seed, CodelengthClassifier(n_jobs=1), n=8000, longer=10)
    work = _command("predict", folder / "model", "-", "-j", n_jobs, "--memory", "2GB")

    def run(place: Path) -> None:
        with docs.open() as sys.stdin:
            work.run(place)

    return Work(run, work.result)


def names(folder: Path, kind: str, seed: int, n_jobs: int) -> Work:
    """Return work that labels 30 documents by the names of the labels, one at a time."""
    from compressclf.models.primed import recipes

    recipes.TILE_BYTES = 1
    docs = folder / "docs.txt"
    docs.write_text("\n".join(documents(30, random.Random(seed))[0]))
    model = "lm:compressor=contextmix,recipe=channel"
    return _command("classify", docs, "-j", n_jobs, "--labels", "sport, trade", "--model", model)


def _saved(folder: Path, seed: int, classifier: Any, n: int = N, longer: int = 1) -> Path:
    """Save a classifier that is fitted to 100 documents, and return a file of `n` others."""
    rng = random.Random(seed)
    texts, labels = documents(100, rng)
    save_model(classifier.fit(texts, labels), folder / "model")
    rows = [json.dumps({"text": longer * text}) for text in documents(n, rng)[0]]
    docs = folder / "docs.jsonl"
    docs.write_text("\n".join(rows))
    return docs


def _command(*given: object) -> Work:
    """Return a command that writes its predictions to a file."""
    from compressclf.cli import cli

    def run(place: Path) -> None:
        sys.stderr = open(os.devnull, "w")  # it says each time that it continues
        output = ["--format", "csv", "-o", str(place / "out.csv")]
        cli([*map(str, given), *output], standalone_mode=False)

    return Work(run, lambda place: digest(place / "out.csv"))


def experiment(folder: Path, kind: str, seed: int, n_jobs: int) -> Work:
    """Return work that measures ten cells of a study."""
    from compressclf.experiments import records, runner
    from compressclf.experiments.cells import Cell

    rng = random.Random(seed)
    (folder / "data" / "words").mkdir(parents=True)
    for part, n in (("train", 60), ("test", 40)):
        rows = zip(*documents(n, rng), strict=True)
        table = "label,text\n" + "".join(f"{label},{text}\n" for text, label in rows)
        file = folder / "data" / "words" / f"{part}.csv.gz"
        file.write_bytes(gzip.compress(table.encode()))
    cells = [
        Cell("few-shot", "words", method, seed, {"shots": 5})
        for seed in range(5)
        for method in ("word CNB", "majority")
    ]
    WRITERS.append(records)
    data = str(folder / "data")

    def run(place: Path) -> None:
        store = records.Records(place / "records")
        progress = runner.run_cells(
            cells, store, data=data, threads=n_jobs, force=False, say=lambda line: None
        )
        assert not progress.failed, progress.failed

    def result(place: Path) -> Any:
        loaded = records.Records(place / "records").load("few-shot")
        if len(loaded) < len(cells):
            return None
        lines = (place / "records" / "few-shot.jsonl").read_text().splitlines()
        exact = ("value", "right", "n_train", "n_test", "seed", "method")
        return [{name: json.loads(line)[name] for name in exact} for line in lines]

    return Work(run, result)


def training(folder: Path, kind: str, seed: int, n_jobs: int) -> Work:
    """Return work that trains a small language model for eight steps, with a checkpoint each."""
    import torch

    from compressclf.compressors.bytelm.training.card import read_log
    from compressclf.compressors.bytelm.training.loop import Recipe, Run
    from compressclf.compressors.bytelm.training.produce import train_model
    from compressclf.compressors.tensors import unpack_tensors

    torch.set_num_threads(n_jobs)
    texts = Corpus.from_documents(documents(N, random.Random(seed))[0])
    recipe = Recipe(hidden=32, lanes=4, window=16)
    length = Run(steps=8, minutes_between=0.0, device="cpu", precision="fp32")

    def run(place: Path) -> None:
        again = (place / "model" / "checkpoint.safetensors").exists()
        train_model(texts, place / "model", recipe, length, resume=again)

    def result(place: Path) -> Any:
        files = [place / "model" / f"{name}.safetensors" for name in ("weights", "checkpoint")]
        if not (place / "model" / "README.md").exists():
            return None
        found: list[Any] = [{**line, "seconds": None} for line in read_log(place / "model")]
        for file in files:
            tensors, _ = unpack_tensors(file.read_bytes())
            found += [(name, tensors[name].tobytes()) for name in sorted(tensors)]
        return found

    return Work(run, result)


WORKS = {
    "matrix": matrix,
    "prediction": prediction,
    "streaming": streaming,
    "names": names,
    "experiment": experiment,
    "train-lm": training,
}


def _load_kernels() -> None:
    """Load compiled code before the forks."""
    measure = Measure.of()
    few = measure.code(Corpus.from_documents(["to be", "or not"]))
    k_nearest(measure, Coded(few.docs, few.bits), few, 1)


def kill(name: str, work: Work, points: int, folder: Path) -> tuple[int, int]:
    """Kill runs at different steps; return how many were killed, and how many were wrong."""

    def run(place: Path, last: int | None = None, count: Path | None = None) -> None:
        steps = Steps(place, last)
        if last is not None or count is not None:
            steps.watch()
        work.run(place)
        if count is not None:
            count.write_text(str(steps.n))

    whole, count = folder / "whole", folder / "steps"
    whole.mkdir()
    if in_child(lambda: run(whole, count=count)) != 0:
        raise click.ClickException(f"{name}: the run without a kill failed.")
    expected, n_steps = work.result(whole), int(count.read_text())
    click.echo(f"{name}: {n_steps:,} steps")
    killed = wrong = 0
    for number in range(points):
        place = folder / str(number)
        place.mkdir()
        last = 1 + (number * n_steps + n_steps // 2) // points
        ended = in_child(lambda: run(place, last))  # noqa: B023
        killed += ended == -signal.SIGKILL
        before = work.result(place)
        again = in_child(lambda: run(place))  # noqa: B023
        is_right = again == 0 and work.result(place) == expected and before in (None, expected)
        is_right &= _names(place) == _names(whole)
        if not is_right:
            wrong += 1
            click.echo(f"{name}, step {last}: ended with {ended} and {again}, and differs")
    return killed, wrong


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@click.command()
@click.option(
    "--what", type=click.Choice(list(WORKS)), default="matrix", show_default=True, help="The work."
)
@click.option("--points", type=int, default=50, show_default=True, help="Kills of each kind.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only these matrices."
)
@click.option("-j", "--jobs", type=int, default=1, show_default=True, help="Threads.")
@click.option("--seed", type=int, default=0, show_default=True)
def main(what: str, points: int, kinds: tuple[str, ...], jobs: int, seed: int) -> None:
    """Kill long work at chosen steps and compare what a restart gives."""
    wrong = 0
    for kind in (kinds or KINDS) if what == "matrix" else [what]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "runs").mkdir()
            work = WORKS[what](folder, kind, seed, jobs)
            killed, bad = kill(kind, work, points, folder / "runs")
        click.echo(f"{kind}: {killed} killed, {points - bad} of {points} restarts identical")
        wrong += bad + (killed < points and jobs == 1)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
