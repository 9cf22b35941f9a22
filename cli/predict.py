"""``compressclf predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ._cluster import cluster_options, on_cluster
from ._options import (
    group_option,
    jobs_option,
    memory_option,
    output_options,
    resize_option,
    source_options,
    trusted_option,
)
from ._output import emit, say
from ._progress import show_progress
from ._resuming import Unfinished


@click.command("predict")
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.argument("docs")
@source_options
@resize_option
@group_option
@jobs_option
@memory_option
@cluster_options
@trusted_option
@output_options("text", "json", "jsonl", "csv", "md")
def command(
    model_dir: Path,
    docs: str,
    style: str,
    output: Path | None,
    jobs: int,
    memory: int | None,
    resize: tuple[int, int] | None,
    scheduler: str | None,
    local_cluster: int | None,
    trusted: bool,
    **columns: Any,
) -> None:
    """Label DOCS with a model that classify --save-model saved.

    DOCS is anything that `classify` takes as TEST: a table, a directory, sample:NAME, hf:NAME, an
    .npz file, or - for standard input, one document per line or JSON lines; also an image or a
    directory of images.

    The formats jsonl and csv have one row per prediction, json is one object with all of them. If
    DOCS has labels, text, md and json report accuracy; if not, text prints the predictions.

    With -o, a run that is stopped keeps its finished predictions in OUTPUT.partial, and the same
    command continues.

    \b
    Examples:
      compressclf classify sample:bbc-news --save-model news
      compressclf predict news - < unlabelled.txt
      compressclf predict news test.csv --format jsonl -o predictions.jsonl
      compressclf predict news test.csv --local-cluster 4
    """
    from ._bounded import must_be_read_in_batches, predict_in_batches
    from ._report import remarks_apart, render
    from ._run import PredictRequest, predict

    request = PredictRequest(model_dir, docs, columns, jobs, resize, trusted, memory)
    with Unfinished(output) as unfinished:
        with on_cluster(scheduler, local_cluster), show_progress("coding"):
            if must_be_read_in_batches(request):
                predict_in_batches(request, style, output, unfinished)
                return
            result = predict(request, unfinished)
        for sentence in remarks_apart(result, style):
            say(f"Remark: {sentence}")
        emit(render(result, style), output, draft=unfinished.draft)
