"""``compressclf compress``."""

from __future__ import annotations

from pathlib import Path

import click

from compressclf.compressors import build_compressor
from compressclf.compressors.files import SUFFIX, pack

from ._files import file_options, read, target_of, write
from ._options import Spec
from ._output import say
from ._progress import show_progress


@click.command("compress")
@file_options
@click.option(
    "--compressor",
    type=Spec(build_compressor),
    default="contextmix",
    show_default=True,
    help="Any lossless compressor: name[:key=value,...], as in ppmd:order=8.",
)
def command(file: Path, output: Path | None, force: bool, compressor: str) -> None:
    """Compress FILE into a file that states its compressor.

    FILE is - for standard input. Without -o the result is written to FILE.cclf, or to standard
    output if FILE is -. If the bits depend on a library or a machine, the result is decoded again
    and compared with FILE before it is written.

    \b
    Examples:
      compressclf compress README.md
      compressclf compress README.md -o small.cclf --compressor ppmd:order=8
      cat README.md | compressclf compress - > small.cclf
    """
    target = target_of(file, output, lambda: file.with_name(file.name + SUFFIX), force=force)
    data = read(file)
    with show_progress("coding"):
        packed = pack(data, compressor)
    write(target, packed)
    rate = f", {8 * len(packed) / len(data):.3f} bits per byte" if data else ""
    say(f"{file}: {len(data):,} to {len(packed):,} bytes{rate} ({compressor})")
