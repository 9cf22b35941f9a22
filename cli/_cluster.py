"""``--scheduler`` and ``--local-cluster``: the options, and the cluster that they name."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from compressclf._lib.optional import optional_import

from ._options import add_options

__all__ = ["cluster_options", "on_cluster"]

EXTRA = "distributed"
SECONDS = 15  # to wait for a scheduler
CONFIG = {
    "logging": dict.fromkeys(("distributed", "distributed.client"), "critical"),
    "distributed.nanny.pre-spawn-environ": {"DASK_LOGGING__DISTRIBUTED": "critical"},
    "distributed.worker.profile.enabled": False,  # half of what a local worker takes when idle
}

cluster_options = add_options(
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Compute on a Dask cluster: the address of its scheduler, as in "
        "tcp://10.0.0.1:8786, or its scheduler file (.json).",
    ),
    click.option(
        "--local-cluster",
        type=click.IntRange(min=1),
        metavar="N",
        help="Compute on a Dask cluster of N processes of this machine, which ends with the run.",
    ),
)
"""Adds the options of a cluster."""


@contextmanager
def on_cluster(scheduler: str | None, local_cluster: int | None) -> Iterator[Any]:
    """Yield the client of the cluster that the options name; None if they name none.

    Inside the block, joblib's Dask backend is active, so that estimators use the cluster too.

    Raises
    ------
    click.UsageError
        If both options are given.
    MissingExtraError
        If Dask is not installed.
    ConnectionError
        If there is no scheduler at the address, or it has no workers.
    ValueError
        If a worker has other versions.
    """
    if scheduler is None and local_cluster is None:
        yield None
        return
    if scheduler is not None and local_cluster is not None:
        raise click.UsageError("--scheduler and --local-cluster exclude each other: give one.")
    dask = optional_import("dask", extra=EXTRA)
    with dask.config.set(CONFIG):  # read when the package is imported, here and in local workers
        distributed = optional_import("distributed", extra=EXTRA)
        import joblib

        from compressclf._lib.cluster import check_workers

        with ExitStack() as stack:
            if scheduler is not None:
                client = stack.enter_context(_connected(distributed, scheduler))
            else:
                local = distributed.LocalCluster(
                    n_workers=local_cluster, threads_per_worker=1, dashboard_address=":0"
                )
                client = stack.enter_context(distributed.Client(stack.enter_context(local)))
            check_workers(client)
            stack.enter_context(joblib.parallel_config("dask", client=client))
            yield client


def _connected(distributed: Any, scheduler: str) -> Any:
    is_file = scheduler.endswith(".json")
    if is_file and not Path(scheduler).is_file():
        raise click.BadParameter(
            f"there is no file {scheduler}; give the file of dask scheduler --scheduler-file, or "
            f"an address as in tcp://10.0.0.1:8786.",
            param_hint="--scheduler",
        )
    where = {"scheduler_file": scheduler} if is_file else {"address": scheduler}
    try:
        return distributed.Client(**where, timeout=SECONDS)
    except (OSError, ValueError):
        pass
    # Close the client that failed now: if it is collected while another starts, both wait forever.
    gc.collect()
    raise ConnectionError(
        f"No Dask scheduler answers at {scheduler}: check the address, start one with "
        f"'dask scheduler', or leave out --scheduler."
    )
