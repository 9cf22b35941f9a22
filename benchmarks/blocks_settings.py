"""What each setting of `blocks` is worth: ``python -m benchmarks.blocks_settings SOURCE...``.

Leave-one-out accuracy on the training documents, one setting changed at a time. Test data are not
read. Records go to ``records/blocks_settings.jsonl``; without SOURCE they are rendered.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from cli._output import render_table
from compressclf.datasets import load_dataset
from compressclf.models.blocks.settings import (
    EAST_ASIAN_LENGTHS,
    LENGTHS,
    WEIGHTINGS,
    decided,
    lengths_to_try,
    scale_of,
)
from compressclf.models.blocks.state import Counted, index

RECORDS = Path(__file__).parent / "records" / "blocks_settings.jsonl"
VALUES: dict[str, tuple[float, ...]] = {
    "own": (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0),
    "add": (0.1, 0.3, 1.0, 3.0),
    "damping": (0.0, 0.5, 1.0),
    "shorten": (0.0, 0.5, 1.0),
}


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--limit", default=4000, show_default=True, help="Documents of each set.")
def main(sources: tuple[str, ...], limit: int) -> None:
    """Score the training documents of SOURCES under many settings."""
    for source in sources:
        dataset = load_dataset(source)
        train = dataset.train.sample(limit, seed=0)
        y = np.unique(train.labels, return_inverse=True)[1].astype(np.int64)
        first = lengths_to_try(train.docs)[0]
        every = [(one, 2) for one in (first, *LENGTHS, *EAST_ASIAN_LENGTHS)]
        for lengths, words in dict.fromkeys([*every, ((), 2), ((4, 6), 0)]):
            read = index(train.docs, y, int(y.max()) + 1, lengths, words, n_jobs=-1)
            changes = [{}] if lengths != first or not words else _changes()
            for change in changes:
                counted = Counted.of(read, replace(WEIGHTINGS[0], **change), n_jobs=-1)
                scores, _ = counted.held_out(scale_of(lengths, words), n_jobs=-1)
                features = [*map(str, lengths), *(["words"] if words else [])]
                _append(
                    {
                        "set": dataset.name,
                        "n": len(y),
                        "classes": int(y.max()) + 1,
                        "features": "+".join(features),
                        **change,
                        "accuracy": round(float(decided(scores, y).mean()), 5),
                    }
                )
        click.echo(dataset.name, err=True)
    print(render([json.loads(line) for line in RECORDS.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table, a row for each setting and a column for each set."""
    rows: dict[str, dict[str, Any]] = {}
    for record in records:
        changed = [f"{name} = {record[name]:g}" for name in VALUES if name in record]
        setting = changed[0] if changed else f"features {record['features']}"
        column = f"{record['set']} ({record['classes']} classes)"
        rows.setdefault(setting, {"setting": setting})[column] = f"{record['accuracy']:.3f}"
    return render_table(list(rows.values()), "md")


def _changes() -> list[dict[str, float]]:
    return [{}, *({name: value} for name, values in VALUES.items() for value in values)]


def _append(record: dict[str, Any]) -> None:
    with RECORDS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
