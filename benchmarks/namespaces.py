"""A worker that is cut off in mid-run: ``python -m benchmarks.namespaces`` (root, Linux, iproute2).

A Dask scheduler and three workers run in network namespaces of their own, which a bridge connects,
like four computers at a switch. When a third of a matrix is computed, the link of one worker is
taken down: packets are lost, and no connection is closed. The run must end with the distances that
one process computes; otherwise the exit code is 1. Where namespaces are not permitted, the reason
is printed, and the exit code is 0.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
import numpy as np

from benchmarks.interrupts import documents
from compressclf import pairwise_distances
from compressclf._lib.progress import listen

ROOT = Path(__file__).parents[1]
NAME = f"cclf{os.getpid() % 10000}"
NETWORK = "10.213.77"
PORT = 8786
WORKERS = 3


def ip(*arguments: str) -> None:
    """Run the program ip.

    Raises
    ------
    PermissionError
        If it fails; the message is its own.
    """
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@contextmanager
def bridge() -> Iterator[None]:
    """Make a bridge that has an address of this process."""
    ip("link", "add", NAME, "type", "bridge")
    try:
        ip("addr", "add", f"{NETWORK}.254/24", "dev", NAME)
        ip("link", "set", NAME, "up")
        yield
    finally:
        ip("link", "del", NAME)


@contextmanager
def namespace(number: int) -> Iterator[str]:
    """Make a namespace with an address at the bridge, and yield its name."""
    space, link = f"{NAME}n{number}", f"{NAME}v{number}"
    ip("netns", "add", space)
    try:
        ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        ip("link", "set", link, "master", NAME, "up")
        for arguments in (
            ("addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            ip("-n", space, *arguments)
        yield space
    finally:
        with suppress(PermissionError):  # it was not made
            ip("link", "del", link)
        ip("netns", "del", space)


@contextmanager
def process(space: str, *arguments: str) -> Iterator[None]:
    """Run a command of dask in a namespace."""
    command = ["ip", "netns", "exec", space, sys.executable, "-m", "dask", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


@click.command()
@click.option("-n", "n", type=int, default=1200, show_default=True, help="Documents.")
@click.option(
    "--timeout",
    type=click.IntRange(12),
    default=15,
    show_default=True,
    help="TCP timeout of Dask in seconds.",
)
def main(n: int, timeout: int) -> None:
    """Cut a worker off while a matrix is computed."""
    if shutil.which("ip") is None:
        click.echo("Skipped: iproute2 is not installed.")
        return
    os.environ["DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP"] = f"{timeout}s"
    os.environ["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = f"{timeout}s"
    from distributed import Client

    texts, _ = documents(n, random.Random(0))
    expected = pairwise_distances(texts)
    address = f"tcp://{NETWORK}.1:{PORT}"
    with ExitStack() as stack:
        try:
            stack.enter_context(bridge())
            spaces = [stack.enter_context(namespace(i)) for i in range(1, WORKERS + 2)]
        except PermissionError as error:
            click.echo(f"Skipped: namespaces are not permitted here ({error}).")
            return
        stack.enter_context(
            process(spaces[0], "scheduler", "--host", f"{NETWORK}.1", "--port", str(PORT))
        )
        for number, space in enumerate(spaces[1:], 2):
            host = ("--host", f"{NETWORK}.{number}", "--nthreads", "1", "--no-dashboard")
            stack.enter_context(process(space, "worker", address, *host))
        client = stack.enter_context(Client(address, timeout=60))
        client.wait_for_workers(WORKERS, timeout=120)
        pairwise_distances(texts[:50], executor=client)  # compile
        cut: list[float] = []

        def cut_off(done: int, total: int) -> None:
            if (
                not cut and total > n * n and done > total / 3
            ):  # not while single documents are coded
                cut.append(time.perf_counter())
                ip("link", "set", f"{NAME}v{WORKERS + 1}", "down")

        begin = time.perf_counter()
        with listen(cut_off):
            found = pairwise_distances(texts, executor=client)
        end = time.perf_counter()
        left = len(client.nthreads())
    if not cut:
        raise click.ClickException("The run ended before the link was cut: give more documents.")
    same = "equal" if np.array_equal(found, expected) else "DIFFERENT"
    click.echo(
        f"{n:,} documents, {WORKERS} workers: one cut off after {cut[0] - begin:.1f} s, finished "
        f"after {end - begin:.1f} s by {left}, distances {same}."
    )
    if same != "equal":
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()
