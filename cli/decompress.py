"""``compressclf decompress``."""

from __future__ import annotations

from pathlib import Path

import click

from compressclf.compressors import build_compressor
from compressclf.compressors.files import SUFFIX, unpack

from ._files import file_options, read, target_of, write
from ._options import Spec
from ._output import say
from ._progress import show_progress


@click.command("decompress")
@file_options
@click.option(
    "--compressor",
    type=Spec(build_compressor),
    help="The compressor of FILE, needed only if its model was moved.",
)
def command(file: Path, output: Path | None, force: bool, compressor: str | None) -> None:
    """Decompress FILE, which compress wrote.

    FILE is - for standard input. Without -o the result is written to FILE without its .cclf, or to
    standard output if FILE is -. Nothing is written unless the checksum is correct.

    \b
    Examples:
      compressclf decompress README.md.cclf -o again.md
      compressclf decompress - < small.cclf
    """
    target = target_of(file, output, lambda: _without_suffix(file), force=force)
    packed = read(file)
    with show_progress("decoding"):
        try:
            data = unpack(packed, compressor)
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
    write(target, data)
    say(f"{file}: {len(packed):,} to {len(data):,} bytes")


def _without_suffix(file: Path) -> Path:
    if file.suffix != SUFFIX or file.name == SUFFIX:
        raise click.UsageError(f"{file} does not end in {SUFFIX}: name the result with -o.")
    return file.with_suffix("")
