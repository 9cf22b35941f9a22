"""Does the audit find planted faults? ``python -m benchmarks.audit SOURCE``.

Takes 2,000 documents without their copies, gives 50 of them a wrong label, and adds 30 near-copies,
in which one word of ten is dropped or replaced by another of the document. Prints the precision
among the 50 documents that are listed first, and how many near-copies are found.
"""

from __future__ import annotations

import time

import click
import numpy as np

from compressclf.datasets import Dataset, Split, load_dataset
from compressclf.documents import Corpus
from compressclf.reports.audit import audit

DOCUMENTS, WRONG, COPIES = 2000, 50, 30


def near_copy(text: str, rng: np.random.Generator) -> str:
    """Return a text in which one word of ten is dropped or replaced."""
    words = text.split()
    changed = []
    for word in words:
        chance = rng.random()
        if chance < 0.05:
            continue
        changed.append(words[rng.integers(len(words))] if chance < 0.1 else word)
    return " ".join(changed)


@click.command()
@click.argument("source")
@click.option("--seeds", default=2, show_default=True)
def main(source: str, seeds: int) -> None:
    """Plant faults in SOURCE and look for them."""
    train = load_dataset(source).train
    assert train.labels is not None
    firsts = sorted({doc: row for row, doc in reversed(list(enumerate(train.docs)))}.values())
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        part = train.take(np.sort(rng.permutation(firsts)[:DOCUMENTS]))
        assert part.labels is not None
        names, y = np.unique(part.labels, return_inverse=True)
        wrong = rng.permutation(len(y))[:WRONG]
        y[wrong] = (y[wrong] + rng.integers(1, len(names), len(wrong))) % len(names)
        copied = rng.permutation(np.setdiff1d(np.arange(len(y)), wrong))[:COPIES]
        copies = [near_copy(part.docs[int(row)].decode(), rng).encode() for row in copied]
        docs = Corpus.from_documents([*part.docs, *copies])
        labels = names[np.concatenate([y, y[copied]])]
        begin = time.process_time()
        found = audit(Dataset(source, Split(docs, labels)), n_jobs=1)
        seconds = time.process_time() - begin
        first = [one["document"] - 1 for one in found["wrong labels"].documents[:WRONG]]
        pairs = {
            (one["document"] - 1, one["copy"]["document"] - 1)
            for one in found["near-copies"].documents
        }
        known = sum((int(row), len(y) + i) in pairs for i, row in enumerate(copied))
        click.echo(
            f"seed {seed}: precision at {WRONG} {np.isin(first, wrong).mean():.2f}, near-copies "
            f"{known} of {COPIES} ({len(pairs)} pairs listed), {seconds:.0f} s of CPU"
        )


if __name__ == "__main__":
    main()
