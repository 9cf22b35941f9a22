"""``compressclf convert-matrix``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import Name, check_output

FORMATS = ("csv", "nexus", "phylip")


@click.command("convert-matrix")
@click.argument("matrix", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    callback=lambda ctx, param, value: check_output(value),
    help="Write to this file, atomically.",
)
@click.option(
    "--format",
    type=Name("format", FORMATS),
    help="Format of the file. [default: by its suffix: .csv, .nex, .nexus, .phy, .phylip]",
)
@click.option(
    "--names",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File with the name of each document, one per line. [default: numbers from 0]",
)
def command(matrix: Path, output: Path, format: str | None, names: Path | None) -> None:
    """Write MATRIX, which matrix wrote, for another program.

    MATRIX is dense. PHYLIP and Nexus need a symmetric matrix and get zeros on the diagonal.

    \b
    Examples:
      compressclf convert-matrix news.zarr -o news.phy
      compressclf convert-matrix news.zarr -o news.csv
    """
    from compressclf.matrices import export_matrix, open_matrix

    titles = None if names is None else names.read_text(encoding="utf-8").splitlines()
    export_matrix(open_matrix(matrix), output, format=format, names=titles)
