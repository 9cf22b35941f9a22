"""What context mixing saves and costs: ``python -m benchmarks.contextmix_rates FILES...``.

Bits per byte of contextmix and its peers, a row for each file; then contextmix's speed in MB/s of
thread time (median of rounds) and whether the file came back. A name that ends in .gz is read
through gzip.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click

from compressclf.compressors import build_compressor
from compressclf.compressors.contextmix import ContextMix
from compressclf.documents import Corpus

PEERS = ("ppmd", "xz", "zstd:level=19", "brotli", "gzip")


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--memory", default=ContextMix.memory, show_default=True, help="MiB.")
@click.option("--rounds", default=3, show_default=True)
def main(files: tuple[Path, ...], memory: int, rounds: int) -> None:
    """Compare contextmix with its peers on FILES."""
    mixer = ContextMix(memory)
    peers = [build_compressor(spec) for spec in PEERS]
    mixer.decompress(mixer.compress(b"compile"))
    titles = ["contextmix", *PEERS, "score", "encode", "decode"]
    print(f"{'file':20}{'bytes':>10}" + "".join(f"{title:>14}" for title in titles))
    lost = []
    for file in files:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        if not data:
            raise click.ClickException(f"{file}: the file is empty; bits per byte need a byte.")
        rates = [compressor.codelength(data) / len(data) for compressor in (mixer, *peers)]
        docs, stream = Corpus.from_documents([data]), mixer.compress(data)
        actions = (
            lambda docs=docs: mixer.codelengths(docs),
            lambda data=data: mixer.compress(data),
            lambda stream=stream: mixer.decompress(stream),
        )
        speeds = [len(data) / 1e6 / _seconds(action, rounds) for action in actions]
        print(
            f"{file.name.removesuffix('.gz'):20}{len(data):10,}"
            + "".join(f"{rate:14.4f}" for rate in rates)
            + "".join(f"{speed:14.2f}" for speed in speeds)
            + f"  round trip: {mixer.decompress(stream) == data}",
            flush=True,
        )
        lost += [file.name] * (min(rates) < rates[0])
    print(f"contextmix is smallest on {len(files) - len(lost)} of {len(files)}.", *lost)


def _seconds(action: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begin = time.thread_time()
        action()
        times.append(time.thread_time() - begin)
    return median(times)


if __name__ == "__main__":
    main()
