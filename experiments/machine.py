"""The cost and the circumstances of a measurement: clocks, energy, memory, versions, commit."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import compressclf

__all__ = ["IS_CHECKOUT", "NOT_MEASURED", "ROOT", "Clock", "peak_memory_mb", "where_and_when"]

ROOT = Path(__file__).parents[1]
"""The checkout; of an installation, the package."""
IS_CHECKOUT = (ROOT / "setup.cfg").exists()
NOT_MEASURED = "not measured"
MEASURED = ("compressclf", "experiments")  # what a commit must contain to be named
NOT_CODE = (":!experiments/results", ":!*.md")
LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "zstandard")
POWERCAP = Path("/sys/class/powercap")


class Clock:
    """Wall seconds, processor seconds of this process, and joules, step by step.

    Joules are those of all processor packages (Linux RAPL) and include other programs and the
    idle power. On other systems they are "not measured".
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}
        self.joules: dict[str, float] = {}

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Time the block."""
        energy, wall, cpu = _joules(), time.perf_counter(), time.process_time()
        yield
        self.seconds[step] = round(time.perf_counter() - wall, 3)
        self.cpu_seconds[step] = round(time.process_time() - cpu, 3)
        spent = [_difference(*both) for both in zip(energy, _joules(), strict=True)]
        if spent:
            self.joules[step] = round(sum(spent), 3)

    def fields(self) -> dict[str, Any]:
        """Return the fields of a record."""
        return {
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "energy_joules": self.joules or NOT_MEASURED,
        }


def _joules() -> list[tuple[float, float]]:
    """Return each package's counter and the value at which it starts again."""
    counters = []
    for domain in sorted(POWERCAP.glob("intel-rapl:*")):
        if domain.name.count(":") != 1:  # a part of a package
            continue
        try:
            counter, wrap = (
                int((domain / name).read_text()) / 1e6
                for name in ("energy_uj", "max_energy_range_uj")
            )
        except (OSError, ValueError):  # often readable by root alone
            return []
        counters.append((counter, wrap))
    return counters


def _difference(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Return the joules between two readings of a counter that may have wrapped around.

    Examples
    --------
    >>> _difference((10.0, 100.0), (30.0, 100.0)), _difference((90.0, 100.0), (5.0, 100.0))
    (20.0, 15.0)
    """
    return (after[0] - before[0]) % after[1]


def peak_memory_mb() -> float | None:
    """Return the peak memory of this process in MB; None where it is not known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024), 1)


def where_and_when() -> dict[str, Any]:
    """Return versions, processor, load, date and commit."""
    versions = {"python": platform.python_version(), "compressclf": compressclf.__version__}
    versions |= {name: metadata.version(name) for name in LIBRARIES}
    return {
        "versions": versions,
        "cpu": _processor(),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "date": datetime.date.today().isoformat(),
        "commit": _commit(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    """Return the commit of the checkout, or the version of an installation."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    if not (ROOT / ".git").exists():
        return f"version {compressclf.__version__}"
    try:
        commit = git("rev-parse", "--short", "HEAD")
        changed = git("status", "--porcelain", "--", *MEASURED, *NOT_CODE)
    except OSError:  # no git
        return f"version {compressclf.__version__}"
    return f"{commit}-dirty" if changed else commit
