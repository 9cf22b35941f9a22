"""Codes as classifiers: ``python -m benchmarks.true_codes SOURCE...``.

One model per class that is a code which can be decoded, and what is made of such codes: accuracy
on test data, and the bits per byte of the test documents under the model of their own class
(against the rest: after all other classes). Each method is paired with the first of the set on the
same documents: McNemar's exact test on those that only one of the two gets right. All settings were
chosen on training data alone. Without SOURCE it renders the records it already has.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import numba
import numpy as np
from scipy.stats import binomtest

import compressclf
from cli._output import render_table
from compressclf.datasets import hold_out, load_dataset
from compressclf.models import get_model

RECORDS = Path(__file__).parent / "records" / "true_codes.jsonl"
METHODS = (
    "contextmix",
    "contextmix:against=rest",
    "blockcode:by=own",
    "blockcode:by=shared",
    "blockcode:by=rest",
    "blockcode",
)


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--method", "methods", multiple=True, default=METHODS, show_default=True)
@click.option("--limit-test", type=int, help="All test documents by default.")
@click.option("-j", "--jobs", default=1, show_default=True)
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    default=RECORDS,
    help="JSON lines to append to and to render.",
)
def main(
    sources: tuple[str, ...],
    methods: tuple[str, ...],
    limit_test: int | None,
    jobs: int,
    records: Path,
) -> None:
    """Compare METHODS on SOURCES."""
    for source in sources:
        dataset = load_dataset(source)
        train, test = dataset.train, dataset.test
        if test is None:
            train, test = hold_out(train, 0.2, seed=0)
        test = test.sample(limit_test, seed=0)
        classes, y = np.unique(train.labels, return_inverse=True)
        truth = np.searchsorted(classes, test.labels)
        first = None
        for method in methods:
            begin = time.perf_counter()
            fitted = get_model(method).fit(train.docs, y, len(classes), n_jobs=jobs)
            after_fit = time.perf_counter()
            bits = fitted.codelengths(test.docs, n_jobs=jobs)
            after_predict = time.perf_counter()
            right = bits.argmin(axis=1) == truth
            first = right if first is None else first
            gained, lost = int((right & ~first).sum()), int((first & ~right).sum())
            row = {
                "set": dataset.name,
                "n": len(truth),
                "method": method,
                "spec": fitted.model.spec,
                "code": fitted.model.is_code,
                "accuracy": round(float(right.mean()), 5),
                "stderr": round(float(np.sqrt(right.mean() * (1 - right.mean()) / len(right))), 5),
                "bits per byte": round(
                    float(abs(bits[np.arange(len(truth)), truth].sum()) / test.docs.nbytes), 4
                ),
                "gained": gained,
                "lost": lost,
                "p": float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0,
                "fit seconds": round(after_fit - begin, 1),
                "predict seconds": round(after_predict - after_fit, 1),
                "threads": jobs,
                "versions": {
                    "compressclf": compressclf.__version__,
                    "numpy": np.__version__,
                    "numba": numba.__version__,
                },
            }
            with records.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            click.echo(f"{dataset.name} {method}: {row['accuracy']}", err=True)
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table, a row for each record."""
    return render_table([_row(record) for record in records], "md")


def _row(record: dict[str, Any]) -> dict[str, Any]:
    chance = f"p = {record['p']:.3f}" if record["p"] >= 0.001 else "p < .001"
    paired = f"+{record['gained']} −{record['lost']}, {chance}"
    chosen = record["spec"].rpartition("by=")[2] if record["method"] == "blockcode" else ""
    return {
        "set": record["set"],
        "n": record["n"],
        "method": record["method"] + (f" (chose {chosen})" if chosen else ""),
        "accuracy": f"{record['accuracy']:.3f} ± {record['stderr']:.3f}",
        "against the first": paired if record["gained"] + record["lost"] else "",
        "bits per byte": f"{record['bits per byte']:.2f}",
        "fit s": f"{record['fit seconds']:.1f}",
        "predict s": f"{record['predict seconds']:.1f}",
    }


if __name__ == "__main__":
    main()
