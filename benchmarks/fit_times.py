"""Fit and predict times beside the word SVM: ``python -m benchmarks.fit_times DIR SET...``.

Runs three ways in turn, each in its own process, several times:

* the default model, whose fit chooses its settings, fits its correction and calibrates;
* the SVM over words and word pairs, with the settings that the study ``full`` recorded;
* the same SVM with its search for settings, once.

Prints medians, and the ratio of the SVM's time to the model's.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import click

from cli._output import render_table
from experiments.cells import Cell
from experiments.data import locate
from experiments.methods import get_method
from experiments.processes import Worker
from experiments.protocols import Job
from experiments.records import Records

RECORDS = Path(__file__).parents[1] / "experiments" / "results" / "records"
SVM = "word SVM"
TUNE, MEASURE = 0, 1  # the steps of the protocol


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False))
@click.argument("sets", nargs=-1, required=True)
@click.option("--method", default="blocks", show_default=True)
@click.option("--repeats", default=3, show_default=True)
@click.option(
    "--tune/--no-tune", default=True, show_default=True, help="Also time the search for settings."
)
@click.option("-j", "--threads", default=2, show_default=True)
def main(
    data: str, sets: tuple[str, ...], method: str, repeats: int, tune: bool, threads: int
) -> None:
    """Time METHOD and the word SVM on SETS of the folder DATA."""
    records = Records(RECORDS).load("full")
    for name in sets:
        cell, rival = Cell("full", name, method), Cell("full", name, SVM)
        if rival.key not in records:
            raise click.ClickException(f"No record of {rival}; run the study full first.")
        settings = {
            method: get_method(method).defaults(),
            SVM: records[rival.key]["settings"],
        }
        runs: dict[str, list[dict[str, Any]]] = {method: [], SVM: []}
        for _ in range(repeats):
            for one in (cell, rival):
                with Worker(threads) as worker:
                    given = {"settings": settings[one.method]}
                    job = Job(one, locate(name, data), threads, given)
                    runs[one.method].append(worker.measure(job, MEASURE))
        ours, theirs = (
            median(run["seconds"]["fit"] + run["seconds"]["predict"] for run in runs[one])
            for one in (method, SVM)
        )
        row = {
            "set": name,
            f"{method} s": round(ours, 2),
            f"{SVM} s": round(theirs, 2),
            "times as long": round(theirs / ours, 1),
            "fit s": round(median(run["seconds"]["fit"] for run in runs[method]), 2),
            "predict s": round(median(run["seconds"]["predict"] for run in runs[method]), 2),
            "MB": round(max(run["peak_memory_mb"] for run in runs[method])),
            "accuracy": runs[method][0]["value"],
            f"{SVM} accuracy": runs[SVM][0]["value"],
        }
        if tune:
            with Worker(threads) as worker:
                job = Job(rival, locate(name, data), threads, {})
                search = worker.measure(job, TUNE)["seconds"]["tune"]
            row |= {
                "with search s": round(search + theirs, 1),
                "then times as long": round((search + theirs) / ours),
            }
        print(render_table([row], "md"), flush=True)


if __name__ == "__main__":
    main()
