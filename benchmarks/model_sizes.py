"""Sizes of models whose records lack them: ``python -m benchmarks.model_sizes DIR SET...``.

Older records of the protocol ``full`` know no ``model_bytes``. Each method is fitted again with the
settings that its record names, nothing is tuned and nothing predicted, and the size is put into the
record beside the commit that measured it (``model_bytes_commit``).
"""

from __future__ import annotations

import json

import click

from compressclf._files import write_whole
from experiments.data import locate, read_set
from experiments.machine import ROOT, where_and_when
from experiments.methods import get_method

RECORDS = ROOT / "experiments" / "results" / "records" / "full.jsonl"


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False))
@click.argument("sets", nargs=-1, required=True)
def main(data: str, sets: tuple[str, ...]) -> None:
    """Fill in what records on SETS of the folder DATA lack."""
    commit = where_and_when()["commit"]
    for line in RECORDS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["dataset"] not in sets or record["model_bytes"] is not None:
            continue
        rows = read_set(locate(record["dataset"], data))
        method = get_method(record["method"])
        classifier = method.build(record["settings"], 1, record["seed"])
        size = method.model_bytes(classifier.fit(rows.docs, rows.labels))
        added = {"model_bytes": size, "model_bytes_commit": commit}
        _replace(line, json.dumps({**record, **added}, ensure_ascii=False))
        print(record["dataset"], record["method"], f"{size:,}", flush=True)


def _replace(old: str, new: str) -> None:
    """Write one record anew at once: a killed run loses the fit it was at."""
    lines = RECORDS.read_text(encoding="utf-8").splitlines()
    write_whole(RECORDS, "".join(f"{new if line == old else line}\n" for line in lines).encode())


if __name__ == "__main__":
    main()
