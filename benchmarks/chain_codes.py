"""Chains of contexts as class models: ``python -m benchmarks.chain_codes SOURCE...``.

The classical other way to code text by counts: each byte after the longest context of up to k bytes
that has been seen, escaping to shorter ones (Witten-Bell). Three codes for each class: by its own
counts; by its own with those of all classes as a prior at each order; by all other classes' (pooled
counts minus its own; the dearest wins). Held-out *training* documents are labelled, no test data
is read. A row holds the accuracy for each k, and that of the mean of the codelengths of all orders
up to k; a last row has `blockcode`. Rows are appended to the records, and all records are rendered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

from cli._output import render_table
from compressclf.datasets import hold_out, load_dataset
from compressclf.documents import Corpus
from compressclf.models import get_model

RECORDS = Path(__file__).parent / "records" / "chain_codes.jsonl"
SIDES = ("own", "shared", "rest")
LONGEST = 6


class Order(NamedTuple):
    """What stands after contexts of one length, seen from the bytes of the held-out documents."""

    at: np.ndarray  # the bytes (positions in the corpus) whose context is known, (n,)
    seen: np.ndarray  # how often each class has this byte there, (n, n_classes)
    totals: np.ndarray  # how often each class has the context, (n, n_classes)
    kinds: dict[str, np.ndarray]  # different bytes after it: by own, by the rest, and pooled


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--documents", default=300, show_default=True, help="Held out, of each source.")
@click.option("--records", type=click.Path(path_type=Path), default=RECORDS)
def main(sources: tuple[str, ...], documents: int, records: Path) -> None:
    """Label held-out training documents of SOURCES."""
    for source in sources:
        dataset = load_dataset(source)
        train, held = hold_out(dataset.train, 0.15, seed=0)
        held = held.sample(documents, seed=1)
        classes, y = np.unique(train.labels, return_inverse=True)
        truth = np.searchsorted(classes, held.labels)
        rows = [*_accuracies(train.docs, y, len(classes), held.docs, truth)]
        blocks: dict[str, Any] = {"context": "blocks"}
        for side in SIDES:
            fitted = get_model(f"blockcode:by={side}").fit(train.docs, y, len(classes))
            right = fitted.codelengths(held.docs).argmin(axis=1) == truth
            blocks[side] = round(float(right.mean()), 4)
        for row in [*rows, blocks]:
            row = {"set": dataset.name, "n": len(truth), **row}
            with records.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table, a row for each record."""
    return render_table([dict.fromkeys(records[0], "") | record for record in records], "md")


def _accuracies(
    docs: Corpus, y: np.ndarray, n_classes: int, held: Corpus, truth: np.ndarray
) -> Iterator[dict[str, Any]]:
    chances = {side: np.full((held.nbytes, n_classes), 1 / 256) for side in SIDES}
    pooled = np.full((held.nbytes, 1), 1 / 256)
    sums = {side: np.zeros((len(held), n_classes)) for side in SIDES}
    for k in range(LONGEST + 1):
        order = _order(docs, y, n_classes, held, k)
        at, seen, totals = order.at, order.seen, order.totals
        all_seen, all_totals = seen.sum(1, keepdims=True), totals.sum(1, keepdims=True)
        pooled[at] = _witten_bell(all_seen, all_totals, order.kinds["pooled"], pooled[at])
        parts = {
            "own": (seen, totals, order.kinds["own"], chances["own"][at]),
            "shared": (seen, totals, order.kinds["own"], np.repeat(pooled[at], n_classes, 1)),
            "rest": (
                all_seen - seen,
                all_totals - totals,
                order.kinds["rest"],
                chances["rest"][at],
            ),
        }
        row: dict[str, Any] = {"context": f"{k} bytes"}
        for side, part in parts.items():
            chances[side][at] = _witten_bell(*part)
            bits = np.add.reduceat(-np.log2(chances[side]), held.offsets[:-1] - held.offsets[0])
            sums[side] += bits
            sign = -1 if side == "rest" else 1
            row[side] = round(float(((sign * bits).argmin(1) == truth).mean()), 4)
            mean_right = (sign * sums[side]).argmin(1) == truth
            row[f"{side}, mean of orders"] = round(float(mean_right.mean()), 4)
        yield row


def _witten_bell(
    seen: np.ndarray, totals: np.ndarray, kinds: np.ndarray, shorter: np.ndarray
) -> np.ndarray:
    """Return the probabilities after a context, where it is new those after the shorter one."""
    return np.where(totals > 0, (seen + kinds * shorter) / np.maximum(totals + kinds, 1), shorter)


def _order(docs: Corpus, y: np.ndarray, n_classes: int, held: Corpus, k: int) -> Order:
    grams, owners, _ = _grams(docs, k + 1)
    known, rows = np.unique(grams, return_inverse=True)
    keys = rows * n_classes + y[owners]
    counts = np.bincount(keys, minlength=len(known) * n_classes).reshape(-1, n_classes)
    contexts, firsts = np.unique(known >> np.uint64(8), return_index=True)
    others = counts.sum(1, keepdims=True) - counts
    new, _, at = _grams(held, k + 1)
    group = np.searchsorted(contexts, new >> np.uint64(8)).clip(0, len(contexts) - 1)
    usable = contexts[group] == new >> np.uint64(8)
    new, at, group = new[usable], at[usable], group[usable]
    row = np.searchsorted(known, new).clip(0, len(known) - 1)
    kinds = {
        "own": np.add.reduceat(counts > 0, firsts, dtype=np.int64)[group],
        "rest": np.add.reduceat(others > 0, firsts, dtype=np.int64)[group],
        "pooled": np.diff(np.append(firsts, len(known)))[group, None],
    }
    seen = np.where((known[row] == new)[:, None], counts[row], 0)
    return Order(at, seen, np.add.reduceat(counts, firsts)[group], kinds)


def _grams(docs: Corpus, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the n-grams that end in each byte of documents, a newline before each document.

    With them the document and the position of that byte in the corpus.
    """
    found, owners, ends = [], [], []
    begin = 0
    for index, doc in enumerate(docs):
        text = np.frombuffer(b"\n" + doc, np.uint8).astype(np.uint64)
        first = max(size - 1, 1)  # the newline itself is not coded
        gram = np.zeros(max(0, len(text) - first), np.uint64)
        for back in range(size - 1, -1, -1):
            gram = gram << np.uint64(8) | text[first - back : len(text) - back]
        found.append(gram)
        owners.append(np.full(len(gram), index))
        ends.append(np.arange(first - 1, len(doc)) + begin)
        begin += len(doc)
    return np.concatenate(found), np.concatenate(owners), np.concatenate(ends)


if __name__ == "__main__":
    main()
