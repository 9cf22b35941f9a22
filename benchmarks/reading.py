"""Time to read a table: median of a whole `load_dataset` with unpacking.

    python -m benchmarks.reading TABLE [--repeats 15]

To compare two checkouts, run it in turn in each.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import click

from cli._output import render_table
from compressclf.datasets import load_dataset

__all__ = ["main", "measure"]


def measure(table: Path, repeats: int) -> dict[str, object]:
    """Return the number of documents, and the median and least seconds of reading them."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        data = load_dataset(table)
        seconds.append(time.perf_counter() - begin)
    return {
        "table": table.name,
        "documents": len(data.train.docs),
        "median ms": round(1000 * statistics.median(seconds), 1),
        "least ms": round(1000 * min(seconds), 1),
    }


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--repeats", default=15, show_default=True)
def main(table: Path, repeats: int) -> None:
    """Print the time to read TABLE."""
    click.echo(render_table([measure(table, repeats)], "text"))


if __name__ == "__main__":
    main()
