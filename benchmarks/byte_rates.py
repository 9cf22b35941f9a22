"""Bits per byte of models and classical compressors on short items and on long texts.

    python -m benchmarks.byte_rates DATA_DIR [--compressor bytelm ...] [--limit-bytes 100000]

DATA_DIR holds ``ag_news`` and ``thucnews_titles`` (tables with a column text, each row coded by
itself) and ``corpora/`` (files, each coded as a whole, up to the limit). A model's size stands
beside its rates: a decoder needs it too. Speed is bytes of all texts over processor seconds.

The bundled ``bytelm`` was trained on none of these texts; the card in
``compressclf/compressors/neural/bytelm/bundled`` says on what.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from cli._output import render_table
from compressclf._optional import MissingExtraError
from compressclf.compressors import build_compressor
from compressclf.datasets import load_dataset
from compressclf.documents import Corpus
from experiments.corpora import locate_corpus, read_corpus, units

__all__ = ["main", "measure", "render"]

ITEMS = {"AG News items": "ag_news/test.csv.gz", "Chinese headlines": "thucnews_titles/test.csv.gz"}
FILES = {
    "dickens": ["corpora/silesia/dickens"],
    "bible": ["corpora/canterbury_large/bible.txt"],
    "source code": ["corpora/canterbury/fields.c", "corpora/canterbury/grammar.lsp"],
}
COMPRESSORS = (
    "bytelm", "contextmix", "ppmd", "brotli", "xz", "bz2", "zstd:level=19", "gzip",
)  # fmt: skip
DICTIONARY_BYTES = {"brotli": 122_784}  # RFC 7932, appendix A


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--compressor", "specs", multiple=True, help="Default: a list of eight.")
@click.option("--limit-bytes", type=click.IntRange(1), default=100_000, show_default=True)
@click.option(
    "--records",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("benchmarks/records/byte-rates.jsonl"),
    show_default=True,
)
def main(data: Path, specs: tuple[str, ...], limit_bytes: int, records: Path) -> None:
    """Measure, append to the records, print the table of all of them."""
    texts = read_texts(data, limit_bytes)
    for spec in specs or COMPRESSORS:
        try:
            compressor = build_compressor(spec)
        except MissingExtraError as error:
            click.echo(f"Left out {spec}: {error}", err=True)
            continue
        for name, corpus in texts.items():
            row = measure(compressor, spec, name, corpus)
            with records.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**row, "limit": limit_bytes}) + "\n")
            click.echo(f"{spec} {name}: {row['bits per byte']}", err=True)
    print(render([json.loads(line) for line in records.read_text().splitlines()]))


def read_texts(data: Path, limit_bytes: int) -> dict[str, Corpus]:
    """Return what is coded, each document by itself."""
    texts = {}
    for name, place in ITEMS.items():
        docs = load_dataset(data / place).train.docs
        texts[name] = Corpus.from_documents(units(docs, "documents", limit_bytes))
    for name, places in FILES.items():
        files = [read_corpus(locate_corpus(place, str(data)))[0] for place in places]
        texts[name] = Corpus.from_documents([file[:limit_bytes] for file in files])
    return texts


def measure(compressor: Any, spec: str, name: str, docs: Corpus) -> dict[str, Any]:
    """Return the record of a compressor on some documents."""
    compressor.codelength(b"What is compiled on first use is compiled on this.")
    begin = time.process_time()
    bits = float(compressor.codelengths(docs).sum())
    seconds = time.process_time() - begin
    return {
        "compressor": spec,
        "version": compressor.version,
        "digest": getattr(compressor, "digest", "")[:16],
        "model bytes": getattr(compressor, "model_bytes", DICTIONARY_BYTES.get(spec, 0)),
        "text": name,
        "documents": len(docs),
        "bytes": docs.nbytes,
        "bits per byte": round(bits / docs.nbytes, 4),
        "processor seconds": round(seconds, 3),
    }


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table: a row for each compressor, its last record of each text."""
    last = {(one["compressor"], one["limit"], one["text"]): one for one in records}
    rows = []
    for spec, limit in dict.fromkeys(key[:2] for key in last):
        mine = {key[2]: one for key, one in last.items() if key[:2] == (spec, limit)}
        seconds = sum(one["processor seconds"] for one in mine.values())
        n_bytes = sum(one["bytes"] for one in mine.values())
        rows.append(
            {
                "compressor": spec,
                "model bytes": f"{max(one['model bytes'] for one in mine.values()):,}",
                "bytes of a text": f"up to {limit:,}",
                **{
                    name: f"{mine[name]['bits per byte']:.3f}" if name in mine else ""
                    for name in (*ITEMS, *FILES)
                },
                "kB/s": f"{n_bytes / max(seconds, 1e-9) / 1e3:,.0f}",
            }
        )
    return render_table(rows, "md")


if __name__ == "__main__":
    sys.exit(main())
