"""Limits of memory for a process that reads what may do harm. Linux alone has these files."""

from __future__ import annotations

import resource
from pathlib import Path

__all__ = ["held", "limit"]


def held(which: str) -> float:
    """Return the MB of memory that this process holds (VmRSS) or held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1000 for line in lines if line.startswith(which))


def limit(megabytes: int) -> None:
    """Refuse this process more memory than this, beyond what it has; VmHWM begins anew."""
    Path("/proc/self/clear_refs").write_text("5")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + megabytes * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
