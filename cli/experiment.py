"""``compressclf experiment``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compressclf._lib.registry import check_choice

from ._cluster import cluster_options, on_cluster
from ._options import Spec, output_options
from ._output import emit, render_table, say
from ._progress import show_progress
from ._resuming import kept

if TYPE_CHECKING:
    from compressclf.experiments.study import Study


def _check_study(name: str) -> None:
    from compressclf.experiments.study import names_of_studies

    check_choice("study", name, names_of_studies())


results_option = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Directory of records, tables and plots. Default: experiments/results of the checkout or "
    "the working directory.",
)
quick_option = click.option(
    "--quick", is_flag=True, help="A quick version of the study on a few rows of a sample set."
)


@click.group("experiment")
def command() -> None:
    """Run studies and render their tables and plots.

    A study is a list of cells. A cell is one run: a protocol, a data set, a method and a seed. Its
    result is written as a line of JSON as soon as it is finished, and a finished cell is not run
    again.

    \b
    Examples:
      compressclf experiment list
      compressclf experiment run quick
      compressclf experiment run few-shot --data DIR --only r8/blocks
    """


@command.command("list")
@results_option
@output_options("text", "json", "jsonl", "csv", "md")
def list_studies(results: Path | None, style: str, output: Path | None) -> None:
    """List the studies and how many of their cells are finished.

    \b
    Example:
      compressclf experiment list
    """
    from compressclf.experiments.records import Records
    from compressclf.experiments.study import names_of_studies, read_study

    rows = []
    for name in names_of_studies():
        study = read_study(name)
        records, cells = Records(_folder(results, study.quick) / "records"), study.cells()
        loaded = {protocol: records.load(protocol) for protocol in {c.protocol for c in cells}}
        filled = sum(cell.key in loaded[cell.protocol] for cell in cells)
        rows.append(
            {"study": name, "cells": len(cells), "filled": filled, "question": study.question}
        )
    emit(render_table(rows, style), output)


@command.command("run")
@click.argument("name", type=Spec(_check_study))
@click.option(
    "--data",
    metavar="DIR|hf|sample",
    help="A folder with NAME/train.csv.gz and NAME/test.csv.gz for each set, or the Hugging Face "
    "hub. Sample sets need neither.",
)
@quick_option
@click.option(
    "--only",
    multiple=True,
    metavar="DATASET[/METHOD]",
    help="Run only these cells; /METHOD is one method on all sets. May be repeated.",
)
@click.option("--force", is_flag=True, help="Run finished cells again.")
@click.option("--dry-run", is_flag=True, help="Print the cells that would run, and stop.")
@click.option(
    "-j",
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number of threads of a method.",
)
@cluster_options
@results_option
def run(
    name: str,
    data: str | None,
    quick: bool,
    only: tuple[str, ...],
    force: bool,
    dry_run: bool,
    threads: int,
    scheduler: str | None,
    local_cluster: int | None,
    results: Path | None,
) -> None:
    """Run the cells of the study NAME that are not finished, and render its report.

    If a cell fails, it is reported, the run continues, and the exit code is 1.

    \b
    Examples:
      compressclf experiment run quick
      compressclf experiment run full --data DIR --only ag_news -j 2
      compressclf experiment run full --data DIR --scheduler tcp://10.0.0.1:8786
    """
    from compressclf.experiments.records import Records
    from compressclf.experiments.runner import choose_cells, run_cells
    from compressclf.experiments.study import read_study

    study = read_study(name)
    study = study.sketch() if quick else study
    try:
        cells = choose_cells(study, only)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if data is not None and data not in ("hf", "sample") and not Path(data).is_dir():
        raise click.BadParameter(
            f"there is no folder {data}; give a folder, hf, or sample.", param_hint="--data"
        )
    folder = _folder(results, study.quick)
    records = Records(folder / "records")
    if dry_run:
        for cell in cells:
            if force or cell.key not in records.load(cell.protocol):
                click.echo(str(cell))
        return
    with (
        kept(records.folder, "Finished cells are kept: run the same command to continue."),
        on_cluster(scheduler, local_cluster) as client,
    ):
        progress = run_cells(
            cells, records, data=data, threads=threads, force=force, say=say, executor=client
        )
    say(
        f"{study.name}: {progress.finished} cells were finished before, {progress.done} now, "
        f"{len(progress.failed)} failed."
    )
    with show_progress("rendering"):
        click.echo(_render(study, folder))
    if progress.failed:
        raise click.exceptions.Exit(1)


@command.command("report")
@click.argument("names", nargs=-1, metavar="[NAME]...", type=Spec(_check_study))
@quick_option
@results_option
def report(names: tuple[str, ...], quick: bool, results: Path | None) -> None:
    """Render tables and plots of the studies NAME, or of all studies that have records.

    Writes NAME.md and its plots to the results directory. In a checkout it also updates the marked
    tables of README.md and docs/. Prints the paths of the written files.

    \b
    Examples:
      compressclf experiment report
      compressclf experiment report full
    """
    from compressclf.experiments.study import names_of_studies, read_study

    studies = [read_study(name) for name in names or names_of_studies()]
    studies = [study.sketch() for study in studies] if quick else studies
    written = []
    for study in studies:
        folder = _folder(results, study.quick)
        if names or _has_records(study, folder):
            written.append(_render(study, folder, refresh=results is None))
    if not written:
        raise click.ClickException(
            "No study has records yet; start with: compressclf experiment run quick"
        )
    click.echo("\n".join(written))


def _render(study: Study, folder: Path, *, refresh: bool = False) -> str:
    """Write the report; return the paths of the written files, one per line."""
    from compressclf.experiments.report import refresh_documents, write_report

    written = write_report(study, folder)
    if refresh:
        written += refresh_documents(study, folder)
    return "\n".join(map(str, written))


def _has_records(study: Study, folder: Path) -> bool:
    from compressclf.experiments.report import load_view_records

    return bool(load_view_records(study, folder))


def _folder(results: Path | None, quick: bool) -> Path:
    """Return the directory of the results; quick versions have their own."""
    from compressclf.experiments.machine import IS_CHECKOUT, ROOT

    if results is not None:
        return results
    base = ROOT if IS_CHECKOUT else Path.cwd()
    return base / "experiments" / "results" / ("quick" if quick else "")
