"""``compressclf matrix``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from compressclf.datasets import load_dataset
from compressclf.distances import Measure

from ._cluster import cluster_options, on_cluster
from ._options import (
    READING,
    MemorySize,
    Name,
    check_output,
    jobs_option,
    measure_options_with,
    resize_option,
    source_options,
)
from ._output import emit, say
from ._progress import show_progress
from ._resuming import kept, partial_of
from ._words import in_options

DTYPES = ("float64", "float32")


@click.command("matrix")
@click.argument("docs")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=lambda ctx, param, value: check_output(value),
    help="Where the result appears when it is complete. Until then it is in OUTPUT.partial.",
)
@click.option(
    "--top-k",
    type=click.IntRange(1),
    metavar="N",
    help="Write the N nearest documents of each document, as Parquet edges (i, j, distance).",
)
@click.option(
    "--threshold",
    type=float,
    metavar="D",
    help="Write the pairs at distance D or nearer, as Parquet edges (i, j, distance).",
)
@click.option(
    "--dtype",
    type=Name("dtype", DTYPES),
    default=DTYPES[0],
    show_default=True,
    help="Type of the distances.",
)
@click.option(
    "--memory",
    type=MemorySize(),
    default="1GB",
    show_default=True,
    help="Memory that the process may use.",
)
@click.option(
    "--estimate",
    is_flag=True,
    help="Print the time and memory that the run would take, and stop.",
)
@measure_options_with(symmetrize="min")
@source_options
@resize_option
@jobs_option
@cluster_options
@click.pass_context
def command(
    context: click.Context,
    /,
    docs: str,
    output: Path | None,
    estimate: bool,
    top_k: int | None,
    threshold: float | None,
    dtype: str,
    memory: int,
    jobs: int,
    resize: tuple[int, int] | None,
    scheduler: str | None,
    local_cluster: int | None,
    **parameters: Any,
) -> None:
    """Write the distances between all DOCS; a killed run continues.

    DOCS is anything that `classify` takes as SOURCE; labels are stored too. By default the result
    is a dense matrix, a directory in the format zarr 3.

    If the run is killed, the same command continues it. With --symmetrize min or mean, each pair
    is stored once; none stores both (x, y) and (y, x), and is the default for --metric
    conditional. `cluster`, `convert-matrix` and in Python compressclf.open_matrix read the result.

    \b
    Examples:
      compressclf matrix sample:bbc-news -o news.zarr
      compressclf matrix train.csv --top-k 20 --memory 2GB -o near.parquet
      compressclf matrix train.csv --top-k 20 --estimate
      compressclf matrix train.csv --top-k 20 --scheduler tcp://10.0.0.1:8786 -o near.parquet
    """
    from compressclf.matrices import write_matrix
    from compressclf.reports.costs import estimate_matrix

    from ._costs import render_estimate, warn_if_matrix_is_long

    if output is None and not estimate:
        raise click.MissingParameter(param_type="option", param_hint="'-o' / '--output'")
    reading = {name: parameters.pop(name) for name in READING}
    is_default = context.get_parameter_source("symmetrize") is click.core.ParameterSource.DEFAULT
    if is_default and parameters["metric"] == "conditional":
        parameters["symmetrize"] = "none"
    try:
        Measure.of(**parameters)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    dataset = load_dataset(docs, **reading, resize=resize, labelled=False)
    for remark in dataset.remarks:
        say(f"Remark: {in_options(remark)}")
    if dataset.test is not None:
        say("Remark: the test part of the source is left out.")
    docs_read = dataset.train.docs
    settings = {
        "top_k": top_k,
        "threshold": threshold,
        "dtype": dtype,
        "memory": memory,
        "n_jobs": jobs,
        **parameters,
    }
    if output is None or estimate:
        emit(render_estimate(estimate_matrix(docs_read, **settings), "text"), None)
        return
    partial = partial_of(output)
    if partial.exists() and not output.exists():
        say(f"{partial} is from a run that was stopped: it is continued.")
    elif not output.exists():
        warn_if_matrix_is_long(docs_read, **settings)
    with (
        kept(partial),
        on_cluster(scheduler, local_cluster) as client,
        show_progress("coding"),
    ):
        matrix = write_matrix(
            docs_read, output, y=dataset.train.labels, executor=client, **settings
        )
    kind = "a dense matrix" if matrix.is_dense else "edges"
    say(f"{output}: {kind} of {len(matrix):,} documents.")
