"""Typical and odd uses by users of scikit-learn and pandas: ``python -m benchmarks.uses``.

A table of uses runs in this process: forms of documents and labels, parameters, scikit-learn's
tools around the estimators, images, and degenerate data. A use works, or is refused with one
sentence (ValueError or TypeError of one line). It is bad if it ends in another error, in a wrong
value or NaN, in a RuntimeWarning of this package or after 20 seconds, if it is refused but should
work, or if it works but should be refused. Prints the counts per group; the exit code is 1 if one
is bad. `datasets`, `pandas` and `pyarrow` must be installed; runs on Linux and macOS.
"""

from __future__ import annotations

import random
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from benchmarks import uses_of_data, uses_of_estimators, uses_of_sklearn
from cli._output import render_table

SECONDS = 20
COMPILING = {f"list, {name}" for name in uses_of_data.MAKERS} | {"all that it says", "pixel-tree"}
"""Uses that run once beforehand, so that kernels are compiled before any use is timed."""


@dataclass(frozen=True)
class Case:
    """One use."""

    group: str
    name: str
    run: Callable[[], object]
    is_refused: bool | None
    """Whether the use must be refused; None if it may be."""


def cases() -> Iterator[Case]:
    """Yield all uses."""
    for module in (uses_of_data, uses_of_sklearn, uses_of_estimators):
        for (group, is_refused), table in module.tables().items():
            for name, run in table.items():
                yield Case(group, name, run, is_refused)


def outcome(case: Case, seconds: int = SECONDS) -> tuple[str, str]:
    """Return "worked", "refused" or "bad", and the message."""
    begin = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", category=RuntimeWarning, module="compressclf")
            found, said = _within(seconds, case.run), ""
        kind = "bad" if _has_nan(found) else "worked"
        said = "NaN" if kind == "bad" else ""
    except (ValueError, TypeError) as error:
        said = f"{type(error).__name__}: {error}"
        kind = "refused" if _is_sentence(error) else "bad"
    except Exception as error:
        kind, said = "bad", f"{type(error).__name__}: {error}"
    if kind != "bad" and case.is_refused not in (None, kind == "refused"):
        kind, said = "bad", said or "should be refused"
    if time.monotonic() - begin > seconds:
        kind, said = "bad", f"over {seconds} s"
    return kind, said


def _is_sentence(error: Exception) -> bool:
    """Return whether a message has one line; scikit-learn's own may have several."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "" if frame is None else str(frame.tb_frame.f_globals.get("__name__", ""))
    said = str(error).strip()
    if "Traceback" in said or not said:
        return False
    return where.startswith("sklearn.") or ("\n" not in said and len(said) < 1000)


def _within(seconds: int, run: Callable[[], object]) -> object:
    def stop(*_: object) -> None:
        raise TimeoutError(f"over {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return run()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _has_nan(found: Any) -> bool:
    if isinstance(found, dict):
        return any(map(_has_nan, found.values()))
    if isinstance(found, (list, tuple)):
        return any(map(_has_nan, found))
    array = np.asarray(found)
    return array.dtype.kind == "f" and bool(np.isnan(array).any())


@click.command()
@click.option("--only", default="", help="Run only uses whose group or name contains this.")
@click.option("--sentences", is_flag=True, help="Print the message of each refused use.")
def main(only: str, sentences: bool) -> None:
    """Try all uses and count the outcomes."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - scikit-learn's default source of chance
    for case in cases():
        if case.name in COMPILING:
            case.run()
    counts: Counter[tuple[str, str]] = Counter()
    slowest = (0.0, "")
    for case in cases():
        if only not in f"{case.group}: {case.name}":
            continue
        begin = time.monotonic()
        kind, said = outcome(case)
        slowest = max(slowest, (time.monotonic() - begin, f"{case.group}: {case.name}"))
        counts[case.group, kind] += 1
        if kind == "bad" or (sentences and said):
            print(f"{kind}: {case.group}: {case.name}: {said[:400]}", file=sys.stderr, flush=True)
    groups = [*dict.fromkeys(group for group, _ in counts), "all"]
    for (_, kind), n in list(counts.items()):
        counts["all", kind] += n
    kinds = ("worked", "refused", "bad")
    rows = [
        {"group": group, "cases": sum(counts[group, kind] for kind in kinds)}
        | {kind: counts[group, kind] for kind in kinds}
        for group in groups
    ]
    print(render_table(rows, "md"))
    print(f"slowest: {slowest[0]:.1f} s, {slowest[1]}")
    sys.exit(counts["all", "bad"] > 0)


if __name__ == "__main__":
    main()
