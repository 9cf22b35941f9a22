"""``compressclf decompress``."""

from __future__ import annotations

from pathlib import Path

import click

from compressclf.compressors.files import SUFFIX, unpack

from ._files import file_options, read, target_of, write
from ._options import CompressorSpec
from ._output import say
from ._progress import show_progress


@click.command("decompress")
@file_options
@click.option(
    "--compressor",
    type=CompressorSpec(),
    help="Where the model of FILE lies now, if not where it lay; FILE names the rest.",
)
def command(file: Path, output: Path | None, force: bool, compressor: str | None) -> None:
    """Decompress FILE, which compress wrote.

    FILE is - for standard input. Without -o the result is FILE without its .cclf, or standard
    output if FILE is -. Nothing is written unless the checksum of the data is right.

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
