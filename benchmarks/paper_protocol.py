"""The published method on a whole data set: ``python -m benchmarks.paper_protocol SOURCE``.

Prints accuracy for several k, wall time and peak memory, and repeats some rows with the plainest
possible implementation (`tests.reference`: gzip.compress, nested loops) to compare predictions and
neighbours row by row.
"""

from __future__ import annotations

import resource
import time
from multiprocessing import get_context

import click
import numpy as np

from cli._progress import show_progress
from compressclf import NCDClassifier
from compressclf.datasets import load_dataset
from compressclf.evaluation import wilson_interval
from tests import reference

_training: list[bytes] = []  # for the processes that repeat rows
_singles: dict[bytes, float] = {}


@click.command()
@click.argument("source")
@click.option("--compressor", default="gzip", show_default=True)
@click.option("-k", "ks", multiple=True, type=int, default=(1, 3, 5), show_default=True)
@click.option("--limit-test", type=int, help="Draw this many test rows.")
@click.option(
    "--check", default=0, help="Rows to repeat with the plain implementation (gzip only)."
)
@click.option("--seed", default=0, show_default=True)
def main(
    source: str,
    compressor: str,
    ks: tuple[int, ...],
    limit_test: int | None,
    check: int,
    seed: int,
) -> None:
    """Run the published method on SOURCE."""
    dataset = load_dataset(source)
    assert dataset.test is not None
    train, test = dataset.train, dataset.test.sample(limit_test, seed)
    assert train.labels is not None
    assert test.labels is not None
    begin = time.perf_counter()
    with show_progress("coding"):
        classifier = NCDClassifier(max(ks), compressor=compressor).fit(train.docs, train.labels)
        distances, indices = classifier.kneighbors(test.docs)
    wall = time.perf_counter() - begin
    pairs = len(train.docs) * len(test.docs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    engine = classifier.compressor_.engine or "library"
    print(f"{source}: {len(train.docs):,} x {len(test.docs):,} = {pairs / 1e6:.1f} M pairs")
    print(
        f"{compressor} ({engine}): {wall:.1f} s, {1e6 * wall / pairs:.2f} µs a pair, {peak:.2f} GB"
    )
    for k in ks:
        predicted = np.array([_vote(row[:k], train.labels) for row in indices])
        right = int((predicted == test.labels).sum())
        low, high = wilson_interval(right, len(predicted))
        print(f"k={k}: accuracy {right / len(predicted):.4f} ({low:.4f} to {high:.4f})")
    if check:
        rows = np.random.default_rng(seed).permutation(len(test.docs))[:check]
        _training.extend(train.docs)
        _singles.update((doc, reference.gzip_bits(doc)) for doc in _training)
        with get_context("fork").Pool() as pool:
            plain = pool.map(_plain_neighbors, [(test.docs[int(row)], max(ks)) for row in rows], 1)
        same = sum(
            [i for _, i in found] == indices[row].tolist()
            and [d for d, _ in found] == distances[row].tolist()
            for row, found in zip(rows, plain, strict=True)
        )
        print(f"rows whose {max(ks)} neighbours and distances equal the plain ones: {same}/{check}")
        for k in ks:
            ours = [_vote(indices[row][:k], train.labels) for row in rows]
            theirs = [_vote([i for _, i in found[:k]], train.labels) for found in plain]
            accuracy = np.mean([a == test.labels[row] for a, row in zip(theirs, rows, strict=True)])
            print(f"k={k}: plain accuracy {accuracy:.4f}, predictions equal: {ours == theirs}")


def _vote(indices: list[int], labels: list[str]) -> str:
    ranked = [str(labels[i]) for i in indices]
    return max(ranked, key=lambda label: (ranked.count(label), -ranked.index(label)))


def _plain_neighbors(job: tuple[bytes, int]) -> list[tuple[float, int]]:
    query, k = job
    return reference.neighbors(query, _training, k, length=_length)


def _length(data: bytes) -> float:
    """Return the bits of `data`; those of a training document were computed once."""
    return _singles.get(data) or reference.gzip_bits(data)


if __name__ == "__main__":
    main()
