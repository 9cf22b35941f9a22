"""``compressclf classify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from compressclf.distances import Measure
from compressclf.neighbors import TIE_RULES, WEIGHTS

from ._options import (
    CandidatesSpec,
    Name,
    jobs_option,
    measure_options,
    output_options,
    source_options,
)
from ._output import emit
from ._progress import show_progress

METHODS = ("ncd-knn",)


@click.command("classify")
@click.argument("source")
@click.argument("test", required=False)
@click.option(
    "--method",
    type=Name("method", METHODS),
    default="ncd-knn",
    show_default=True,
    help="How a document is labelled.",
)
@click.option(
    "-k",
    "--n-neighbors",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Number of neighbours that vote.",
)
@measure_options
@click.option(
    "--weights",
    type=Name("weights", WEIGHTS),
    default="uniform",
    show_default=True,
    help="One vote a neighbour, or 1 / distance.",
)
@click.option(
    "--ties",
    type=Name("ties", TIE_RULES),
    default="nearest",
    show_default=True,
    help="Which of the classes with the most votes wins; test labels never decide.",
)
@click.option(
    "--candidates",
    type=CandidatesSpec(),
    help="Compare only with training documents that share most n-grams: ngrams[:share=0.03]. "
    "Several times faster, approximate.",
)
@source_options
@click.option(
    "--test-size",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share to hold out if there is no test part.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option("--limit-train", type=click.IntRange(min=1), help="Draw this many to learn from.")
@click.option("--limit-test", type=click.IntRange(min=1), help="Draw this many to label.")
@jobs_option
@output_options("text", "json", "jsonl", "csv", "md")
def command(
    source: str,
    test: str | None,
    style: str,
    output: Path | None,
    jobs: int,
    text_column: str,
    label_column: str,
    encoding: str,
    test_size: float,
    seed: int,
    limit_train: int | None,
    limit_test: int | None,
    method: str,
    **parameters: Any,
) -> None:
    """Learn from SOURCE and label TEST, or a held-out part of SOURCE.

    SOURCE and TEST are tables (.csv .tsv .jsonl .parquet, also .gz .zst .xz) with the columns
    text and label, directories with one sub-directory a class, sample:NAME, hf:NAME, .npz files
    with x_train and y_train, or - for standard input.

    Formats text, md and json report on the whole; jsonl and csv give one row a prediction. If
    TEST has no labels, text prints the predictions.

    \b
    Examples:
      compressclf classify sample:bbc-news
      compressclf classify train.csv test.csv -k 3 --compressor zstd:level=19
      compressclf classify train.csv - < unlabelled.txt
    """
    from ._report import render
    from ._run import Run, run

    _check_together(source, test, method, parameters)
    with show_progress("coding"):
        result = run(
            Run(
                source=source,
                test=test,
                method=method,
                parameters={**parameters, "n_jobs": jobs, "random_state": seed},
                columns={
                    "text_column": text_column,
                    "label_column": label_column,
                    "encoding": encoding,
                },
                test_size=test_size,
                seed=seed,
                limit_train=limit_train,
                limit_test=limit_test,
            )
        )
    emit(render(result, style), output)


def _check_together(source: str, test: str | None, method: str, parameters: dict[str, Any]) -> None:
    """Refuse what contradicts itself before anything is read."""
    if source == test == "-":
        raise click.UsageError("Standard input can be SOURCE or TEST, not both.")
    names = Measure.__dataclass_fields__
    try:
        Measure.of(**{key: value for key, value in parameters.items() if key in names})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
