"""Limits for specs that come from a file: a saved model or a .cclf file.

A file may come from a stranger, who chose the specs in it. Inside `from_a_file`,
`compressclf._lib.registry` calls ``check_from_file`` of each object that it builds, nested ones
too. A file cannot make the program use the network or a device, and there are limits on the memory
and on the files to read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

__all__ = [
    "MOST_MEMORY",
    "MOST_TOGETHER",
    "NotFromFileError",
    "check_built",
    "check_memory",
    "check_place",
    "from_a_file",
    "is_from_file",
]

MOST_MEMORY = 256
"""Largest size in MiB of the tables of one compressor or model that a file names."""
MOST_TOGETHER = 2048
"""Largest size in MiB of the models of all classes together."""

_places: ContextVar[tuple[Path, ...] | None] = ContextVar("places", default=None)


class NotFromFileError(ValueError):
    """A spec in a file exceeds the limits; the message names the spec and the limit."""


@contextmanager
def from_a_file(*places: Path) -> Iterator[None]:
    """Apply the limits to specs; weights must be in the working directory or in `places`."""
    token = _places.set(places)
    try:
        yield
    finally:
        _places.reset(token)


def is_from_file() -> bool:
    """Return whether the specs that are being built come from a file."""
    return _places.get() is not None


def check_built(built: Any) -> None:
    """Refuse an object whose spec comes from a file and exceeds the limits."""
    check = getattr(built, "check_from_file", None)
    if is_from_file() and check is not None:
        check()


def check_memory(spec: str, memory: int | None) -> None:
    """Refuse tables of more than `MOST_MEMORY` MiB."""
    if memory is not None and memory > MOST_MEMORY:
        raise NotFromFileError(
            f"{spec!r:.200}, which takes {memory:,} MiB of memory, and the limit for specs in "
            f"files is {MOST_MEMORY}"
        )


def check_place(spec: str, path: str) -> None:
    """Refuse a path that leaves the working directory and the places of the file.

    The path is checked before the file system is used, and again with links resolved.
    """
    places = [os.path.abspath(place) for place in (Path(), *(_places.get() or ()))]
    if not _is_within(os.path.abspath(path), places) or not _is_within(
        os.path.realpath(path), [os.path.realpath(place) for place in places]
    ):
        raise NotFromFileError(
            f"{spec!r:.200}, whose weights are outside the working directory, where a file may "
            f"not read"
        )


def _is_within(path: str, places: list[str]) -> bool:
    return any(Path(path).is_relative_to(place) for place in places)
