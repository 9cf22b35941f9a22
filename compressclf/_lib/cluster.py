"""Run tiles on the workers of a Dask cluster.

What all tiles have in common (documents, a fitted model) is sent to each worker once. A task is a
batch of tiles that takes about a second, and is sent as rows and columns. A few tasks per thread of
the cluster are under way at a time; their results stay on the workers until they are used here.

Dask repeats the tasks of a worker that dies on another one. If the only copies of what all tiles
have in common are lost with it, they are sent again.
"""

from __future__ import annotations

import sys
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

__all__ = ["Shared", "active_client", "check_workers", "in_worker", "is_client", "run_on_cluster"]

SHORTEST, LONGEST = 0.5, 2.0  # seconds of work in a task
TASKS_PER_THREAD = 2
LOOK = 2.0  # seconds without a result after which the cluster is looked at
COUNT = 10.0  # seconds after which workers are counted again
PATIENCE = 60.0  # seconds to wait for a worker if there is none
ATTEMPTS = 3  # times that shared values are sent again without a result in between

DECIDE_BITS = ("compressclf", "zstandard", "brotli", "pyppmd", "lz4", "imagecodecs")
"""Packages whose versions must be the same everywhere, since they decide codelengths."""
VERSIONS = f"""{{
    name: __import__("importlib.metadata").metadata.version(name)
    for name in {DECIDE_BITS}
    if __import__("importlib.util").util.find_spec(name)
}}"""
"""An expression, since a worker without compressclf could not load a function of it."""


class Shared:
    """Values that many tiles need, which each worker of a cluster gets once.

    They stay on the workers as long as this object lives.

    Parameters
    ----------
    *values : object
        The values, such as documents or a fitted model.

    Examples
    --------
    >>> Shared(1, 2).values
    (1, 2)
    """

    def __init__(self, *values: object) -> None:
        self.values = values
        self.sent: Any = None
        """The future of the values on the workers, None if they were not sent."""
        self.rate = 0.0
        """Cost of the tiles that a thread computes in a second; 0 before it is known."""

    def send(self, client: Any) -> None:
        """Send the values to a worker, from which the others get them, unless they are there."""
        if self.sent is None or self.sent.client is not client or self.sent.status != "finished":
            # not to all at once: that hangs if one has just been cut off
            # in a list, since other collections are taken apart
            [self.sent] = client.scatter([_Values(self.values)], hash=False, timeout=PATIENCE)


@dataclass(frozen=True)
class _Values:
    """A tuple that Dask does not take apart."""

    values: tuple[Any, ...]


def is_client(executor: object) -> bool:
    """Return whether an executor is a `dask.distributed.Client`, without importing Dask."""
    distributed = sys.modules.get("distributed")
    return distributed is not None and isinstance(executor, distributed.Client)


def in_worker() -> bool:
    """Return whether this function is called by a task of a Dask cluster."""
    if "distributed" not in sys.modules:
        return False
    from distributed import get_worker

    try:
        get_worker()
    except ValueError:
        return False
    return True


def active_client() -> Any:
    """Return the client of joblib's Dask backend, if that is active here, else None.

    It is active in ``with joblib.parallel_config("dask")``, whose options, such as
    ``resources={"GPU": 1}``, hold for the tasks too. Within a task of the cluster the answer
    is None, since a task that waits for other tasks would occupy a thread.
    """
    if "distributed" not in sys.modules or in_worker():
        return None
    from joblib.parallel import get_active_backend

    client = getattr(get_active_backend()[0], "client", None)
    return client if is_client(client) else None


def _options(client: Any) -> dict[str, Any]:
    """Return the options of ``client.submit`` that were given to joblib, such as resources."""
    from joblib.parallel import get_active_backend

    backend = get_active_backend()[0]
    is_active = getattr(backend, "client", None) is client
    return dict(getattr(backend, "submit_kwargs", {})) if is_active else {}


_checked: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


