"""Measure the cells of a study that have no record yet, and save each record at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compressclf._lib.cluster import Shared
from compressclf._lib.executor import run_tiles

from .cells import Cell
from .data import locate
from .machine import NOT_MEASURED, where_and_when
from .processes import StepError, Worker
from .protocols import Job, Protocol, get_protocol
from .records import Record, Records
from .study import Study

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["FORMAT", "Progress", "choose_cells", "run_cells"]

FORMAT = 1
"""Version of the record schema."""


@dataclass
class Progress:
    """Progress of a run."""

    total: int
    finished: int
    """Before this run."""
    done: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Return the number of cells that are neither filled nor failed."""
        return self.total - self.finished - self.done - len(self.failed)

    def place(self) -> str:
        """Return the number of cells done and of all cells, as text."""
        return f"[{self.total - self.left}/{self.total}]"


def choose_cells(study: Study, only: Sequence[str]) -> list[Cell]:
    """Return the cells of a study that match a filter.

    Parameters
    ----------
    study : Study
        The study; its audits are always included.
    only : sequence of str
        Each ``DATASET``, ``DATASET/METHOD`` or ``/METHOD``; empty: all.

    Raises
    ------
    ValueError
        If one of `only` matches nothing.
    """
    cells = study.cells()
    if not only:
        return cells
    for filter_ in only:
        if not any(_matches(cell, filter_) for cell in cells):
            datasets = ", ".join(dict.fromkeys(cell.dataset for cell in cells))
            methods = ", ".join(dict.fromkeys(cell.method for cell in cells))
            raise ValueError(
                f"--only {filter_!r} matches no cell of {study.name}; write DATASET, "
                f"DATASET/METHOD or /METHOD with one of {datasets} and one of {methods}."
            )
    chosen = [cell for cell in cells if any(_matches(cell, filter_) for filter_ in only)]
    read = {cell.dataset for cell in chosen}
    return [
        cell
        for cell in cells
        if cell in chosen or (cell.protocol == "audit" and cell.dataset in read)
    ]


def _matches(cell: Cell, filter_: str) -> bool:
    # A name may hold a slash itself, as files of corpora do.
    return filter_ in (cell.dataset, f"{cell.dataset}/{cell.method}", f"/{cell.method}")


def run_cells(
    cells: Sequence[Cell],
    records: Records,
    *,
    data: str | None,
    threads: int,
    force: bool,
    say: Callable[[str], None],
    executor: Client | None = None,
) -> Progress:
    """Fill the cells that have no record yet.

    Parameters
    ----------
    cells : sequence of Cell
        What to fill.
    records : Records
        The store to which each record is appended at once.
    data : str, optional
        Folder of the data sets: see `locate`.
    threads : int
        Threads of every method that can use several.
    force : bool
        Also measure cells that have a record.
    say : callable
        Called with one line per cell.
    executor : dask.distributed.Client, optional
        Measures each cell on a worker of this cluster, which needs the same folder of data sets.

    Returns
    -------
    Progress
        The cells that failed; the others have records.

    Raises
    ------
    ValueError
        If none of the data sets can be found, or a line of the records is broken.
    """
    finished = {name: records.load(name) for name in {cell.protocol for cell in cells}}
    todo = [cell for cell in cells if force or cell.key not in finished[cell.protocol]]
    progress = Progress(len(cells), len(cells) - len(todo))
    sources, failed_sets = _locate_all(todo, data)
    for name, sentence in failed_sets.items():
        lost = sum(cell.dataset == name for cell in todo)
        say(f"{sentence} ({lost} cells skipped)")
        progress.failed += [str(cell) for cell in todo if cell.dataset == name]
    jobs = [_Cell(cell, sources[cell.dataset]) for cell in todo if cell.dataset not in failed_sets]
    for cell, (record, seconds) in _measured(jobs, data, threads, executor):
        if isinstance(record, str):
            progress.failed.append(str(cell))
            say(f"{progress.place()} {cell}: failed: {record}")
            continue
        records.append(record)
        progress.done += 1
        say(f"{progress.place()} {cell}: {_brief(record)}, {seconds:.1f} s")
    return progress


