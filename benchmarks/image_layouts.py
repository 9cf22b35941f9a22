"""NCD of images by layout and compressor: ``python -m benchmarks.image_layouts SOURCE...``.

Queries and references are both drawn from the training part, so that a default chosen by this
table has not seen the test part. The label is that of the nearest or of the 5 nearest references.
`L2` is the distance of the pixels, for comparison. Time is that of one thread, a pair of images,
codelengths of single images left out. Without SOURCE it renders the records it already has.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from cli._output import render_table
from compressclf.datasets import Split, load_dataset
from compressclf.distances.measure import Measure
from compressclf.images import ImageCorpus
from compressclf.neighbors import Neighbors, k_nearest, vote

RECORDS = Path(__file__).parent / "records" / "image_layouts.jsonl"
LAYOUTS = (
    "none",
    "raster",
    "raster:levels=4",
    "rows",
    "pixels",
    "pixels:levels=16",
    "pixels:levels=4",
    "joint:levels=16",
    "joint:levels=8",
    "joint:levels=4",
    "joint:levels=2",
    "joint:levels=16,planes=true",
)
KS = (1, 5)


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--compressor", "compressors", multiple=True, default=("gzip", "lz77", "jpegls"))
@click.option("--layout", "layouts", multiple=True, default=LAYOUTS)
@click.option("--queries", default=200, show_default=True)
@click.option("--references", default=300, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--records", type=click.Path(path_type=Path), default=RECORDS)
def main(
    sources: tuple[str, ...],
    compressors: tuple[str, ...],
    layouts: tuple[str, ...],
    queries: int,
    references: int,
    seed: int,
    records: Path,
) -> None:
    """Compare layouts on training images of SOURCES."""
    for source in sources:
        drawn = load_dataset(source).train.sample(queries + references, seed)
        mixed = np.random.default_rng(seed).permutation(len(drawn.docs))
        split = drawn.take(mixed[:queries]), drawn.take(mixed[queries:])
        facts = {"set": Path(source).stem.removeprefix("sample:"), "seed": seed}
        facts |= {"queries": len(split[0].docs), "references": len(split[1].docs)}
        _keep(records, {**facts, "compressor": "L2", "layout": "–", **_by_pixels(*split)})
        for compressor in compressors:
            for layout in layouts:
                scores = _by_codelength(*split, compressor, layout)
                _keep(records, {**facts, "compressor": compressor, "layout": layout, **scores})
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Render a table for each number of queries and references."""
    sizes = dict.fromkeys((row["queries"], row["references"]) for row in records)
    tables = []
    for n_queries, n_references in sizes:
        rows = [
            row
            for row in records
            if (row["queries"], row["references"]) == (n_queries, n_references)
        ]
        title = (
            f"Accuracy of 5 neighbours (of 1) ± its standard error; {n_queries} queries, "
            f"{n_references} references."
        )
        tables.append(f"{title}\n\n{_table(rows)}")
    return "\n\n".join(tables)


def _table(records: list[dict[str, Any]]) -> str:
    latest = {(row["set"], row["compressor"], row["layout"]): row for row in records}
    sets = list(dict.fromkeys(row["set"] for row in records))
    rows = []
    for method in dict.fromkeys((row["compressor"], row["layout"]) for row in records):
        found = [latest.get((name, *method)) for name in sets]
        times = [row["microseconds"] for row in found if row and row["microseconds"] is not None]
        rows.append(
            {
                "compressor": method[0],
                "layout": method[1],
                **{name: row and _cell(row) for name, row in zip(sets, found, strict=True)},
                "µs a pair": f"{min(times):.0f} to {max(times):.0f}" if times else None,
            }
        )
    return render_table(rows, "md")


def _cell(row: dict[str, Any]) -> str:
    accuracy = row["accuracy_5"]
    error = (accuracy * (1 - accuracy) / row["queries"]) ** 0.5
    return f"{accuracy:.3f} ({row['accuracy_1']:.3f}) ± {error:.3f}"


def _by_codelength(
    queries: Split, references: Split, compressor: str, layout: str
) -> dict[str, Any]:
    measure = Measure.of(compressor=compressor, layout=layout).fitted(references.docs)
    x, y = measure.code(queries.docs, n_jobs=1), measure.code(references.docs, n_jobs=1)
    k_nearest(measure, measure.code(queries.docs[:1], n_jobs=1), y, 1, n_jobs=1)  # compiles
    begin = time.process_time()
    neighbors = k_nearest(measure, x, y, max(KS), n_jobs=1)
    seconds = time.process_time() - begin
    scores = _scores(neighbors, queries, references)
    return {**scores, "microseconds": 1e6 * seconds / len(x.docs) / len(y.docs)}


def _by_pixels(queries: Split, references: Split) -> dict[str, Any]:
    x, y = (_pixels(split) for split in (queries, references))
    distances = ((x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)) - 2 * x @ y.T
    nearest = np.argsort(distances, axis=1, kind="stable")[:, : max(KS)]
    found = Neighbors(np.take_along_axis(distances, nearest, axis=1), nearest)
    return {**_scores(found, queries, references), "microseconds": None}


def _pixels(split: Split) -> Any:
    assert isinstance(split.docs, ImageCorpus)
    return split.docs.array().reshape(len(split.docs), -1).astype(np.float64)


def _scores(neighbors: Neighbors, queries: Split, references: Split) -> dict[str, Any]:
    assert queries.labels is not None
    assert references.labels is not None
    names, labels = np.unique(references.labels, return_inverse=True)
    scores = {}
    for k in KS:
        voters = Neighbors(neighbors.distances[:, :k], neighbors.indices[:, :k])
        winners = vote(voters, labels.astype(np.int64), len(names)).winners
        scores[f"accuracy_{k}"] = float((names[winners] == queries.labels).mean())
    return scores


def _keep(records: Path, row: dict[str, Any]) -> None:
    with records.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