def check_workers(client: Any) -> int:
    """Refuse a cluster that would compute something else; return its number of threads.

    Parameters
    ----------
    client : dask.distributed.Client
        The client of the cluster.

    Raises
    ------
    ValueError
        If the client is asynchronous, if a worker lacks this package, or has another version of a
        package that decides codelengths.
    ConnectionError
        If the scheduler does not answer, or there is no worker.
    """
    if client.asynchronous:
        raise ValueError(
            "The Dask client is asynchronous: give one that was made without asynchronous=True."
        )
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        threads = client.nthreads()
        new = set(threads) - _checked.setdefault(client, set())
        if new:
            found = client.run(eval, VERSIONS, workers=list(new), on_error="return")
    except _timeouts():
        raise _no_workers(client) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise _lost(client) from error
    if new:
        ours = eval(VERSIONS)
        for worker, theirs in found.items():
            _check_versions(worker, theirs, ours)
        _checked[client] |= set(found)
    return sum(threads.values())


def _check_versions(worker: str, theirs: Any, ours: dict[str, str]) -> None:
    if isinstance(theirs, OSError):  # it has just died
        return
    if not isinstance(theirs, dict):
        raise ValueError(f"The Dask worker {worker} does not state its versions: {theirs}")
    if "compressclf" not in theirs:
        raise ValueError(
            f"The Dask worker {worker} lacks compressclf: install version {ours['compressclf']} "
            f"there."
        )
    for name, version in ours.items():
        if theirs.get(name, version) != version:
            raise ValueError(
                f"The Dask worker {worker} has {name} {theirs[name]}, and this process has "
                f"{version}: install the same versions everywhere, since codelengths depend on "
                f"them."
            )


def run_on_cluster(
    client: Any,
    function: Callable[..., Any],
    tiles: Sequence[Any],
    given: Callable[..., tuple[Any, ...]] | None,
    shared: Shared,
) -> Iterator[tuple[int, Any]]:
    """Yield the position of each tile with its result, in the order in which they finish.

    Parameters
    ----------
    client : dask.distributed.Client
        The client of the cluster.
    function, tiles, given, shared : object
        As in `compressclf._lib.executor.run_tiles`.

    Raises
    ------
    ValueError, ConnectionError
        As `check_workers`, and if all workers or the scheduler are lost.
    """
    if not len(tiles):
        return
    n_threads = check_workers(client)
    run = _Run(client, (function, given), shared, tiles, n_threads, _options(client))
    try:
        yield from run.results()
    finally:
        run.cancel()


