"""What a file may ask for: the limits within which the specs of saved models and .cclf are built.

Whoever made a file chose the specs in it. Within `from_a_file`, `compressclf._lib.registry` calls
``check_from_file`` of each object that it builds, those within others too: a file decides nothing
about the network or devices, and only within limits about memory and the files that are read.
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
"""MiB that one compressor or model may take for its tables if a file names it."""
MOST_TOGETHER = 2048
"""MiB that the models of all classes may take together."""

_places: ContextVar[tuple[Path, ...] | None] = ContextVar("places", default=None)


class NotFromFileError(ValueError):
    """A file asks for what no file decides; the message names the spec and tells what it is."""


@contextmanager
def from_a_file(*places: Path) -> Iterator[None]:
    """Build specs within the limits; `places` may hold weights, beside the working directory."""
    token = _places.set(places)
    try:
        yield
    finally:
        _places.reset(token)


def is_from_file() -> bool:
    """Return whether the specs that are built now are those of a file."""
    return _places.get() is not None


def check_built(built: Any) -> None:
    """Refuse an object whose spec comes from a file and asks for too much."""
    check = getattr(built, "check_from_file", None)
    if is_from_file() and check is not None:
        check()


def check_memory(spec: str, memory: int | None) -> None:
    """Refuse tables of more than `MOST_MEMORY` MiB."""
    if memory is not None and memory > MOST_MEMORY:
        raise NotFromFileError(
            f"{spec!r:.200}, which takes {memory:,} MiB of memory, and no file decides on more "
            f"than {MOST_MEMORY}"
        )


def check_place(spec: str, path: str) -> None:
    """Refuse a path that leaves the working directory and the places of the file.

    The path is compared before the file system is asked for it, and again with links resolved.
    """
    places = [os.path.abspath(place) for place in (Path(), *(_places.get() or ()))]
    if not _is_within(os.path.abspath(path), places) or not _is_within(
        os.path.realpath(path), [os.path.realpath(place) for place in places]
    ):
        raise NotFromFileError(
            f"{spec!r:.200}, whose weights are outside of the working directory, and no file "
            f"decides where to read"
        )


def _is_within(path: str, places: list[str]) -> bool:
    return any(Path(path).is_relative_to(place) for place in places)
