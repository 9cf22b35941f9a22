"""Other prices for the parse of `lz77`: ``python -m benchmarks.lz77_variants SOURCE...``.

Leave-one-out kNN on training documents alone: each of some documents is a query against the others
of a sample. Every variant (`benchmarks.lz77_costs`) is paired with `lz77` on the same queries:
McNemar's exact test on those that only one of the two gets right. Statistics "of the training set"
are those of the sample. Without SOURCE it renders the records it already has.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.lz77_costs import VARIANTS, row_of_bits, statistics_of
from cli._output import render_table
from compressclf.compressors import deflate
from compressclf.datasets import load_dataset
from compressclf.distances.formulas import ncd
from compressclf.documents import Corpus
from compressclf.neighbors import Neighbors, vote
from experiments.statistics import mcnemar

RECORDS = Path(__file__).parent / "records" / "lz77_variants.jsonl"
SEPARATOR = b" "
KS = (1, 5)


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--queries", default=1000, show_default=True)
@click.option("--training", default=1500, show_default=True, help="Documents, queries included.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    default=RECORDS,
    help="JSON lines to append to and to render.",
)
def main(sources: tuple[str, ...], queries: int, training: int, seed: int, records: Path) -> None:
    """Compare the variants on training documents of SOURCES."""
    for source in sources:
        begin = time.perf_counter()
        rows = _study(source, queries, training, seed)
        with records.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        click.echo(f"{rows[0]['set']}: {time.perf_counter() - begin:.0f} s", err=True)
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def _study(source: str, n_queries: int, n_training: int, seed: int) -> list[dict[str, Any]]:
    dataset = load_dataset(source)
    sample = dataset.train.sample(n_training, seed)
    docs = deflate.prepare(Corpus.from_documents(sample.docs), 9)
    classes, labels = np.unique(np.asarray(sample.labels), return_inverse=True)
    statistics = statistics_of(docs)
    alone = row_of_bits(b"", docs, statistics)
    chosen = np.random.default_rng(seed).permutation(len(docs))[:n_queries]
    n_queries = len(chosen)
    nearest = np.empty((len(VARIANTS), n_queries, max(KS)), np.int64)

    def row(i: int) -> None:
        query = int(chosen[i])
        joint = row_of_bits(docs[query] + SEPARATOR, docs, statistics)
        own = deflate.joint_lz77_bits(docs[query : query + 1], docs, separator=SEPARATOR)[0]
        np.testing.assert_allclose(joint[0], own, rtol=1e-9)  # this parser is the engine's
        distances = ncd(alone[:, query, None], alone, joint)
        distances[:, query] = np.inf
        nearest[:, i] = np.argsort(distances, axis=1, kind="stable")[:, : max(KS)]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(row, range(n_queries)))
    rows = []
    for k in KS:
        right = {}
        for i, variant in enumerate(VARIANTS):
            found = Neighbors(np.zeros((n_queries, k)), nearest[i, :, :k])
            winners = vote(found, labels.astype(np.int64), len(classes)).winners
            right[variant] = winners == labels[chosen]
        for variant, hits in right.items():
            gained = int((hits & ~right["lz77"]).sum())
            lost = int((right["lz77"] & ~hits).sum())
            rows.append(
                {
                    "set": dataset.name,
                    "n": n_queries,
                    "training": len(docs),
                    "seed": seed,
                    "variant": variant,
                    "k": k,
                    "accuracy": float(hits.mean()),
                    "gained": gained,
                    "lost": lost,
                    "p": mcnemar(gained, lost),
                }
            )
    return rows


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table, a row for each variant, a column for each set and k."""
    rows: dict[str, dict[str, Any]] = {}
    for record in records:
        row = rows.setdefault(record["variant"], {"variant": record["variant"]})
        column = f"{record['set']}, k = {record['k']}"
        if record["variant"] == "lz77":
            row[column] = f"{record['accuracy']:.3f}"
            continue
        mark = "" if record["p"] >= 0.05 else "\\*" if record["p"] >= 0.001 else "\\*\\*"
        difference = (record["gained"] - record["lost"]) / record["n"]
        row[column] = f"{difference:+.3f}{mark}".replace("-", "−")
    return render_table(list(rows.values()), "md")


if __name__ == "__main__":
    main()
