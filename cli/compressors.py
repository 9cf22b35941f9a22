"""``compressclf compressors``."""

from __future__ import annotations

from pathlib import Path

import click

from compressclf._lib.optional import MissingExtraError
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.documents import Corpus

from ._options import output_options
from ._output import emit, render_table


@click.command("compressors")
@output_options("text", "json", "jsonl", "csv", "md")
def command(style: str, output: Path | None) -> None:
    """List the compressors and their properties.

    overhead is the length of the compressed empty document in bytes. window is how many bytes back
    the compressor finds repetitions (–: unlimited).

    \b
    Example:
      compressclf compressors --format md
    """
    rows = []
    for name in COMPRESSORS.names():
        try:
            compressor = build_compressor(name)
        except MissingExtraError as error:
            remark = f"not installed: {str(error).partition(': ')[2]}"
            rows.append({"spec": name, **dict.fromkeys(_FACTS), "version": remark})
            continue
        except ValueError as error:  # it needs a parameter
            rows.append({"spec": name, **dict.fromkeys(_FACTS), "version": str(error)})
            continue
        compressor.prepare(_MANY)  # it chooses its engine by the documents
        rows.append(
            {
                "spec": compressor.spec,
                "overhead": int(compressor.overhead_bits) // 8,
                "window": compressor.window,
                "lossless": "yes" if compressor.lossless else "no",
                "version": compressor.version,
                "engine": compressor.engine or "library",
            }
        )
    emit(render_table(rows, style), output)


_MANY = Corpus.from_documents([b""] * 1000)
_FACTS = ("overhead", "window", "lossless", "version", "engine")
