"""``python -m benchmarks.class_models run|few-shot|render``."""

from __future__ import annotations

import subprocess
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.class_models.cells import measure, new_cell
from benchmarks.class_models.records import FOLDER, Records

CLOCKS = ("fit_seconds", "fit_cpu_seconds", "predict_seconds", "predict_cpu_seconds")
PATH = click.Path(path_type=Path)


def cells_in(path: Path) -> Records:
    """Return the records of the table."""
    return Records(path, ("set", "method"))


def few_shot_in(path: Path) -> Records:
    """Return the records of few-shot learning."""
    return Records(path, ("set", "method", "shots"))


records_option = click.option(
    "--records", type=PATH, default=FOLDER / "class_models.jsonl", help="JSON lines to append to."
)
few_shot_option = click.option(
    "--few-shot-records", type=PATH, default=FOLDER / "few_shot.jsonl", help="JSON lines."
)
method_option = click.option(
    "--method", "methods", multiple=True, help="Only this one; may be repeated. Default: all."
)
threads_option = click.option("--threads", default=1, show_default=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Compare class models, kNN and trained baselines."""


@main.command()
@click.argument("sources", nargs=-1, required=True)
@method_option
@records_option
@threads_option
@click.option("--seed", default=0, show_default=True, help="Of the folds.")
@click.option("--force", is_flag=True, help="Do finished cells again.")
@click.option("--retime", is_flag=True, help="Measure finished cells again, settings as recorded.")
@click.option("--repeats", default=3, show_default=True, help="Of --retime; the median is kept.")
def run(
    sources: tuple[str, ...],
    methods: tuple[str, ...],
    records: Path,
    threads: int,
    seed: int,
    force: bool,
    retime: bool,
    repeats: int,
) -> None:
    """Fill the cells of SOURCES that are not filled yet."""
    store, names, failed = cells_in(records), _chosen(methods), 0
    for source in sources:
        if retime:
            _retime(store, source, names, threads, repeats)
            continue
        for method in names:
            if not force and (_name(source), method) in store.load():
                continue
            try:
                record = new_cell(source, method, threads=threads, seed=seed)
            except subprocess.CalledProcessError as error:
                click.echo(f"{source} {method}: failed ({error.returncode})", err=True)
                failed += 1
                continue
            store.append(record)
            _report(record)
    if failed:
        raise SystemExit(1)


@main.command("few-shot")
@click.argument("sources", nargs=-1, required=True)
@method_option
@few_shot_option
@threads_option
@click.option("--seeds", default=5, show_default=True, help="Number of draws.")
@click.option("--force", is_flag=True, help="Do finished cells again.")
def few_shot(
    sources: tuple[str, ...],
    methods: tuple[str, ...],
    few_shot_records: Path,
    threads: int,
    seeds: int,
    force: bool,
) -> None:
    """Learn from few documents of SOURCES."""
    from benchmarks.class_models.data import read_set
    from benchmarks.class_models.few_shot import LIMIT_TEST, SHOTS, few_shot_cell, few_shot_methods

    store = few_shot_in(few_shot_records)
    for source in sources:
        data = read_set(source).limit_test(LIMIT_TEST)
        for shots in SHOTS:
            for method in methods or few_shot_methods():
                if not force and (data.name, method, shots) in store.load():
                    continue
                record = few_shot_cell(data, method, shots, seeds=seeds, threads=threads)
                store.append(record)
                click.echo(
                    f"{data.name} {shots} {method}: {record['accuracy']:.3f} ± {record['sd']:.3f}"
                    f" in {record['cpu_seconds']:.1f} s a draw",
                    err=True,
                )


@main.command()
@records_option
@few_shot_option
def render(records: Path, few_shot_records: Path) -> None:
    """Print the records as Markdown tables."""
    from benchmarks.class_models.render import render_cells, render_few_shot

    print(render_cells(cells_in(records).load().values()))
    print()
    print(render_few_shot(few_shot_in(few_shot_records).load().values()))


def _chosen(methods: tuple[str, ...]) -> list[str]:
    from benchmarks.class_models.methods import METHODS

    for name in methods:
        if name not in METHODS:
            raise click.UsageError(f"No method {name!r}; choose from {', '.join(METHODS)}.")
    return list(methods or METHODS)


def _name(source: str) -> str:
    return Path(source).name


def _retime(store: Records, source: str, methods: list[str], threads: int, repeats: int) -> None:
    """Measure the methods in turns and append the medians; the answers must be the recorded."""
    records = store.load()
    cells = [records[_name(source), name] for name in methods if (_name(source), name) in records]
    runs: dict[str, list[dict[str, Any]]] = {}
    for _ in range(repeats):
        for cell in cells:
            run = measure(
                source, cell["method"], cell["settings"], threads=threads, seed=cell["seed"]
            )
            runs.setdefault(cell["method"], []).append(run)
    for cell in cells:
        again = runs[cell["method"]]
        if any(run["right"] != cell["right"] for run in again):
            click.echo(f"{source} {cell['method']}: other answers than recorded", err=True)
        fresh = {clock: median(run[clock] for run in again) for clock in CLOCKS}
        record = {**cell, **again[-1], **fresh, "timed": f"median of {repeats}, in turns"}
        store.append(record)
        _report(record)


def _report(record: dict[str, Any]) -> None:
    click.echo(
        f"{record['set']} {record['method']}: {record['accuracy']:.4f} ± {record['stderr']:.4f}, "
        f"{record['settings']}, tuned in {record['tune_seconds']:.1f} s, "
        f"fit {record['fit_seconds']:.2f} s, predict {record['predict_seconds']:.2f} s, "
        f"{record['peak_memory_mb']} MB {' '.join(record['warnings'])}",
        err=True,
    )


if __name__ == "__main__":
    main()
