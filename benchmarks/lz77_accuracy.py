"""gzip's bytes against `lz77` in kNN: ``python -m benchmarks.lz77_accuracy SOURCE...``.

The settings were chosen on training data alone (leave-one-out on parts of AG News, R8, Ohsumed and
clinc150); this script runs them once on test data. Each row is paired with the published method on
the same documents: McNemar's exact test on those that only one of the two gets right.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import numpy as np
from scipy.stats import binomtest

from cli._output import render_table
from compressclf import NCDClassifier
from compressclf.datasets import hold_out, load_dataset
from compressclf.neighbors import vote

METHODS: dict[str, dict[str, str]] = {
    "gzip": {"compressor": "gzip"},
    "lz77": {"compressor": "lz77"},
    "lz77 cosine": {"compressor": "lz77", "metric": "cosine"},
    "lz77 cosine mean": {"compressor": "lz77", "metric": "cosine", "symmetrize": "mean"},
}


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("-k", "ks", multiple=True, type=int, default=(1, 5), show_default=True)
@click.option("--limit-test", default=1000, show_default=True)
@click.option("--records", type=click.Path(path_type=Path), help="Append JSON lines here.")
def main(
    sources: tuple[str, ...], ks: tuple[int, ...], limit_test: int, records: Path | None
) -> None:
    """Compare the methods on SOURCES."""
    table = []
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
                    "p": _mcnemar(gained, lost),
                    "seconds": round(seconds, 1),
                }
                table.append(row)
                if records is not None:
                    with records.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
            click.echo(f"{dataset.name} {method}: {seconds:.0f} s", err=True)
    print(render_table(table, "md"))


def _mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided exact p-value."""
    if gained + lost == 0:
        return 1.0
    return float(binomtest(gained, gained + lost).pvalue)


if __name__ == "__main__":
    main()
