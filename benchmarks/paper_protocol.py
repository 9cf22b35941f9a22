"""gzip's neighbours against a plain implementation: ``python -m benchmarks.paper_protocol SOURCE``.

Repeats test rows with real `gzip.compress` and nested loops (`tests.reference`) and compares
neighbours, distances and predictions row by row. The study `paper` measures accuracy and time.
"""

from __future__ import annotations

from multiprocessing import get_context

import click
import numpy as np

from compressclf import NCDClassifier
from compressclf.datasets import load_dataset
from tests import reference

KS = (1, 3, 5)
_training: list[bytes] = []  # for the processes that repeat rows
_singles: dict[bytes, float] = {}


@click.command()
@click.argument("source")
@click.option("--check", default=100, show_default=True, help="Test rows to repeat.")
@click.option("--seed", default=0, show_default=True)
def main(source: str, check: int, seed: int) -> None:
    """Compare on SOURCE."""
    dataset = load_dataset(source)
    assert dataset.test is not None
    train, test = dataset.train, dataset.test.sample(check, seed)
    classifier = NCDClassifier(max(KS), compressor="gzip").fit(train.docs, train.labels)
    distances, indices = classifier.kneighbors(test.docs)
    _training.extend(train.docs)
    _singles.update((doc, reference.gzip_bits(doc)) for doc in _training)
    with get_context("fork").Pool() as pool:
        plain = pool.map(_plain_neighbors, test.docs, 1)
    same = sum(
        found == list(zip(*row, strict=True))
        for found, *row in zip(plain, distances.tolist(), indices.tolist(), strict=True)
    )
    print(f"rows whose {max(KS)} neighbours and distances are equal: {same} of {len(test.docs)}")
    for k in KS:
        ours = [_vote(row[:k], train.labels) for row in indices.tolist()]
        theirs = [_vote([i for _, i in found[:k]], train.labels) for found in plain]
        accuracy = np.mean(np.array(theirs) == np.array(test.labels))
        print(f"k={k}: accuracy {accuracy:.4f}, predictions equal: {ours == theirs}")


def _vote(indices: list[int], labels: list[str]) -> str:
    ranked = [str(labels[i]) for i in indices]
    return max(ranked, key=lambda label: (ranked.count(label), -ranked.index(label)))


def _plain_neighbors(query: bytes) -> list[tuple[float, int]]:
    return reference.neighbors(query, _training, max(KS), length=_length)


def _length(data: bytes) -> float:
    """Return the bits of `data`; those of training documents are cached."""
    return _singles.get(data) or reference.gzip_bits(data)


if __name__ == "__main__":
    main()
