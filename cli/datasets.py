"""``compressclf datasets``."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from compressclf.audit import found_in
from compressclf.datasets import SAMPLES, Dataset, Split, load_dataset

from ._options import output_options, source_options
from ._output import emit, render_table


@click.command("datasets")
@click.argument("source", required=False)
@source_options
@output_options("text", "json", "jsonl", "csv", "md")
def command(
    source: str | None,
    text_column: str,
    label_column: str,
    encoding: str,
    style: str,
    output: Path | None,
) -> None:
    """List the sample data sets, or describe SOURCE.

    Of a SOURCE (any that `classify` takes) it tells sizes, classes and how many test documents
    the training part already holds.

    \b
    Example:
      compressclf datasets sample:bbc-news
    """
    if source is None:
        rows: list[dict[str, object]] = [
            {"source": f"sample:{name}", "what": what} for name, what in SAMPLES.items()
        ]
    else:
        dataset = load_dataset(
            source,
            text_column=text_column,
            label_column=label_column,
            encoding=encoding,
            labelled=False,
        )
        rows = _describe(dataset)
    emit(render_table(rows, style), output)


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
