"""``compressclf cluster``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from ._options import READING, Name, output_options, source_options
from ._output import emit, render_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.matrices import Clusters, Matrix

METHODS = ("auto", "hdbscan", "average", "complete", "single", "components")
SHOWN = 20  # clusters


@click.command("cluster")
@click.argument("matrix", type=click.Path(path_type=Path))
@click.option(
    "--method",
    type=Name("method", METHODS),
    default="auto",
    show_default=True,
    help="hdbscan or a linkage for dense matrices, components for edges. auto is hdbscan or "
    "components.",
)
@click.option(
    "--min-cluster-size",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Fewest documents of a cluster, for hdbscan and components.",
)
@click.option("--n-clusters", type=click.IntRange(1), help="Number of clusters of a linkage.")
@click.option(
    "--threshold",
    type=float,
    metavar="D",
    help="Largest distance at which a linkage joins clusters, or of an edge.",
)
@click.option(
    "--labels-from",
    metavar="SOURCE",
    help="Read the labels for the scores from SOURCE, which has the same documents. By default "
    "those that are stored with the matrix.",
)
@source_options
@output_options("text", "json", "jsonl", "csv", "md")
def command(
    matrix: Path, labels_from: str | None, style: str, output: Path | None, **parameters: Any
) -> None:
    """Cluster the documents of MATRIX, which matrix wrote.

    text and md have one row per cluster, json adds the cluster of each document, and jsonl and csv
    have one row per document. A cluster of -1 means that the document is in no cluster. Where
    labels are known, the output has scores: adjusted Rand index (ari), adjusted mutual information
    (ami) and purity.

    \b
    Examples:
      compressclf cluster news.zarr
      compressclf cluster news.zarr --method average --n-clusters 5 --format csv
      compressclf cluster near.parquet --threshold 0.4
    """
    from compressclf.matrices import cluster, open_matrix

    reading = {name: parameters.pop(name) for name in READING}
    opened = open_matrix(matrix)
    labels = opened.labels
    if labels_from is not None:
        from compressclf.datasets import load_dataset

        labels = load_dataset(labels_from, **reading).train.labels
    found = cluster(opened, labels=labels, **parameters)
    emit(_render(opened, found, labels, style), output)


def _render(matrix: Matrix, found: Clusters, labels: NDArray[Any] | None, style: str) -> str:
    """Return the output in one of the styles."""
    if style in ("jsonl", "csv"):
        rows: list[dict[str, object]] = [
            {"document": number, "cluster": int(of)} for number, of in enumerate(found.assignment)
        ]
        if labels is not None:
            rows = [{**row, "label": str(label)} for row, label in zip(rows, labels, strict=True)]
        return render_table(rows, style)
    table = _table(found, labels)
    n, n_in = len(matrix), int((found.assignment >= 0).sum())
    if style == "json":
        import json

        return json.dumps(
            {
                "matrix": str(matrix.path),
                "method": found.method,
                "documents": n,
                "clustered": n_in,
                "scores": found.scores,
                "clusters": table,
                "assignment": found.assignment.tolist(),
            },
            ensure_ascii=False,
            indent=2,
        )
    lines = [
        f"{matrix.path}: {n:,} documents, {len(table):,} clusters by {found.method}; "
        f"{n - n_in:,} documents in no cluster"
    ]
    if found.scores is not None:
        lines.append("  ".join(f"{name} {score:.3f}" for name, score in found.scores.items()))
    if table:
        lines += ["", render_table(table[:SHOWN], style)]
    if len(table) > SHOWN:
        lines.append(f"and {len(table) - SHOWN:,} smaller clusters: --format json has all.")
    return "\n".join(lines)


def _table(found: Clusters, labels: NDArray[Any] | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, size in enumerate(found.sizes.tolist()):
        row: dict[str, object] = {"cluster": number, "documents": size}
        if labels is not None:
            known, counts = np.unique(labels[found.assignment == number], return_counts=True)
            row |= {"label": str(known[counts.argmax()]), "share": float(counts.max() / size)}
        rows.append(row)
    return rows