@dataclass
class _Run:
    """The tiles that are left, and the tasks that are under way."""

    client: Any
    calls: tuple[Callable[..., Any], Callable[..., tuple[Any, ...]] | None]
    """The function, and the one that gives its arguments."""
    shared: Shared
    tiles: Sequence[Any]
    n_threads: int
    options: dict[str, Any]
    """Options of ``client.submit``."""
    left: int = 0
    """Cost of the tiles that are in no task yet."""
    running: dict[int, tuple[Any, list[int]]] = field(default_factory=dict)
    """The future and the tiles of each task."""
    done: SimpleQueue[int] = field(default_factory=SimpleQueue)
    n_tasks: int = 0
    attempts: int = 0

    def results(self) -> Iterator[tuple[int, Any]]:
        todo = deque(range(len(self.tiles)))
        self.left = sum(tile.cost for tile in self.tiles)
        self.send()
        counted = time.monotonic()
        while todo or self.running:
            if time.monotonic() > counted + COUNT:  # workers may have joined
                self.n_threads, counted = check_workers(self.client), time.monotonic()
            while todo and len(self.running) < TASKS_PER_THREAD * self.n_threads:
                self.submit(self.batch(todo))
            task = self.next_done()
            future, tiles = self.running.pop(task)
            try:
                found, seconds = future.result()
            except CancelledError:
                self.send_again(tiles)
                continue
            except BaseException as error:
                self.refuse(error)
                raise
            future.release()
            self.attempts = 0
            speed = sum(self.tiles[tile].cost for tile in tiles) / max(seconds, 1e-6)
            self.shared.rate = max(self.shared.rate / 2, speed)  # the first tasks load kernels
            yield from zip(tiles, found, strict=True)

    def batch(self, todo: deque[int]) -> list[int]:
        """Take the tiles of the next task: about a second of work, less near the end."""
        share = self.left / (2 * TASKS_PER_THREAD * self.n_threads)
        rate = self.shared.rate
        budget = min(max(share, SHORTEST * rate), LONGEST * rate)
        tiles: list[int] = []
        cost = 0
        while todo and (not tiles or cost + self.tiles[todo[0]].cost <= budget):
            tiles.append(todo.popleft())
            cost += self.tiles[tiles[-1]].cost
        self.left -= cost
        return tiles

    def send(self) -> None:
        """Send the shared values."""
        for attempt in range(ATTEMPTS):
            try:
                self.shared.send(self.client)
                return
            except _timeouts():
                raise _no_workers(self.client) from None
            except (OSError, CancelledError) as error:  # the worker that was chosen is lost
                if attempt == ATTEMPTS - 1 or self.client.status != "running":
                    raise _lost(self.client) from error

    def submit(self, tiles: list[int]) -> None:
        """Start a task."""
        task = self.n_tasks = self.n_tasks + 1
        future = self.client.submit(
            _run_batch,
            self.shared.sent,
            *self.calls,
            [self.tiles[tile] for tile in tiles],
            pure=False,
            **self.options,
        )
        self.running[task] = future, tiles
        future.add_done_callback(lambda _: self.done.put(task))

    def next_done(self) -> int:
        """Wait for a task that has ended."""
        lonely_since: float | None = None
        while True:
            try:
                task = self.done.get(timeout=LOOK)
            except Empty:
                if self.client.status not in ("running", "connecting"):
                    raise _lost(self.client) from None
                if self.has_workers():
                    lonely_since = None
                else:
                    lonely_since = lonely_since or time.monotonic()
                    if time.monotonic() - lonely_since > PATIENCE:
                        raise _no_workers(self.client) from None
                continue
            if task in self.running:
                return task

    def has_workers(self) -> bool:
        try:
            return self.client.status == "running" and bool(self.client.nthreads())
        except OSError:  # the scheduler has just been lost
            return False

    def send_again(self, tiles: list[int]) -> None:
        """Restart all tasks, since those that were under way are lost."""
        self.attempts += 1
        if self.attempts > ATTEMPTS or self.client.status != "running":
            raise _lost(self.client)
        lost = [tiles, *(tiles for _, tiles in self.running.values())]
        self.cancel()
        self.shared.sent = None
        self.send()
        for tiles in lost:
            self.submit(tiles)

    def refuse(self, error: BaseException) -> None:
        """Raise a sentence if an error came from the cluster and not from the function."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            raise ConnectionError(
                "The Dask workers that ran a part of the work died, one after the other, probably "
                "for lack of memory: give each worker more memory or fewer threads."
            ) from error

    def cancel(self) -> None:
        """Cancel all tasks."""
        futures = [future for future, _ in self.running.values()]
        self.running.clear()
        if futures and self.client.status == "running":
            self.client.cancel(futures)


def _run_batch(
    shared: _Values,
    function: Callable[..., Any],
    given: Callable[..., tuple[Any, ...]] | None,
    tiles: list[Any],
) -> tuple[list[Any], float]:
    """Return the results of the tiles of a task, and its seconds."""
    begin = time.perf_counter()
    results = [
        function(*((tile,) if given is None else given(tile, *shared.values))) for tile in tiles
    ]
    return results, time.perf_counter() - begin


def _timeouts() -> tuple[type[Exception], ...]:
    """Return the classes of Dask's timeouts; they are one and the same since Python 3.11."""
    import asyncio

    return TimeoutError, asyncio.TimeoutError


def _no_workers(client: Any) -> ConnectionError:
    return ConnectionError(
        f"The Dask cluster at {_address(client)} has had no worker for {PATIENCE:.0f} s: start "
        f"workers, and run this again."
    )


def _lost(client: Any) -> ConnectionError:
    return ConnectionError(
        f"The Dask scheduler at {_address(client)} is lost: start it and its workers, and run this "
        f"again."
    )


def _address(client: Any) -> str:
    return str(getattr(client.scheduler, "address", "an unknown address"))
