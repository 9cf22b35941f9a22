"""Input and output files of `compress` and `decompress`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from compressclf._lib.files import naming, write_whole

from ._options import add_options, check_output

__all__ = ["file_options", "read", "target_of", "write"]

STANDARD = Path("-")

file_options = add_options(
    click.argument("file", type=click.Path(allow_dash=True, path_type=Path)),
    click.option(
        "-o",
        "--output",
        type=click.Path(allow_dash=True, path_type=Path),
        help="Write to this file, atomically; - is standard output.",
    ),
    click.option("-f", "--force", is_flag=True, help="Overwrite an existing file."),
)


def target_of(
    file: Path, output: Path | None, default: Callable[[], Path], *, force: bool
) -> Path | None:
    """Return the file to write (None: standard output), or refuse it before any work is done.

    Raises
    ------
    click.UsageError
        If the file exists and `force` is not set, or cannot be written.
    """
    if output is None:
        output = STANDARD if file == STANDARD else default()
    if output == STANDARD:
        if sys.stdout.isatty() and not force:
            raise click.UsageError(
                "Bytes are not written to a terminal: name a file with -o, or add --force."
            )
        return None
    if output.is_dir():
        raise click.UsageError(f"{output} is a directory: name a file in it with -o.")
    if output.is_file() and not force:
        raise click.UsageError(
            f"{output} already exists: name another file with -o, or add --force to overwrite it."
        )
    return check_output(output)


def read(file: Path) -> bytes:
    """Return the bytes of a file or of standard input."""
    return sys.stdin.buffer.read() if file == STANDARD else file.read_bytes()


def write(target: Path | None, data: bytes) -> None:
    """Write a file atomically, or standard output."""
    if target is None:
        with naming("standard output"):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    else:
        write_whole(target, data)
