"""Ctrl-C and worse at random moments: ``python -m benchmarks.interrupts --runs 200``.

Fits, predictions and compressions are interrupted by SIGINT at a random moment. In Python each must
end with KeyboardInterrupt, and the model must then give the same bits as before. On the command
line each must end with "Interrupted." and exit code 130, or 143 after SIGTERM.

``matrix``, ``predict -o`` and ``experiment run`` are stopped by SIGINT, SIGTERM, a limit of the
size of files, and closed pipes. All but the last must say that the same command continues, and it
must then give the result of a run that was not stopped. The exit code here is 1 if one does not.
"""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.base import clone

from compressclf import CodelengthClassifier, NCDClassifier, save_model
from compressclf.compressors.base import ByteCompressor
from compressclf.compressors.contextmix import ContextMix
from compressclf.compressors.gzip import Gzip

CONTINUED = "the same result after the same command"
MODELS = ("blocks", "contextmix", "zstd-dict", "blocks+contextmix")
WORDS = "in the a of wind sail salt stock pawn rook and that keep tack stir open cold was".split()


def documents(n: int, rng: random.Random) -> tuple[list[str], list[str]]:
    """Return texts of two classes, each of 60 words."""
    y = [rng.choice("ab") for _ in range(n)]
    words = {"a": WORDS[:14], "b": WORDS[6:]}
    return [" ".join(rng.choices(words[label], k=60)) for label in y], y


def classifiers(n_jobs: int) -> list[CodelengthClassifier | NCDClassifier]:
    """Return one classifier per model, and nearest neighbours."""
    found = [CodelengthClassifier(model, n_jobs=n_jobs) for model in MODELS]
    return [*found, NCDClassifier(3, compressor="lz77", n_jobs=n_jobs)]


def interrupted(work: Callable[[], object], delay: float) -> str:
    """Return how `work` ends on SIGINT after `delay` seconds; "" if it had ended before."""
    sent = threading.Event()

    def send() -> None:
        sent.set()
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(delay, send)
    try:
        timer.start()
        try:
            work()
        finally:
            timer.cancel()
            timer.join()
        if not sent.is_set():
            return ""
        time.sleep(1)  # the signal may come a moment after the work
        return "lost"
    except KeyboardInterrupt:
        return "KeyboardInterrupt"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def jobs(n_jobs: int, rng: random.Random) -> list[tuple[str, Callable[[], object], object]]:
    """Return the cases: name, work, and the classifier that must not change."""
    texts, labels = documents(400, rng)
    queries = documents(300, rng)[0]
    cases: list[tuple[str, Callable[[], object], object]] = []
    for classifier in classifiers(n_jobs):
        name = getattr(classifier, "model", "lz77 neighbours")
        fit, ask = classifier.fit, classifier.predict_proba
        cases.append((f"fit {name}", lambda fit=fit: fit(texts, labels), None))  # type: ignore[misc]
        fitted = clone(classifier).fit(texts, labels)
        ask = fitted.predict_proba
        cases.append((f"predict {name}", lambda ask=ask: ask(queries), fitted))  # type: ignore[misc]
    data = " ".join(texts * 4).encode()
    for codec in (ContextMix(1), Gzip()):
        assert isinstance(codec, (ContextMix, ByteCompressor))
        files = [data] * (1 if isinstance(codec, ContextMix) else 40)
        work = lambda codec=codec, files=files: [codec.compress(file) for file in files]  # noqa: E731
        cases.append((f"compress {codec.name}", work, None))
    return cases


def in_python(runs: int, n_jobs: int, rng: random.Random) -> Counter[str]:
    """Interrupt work in this process; return the number of each kind of end."""
    counts: Counter[str] = Counter()
    queries = documents(5, rng)[0]
    work = []
    for name, run, fitted in jobs(n_jobs, rng):
        run()  # compiles
        begin = time.perf_counter()
        run()
        bits = None if fitted is None else fitted.predict_proba(queries)  # type: ignore[attr-defined]
        work.append((name, run, time.perf_counter() - begin, fitted, bits))
    while counts.total() < runs:
        name, run, seconds, fitted, bits = work[rng.randrange(len(work))]
        end = interrupted(run, rng.uniform(0, seconds))
        if not end:
            continue
        if fitted is not None and not np.array_equal(fitted.predict_proba(queries), bits):
            end += ", and the model has changed"
        counts[end] += 1
        if end != "KeyboardInterrupt":
            click.echo(f"{name}, {n_jobs} threads: {end}", err=True)
    return counts


