"""A Dask cluster beside threads: ``python -m benchmarks.cluster --seconds 60 --rounds 3``.

The same work is done by N threads of this process and by a `LocalCluster` of N processes with one
thread each, in turn. The results must be equal bit for bit. `wall` and `CPU` are the medians over
the rounds, the CPU time with all processes; the overheads are the medians of the ratios of a round.
On a machine that other work shares, the CPU time is the steadier figure; it does not show time in
which workers wait.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import click
import dask
import joblib
import numpy as np
from distributed import Client, LocalCluster

from benchmarks.interrupts import documents
from compressclf import CodelengthClassifier, NCDClassifier, pairwise_distances
from compressclf.cli._output import render_table

FEW = 150  # documents, to find out how long a pair takes

Work = Callable[[], Any]


def matrix(texts: list[str], labels: list[str], n_jobs: int) -> Work:
    """Return a function that computes all distances."""
    return lambda: pairwise_distances(texts, n_jobs=n_jobs)


def neighbours(texts: list[str], labels: list[str], n_jobs: int) -> Work:
    """Return a function that labels all documents by their nearest neighbours."""
    classifier = NCDClassifier(5, n_jobs=n_jobs).fit(texts, labels)
    return lambda: np.hstack(classifier.kneighbors(texts))


def scores(texts: list[str], labels: list[str], n_jobs: int) -> Work:
    """Return a function that scores all documents by a class model of a few."""
    classifier = CodelengthClassifier("contextmix", calibration=1.0, n_jobs=n_jobs)
    classifier.fit(texts[:FEW], labels[:FEW])
    return lambda: classifier.codelengths(texts)


KINDS: dict[str, tuple[Callable[..., Work], int]] = {
    "matrix": (matrix, 2),
    "neighbours": (neighbours, 2),
    "scores": (scores, 1),
}
"""The work, and the power of the number of documents with which it grows."""


def process_seconds(client: Client) -> float:
    """Return the CPU seconds of this process and of the workers."""
    return time.process_time() + sum(client.run(time.process_time).values())


def timed(work: Work, client: Client) -> tuple[Any, float, float]:
    """Return the result of `work`, its wall seconds and its CPU seconds."""
    before, begin = process_seconds(client), time.perf_counter()
    result = work()
    wall = time.perf_counter() - begin
    return result, wall, process_seconds(client) - before


@click.command()
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only these.")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Of work, at least.")
@click.option("--rounds", type=int, default=3, show_default=True)
@click.option("-j", "--jobs", type=int, default=2, show_default=True, help="Threads; processes.")
def main(kinds: tuple[str, ...], seconds: float, rounds: int, jobs: int) -> None:
    """Compare a local cluster with threads at equal cores."""
    rows = []
    settings = {"n_workers": jobs, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),  # as --local-cluster does
        LocalCluster(**settings) as cluster,
        Client(cluster) as client,
    ):
        for kind in kinds or KINDS:
            make, power = KINDS[kind]
            few = make(*documents(FEW, random.Random(0)), jobs)
            few()  # compile
            with joblib.parallel_config("dask", client=client):
                few()
            _, _, cost = timed(few, client)
            n = int(FEW * (1.2 * seconds * jobs / cost) ** (1 / power))
            work = make(*documents(n, random.Random(1)), jobs)
            measured = []
            for number in range(rounds):
                expected, *threads = timed(work, client)
                with joblib.parallel_config("dask", client=client):
                    found, *processes = timed(work, client)
                if not np.array_equal(found, expected):
                    raise click.ClickException(f"{kind}: the results differ.")
                measured.append((*threads, *processes))
                click.echo(f"{kind}, round {number + 1}: {np.round(measured[-1], 1)}", err=True)
            wall, cpu, cluster_wall, cluster_cpu = map(
                statistics.median, zip(*measured, strict=True)
            )
            rows.append(
                {
                    "work": kind,
                    "documents": n,
                    "threads: wall s": round(wall, 1),
                    "cluster: wall s": round(cluster_wall, 1),
                    "wall overhead": _overhead([row[2] / row[0] for row in measured]),
                    "threads: CPU s": round(cpu, 1),
                    "cluster: CPU s": round(cluster_cpu, 1),
                    "CPU overhead": _overhead([row[3] / row[1] for row in measured]),
                }
            )
            sys.stdout.flush()
    click.echo(render_table(rows, "md"))


def _overhead(ratios: list[float]) -> str:
    return f"{statistics.median(ratios) - 1:+.1%}"


if __name__ == "__main__":
    main()
