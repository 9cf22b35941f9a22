"""Speed-up of gzip NCD by two threads: ``python -m benchmarks.thread_scaling SOURCE``.

Runs with one thread and with several alternate. Prints medians, their ratio, and whether the
distances are equal to the bit.
"""

from __future__ import annotations

import time
from statistics import median

import click
import numpy as np

from compressclf import pairwise_distances
from compressclf.datasets import load_dataset


@click.command()
@click.argument("source", default="sample:bbc-news")
@click.option("--compressor", default="gzip", show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--queries", default=100, show_default=True)
@click.option("--training", default=4000, show_default=True)
@click.option("--rounds", default=7, show_default=True)
def main(
    source: str, compressor: str, threads: int, queries: int, training: int, rounds: int
) -> None:
    """Time the NCD matrix of some documents of SOURCE against others."""
    dataset = load_dataset(source)
    y = dataset.train.sample(training, seed=0).docs
    x = (dataset.test or dataset.train).sample(queries, seed=1).docs
    seconds: dict[int, list[float]] = {1: [], threads: []}
    matrices = {}
    for n_jobs in seconds:  # compile and warm up
        pairwise_distances(x[:2], y[:50], compressor=compressor, n_jobs=n_jobs)
    for _ in range(rounds):
        for n_jobs, times in seconds.items():
            begin = time.perf_counter()
            matrices[n_jobs] = pairwise_distances(x, y, compressor=compressor, n_jobs=n_jobs)
            times.append(time.perf_counter() - begin)
    pairs = len(x) * len(y)
    print(f"{source}: {len(x)} x {len(y)} documents, {compressor}, {rounds} rounds")
    for n_jobs, times in seconds.items():
        low, high = 1e6 * min(times) / pairs, 1e6 * max(times) / pairs
        print(
            f"{n_jobs} thread(s): median {1e6 * median(times) / pairs:.2f} µs per pair "
            f"({low:.2f} to {high:.2f})"
        )
    ratio = median(seconds[1]) / median(seconds[threads])
    print(f"ratio {ratio:.2f}; distances equal: {np.array_equal(*matrices.values())}")


if __name__ == "__main__":
    main()
