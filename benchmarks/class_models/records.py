"""JSON lines that a killed run leaves whole; of two with the same key the later one holds."""

from __future__ import annotations

import base64
import datetime
import json
import os
import platform
import subprocess
import zlib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Records", "pack_bits", "unpack_bits", "where_and_when"]

FOLDER = Path(__file__).parents[1] / "records"
ROOT = Path(__file__).parents[2]
MEASURED = ("compressclf", "benchmarks/class_models")  # what a commit must contain to be named
LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "zstandard")


class Records:
    """A file of records, found again by some of their fields."""

    def __init__(self, path: Path, key: Sequence[str]) -> None:
        self.path = path
        self.key = tuple(key)

    def load(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Return the records by key, in the order in which the keys first came."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                found[tuple(record[name] for name in self.key)] = record
        return found

    def append(self, record: dict[str, Any]) -> None:
        """Add a line, in one write."""
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def pack_bits(bits: NDArray[np.bool_]) -> str:
    """Return right-or-wrong bits as text.

    Examples
    --------
    >>> unpack_bits(pack_bits(np.array([True, False, True])), 3)
    array([ True, False,  True])
    """
    return base64.b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode()


def unpack_bits(text: str, n: int) -> NDArray[np.bool_]:
    """Undo `pack_bits`."""
    data = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return np.unpackbits(data, count=n).astype(bool)


def where_and_when() -> dict[str, Any]:
    """Return versions, processor, load, date and commit."""
    versions = {"python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in LIBRARIES}
    return {
        "versions": versions,
        "cpu": _processor(),
        "load_average": round(os.getloadavg()[0], 1),
        "date": datetime.date.today().isoformat(),
        "commit": _commit(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    commit = git("rev-parse", "--short", "HEAD")
    return f"{commit}-dirty" if git("status", "--porcelain", "--", *MEASURED) else commit
