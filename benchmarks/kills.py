"""``kill -9`` at chosen moments: ``python -m benchmarks.kills --points 50``.

A child process writes a matrix of generated documents and counts its steps: every file that it
opens for writing, renames or removes, every folder that it makes, every ``fsync`` and every record
of the journal. Other children are killed by SIGKILL at one of these steps, a record after half of
its bytes. The same call is then made again. Its result must be equal, file by file and byte by
byte, to that of a run that was not killed, and a result that exists before the restart must be
equal, too. The exit code here is 1 if one is not.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmarks.interrupts import documents
from compressclf import write_matrix
from compressclf._lib import journal
from compressclf.distances import Coded, Measure
from compressclf.documents import Corpus
from compressclf.matrices import writing
from compressclf.neighbors.search import k_nearest

N = 300
ROWS = 32  # of a strip, so that a small matrix has many
KINDS: dict[str, dict[str, Any]] = {
    "dense": {},
    "full": {"symmetrize": "none", "dtype": "float32"},
    "top-k": {"top_k": 5},
    "threshold": {"threshold": 0.7},
}
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
        write, fsync = journal.write_all, os.fsync

        def writes(file: Any, data: bytes, place: int) -> None:
            if self.is_last():
                write(file, data[: len(data) // 2], place)
                self.kill()
            write(file, data, place)

        def fsyncs(handle: Any) -> None:
            self.step()
            fsync(handle)

        journal.write_all = writes
        os.fsync = fsyncs
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


def kill_matrix(kind: str, points: int, seed: int, n_jobs: int, folder: Path) -> tuple[int, int]:
    """Kill runs that write a matrix; return how many were killed, and how many were wrong."""
    texts, labels = documents(N, random.Random(seed))

    def run(target: Path, last: int | None = None, count: Path | None = None) -> None:
        steps = Steps(target.parent, last)
        if last is not None or count is not None:
            steps.watch()
        write_matrix(texts, target, y=labels, n_jobs=n_jobs, **KINDS[kind])
        if count is not None:
            count.write_text(str(steps.n))

    whole, count = folder / kind / "whole", folder / f"{kind}.steps"
    whole.parent.mkdir()
    if in_child(lambda: run(whole, count=count)) != 0:
        raise click.ClickException(f"{kind}: the run without a kill failed.")
    expected, n_steps = digest(whole), int(count.read_text())
    click.echo(f"{kind}: {n_steps:,} steps")
    killed = wrong = 0
    for number in range(points):
        place = folder / kind / str(number)
        place.mkdir()
        last = 1 + (number * n_steps + n_steps // 2) // points
        ended = in_child(lambda: run(place / "out", last))  # noqa: B023
        killed += ended == -signal.SIGKILL
        before = digest(place / "out")
        again = in_child(lambda: run(place / "out"))  # noqa: B023
        is_right = again == 0 and digest(place / "out") == expected and before in (None, expected)
        is_right &= os.listdir(place) == ["out"]
        if not is_right:
            wrong += 1
            click.echo(f"{kind}, step {last}: ended with {ended} and {again}, and differs")
    return killed, wrong


@click.command()
@click.option("--points", type=int, default=50, show_default=True, help="Kills of each kind.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only these.")
@click.option("-j", "--jobs", type=int, default=1, show_default=True, help="Threads.")
@click.option("--seed", type=int, default=0, show_default=True)
def main(points: int, kinds: tuple[str, ...], jobs: int, seed: int) -> None:
    """Kill long work at chosen steps and compare what a restart gives."""
    writing.TALLEST = ROWS
    measure = Measure.of()
    few = measure.code(Corpus.from_documents(["to be", "or not"]))
    k_nearest(measure, Coded(few.docs, few.bits), few, 1)  # loads the kernels before the forks
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds or KINDS:
            killed, bad = kill_matrix(kind, points, seed, jobs, Path(folder))
            click.echo(f"{kind}: {killed} killed, {points - bad} of {points} restarts identical")
            wrong += bad + (killed < points and jobs == 1)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
