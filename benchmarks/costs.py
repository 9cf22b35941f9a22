"""Estimates beside measured runs: ``python -m benchmarks.costs SOURCE``.

Fits, labels and writes matrices at several sizes, each in a process of its own, and compares with
what `compressclf.reports.costs` predicts. An estimate is made before each run and one after it, and
the mean of both is printed, since the speed of a busy machine varies. All on one thread.

``--large`` prints instead what is predicted for a million documents like those of SOURCE, and for a
thousand times as many.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from compressclf import CodelengthClassifier, NCDClassifier, write_matrix
from compressclf.cli._output import render_table
from compressclf.cli._progress import duration
from compressclf.datasets import Split, load_dataset
from compressclf.reports.costs import Estimate, estimate_classifier, estimate_matrix

MEMORY = 2_000_000_000


def in_child(work: Callable[[], Any]) -> tuple[Any, float, int]:
    """Return the result of `work` in a child process, its CPU seconds and its peak memory."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(write, json.dumps(work()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        result = pipe.read()
    _, status, used = os.wait4(child, 0)
    if status != 0:
        raise click.ClickException("a run failed.")
    return json.loads(result), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def facts(estimate: Estimate) -> tuple[float, int]:
    """Return CPU seconds and memory of an estimate."""
    return sum(one.cpu_seconds for one in estimate.phases), estimate.memory


def predicted_for_many(train: Split, test: Split) -> list[dict[str, object]]:
    """Predict fitting to 10^6 and 10^9 documents, and labelling 1,000, with two threads."""
    assert train.labels is not None
    repeated = np.arange(10**6) % len(train.docs)
    docs, labels = train.docs.take(repeated), np.asarray(train.labels)[repeated]
    queries = test.sample(1000, 0).docs
    classifiers: dict[str, Any] = {
        "exact kNN": NCDClassifier(n_jobs=2),
        "kNN, `candidates=ngrams`": NCDClassifier(candidates="ngrams", n_jobs=2),
        "kNN, `ngrams:share=0.001`": NCDClassifier(candidates="ngrams:share=0.001", n_jobs=2),
    }
    for model in ("blocks", "zstd-dict"):
        classifiers[f"`{model}`"] = CodelengthClassifier(model, n_jobs=2)
    rows: list[dict[str, object]] = []
    for name, classifier in classifiers.items():
        estimate = estimate_classifier(classifier, docs, labels, queries)
        fit, predict = estimate.phases
        again = 1000 if estimate.pairs else 1
        rows.append(
            {
                "method": name,
                "fit, 10^6": duration(fit.seconds),
                "label 1,000, 10^6": duration(predict.seconds),
                "GB, 10^6": round(estimate.memory / 1e9, 1),
                "fit, 10^9": duration(1000 * fit.seconds),
                "label 1,000, 10^9": duration(again * predict.seconds),
            }
        )
        click.echo(render_table(rows[-1:], "jsonl"), nl=False)
    estimate = estimate_matrix(docs, top_k=20, memory=10**11, n_jobs=2)
    click.echo(f"matrix, top 20, 10^6: {duration(estimate.seconds)}")
    return rows


@click.command()
@click.argument("source")
@click.option(
    "-n", "sizes", type=int, multiple=True, default=(2000, 6000, 18000), help="Documents."
)
@click.option("-m", "n_matrix", type=int, multiple=True, default=(1500, 3000, 6000))
@click.option("--limit-test", type=int, default=500, show_default=True)
@click.option("--method", "methods", multiple=True, help="Only these.")
@click.option("--large", is_flag=True)
def main(
    source: str,
    sizes: tuple[int, ...],
    n_matrix: tuple[int, ...],
    limit_test: int,
    methods: tuple[str, ...],
    large: bool,
) -> None:
    """Compare estimates with measured runs on SOURCE."""
    dataset = load_dataset(source)
    assert dataset.test is not None
    if large:
        click.echo(render_table(predicted_for_many(dataset.train, dataset.test), "md"))
        return
    test = dataset.test.sample(limit_test, 0).docs
    classifiers: dict[str, Any] = {
        "exact kNN": NCDClassifier(n_jobs=1),
        "kNN, ngrams": NCDClassifier(candidates="ngrams", n_jobs=1),
        "blocks": CodelengthClassifier("blocks", n_jobs=1),
    }
    rows = []

    def compare(name: str, n: int, estimate: Callable[[], Any], run: Callable[[], Any]) -> None:
        before, _, _ = in_child(estimate)
        _, seconds, peak = in_child(run)
        after, _, _ = in_child(estimate)
        predicted = (before[0] + after[0]) / 2
        rows.append(
            {
                "method": name,
                "documents": n,
                "predicted CPU s": round(predicted, 1),
                "measured CPU s": round(seconds, 1),
                "ratio": round(predicted / seconds, 2),
                "predicted MB": round(before[1] / 1e6),
                "measured MB": round(peak / 1e6),
            }
        )
        click.echo(render_table(rows[-1:], "jsonl"), nl=False)

    if methods:
        classifiers = {name: classifiers[name] for name in methods}
    few = dataset.train.sample(3500, 0)
    for classifier in classifiers.values():  # compile here, not in the children
        classifier.fit(few.docs, few.labels).predictions(test[:10])
    with tempfile.TemporaryDirectory() as folder:
        write_matrix(few.docs[:20], Path(folder) / "out", top_k=2, n_jobs=1)
    del few
    for name, classifier in classifiers.items():
        for n in sizes:
            part = dataset.train.sample(n, 0)

            def fit_and_label(classifier: Any = classifier, part: Split = part) -> None:
                classifier.fit(part.docs, part.labels).predictions(test)

            def estimate(classifier: Any = classifier, part: Split = part) -> tuple[float, int]:
                assert part.labels is not None
                return facts(estimate_classifier(classifier, part.docs, part.labels, test))

            compare(name, n, estimate, fit_and_label)
    for n in () if methods else n_matrix:
        docs = dataset.train.sample(n, 0).docs

        def write(docs: Any = docs) -> None:
            with tempfile.TemporaryDirectory() as folder:
                write_matrix(docs, Path(folder) / "out", top_k=20, memory=MEMORY, n_jobs=1)

        def estimate_it(docs: Any = docs) -> tuple[float, int]:
            return facts(estimate_matrix(docs, top_k=20, memory=MEMORY, n_jobs=1))

        compare("matrix, top 20", n, estimate_it, write)
    click.echo(render_table(rows, "md"))


if __name__ == "__main__":
    main()
