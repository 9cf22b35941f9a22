"""Targets of `benchmarks.fuzz`, and the rules that judge them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BETWEEN = b"\n=:=\n"  # separates the parts of an input that becomes several files
SENTENCE = 2000  # largest number of characters of an error


@dataclass(frozen=True)
class Target:
    """A reader and valid inputs for it."""

    seeds: list[bytes]
    use: Callable[[bytes], object]
    """Reads an input and returns its signature, or raises ValueError or OSError."""
    words: tuple[bytes, ...] = ()
    sentences: bool = False
    """Whether its errors must be one short line."""


class NotHereError(Exception):
    """Raised if the library of a target is not installed."""


def bad(target: Target, data: bytes) -> tuple[str | None, object]:
    """Return the problem in reading an input, or None, and the signature of the input."""
    try:
        return None, target.use(data)
    except (ValueError, OSError) as error:
        sentence = str(error)
        odd = "\n" in sentence or len(sentence) > SENTENCE or not sentence
        if _is_of_memory(error):
            return f"memory ({place_of(error)}): {sentence[:200]!r}", None
        if target.sentences and odd:
            return f"no sentence ({place_of(error)}): {sentence[:200]!r}", None
        return None, ("refused", place_of(error))
    except Exception as error:
        return f"{type(error).__name__} ({place_of(error)}): {str(error)[:200]!r}", None


def _is_of_memory(error: BaseException | None) -> bool:
    """Return whether an error is due to the memory limit."""
    while error is not None and not isinstance(error, MemoryError):
        error = error.__context__
    return error is not None


def place_of(error: BaseException) -> str:
    """Return the file and line where an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    """Return a zip archive in which every other member is deflated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for i, (name, data) in enumerate(members):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED if i % 2 else None)
    return stream.getvalue()


def named_parts(data: bytes) -> list[tuple[str, bytes]]:
    """Return names and contents: ``name NUL content``, with `BETWEEN` between."""
    parts = [part.partition(b"\0") for part in data.split(BETWEEN)]
    return [(name.decode("latin-1") or "x", content) for name, _, content in parts]


def joined_parts(*members: tuple[str, bytes]) -> bytes:
    """Return an input of names and contents."""
    return BETWEEN.join(name.encode() + b"\0" + content for name, content in members)


def as_refused(use: Callable[[bytes], object], data: bytes) -> object:
    """Use the message as part of the signature, since it shows which library refused."""
    try:
        return use(data)
    except ValueError as error:
        return "refused", str(error)[:40]