def on_the_command_line(runs: int, rng: random.Random, folder: Path) -> Counter[str]:
    """Interrupt commands; return the number of each kind of end."""
    texts, labels = documents(3000, rng)
    table = folder / "train.csv"
    lines = (f"{label},{text}\n" for text, label in zip(texts, labels, strict=True))
    table.write_text("label,text\n" + "".join(lines))
    counts: Counter[str] = Counter()
    commands = [
        ["classify", str(table), "-j", "1"],
        ["classify", str(table), "-j", "2"],
        ["classify", str(table), "--model", "contextmix", "-j", "1"],
        ["compress", str(table), "--compressor", "contextmix", "-o", str(folder / "out"), "-f"],
    ]
    while counts.total() < runs:
        command = commands[rng.randrange(len(commands))]
        process = subprocess.Popen(
            [sys.executable, "-m", "compressclf", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(rng.uniform(1.5, 6.0))
        number = rng.choice([signal.SIGINT, signal.SIGTERM])
        process.send_signal(number)
        told = process.communicate()[1]
        if process.returncode == 0:
            continue
        clean = process.returncode == 128 + number and told.endswith("Interrupted.\n")
        end = "Interrupted." if clean else f"{process.returncode}: {told[-300:]}"
        counts[end] += 1
        if not clean:
            click.echo(f"{command[0]}: {end}", err=True)
    return counts


class Stoppable:
    """A command that keeps its state.

    Parameters
    ----------
    arguments : list of str
        The command, without the place of its result.
    option : str
        The option that takes the place.
    state : str
        The file with the state, after the place.
    least, most : int
        Sizes of the state in bytes after which a signal is sent, and which it may not exceed.
    """

    def __init__(self, arguments: list[str], option: str, state: str, least: int, most: int):
        self.arguments, self.option, self.state = arguments, option, state
        self.least, self.most = least, most

    def start(self, place: Path, **options: Any) -> subprocess.Popen[str]:
        """Start the command."""
        command = [sys.executable, "-m", "compressclf", *self.arguments, self.option, str(place)]
        given = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen(command, **given)

    def stopped_by(self, what: str, place: Path, rng: random.Random) -> str:
        """Stop the command; return "" if it ends as it should."""
        if what == "closed pipe":
            reader, writer = os.pipe()
            os.close(reader)
            with self.start(place, stdout=writer, stderr=writer) as process:
                os.close(writer)
            return "" if process.returncode in (0, 1) else str(process.returncode)
        if what == "full disk":
            limit = functools.partial(_limit_files, self.most)
            process = self.start(place, preexec_fn=limit)
            expected = 1, "File too large\n"
        else:
            process = self.start(place)
            self._wait(process, Path(f"{place}{self.state}"))
            time.sleep(rng.uniform(0, 1))
            process.send_signal(signal.Signals[what])
            expected = 128 + signal.Signals[what], "Interrupted.\n"
        said = process.communicate()[1]
        right = (process.returncode, said.endswith(expected[1])) == (expected[0], True)
        if right and "run the same command to continue" in said:
            return ""
        return f"{process.returncode}: {said[-300:]}"

    def _wait(self, process: subprocess.Popen[str], state: Path) -> None:
        while process.poll() is None:
            if state.exists() and state.stat().st_size > self.least:
                return
            time.sleep(0.01)


def _limit_files(n_bytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def _result(place: Path) -> object:
    """Return the content of a file, or the values of records."""
    if place.is_file():
        return place.read_bytes()
    lines = [line for file in (place / "records").iterdir() for line in file.open()]
    records = map(json.loads, lines)
    return sorted((r["protocol"], r["dataset"], r["method"], str(r["value"])) for r in records)


def under_pressure(rng: random.Random, folder: Path) -> Counter[str]:
    """Stop commands that keep their state, and continue them; return the numbers of ends."""
    texts, labels = documents(1000, rng)
    save_model(NCDClassifier(3).fit(texts, labels), folder / "model")
    docs = folder / "docs.txt"
    docs.write_text("\n".join(documents(1000, rng)[0]))
    commands = {
        "matrix": Stoppable(
            ["matrix", str(docs), "--top-k", "5", "-j", "1"],
            *("-o", ".partial/journal", 3000, 20_000),
        ),
        "predict": Stoppable(
            ["predict", str(folder / "model"), str(docs), "--format", "csv", "-j", "1"],
            *("-o", ".partial", 1000, 4000),
        ),
        "experiment": Stoppable(
            ["experiment", "run", "quick", "--only", "/majority"],
            *("--results", "/records/full.jsonl", 100, 1500),
        ),
    }
    counts: Counter[str] = Counter()
    for name, command in commands.items():
        if command.start(folder / f"{name}-whole").wait() != 0:
            raise click.ClickException(f"{name} failed without being stopped.")
        for what in ("SIGINT", "SIGTERM", "full disk", "closed pipe"):
            place = folder / f"{name}-{what}"
            end = command.stopped_by(what, place, rng)
            process = command.start(place)
            said = process.communicate()[1]
            if not end and process.returncode == 0:
                same = _result(place) == _result(folder / f"{name}-whole")
                end = CONTINUED if same else "another result"
            counts[end or said[-300:]] += 1
            click.echo(f"{name}, {what}: {end or said[-300:]}", err=True)
    return counts


@click.command()
@click.option(
    "--runs", type=int, default=200, show_default=True, help="Interrupts per number of threads."
)
@click.option("--commands", type=int, default=40, show_default=True, help="Interrupts of commands.")
@click.option("--pressure/--no-pressure", default=True, help="Stop commands and continue them.")
@click.option("--seed", type=int, default=0, show_default=True)
def main(runs: int, commands: int, pressure: bool, seed: int) -> None:
    """Interrupt work at random moments and count the kinds of end."""
    rng = random.Random(seed)
    ends = {f"Python, {n} thread(s)": in_python(runs, n, rng) for n in (1, 2)}
    with tempfile.TemporaryDirectory() as folder:
        ends["commands"] = on_the_command_line(commands, rng, Path(folder))
        if pressure:
            ends["commands that keep their state"] = under_pressure(rng, Path(folder))
    for where, counts in ends.items():
        for end, n in counts.most_common():
            click.echo(f"{where}: {n} of {counts.total()} ended with {end}")
    good = {"KeyboardInterrupt", "Interrupted.", CONTINUED}
    sys.exit(any(set(counts) - good for counts in ends.values()))


if __name__ == "__main__":
    main()
