"""Time and memory of matrices on disk: ``python -m benchmarks.matrices SOURCE -n 2000 -n 20000``.

Each matrix is written by a child process, dense, with the 20 nearest and with a threshold. Its peak
memory (resident, on Linux) is beside the limit that it was given.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from compressclf import write_matrix
from compressclf.cli._output import render_table
from compressclf.datasets import load_dataset

KINDS: dict[str, dict[str, Any]] = {
    "dense": {},
    "top 20": {"top_k": 20},
    "threshold 0.6": {"threshold": 0.6},
}


def measured(docs: Any, kind: str, jobs: int, memory: int) -> dict[str, object]:
    """Write a matrix in a child process and return what it took."""
    folder = Path(tempfile.mkdtemp())
    begin = time.perf_counter()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            write_matrix(docs, folder / "out", n_jobs=jobs, memory=memory, **KINDS[kind])
            code = 0
        finally:
            os._exit(code)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        raise click.ClickException(f"{kind}: the run failed.")
    files = [file for file in folder.rglob("*") if file.is_file()]
    n_pairs = len(docs) * (len(docs) + 1) / 2
    seconds = used.ru_utime + used.ru_stime
    row = {
        "documents": len(docs),
        "matrix": kind,
        "wall s": round(wall, 1),
        "CPU s": round(seconds, 1),
        "CPU µs per pair": round(seconds / n_pairs * 1e6, 2),
        "peak MB": used.ru_maxrss // 1000,
        "limit MB": memory // 10**6,
        "on disk MB": round(sum(file.stat().st_size for file in files) / 1e6, 1),
    }
    shutil.rmtree(folder)
    return row


@click.command()
@click.argument("source")
@click.option("-n", "sizes", type=int, multiple=True, default=(2000,), help="Documents; repeat it.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only these.")
@click.option("-j", "--jobs", type=int, default=-1, help="Threads.")
@click.option("--memory", type=int, default=1000, show_default=True, help="Limit in MB.")
def main(
    source: str, sizes: tuple[int, ...], kinds: tuple[str, ...], jobs: int, memory: int
) -> None:
    """Measure matrices of the first documents of SOURCE."""
    docs = load_dataset(source, labelled=False).train.docs
    rows = []
    for n in sizes:
        for kind in kinds or KINDS:
            rows.append(measured(docs.take(range(min(n, len(docs)))), kind, jobs, memory * 10**6))
            click.echo(render_table(rows[-1:], "jsonl"), nl=False)
            sys.stdout.flush()
    click.echo(render_table(rows, "md"))


if __name__ == "__main__":
    main()
