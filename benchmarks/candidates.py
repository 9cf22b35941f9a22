"""Time and recall of the candidate search: ``python -m benchmarks.candidates SOURCE``.

Runs the exact search, and the approximate search with several shares, on the same rows, end to end
(fit and predict). Prints for each share the time relative to the exact search, how often the true
nearest neighbour is found (recall@1), the share of the true k that is found (recall@k), and the
accuracy of both.
"""

from __future__ import annotations

import time

import click
import numpy as np

from cli._output import render_table
from compressclf import NCDClassifier
from compressclf.datasets import load_dataset
from compressclf.neighbors.candidates import NgramCandidates


@click.command()
@click.argument("source")
@click.option("--compressor", default="gzip", show_default=True)
@click.option("-k", default=5, show_default=True)
@click.option("--share", "shares", multiple=True, type=float, default=(0.01, 0.02, 0.03, 0.05))
@click.option("--limit-test", type=int)
@click.option("--seed", default=0, show_default=True)
def main(
    source: str, compressor: str, k: int, shares: tuple[float, ...], limit_test: int, seed: int
) -> None:
    """Compare exact and approximate neighbours on SOURCE."""
    dataset = load_dataset(source)
    assert dataset.test is not None
    train, test = dataset.train, dataset.test.sample(limit_test, seed)
    for warm in (None, *(f"ngrams:share={share}" for share in shares[:1])):  # compile
        small = NCDClassifier(1, compressor=compressor, candidates=warm)
        small.fit(train.docs[:100], train.labels[:100]).predict(test.docs[:40])
    rows: list[dict[str, object]] = []
    exact_indices = None
    for share in (None, *shares):
        candidates = None if share is None else f"ngrams:share={share}"
        classifier = NCDClassifier(k, compressor=compressor, candidates=candidates)
        begin = time.perf_counter()
        classifier.fit(train.docs, train.labels)
        found = classifier.kneighbors(test.docs)
        seconds = time.perf_counter() - begin
        if exact_indices is None:
            exact_indices, exact_seconds = found.indices, seconds
        labels = np.asarray(train.labels)[found.indices]
        proposer: NgramCandidates | None = classifier._candidates
        rows.append(
            {
                "share": 1.0 if proposer is None else proposer.n_candidates / len(train.docs),
                "seconds": seconds,
                "times faster": exact_seconds / seconds,
                "recall@1": float(np.mean(found.indices[:, 0] == exact_indices[:, 0])),
                f"recall@{k}": _overlap(found.indices, exact_indices),
                "accuracy k=1": float(np.mean(labels[:, 0] == test.labels)),
                f"accuracy k={k}": _accuracy(classifier, found, test.labels),
            }
        )
    print(f"{source}, {compressor}: {len(train.docs):,} x {len(test.docs):,}")
    print(render_table(rows, "text"))


def _overlap(found: np.ndarray, exact: np.ndarray) -> float:
    pairs = zip(found.tolist(), exact.tolist(), strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in pairs]))


def _accuracy(classifier: NCDClassifier, found: object, labels: object) -> float:
    from compressclf.neighbors import vote

    votes = vote(found, classifier.state().y, len(classifier.classes_))
    return float(np.mean(classifier.classes_[votes.winners] == labels))


if __name__ == "__main__":
    main()
