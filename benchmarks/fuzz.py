"""Random inputs for every reader and decoder: ``python -m benchmarks.fuzz --runs 10000000``.

Known inputs are changed, joined and cut, millions of times. Each must be read, or refused with one
sentence by ValueError or OSError. Any other error is a finding, and so are a crash, a run of more
than 5 seconds and more than 1 GB of memory. Findings are printed after shortening, and the exit
code is then 1. The same seed gives the same inputs.

An input is kept and changed again if it is refused at a new place or read in a new way. With
``--guided``, libFuzzer keeps inputs that reach new code (pip install atheris). Runs on Linux.
"""

from __future__ import annotations

import inspect
import json
import mmap
import os
import random
import select
import signal
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from benchmarks import fuzz_codes, fuzz_data
from benchmarks.fuzz_changes import WORDS, changed, shortened
from benchmarks.fuzz_codes import CODECS, MODELS
from benchmarks.fuzz_targets import NotHereError, Target, bad
from benchmarks.limits import held, limit

SECONDS = 5.0  # of a run
MEGABYTES = 1000  # of a run, beyond the memory its process held before
PATIENCE = 60.0  # seconds to make a finding shorter
MOST_KEPT = 5000  # kept inputs
MOST_INPUT = 1 << 23
GUIDED = ("compressclf.datasets", "compressclf.persistence", "compressclf._lib.registry")
GUIDED += ("compressclf.coding.container", "compressclf.compressors.tensors")

# Name: thousands of the ten million runs (more for a fast target), and the function that makes it.
TARGETS: dict[str, tuple[float, Callable[[Path], Target]]] = {
    "spec text": (6500, fuzz_codes.spec_text),
    "tensors": (1000, fuzz_codes.tensors),
    "container": (1000, fuzz_codes.container),
    "range coder": (1000, fuzz_codes.range_coder),
    "config": (200, fuzz_codes.config),
    "lines": (150, fuzz_data.lines),
    "records": (150, fuzz_data.records),
    "idx": (150, fuzz_data.idx),
    "delimited": (80, fuzz_data.delimited),
    "files": (40, fuzz_data.files),
    "images": (40, fuzz_data.images),
    "npz": (30, fuzz_data.npz),
    "specs": (4, fuzz_codes.specs),
    "archives": (3, fuzz_data.archives),
    **{f"code {one.partition(':')[0]}": (2, partial(fuzz_codes.codec, one)) for one in CODECS},
    **{f"model {one}": (0.25, partial(fuzz_codes.model, one)) for one in MODELS},
}


class Shared:
    """Memory shared by a process that may die at any time and the one that watches it."""

    fields = struct.Struct("dddQQQdQ")

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, self.fields.size + MOST_INPUT)
        self.begun = self.slowest = self.megabytes = self.before = 0.0
        self.runs = self.refused = self.accepted = 0

    def write(self, data: bytes, begun: float) -> None:
        """Store the input that is read now."""
        self.begun = begun
        end = self.fields.size + len(data)
        self.memory[self.fields.size : end] = data
        self.save(len(data))

    def save(self, n_bytes: int) -> None:
        """Store the counts of the process."""
        self.fields.pack_into(
            *(self.memory, 0, self.begun, self.slowest, self.megabytes),
            *(self.runs, self.refused, self.accepted, self.before, n_bytes),
        )

    def read(self) -> bytes:
        """Update the counts, and return the input that the process is reading."""
        found = self.fields.unpack_from(self.memory, 0)
        self.begun, self.slowest, self.megabytes = found[:3]
        self.runs, self.refused, self.accepted, self.before, n_bytes = found[3:]
        return self.memory[self.fields.size : self.fields.size + n_bytes]