@dataclass(frozen=True)
class _Cell:
    """A cell with the source of its data set."""

    cell: Cell
    source: str
    cost: int = 1


Outcome = tuple[Record | str, float]
"""A record, or why there is none, and the seconds that it took."""


def _measured(
    jobs: list[_Cell], data: str | None, threads: int, executor: Client | None
) -> Iterator[tuple[Cell, Outcome]]:
    """Yield each cell with its outcome; without a cluster in this order."""
    if executor is not None:
        shared = Shared(data, threads)
        for job, outcome in run_tiles(
            _measure_alone, jobs, given=_given, shared=shared, executor=executor
        ):
            yield job.cell, outcome
        return
    with _Workers(threads) as workers:
        for job in jobs:
            yield job.cell, _measure(job, data, threads, workers)


def _given(job: _Cell, data: str | None, threads: int) -> tuple[_Cell, str | None, int]:
    return job, data, threads


def _measure_alone(job: _Cell, data: str | None, threads: int) -> Outcome:
    with _Workers(threads) as workers:
        return _measure(job, data, threads, workers)


def _measure(job: _Cell, data: str | None, threads: int, workers: _Workers) -> Outcome:
    begin = time.perf_counter()
    try:
        record: Record | str = _fill(job.cell, job.source, data, threads, workers)
    except StepError as error:
        record = str(error)
    return record, time.perf_counter() - begin


class _Workers:
    """The processes: a new one per step, or one that is kept for protocols that share it."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._kept: Worker | None = None

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()

    def measure(self, protocol: Protocol, job: Job, step: int) -> dict[str, Any]:
        """Measure a step."""
        if not protocol.shared:
            with Worker(self.threads) as worker:
                return worker.measure(job, step)
        if self._kept is None:
            self._kept = Worker(self.threads)
        try:
            return self._kept.measure(job, step)
        except StepError:
            self._drop()  # its state is unknown
            raise

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def _fill(cell: Cell, source: str, data: str | None, threads: int, workers: _Workers) -> Record:
    protocol = get_protocol(cell.protocol)
    parts: dict[str, Any] = {}
    for step in range(len(protocol.steps)):
        job = Job(cell, source, threads, parts, data)
        parts = _merge(parts, workers.measure(protocol, job, step))
    bits: dict[str, Any] = {name: parts.pop(name) for name in ("right", "leaked") if name in parts}
    return {
        "format": FORMAT,
        **cell.fields(),
        **parts,
        "threads": threads,
        **where_and_when(),
        **bits,  # long, so they come last in the line
    }


def _merge(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Merge two parts of a record; seconds and joules of different steps are joined.

    Examples
    --------
    >>> _merge({"seconds": {"tune": 2.0}}, {"seconds": {"fit": 1.0}, "n": 3})
    {'seconds': {'tune': 2.0, 'fit': 1.0}, 'n': 3}
    """
    merged = {**one, **other}
    for name in ("seconds", "cpu_seconds", "energy_joules"):
        both = [part[name] for part in (one, other) if name in part]
        if all(isinstance(value, dict) for value in both):
            if both:
                merged[name] = {step: spent for value in both for step, spent in value.items()}
        else:
            merged[name] = NOT_MEASURED
    return merged


def _locate_all(cells: Sequence[Cell], data: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the source of each set, and a sentence for each set that cannot be found.

    Raises
    ------
    ValueError
        If none can be found.
    """
    sources, missing = {}, {}
    for name in dict.fromkeys(cell.dataset for cell in cells):
        try:
            sources[name] = locate(name, data)
        except ValueError as error:
            missing[name] = str(error)
    if missing and not sources:
        raise ValueError(next(iter(missing.values())))
    return sources, missing


def _brief(record: Record) -> str:
    value = record["value"]
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    spread = "" if record.get("stderr") is None else f" ± {record['stderr']:.4f}"
    return f"{record['metric']} {text}{spread}"
