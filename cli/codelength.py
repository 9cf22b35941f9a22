"""``compressclf codelength``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compressclf._lib.optional import MissingExtraError
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.documents import Corpus

from ._options import Spec, output_options
from ._output import emit, render_table, say


@click.command("codelength")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(allow_dash=True, path_type=Path),
)
@click.option(
    "--compressor",
    "specs",
    multiple=True,
    type=Spec(build_compressor),
    help="Use this compressor; may be repeated. Default: all installed ones except large models.",
)
@output_options("text", "json", "jsonl", "csv", "md")
def command(
    files: tuple[Path, ...], specs: tuple[str, ...], style: str, output: Path | None
) -> None:
    """Bits per byte of FILES by every compressor.

    The table has one row per file; a file is one document, and - is standard input. An image file
    is read as bytes, not as pixels.

    \b
    Example:
      compressclf codelength README.md --compressor gzip --compressor ppmd:order=8
    """
    if [str(file) for file in files].count("-") > 1:
        raise click.UsageError("Standard input can be given once.")
    if specs:
        compressors = [build_compressor(spec) for spec in specs]
    else:
        compressors = []
        for name in COMPRESSORS.names():
            try:
                if getattr(COMPRESSORS.load(name), "runs_by_default", True):
                    compressors.append(build_compressor(name))
            except MissingExtraError as error:
                say(f"Left out {name}: {error}")
    rows = []
    for file in files:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        if not data:
            raise ValueError(f"{file}: the file is empty; bits per byte need at least one byte.")
        row: dict[str, object] = {"file": str(file), "bytes": len(data)}
        docs = Corpus.from_documents([data])
        for compressor in compressors:
            title = compressor.spec if specs else compressor.name
            row[title] = float(compressor.codelengths(docs)[0]) / len(data)
        rows.append(row)
    emit(render_table(rows, style), output)
