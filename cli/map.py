"""``compressclf map``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from compressclf._lib.files import write_whole

from ._leaves import distances_of, leaf_options, picture_option, read_leaves, split_options
from ._options import Name
from ._output import emit, render_table, say


@click.command("map")
@leaf_options(5000)
@click.option(
    "--format",
    "style",
    type=Name("format", ("csv", "json", "jsonl", "text", "md")),
    default="csv",
    show_default=True,
    help="Format of standard output, if there is no -o.",
)
@picture_option(".svg", ".png", ".csv", ".json", ".jsonl")
def command(
    sources: tuple[str, ...],
    name_column: str | None,
    limit: int | None,
    seed: int,
    style: str,
    output: Path | None,
    jobs: int,
    **options: Any,
) -> None:
    """Put documents on a plane by their compression distances.

    SOURCE... are files of one document each, a directory of such files, or a source that classify
    takes, with 4 to 5,000 documents; labels colour the points. The map is metric multidimensional
    scaling. Its stress is 0 if the plane keeps all distances; above .2 they are distorted much.

    \b
    Examples:
      compressclf map drafts/*.txt -o drafts.svg
      compressclf map sample:bbc-news --limit 100 -o news.png
    """
    from compressclf import trees

    reading, parameters = split_options(options)
    leaves = read_leaves(sources, name_column, limit, seed, **reading)
    trees.check_size(len(leaves.names), what="map")
    distances = distances_of(leaves, jobs, parameters)
    drawn = trees.document_map(distances, leaves.names)
    suffix = f".{style}" if output is None else output.suffix
    if suffix in (".svg", ".png"):
        picture = trees.draw_map(drawn, leaves.labels)
        assert output is not None
        write_whole(output, picture.png() if suffix == ".png" else picture.svg().encode())
    else:
        labels = leaves.labels or [""] * len(leaves.names)
        rows = [
            {"name": name, "label": label, "x": x, "y": y}
            for name, label, (x, y) in zip(drawn.names, labels, drawn.points.tolist(), strict=True)
        ]
        emit(render_table(rows, suffix[1:]), output)
    say(f"Stress: {drawn.stress:.3f}")
