"""Hostile files: ``python -m benchmarks.hostile``.

Hundreds of saved models and .cclf files, each changed as an attacker might, are opened and used,
each in its own process with limits of time and memory. Each must work or be refused with one
sentence. A case is bad if it ends in a traceback, an error other than ValueError and OSError, a
crash, a process over the limits, wrong data, NaN probabilities, or if it runs code. Prints the
numbers of refused, accepted and bad cases; the exit code is 1 if one is bad. Runs on Linux.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import hostile_files, hostile_models
from benchmarks.limits import held, limit
from cli._output import render_table

SECONDS = 20.0
MEGABYTES = 2000


@dataclass(frozen=True)
class Found:
    """The outcome of a case."""

    outcome: str
    """"refused", "accepted" or a description of the fault."""
    seconds: float
    megabytes: float
    """Peak memory in MB, less the memory that the process had at its start."""


def tried(use: Callable[[], None], seconds: float, megabytes: int) -> Found:
    """Run `use` in its own process."""
    begin = time.monotonic()
    there, here = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(there)
        limit(megabytes)
        before = held("VmRSS")
        outcome = told(use)
        os.write(here, json.dumps([outcome, held("VmHWM") - before]).encode())
        os._exit(0)
    os.close(here)
    ready = select.select([there], [], [], seconds)[0]
    if not ready:
        os.kill(child, signal.SIGKILL)
    answer = os.read(there, 8192) if ready else b""
    os.close(there)
    status = os.waitpid(child, 0)[1]
    took = time.monotonic() - begin
    outcome, grown = json.loads(answer) if answer else (f"ended by {status}", 0.0)
    return Found(outcome if ready else f"over {seconds:.0f} s", took, grown)


def told(use: Callable[[], None]) -> str:
    """Return the outcome of a use: "refused", "accepted" or a description of the fault."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            use()
    except (ValueError, OSError) as error:
        sentence = str(error)
        if "more memory than there is" in sentence:
            return f"refused by the limit of memory: {sentence[:300]}"
        is_sentence = "\n" not in sentence and len(sentence) < 2000
        return "refused" if is_sentence else f"no sentence: {sentence[:300]}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:300]
    return "accepted"


def cases(place: Path, which: str) -> Iterator[tuple[str, str, str, Callable[[], None]]]:
    """Yield the table, subject, attack and function to call of each case."""
    if which in ("all", "models"):
        for subject, attack, use in hostile_models.cases(place):
            yield "models", subject, attack, use
    if which in ("all", "files"):
        for subject, attack, use in hostile_files.cases(place):
            yield "files", subject, attack, use


@click.command()
@click.argument("which", type=click.Choice(["all", "models", "files"]), default="all")
@click.option("--seconds", default=SECONDS, show_default=True)
@click.option("--megabytes", default=MEGABYTES, show_default=True)
@click.option("--only", default="", help="Run only cases whose subject or attack contains this.")
def main(which: str, seconds: float, megabytes: int, only: str) -> None:
    """Open hostile models and files, and count the outcomes."""
    counts: Counter[tuple[str, str, str]] = Counter()
    worst: list[tuple[float, float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        canary = place / "canary"
        os.environ["HOSTILE_CANARY"] = str(canary)
        for table, subject, attack, use in cases(place, which):
            if only not in f"{subject} {attack}":
                continue
            found = tried(use, seconds, megabytes)
            outcome = "code ran" if canary.exists() else found.outcome
            canary.unlink(missing_ok=True)
            kind = outcome if outcome in ("refused", "accepted") else "bad"
            counts[table, subject, kind] += 1
            worst.append((found.seconds, found.megabytes, f"{subject}: {attack} ({outcome[:20]})"))
            if kind == "bad":
                print(json.dumps([table, subject, attack, outcome]), file=sys.stderr, flush=True)
    subjects = list(dict.fromkeys((table, subject) for table, subject, _ in counts))
    rows = [
        {"table": table, "subject": subject}
        | {kind: counts[table, subject, kind] for kind in ("refused", "accepted", "bad")}
        for table, subject in subjects
    ]
    for table in dict.fromkeys(table for table, _ in subjects):
        ours = [row for row in rows if row["table"] == table]
        sums = {kind: sum(row[kind] for row in ours) for kind in ("refused", "accepted", "bad")}
        rows.append({"table": table, "subject": "all", **sums})
    print(render_table(rows, "md"))
    for name, key in (("slowest", 0), ("largest", 1)):
        for case in sorted(worst, key=lambda one: -one[key])[:3]:
            print(f"{name}: {case[0]:.1f} s, {case[1]:,.0f} MB, {case[2]}")
    sys.exit(any(kind == "bad" for _, _, kind in counts))


if __name__ == "__main__":
    main()
