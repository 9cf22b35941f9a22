"""Sizes of models whose records lack them: ``python -m benchmarks.model_sizes DIR SET...``.

Older records of the protocol ``full`` know no ``model_bytes``. Each method is fitted again with the
settings that its record names, nothing is tuned and nothing predicted, and the size is put into the
record beside the commit that measured it (``model_bytes_commit``).
"""

from __future__ import annotations

import json

import click

from experiments.data import locate, read_set
from experiments.machine import ROOT, where_and_when
from experiments.methods import get_method

RECORDS = ROOT / "experiments" / "results" / "records" / "full.jsonl"


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False))
@click.argument("sets", nargs=-1, required=True)
def main(data: str, sets: tuple[str, ...]) -> None:
    """Fill in what records on SETS of the folder DATA lack."""
    sizes = {}
    for line in RECORDS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["dataset"] not in sets or record["model_bytes"] is not None:
            continue
        rows = read_set(locate(record["dataset"], data))
        method = get_method(record["method"])
        classifier = method.build(record["settings"], 1, record["seed"])
        sizes[line] = method.model_bytes(classifier.fit(rows.docs, rows.labels))
        print(record["dataset"], record["method"], f"{sizes[line]:,}", flush=True)
    commit, lines = where_and_when()["commit"], []
    for line in RECORDS.read_text(encoding="utf-8").splitlines():
        if line in sizes:
            added = {"model_bytes": sizes[line], "model_bytes_commit": commit}
            line = json.dumps({**json.loads(line), **added}, ensure_ascii=False)
        lines.append(line + "\n")
    RECORDS.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