class Judge:
    """Runs a target on one input after another, and reports findings."""

    def __init__(
        self, target: Target, shared: Shared, report: Callable[[str, bytes], None]
    ) -> None:
        self.target = target
        self.shared = shared
        self.report = report
        self.known: set[str] = set()

    def run(self, data: bytes) -> object:
        """Read an input and return its signature."""
        shared = self.shared
        begun = time.monotonic()
        shared.write(data, begun)
        wrong, kind = bad(self.target, data)
        shared.slowest = max(shared.slowest, time.monotonic() - begun)
        shared.runs += 1
        if shared.before and shared.runs % 256 == 0:
            shared.megabytes = max(shared.megabytes, held("VmHWM") - shared.before)
        if wrong is not None:
            self._found(wrong, data)
        elif isinstance(kind, tuple) and kind[:1] == ("refused",):
            shared.refused += 1
        else:
            shared.accepted += 1
        shared.begun = 0.0
        shared.save(len(data))
        return kind

    def _found(self, wrong: str, data: bytes) -> None:
        """Report each finding once, with the shortest input that shows it."""
        what = wrong.partition(":")[0] if "(" not in wrong else wrong.partition(")")[0]
        if what in self.known:
            return
        self.known.add(what)
        self.shared.begun = 0.0
        self.shared.save(len(data))

        def same(shorter: bytes) -> bool:
            return (bad(self.target, shorter)[0] or "").startswith(what)

        self.report(wrong, shortened(data, same, PATIENCE))


def inputs(target: Target, rng: random.Random, judge: Judge, n_runs: int) -> None:
    """Run a target on its seeds and on changes of them."""
    kept = list(target.seeds)
    words = [*WORDS, *target.words * 3]
    seen = {judge.run(seed) for seed in kept[:n_runs]}
    for _ in range(n_runs - len(kept)):
        data = changed(rng.choice(kept), rng.choice(kept), words, rng)
        kind = judge.run(data)
        if kind not in seen and len(kept) < MOST_KEPT:
            seen.add(kind)
            kept.append(data)


def instrument() -> None:
    """Instrument the readers for atheris; kernels of numba must stay as they are."""
    import atheris

    for name, module in list(sys.modules.items()):
        if name.startswith(GUIDED):
            found = [one for one in vars(module).values() if inspect.isclass(one)]
            members = [one for owner in (module, *found) for one in vars(owner).values()]
            for one in members:
                if inspect.isfunction(one) and one.__module__ == name:
                    atheris.instrument_func(one)


def guided_inputs(target: Target, seed: int, judge: Judge, n_runs: int, place: Path) -> None:
    """Run a target on the inputs of libFuzzer; ends the process."""
    import atheris

    corpus = place / "corpus"
    corpus.mkdir()
    for i, data in enumerate(target.seeds):
        (corpus / str(i)).write_bytes(data)
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in (*WORDS, *target.words))
    (place / "words").write_text("".join(f'"{word}"\n' for word in escaped if len(word) < 250))
    options = ["-timeout=3600", "-rss_limit_mb=0", "-verbosity=0", "-print_final_stats=0"]
    options += [f"-seed={seed + 1}", f"-runs={n_runs}", f"-dict={place / 'words'}"]
    longest = max(len(data) for data in target.seeds) * 2 + 1000
    atheris.Setup([*sys.argv[:1], *options, f"-max_len={longest}", str(corpus)], judge.run)
    atheris.Fuzz()


@contextmanager
def limited(name: str, place: Path) -> Iterator[Target]:
    """Make a target in this process, whose memory is limited afterwards."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        os.chdir(folder)
        warnings.simplefilter("ignore")
        target = TARGETS[name][1](Path(folder))
        for known in target.seeds:
            bad(target, known)  # compile before the limits apply
        limit(MEGABYTES)
        yield target


def work(name: str, n_runs: int, seed: int, guided: bool, shared: Shared, findings: Path) -> None:
    """Run a target in this process, which cannot be used for anything else afterwards."""

    def report(wrong: str, data: bytes) -> None:
        with open(findings, "a") as file:
            file.write(json.dumps([wrong, data.hex()]) + "\n")

    with limited(name, findings.parent) as target:
        judge = Judge(target, shared, report)
        shared.before = held("VmRSS")
        if guided:
            instrument()
            guided_inputs(target, seed, judge, n_runs, Path())
        inputs(target, random.Random(f"{name} {seed}"), judge, n_runs)
        shared.megabytes = max(shared.megabytes, held("VmHWM") - shared.before)
        shared.save(0)


def shorter_loss(name: str, data: bytes, place: Path) -> bytes:
    """Return the shortest input found that crashes or hangs the process that reads it."""

    def shorten() -> None:
        with limited(name, place) as target:
            found = shortened(data, lambda tried: _is_lost(target, tried), PATIENCE)
            (place / "shorter").write_bytes(found)

    (place / "shorter").write_bytes(data)
    os.waitpid(_forked(name, shorten), 0)
    return (place / "shorter").read_bytes()


def _is_lost(target: Target, data: bytes) -> bool:
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)  # its signal ends the process
        bad(target, data)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def _forked(name: str, use: Callable[[], None]) -> int:
    """Start a process for one task; its exit code is 3 if a library is missing."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        use()
        status = 0
    except NotHereError:
        status = 3
    except BaseException as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(status)


