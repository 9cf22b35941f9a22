"""Round trips through a codec: ``python -m benchmarks.round_trips SPEC [SOURCES]...``.

Encodes and decodes data that tend to break codecs, files and folders (.gz is unpacked), and with
--items each document of a data set. The decoded data must equal the original, and the bits of the
code without header must equal the codelength within 0.1 % and 16 bits. Prints both; the exit code
is 1 if one of them fails.
"""

from __future__ import annotations

import gzip
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from cli._output import render_table
from compressclf.compressors import ModelCompressor, build_compressor
from compressclf.datasets import load_dataset

AWKWARD = {
    "empty": b"",
    "1 byte": b"a",
    "all 256 byte values": bytes(range(256)),
    "invalid UTF-8": b"caf\xe9 \xff\xfe \xc3( \xed\xa0\x80 \xf8\x88" * 20,
}


def measured(codec: ModelCompressor, name: str, data: bytes) -> dict[str, object]:
    """Return the row of one text."""
    begin = time.perf_counter()
    code = codec.encode(data)
    middle = time.perf_counter()
    same = codec.decode(code, len(data)) == data
    end = time.perf_counter()
    ideal, real = codec.codelength(data), 8 * len(code)
    return {
        "data": name,
        "bytes": len(data),
        "codelength": round(ideal, 1),
        "bits of the code": real,
        "extra bits": round(real - ideal, 1),
        "encoded kB/s": round(len(data) / (middle - begin) / 1000, 1),
        "decoded kB/s": round(len(data) / (end - middle) / 1000, 1),
        "right": same and abs(real - ideal) <= 0.001 * ideal + 16,
    }


def texts(sources: tuple[str, ...], noise: int) -> Iterator[tuple[str, bytes]]:
    """Yield the difficult data, noise, and the files of the sources."""
    yield from AWKWARD.items()
    if noise:
        yield f"{noise:,} random bytes", random.Random(0).randbytes(noise)
    for source in map(Path, sources):
        for path in sorted(source.iterdir()) if source.is_dir() else [source]:
            data = path.read_bytes()
            yield path.name, gzip.decompress(data) if path.suffix == ".gz" else data


@click.command()
@click.argument("spec")
@click.argument("sources", nargs=-1)
@click.option("--items", help="A data set; its test documents are coded one by one.")
@click.option("--limit", type=int, help="Largest number of items.")
@click.option("--random-bytes", "noise", default=1_000_000, show_default=True)
def main(
    spec: str, sources: tuple[str, ...], items: str | None, limit: int | None, noise: int
) -> None:
    """Encode and decode files with the model SPEC."""
    codec = build_compressor(spec)
    if not isinstance(codec, ModelCompressor):
        raise click.UsageError(f"{spec} is not a model with a coder: its codelength is its code.")
    codec.decode(codec.encode(b"compile"), 7)
    rows = [measured(codec, name, data) for name, data in texts(sources, noise)]
    right = all(row["right"] for row in rows)
    print(codec.spec + "\n")
    print(render_table(rows, "md"))
    if items:
        right &= _report_items(codec, items, limit)
    sys.exit(not right)


def _report_items(codec: ModelCompressor, source: str, limit: int | None) -> bool:
    dataset = load_dataset(source)
    docs = list(dataset.test.docs if dataset.test is not None else dataset.train.docs)[:limit]
    rows = [measured(codec, str(i), doc) for i, doc in enumerate(docs)]
    extra = [float(str(row["extra bits"])) for row in rows]
    wrong = [row["data"] for row in rows if not row["right"]]
    print(
        f"\n{source}: {len(rows):,} documents, each coded alone; extra bits {min(extra)} to "
        f"{max(extra)}, mean {sum(extra) / len(extra):.2f}; wrong: {wrong or 'none'}"
    )
    return not wrong


if __name__ == "__main__":
    main()
