"""``compressclf datasets``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from compressclf._lib.printable import printable
from compressclf.datasets import SAMPLES, Dataset, Split, load_dataset
from compressclf.reports.leaks import found_in

from ._options import output_options, source_options
from ._output import emit, render_table, say
from ._words import in_options


@click.command("datasets")
@click.argument("source", required=False)
@source_options
@click.option(
    "--datasheet",
    "as_sheet",
    is_flag=True,
    help="Write the datasheet of SOURCE (Markdown), with questions that its makers must answer.",
)
@output_options("text", "json", "jsonl", "csv", "md")
@click.pass_context
def command(
    context: click.Context,
    /,
    source: str | None,
    as_sheet: bool,
    style: str,
    output: Path | None,
    **reading: Any,
) -> None:
    """List the sample data sets, or describe SOURCE.

    SOURCE is anything that `classify` takes. The output has sizes, classes and the number of test
    documents that also occur in the training part.

    \b
    Examples:
      compressclf datasets sample:bbc-news
      compressclf datasets reviews.csv --datasheet -o DATASHEET.md
    """
    if as_sheet:
        _check_sheet(context, source)
    if source is None:
        rows: list[dict[str, object]] = [
            {"source": f"sample:{name}", "what": what} for name, what in SAMPLES.items()
        ]
    else:
        dataset = load_dataset(source, **reading, labelled=False)
        dataset = replace(dataset, remarks=tuple(map(in_options, dataset.remarks)))
        if as_sheet:
            from compressclf.reports.datasheet import datasheet

            emit(printable(datasheet(dataset), keep="\n"), output)
            return
        rows = _describe(dataset)
        for sentence in dataset.remarks if style != "text" else ():
            say(f"Remark: {sentence}")
        if style == "text":
            read_as = map(printable, _read_as(dataset))
            emit("\n".join([render_table(rows, style), *read_as]), output)
            return
        if style == "json":
            rows = [{**row, "read_as": dataset.facts, "remarks": dataset.remarks} for row in rows]
    emit(render_table(rows, style), output)


def _check_sheet(context: click.Context, source: str | None) -> None:
    if source is None:
        raise click.UsageError("--datasheet needs a SOURCE to describe.")
    given = context.get_parameter_source("style") is not click.core.ParameterSource.DEFAULT
    if given and context.params["style"] != "md":
        raise click.UsageError("A datasheet is Markdown: leave --format out, or use --format md.")


def _describe(dataset: Dataset) -> list[dict[str, object]]:
    parts = {"train": dataset.train, "test": dataset.test}
    rows = []
    for part, split in parts.items():
        if split is None:
            continue
        known = found_in(split.docs, dataset.train.docs) if part == "test" else None
        rows.append(
            {"part": part, **_sizes(split), "in train": None if known is None else int(known.sum())}
        )
    return rows


def _read_as(dataset: Dataset) -> list[str]:
    """Return how the source was read, one line each."""
    facts = [f"  {name:<12} {value}" for name, value in dataset.facts.items()]
    remarks = [f"  {'remark':<12} {sentence}" for sentence in dataset.remarks]
    return ["", *facts, *remarks] if facts or remarks else []


def _sizes(split: Split) -> dict[str, object]:
    lengths = split.docs.lengths
    counted = np.unique([] if split.labels is None else split.labels, return_counts=True)
    sizes: list[int] = counted[1].tolist()
    return {
        "documents": len(split.docs),
        "classes": len(sizes) or None,
        "smallest class": min(sizes) if sizes else None,
        "largest class": max(sizes) if sizes else None,
        "mean bytes": round(float(lengths.mean())),
        "longest": int(lengths.max()),
        "empty": int((lengths == 0).sum()),
        "repeated": len(split.docs) - len(set(split.docs)),
    }