def watched(
    name: str, n_runs: int, seed: int, seconds: float, guided: bool, place: Path
) -> tuple[Shared, list[tuple[str, str]], str]:
    """Run a target in other processes until all runs are done or the time is over.

    Returns
    -------
    shared : Shared
        The counts.
    findings : list of (problem, input in hexadecimal digits)
    ended : str
        The reason for an early end, or empty.
    """
    shared, findings, until = Shared(), place / "findings", time.monotonic() + seconds
    findings.write_text("")
    lost: list[tuple[str, str]] = []
    while shared.runs < n_runs and time.monotonic() < until and len(lost) < 20:
        left, its_seed = n_runs - shared.runs, seed + len(lost)
        child = _forked(name, partial(work, name, left, its_seed, guided, shared, findings))
        wrong, data = _wait(child, shared, until)
        if wrong == "ended by 3":
            return shared, [], "not installed"
        if wrong == "ended by 1":
            return shared, [("it cannot begin", "")], wrong
        if wrong:
            if wrong not in dict(lost):
                data = shorter_loss(name, data, place)
            lost.append((wrong, data.hex()))
            shared.begun = 0.0
            shared.save(0)
    told = [tuple(json.loads(line)) for line in findings.read_text().splitlines()] + lost
    return (
        shared,
        list(dict(reversed(told)).items()),
        "" if shared.runs >= n_runs else "time is over",
    )


def _wait(child: int, shared: Shared, until: float) -> tuple[str, bytes]:
    """Wait for a process; return its finding, if any, and the input of its last run."""
    handle = os.pidfd_open(child)
    wrong = ""
    while not select.select([handle], [], [], 0.2)[0]:
        data = shared.read()
        now = time.monotonic()
        if shared.begun and now - shared.begun > SECONDS:
            wrong = f"over {SECONDS:.0f} s"
        if wrong or now > until:
            os.kill(child, signal.SIGKILL)
            break
    os.close(handle)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    data = shared.read()
    if not wrong and time.monotonic() <= until and status != 0:
        wrong = f"ended by {status}"
    return wrong, data


def shares(names: list[str], n_runs: int) -> Iterator[tuple[str, int]]:
    """Yield the number of runs per target."""
    whole = sum(TARGETS[name][0] for name in names)
    for name in names:
        yield name, max(1, round(n_runs * TARGETS[name][0] / whole))


@click.command()
@click.argument("targets", nargs=-1)
@click.option("--runs", "n_runs", default=100_000, show_default=True, help="Of all targets.")
@click.option("--seconds", default=3600.0, show_default=True, help="Time limit per target.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--guided/--plain", default=False, help="Guide the changes by code coverage (needs atheris)."
)
def main(targets: tuple[str, ...], n_runs: int, seconds: float, seed: int, guided: bool) -> None:
    """Fuzz all targets, or those whose names begin with one of TARGETS."""
    names = [name for name in TARGETS if name.startswith(targets or "")]
    n_findings = 0
    for name, n in shares(names, n_runs):
        print(f"{name}: {n:,} runs ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(dir=memory()) as folder:
            shared, findings, ended = watched(name, n, seed, seconds, guided, Path(folder))
        print(
            f"{name}: {shared.runs:,} runs, {shared.refused:,} refused, {shared.accepted:,} "
            f"accepted, slowest {1000 * shared.slowest:,.0f} ms, peak {shared.megabytes:,.0f} MB, "
            f"{len(findings)} findings in {time.monotonic() - begun:,.0f} s{ended and ', '}{ended}",
            flush=True,
        )
        for wrong, data in findings:
            print(f"  {wrong}\n  {bytes.fromhex(data)!r:.2000}", flush=True)
        n_findings += len(findings)
    sys.exit(bool(n_findings))


def memory() -> str | None:
    """Return a directory in memory, if the system has one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    main()
