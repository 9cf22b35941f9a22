"""Fewer bits, more errors: ``python -m benchmarks.prior_paradox SOURCE PRIOR...``.

A context mixer for each class of SOURCE reads the files PRIOR (any text, ``.gz`` too), then ten
training documents of its class. Held-out *training* documents are labelled; no test data is read.
Each row: how much of the prior was read, the bits per byte of a document under its own class, the
accuracy, and the margin, which is what a document costs more under the other classes (their mean)
than under its own: its mean in bits for each document, its mean over its standard deviation, and
the part of it that is earned at the first byte of a word. Rows are appended to the records, and
all records are rendered.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from cli._output import render_table
from compressclf.compressors.contextmix import ContextMixer
from compressclf.datasets import Split, load_dataset

RECORDS = Path(__file__).parent / "records" / "prior_paradox.jsonl"
SIZES = (0, 100_000, 1_000_000, 4_000_000)


@click.command()
@click.argument("source", required=False)
@click.argument("priors", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shots", default=10, show_default=True, help="Training documents of each class.")
@click.option("--seeds", default=5, show_default=True)
@click.option("--documents", default=200, show_default=True, help="To label, for each seed.")
@click.option("--records", type=click.Path(path_type=Path), default=RECORDS)
def main(
    source: str | None,
    priors: tuple[Path, ...],
    shots: int,
    seeds: int,
    documents: int,
    records: Path,
) -> None:
    """Measure what a prior does to bits and to labels."""
    if source:
        dataset = load_dataset(source)
        text = b"\n".join(_read(path) for path in priors)
        for size in SIZES:
            if size > len(text):
                click.echo(f"The priors have {len(text):,} bytes: no row for {size:,}.", err=True)
                continue
            prior = ContextMixer(memory=64)
            prior.prime(text[:size])
            runs = [_run(prior, dataset.train, shots, documents, seed) for seed in range(seeds)]
            row = {"set": dataset.name, "shots": shots, "seeds": seeds, "prior bytes": size}
            row |= {name: round(float(np.mean([r[name] for r in runs])), 4) for name in runs[0]}
            row["accuracy sd"] = round(float(np.std([r["accuracy"] for r in runs], ddof=1)), 4)
            with records.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table, a row for each record."""
    return render_table(records, "md")


def _read(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def _run(
    prior: ContextMixer, train: Split, shots: int, documents: int, seed: int
) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    classes, y = np.unique(train.labels, return_inverse=True)
    order = rng.permutation(len(y))
    learnt = np.concatenate([order[y[order] == c][:shots] for c in range(len(classes))])
    held = np.setdiff1d(order, learnt, assume_unique=True)[:documents]
    mixers = []
    for c in range(len(classes)):
        mixer = prior.copy()
        for row in learnt[y[learnt] == c]:
            mixer.prime(train.docs[int(row)] + b"\n")
        mixers.append(mixer)
    own, right, margins, at_starts = 0.0, 0, [], 0.0
    for row in held:
        doc, c = train.docs[int(row)], y[row]
        costs = np.stack([mixer.byte_bits(doc) for mixer in mixers], axis=1)
        bits = costs.sum(axis=0)
        own += bits[c]
        right += int(bits.argmin() == c)
        others = np.arange(len(classes)) != c
        margin = costs[:, others].mean(axis=1) - costs[:, c]
        margins.append(margin.sum())
        at_starts += margin[_word_starts(doc)].sum()
    return {
        "bits per byte": own / int(train.docs.lengths[held].sum()),
        "accuracy": right / len(held),
        "margin": float(np.mean(margins)),
        "margin / sd": float(np.mean(margins) / np.std(margins)),
        "at word starts": at_starts / float(np.sum(margins)),
    }


def _word_starts(doc: bytes) -> np.ndarray:
    letters = np.array([chr(byte).isalnum() or byte >= 128 for byte in doc], dtype=bool)
    return letters & ~np.concatenate([[False], letters[:-1]])


if __name__ == "__main__":
    main()
