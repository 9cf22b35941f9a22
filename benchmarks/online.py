"""Learning a stream: ``python -m benchmarks.online SOURCE``.

Every document is labelled before it is learnt (test, then train), in steps of one document and of
a hundred. Prints documents per second, wall clock and processor, and the accuracy over the stream.
"""

from __future__ import annotations

import time

import click
import numpy as np

from cli._output import render_table
from compressclf import CodelengthClassifier
from compressclf.datasets import load_dataset


@click.command()
@click.argument("source")
@click.option("--documents", default=10_000, show_default=True)
@click.option("--model", default="blocks", show_default=True)
@click.option("--window", type=int, help="Forget all but this many.")
@click.option("--step", "steps", multiple=True, type=int, default=(1, 100), show_default=True)
def main(
    source: str, documents: int, model: str, window: int | None, steps: tuple[int, ...]
) -> None:
    """Stream the training documents of SOURCE through predict and partial_fit."""
    train = load_dataset(source).train.sample(documents, seed=0)
    labels = np.asarray(train.labels)
    classes, n = np.unique(labels), len(labels)
    warm_up = CodelengthClassifier(model).partial_fit(train.docs[:2], labels[:2], classes)
    warm_up.partial_fit(train.docs[:2], labels[:2]).predict(train.docs[:2])
    rows = []
    for step in steps:
        classifier = CodelengthClassifier(model, window=window, n_jobs=1)
        classifier.partial_fit(train.docs[:0], labels[:0], classes)
        right = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for begin in range(0, n, step):
            part = slice(begin, begin + step)
            right += int((classifier.predict(train.docs[part]) == labels[part]).sum())
            classifier.partial_fit(train.docs[part], labels[part])
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rows.append(
            {
                "documents": n,
                "mean bytes": round(train.docs.nbytes / n),
                "step": step,
                "documents/s": round(n / wall),
                "documents/CPU-s": round(n / cpu),
                "accuracy": round(right / n, 4),
            }
        )
    print(render_table(rows, "md"))


if __name__ == "__main__":
    main()
