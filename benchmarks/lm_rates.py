"""Bits per byte of a language model on short texts: ``python -m benchmarks.lm_rates SOURCE``.

Each test document of SOURCE is coded alone, after the model's start token. Prints bits per byte
(all bits over all bytes). No other document, no class, no prompt stands before it.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from pathlib import Path

import click
import torch

from cli._output import render_table
from compressclf.compressors import build_compressor
from compressclf.datasets import load_dataset


@click.command()
@click.argument("source")
@click.option("--compressor", "specs", multiple=True, default=("smollm2",), show_default=True)
@click.option("--documents", default=300, show_default=True, help="Test documents, by seed 0.")
@click.option("--record", type=click.Path(path_type=Path), help="Append the rows to this file.")
def main(source: str, specs: tuple[str, ...], documents: int, record: Path | None) -> None:
    """Measure bits per byte."""
    dataset = load_dataset(source)
    docs = (dataset.test or dataset.train).sample(documents, seed=0).docs
    rows = []
    for spec in specs:
        compressor = build_compressor(spec)
        compressor.codelength(b"a")  # loads what is to be loaded
        begin = time.perf_counter()
        bits = compressor.codelengths(docs)
        seconds = time.perf_counter() - begin
        rows.append(
            {
                "set": dataset.name,
                "compressor": spec,
                "version": compressor.version,
                "documents": len(docs),
                "bytes": docs.nbytes,
                "bits per byte": round(float(bits.sum()) / docs.nbytes, 4),
                "bytes/s": round(docs.nbytes / seconds),
            }
        )
        if record:
            how = {
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
                "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
            }
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**rows[-1], **how}) + "\n")
    print(render_table(rows, "md"))


if __name__ == "__main__":
    main()
