"""A Dask cluster of two processes on this machine, for tests."""

from contextlib import contextmanager

import compressclf


def _find_commands(path):
    compressclf.__path__[:] = path  # as conftest.py does here


@contextmanager
def local_client(n_workers=2):
    """Start a cluster, and yield its client."""
    from distributed import Client, LocalCluster

    settings = {"threads_per_worker": 1, "dashboard_address": ":0", "resources": {"GPU": 1}}
    with LocalCluster(n_workers=n_workers, **settings) as cluster, Client(cluster) as client:
        client.run(_find_commands, list(compressclf.__path__))
        yield client
