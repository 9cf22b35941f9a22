"""Fitting to a stream: ``python -m benchmarks.online SOURCE``.

Each model is fitted to the first documents. Every later one is predicted and then passed to
`partial_fit` (test, then train), one at a time and a hundred at a time. Prints documents per second
and the accuracy in ten parts of the stream. Only `fit` fits a correction, so the table shows how
much it still helps when most counts were added later.
"""

from __future__ import annotations

import time
from itertools import pairwise

import click
import numpy as np

from cli._output import render_table
from compressclf import CodelengthClassifier
from compressclf.datasets import load_dataset

PARTS = 10


@click.command()
@click.argument("source")
@click.option("--documents", default=10_000, show_default=True)
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("blocks", "blocks:correct=none"),
    show_default=True,
)
@click.option("--fit", "n_fitted", default=1000, show_default=True, help="Documents before.")
@click.option("--window", type=int, help="Keep only this many of the latest documents.")
@click.option("--step", "steps", multiple=True, type=int, default=(1, 100), show_default=True)
def main(
    source: str,
    documents: int,
    models: tuple[str, ...],
    n_fitted: int,
    window: int | None,
    steps: tuple[int, ...],
) -> None:
    """Stream the training documents of SOURCE through predict and partial_fit."""
    train = load_dataset(source).train.sample(documents, seed=0)
    labels = np.asarray(train.labels)
    classes, n = np.unique(labels), len(labels)
    rows = []
    for model in models:
        warm_up = CodelengthClassifier(model).partial_fit(train.docs[:2], labels[:2], classes)
        warm_up.partial_fit(train.docs[:2], labels[:2]).predict(train.docs[:2])
        for step in steps:
            classifier = CodelengthClassifier(model, window=window, n_jobs=1)
            if n_fitted:
                classifier.fit(train.docs[:n_fitted], labels[:n_fitted])
            else:
                classifier.partial_fit(train.docs[:0], labels[:0], classes)
            right = np.zeros(n, bool)
            wall, cpu = time.perf_counter(), time.process_time()
            for begin in range(n_fitted, n, step):
                part = slice(begin, begin + step)
                right[part] = classifier.predict(train.docs[part]) == labels[part]
                classifier.partial_fit(train.docs[part], labels[part])
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            ends = np.linspace(n_fitted, n, PARTS + 1).astype(int)
            rows.append(
                {
                    "model": model,
                    "step": step,
                    "documents/s": round((n - n_fitted) / wall),
                    "documents/CPU-s": round((n - n_fitted) / cpu),
                    "accuracy": round(float(right[n_fitted:].mean()), 4),
                    **{
                        f"to {end:,}": round(float(right[begin:end].mean()), 3)
                        for begin, end in pairwise(ends)
                    },
                }
            )
    print(f"{n - n_fitted:,} documents of {round(train.docs.nbytes / n)} bytes in the mean\n")
    print(render_table(rows, "md"))


if __name__ == "__main__":
    main()
