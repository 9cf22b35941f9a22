"""Ctrl-C at random moments: ``python -m benchmarks.interrupts --runs 200``.

Fits, predictions and compressions are interrupted by SIGINT at a random moment. In Python each must
end with KeyboardInterrupt, and the model must then give the same bits as before. On the command
line each must end with "Interrupted." and exit code 130. The exit code here is 1 if one does not.
"""

from __future__ import annotations

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

import click
import numpy as np
from sklearn.base import clone

from compressclf import CodelengthClassifier, NCDClassifier
from compressclf.compressors.base import ByteCompressor
from compressclf.compressors.contextmix import ContextMix
from compressclf.compressors.gzip import Gzip

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
        process.send_signal(signal.SIGINT)
        told = process.communicate()[1]
        if process.returncode == 0:
            continue
        clean = process.returncode == 130 and told.endswith("Interrupted.\n")
        end = "Interrupted., 130" if clean else f"{process.returncode}: {told[-300:]}"
        counts[end] += 1
        if not clean:
            click.echo(f"{command[0]}: {end}", err=True)
    return counts


@click.command()
@click.option(
    "--runs", type=int, default=200, show_default=True, help="Interrupts per number of threads."
)
@click.option("--commands", type=int, default=40, show_default=True, help="Interrupts of commands.")
@click.option("--seed", type=int, default=0, show_default=True)
def main(runs: int, commands: int, seed: int) -> None:
    """Interrupt work at random moments and count the kinds of end."""
    rng = random.Random(seed)
    ends = {f"Python, {n} thread(s)": in_python(runs, n, rng) for n in (1, 2)}
    with tempfile.TemporaryDirectory() as folder:
        ends["commands"] = on_the_command_line(commands, rng, Path(folder))
    for where, counts in ends.items():
        for end, n in counts.most_common():
            click.echo(f"{where}: {n} of {counts.total()} ended with {end}")
    good = {"KeyboardInterrupt", "Interrupted., 130"}
    sys.exit(any(set(counts) - good for counts in ends.values()))


if __name__ == "__main__":
    main()
