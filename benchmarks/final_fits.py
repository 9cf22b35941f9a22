"""Final fit and predict in turns: ``python -m benchmarks.final_fits DIR SET...``.

Methods have the settings that the study ``full`` recorded, so that nothing is tuned here. Each runs
in a process of its own, one after the other, several times over; medians are printed, and how many
times as long the first method takes.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import click

from cli._output import render_table
from experiments.cells import Cell
from experiments.data import locate
from experiments.processes import Worker
from experiments.protocols import Job
from experiments.records import Records

RECORDS = Path(__file__).parents[1] / "experiments" / "results" / "records"
METHODS = ("word SVM", "blocks", "blocks recount")
MEASURE = 1  # the step of the protocol after tuning


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False))
@click.argument("sets", nargs=-1, required=True)
@click.option("--method", "methods", multiple=True, default=METHODS, show_default=True)
@click.option("--repeats", default=3, show_default=True)
@click.option("-j", "--threads", default=2, show_default=True)
def main(
    data: str, sets: tuple[str, ...], methods: tuple[str, ...], repeats: int, threads: int
) -> None:
    """Time METHODS on SETS of the folder DATA."""
    records, rows = Records(RECORDS).load("full"), []
    for name in sets:
        runs: dict[str, list[dict[str, Any]]] = {method: [] for method in methods}
        for _ in range(repeats):
            for method in methods:
                cell = Cell("full", name, method)
                if cell.key not in records:
                    raise click.ClickException(f"No record of {cell}; run the study full first.")
                settings = {"settings": records[cell.key]["settings"]}
                with Worker(threads) as worker:
                    job = Job(cell, locate(name, data), threads, settings)
                    runs[method].append(worker.measure(job, MEASURE))
        totals = {method: _median(runs[method], "seconds", "fit", "predict") for method in methods}
        for method in methods:
            again = runs[method]
            same = all(run["value"] == again[0]["value"] for run in again)
            rows.append(
                {
                    "set": name,
                    "method": method,
                    "fit s": round(_median(again, "seconds", "fit"), 2),
                    "predict s": round(_median(again, "seconds", "predict"), 2),
                    "CPU s": round(_median(again, "cpu_seconds", "fit", "predict"), 2),
                    "MB": round(max(run["peak_memory_mb"] for run in again)),
                    "accuracy": again[0]["value"] if same else "differs",
                    f"{methods[0]} takes": f"{totals[methods[0]] / totals[method]:.1f}x",
                }
            )
    print(render_table(rows, "md"))


def _median(runs: list[dict[str, Any]], clock: str, *steps: str) -> float:
    return float(median(sum(run[clock][step] for step in steps) for run in runs))


if __name__ == "__main__":
    main()
