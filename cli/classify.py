"""``compressclf classify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from compressclf.distances import Measure

from ._cluster import cluster_options, on_cluster
from ._methods import method_options, own_parameters
from ._options import (
    READING,
    check_output,
    group_option,
    jobs_option,
    memory_option,
    output_options,
    resize_option,
    save_option,
    source_options,
)
from ._output import emit, say
from ._progress import show_progress
from ._resuming import Unfinished
from ._zero_shot import check_alone, label_by_names, name_options


@click.command("classify")
@click.argument("source")
@click.argument("test", required=False)
@method_options
@name_options
@source_options
@resize_option
@group_option
@click.option(
    "--test-size",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of SOURCE to hold out if there is no test part.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the held-out part, of drawn documents and of random ties.",
)
@click.option(
    "--limit-train", type=click.IntRange(min=1), help="Number of training documents to draw."
)
@click.option("--limit-test", type=click.IntRange(min=1), help="Number of test documents to draw.")
@save_option
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    callback=lambda ctx, param, value: check_output(value),
    help="Also write the report as a page: charts, explained documents, all predictions.",
)
@click.option(
    "--estimate",
    is_flag=True,
    help="Print the time and memory that the run would take, and stop.",
)
@jobs_option
@memory_option
@cluster_options
@output_options("text", "json", "jsonl", "csv", "md")
@click.pass_context
def command(
    context: click.Context,
    /,
    source: str,
    test: str | None,
    labels: dict[str, list[str]] | None,
    style: str,
    output: Path | None,
    scheduler: str | None,
    local_cluster: int | None,
    **options: Any,
) -> None:
    """Fit a model to SOURCE and label TEST, or a held-out part of SOURCE.

    SOURCE and TEST are tables (.csv .tsv .json .jsonl .parquet, compressed or not) with the columns
    text and label, directories with one sub-directory of texts or images per class, sample:NAME,
    hf:NAME, .npz files of arrays, MNIST's IDX files or the directory that holds them, or - for
    standard input. `compressclf datasets SOURCE` shows how a source is read.

    With --labels there are no training documents: a language model labels SOURCE by the names.

    The formats text, md and json are a report; jsonl and csv have one row per prediction. If TEST
    has no labels, text prints the predictions.

    With -o, a run that is stopped keeps its finished predictions in OUTPUT.partial. The same
    command fits again and continues.

    \b
    Examples:
      compressclf classify sample:bbc-news --html report.html
      compressclf classify train.csv test.csv --method ncd-knn --compressor zstd:level=19
      compressclf classify train.csv - < unlabelled.txt
      compressclf classify train.csv test.csv --method ncd-knn --estimate
      compressclf classify photos/ --preprocess auto
      compressclf classify train.csv test.csv --method ncd-knn --local-cluster 4
      compressclf classify sample:digits --method ncd-knn --layout joint:levels=8
      compressclf classify --labels "business, sports, world: world politics" news.txt
    """
    from compressclf._lib.files import write_whole
    from compressclf.reports.costs import estimate_classifier

    from ._bounded import classify_in_batches, must_be_read_in_batches
    from ._costs import render_estimate
    from ._report import remarks_apart, render, render_html
    from ._run import ClassifyRequest, classify, read_to_fit

    if labels is not None:
        check_alone(context, test)
        if options["estimate"]:
            raise click.UsageError("--estimate needs training documents: leave out --labels.")
    parameters = own_parameters(context, options)
    _check_together(source, test, parameters)
    columns = {name: options.pop(name) for name in (*READING, "group_column")}
    is_estimate = options.pop("estimate")
    request = ClassifyRequest(
        source=source, test=test, labels=labels, parameters=parameters, columns=columns, **options
    )
    if is_estimate:
        classifier, train, queries, _ = read_to_fit(request, {})
        assert train.labels is not None
        cost = estimate_classifier(classifier, train.docs, train.labels, queries.docs)
        emit(render_estimate(cost, style), output)
        return
    html = options["html"]
    with Unfinished(output) as unfinished:
        with on_cluster(scheduler, local_cluster), show_progress("coding"):
            if labels is not None:
                result = label_by_names(request, unfinished)
            elif must_be_read_in_batches(request):
                result = classify_in_batches(request)
            else:
                result = classify(request, unfinished)
        for sentence in remarks_apart(result, style):
            say(f"Remark: {sentence}")
        if html is not None:
            write_whole(html, render_html(result).encode(errors="backslashreplace"))
            say(f"Open {html.resolve().as_uri()}")
        emit(render(result, style), output, draft=unfinished.draft)


def _check_together(source: str, test: str | None, parameters: dict[str, Any]) -> None:
    """Refuse options that contradict each other, before anything is read."""
    if source == test == "-":
        raise click.UsageError("Standard input can be SOURCE or TEST, not both.")
    names = Measure.__dataclass_fields__
    try:
        Measure.of(**{key: value for key, value in parameters.items() if key in names})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
