"""gzip's bytes against `lz77` in kNN: ``python -m benchmarks.lz77_accuracy SOURCE...``.

The settings were chosen on training data alone (leave-one-out on parts of AG News, R8, Ohsumed and
clinc150); this script runs them once on test data. Each row is paired with the published method on
the same documents: McNemar's exact test on those that only one of the two gets right. Without
SOURCE it renders the records it already has.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from cli._output import render_table
from compressclf import NCDClassifier
from compressclf.datasets import hold_out, load_dataset
from compressclf.neighbors import vote
from experiments.statistics import mcnemar

RECORDS = Path(__file__).parent / "records" / "lz77_accuracy.jsonl"
METHODS: dict[str, dict[str, str]] = {
    "gzip": {"compressor": "gzip"},
    "lz77": {"compressor": "lz77"},
    "lz77 cosine": {"compressor": "lz77", "metric": "cosine"},
    "lz77 cosine mean": {"compressor": "lz77", "metric": "cosine", "symmetrize": "mean"},
}


@click.command()
@click.argument("sources", nargs=-1)
@click.option("-k", "ks", multiple=True, type=int, default=(1, 5), show_default=True)
@click.option("--limit-test", default=1000, show_default=True)
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    default=RECORDS,
    help="JSON lines to append to and to render.",
)
def main(sources: tuple[str, ...], ks: tuple[int, ...], limit_test: int, records: Path) -> None:
    """Compare the methods on SOURCES."""
    for source in sources:
        dataset = load_dataset(source)
        train, test = dataset.train, dataset.test
        if test is None:
            train, test = hold_out(train, 0.2, seed=0)
        test = test.sample(limit_test, seed=0)
        baseline: dict[int, np.ndarray] = {}
        for method, parameters in METHODS.items():
            begin = time.perf_counter()
            classifier = NCDClassifier(max(ks), **parameters).fit(train.docs, train.labels)
            found = classifier.kneighbors(test.docs)
            seconds = time.perf_counter() - begin
            for k in ks:
                nearest = type(found)(found.distances[:, :k], found.indices[:, :k])
                votes = vote(nearest, classifier._y, len(classifier.classes_))
                right = classifier.classes_[votes.winners] == test.labels
                other = baseline.setdefault(k, right)
                gained, lost = int((right & ~other).sum()), int((other & ~right).sum())
                row = {
                    "set": dataset.name,
                    "n": len(test.docs),
                    "method": method,
                    "k": k,
                    "accuracy": float(right.mean()),
                    "gained": gained,
                    "lost": lost,
                    "p": mcnemar(gained, lost),
                    "seconds": round(seconds, 1),
                }
                with records.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            click.echo(f"{dataset.name} {method}: {seconds:.0f} s", err=True)
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table, a row for each set and k."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for record in records:
        row = rows.setdefault(
            (record["set"], record["k"]), {"set": record["set"], "n": record["n"], "k": record["k"]}
        )
        if record["method"] == "gzip":
            row["gzip"] = record["accuracy"]
            continue
        chance = f"p = {record['p']:.3f}" if record["p"] >= 0.001 else "p < .001"
        row[record["method"]] = (
            f"{record['accuracy']:.3f} (+{record['gained']} −{record['lost']}, {chance})"
        )
    return render_table(list(rows.values()), "md")


if __name__ == "__main__":
    main()
