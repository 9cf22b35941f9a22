"""Memory limits for a process that reads hostile data (Linux only)."""

from __future__ import annotations

import resource
from pathlib import Path

__all__ = ["held", "limit"]


def held(which: str) -> float:
    """Return the current (VmRSS) or peak (VmHWM) memory of this process in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1000 for line in lines if line.startswith(which))


def limit(megabytes: int) -> None:
    """Limit the memory of this process to that many MB beyond its present use; reset VmHWM."""
    Path("/proc/self/clear_refs").write_text("5")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + megabytes * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
