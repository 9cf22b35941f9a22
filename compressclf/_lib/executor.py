"""Run a function over parts of the work, in threads or in any other executor.

The expensive functions release the interpreter's lock while they code, so threads are enough on one
machine. `in_threads` returns all results in order. `run_tiles` yields them as they finish, reports
progress, and keeps only a few in flight, since a result may be large. Any
`concurrent.futures.Executor` can be used instead of threads, such as a pool of processes, and the
client of a Dask cluster (`compressclf._lib.cluster`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from functools import partial
from numbers import Integral
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from compressclf._lib.cluster import Shared, active_client, in_worker, is_client, run_on_cluster
from compressclf._lib.progress import track

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Shared", "check_n_jobs", "count_threads", "in_threads", "run_tiles", "was_interrupted"]


class Costly(Protocol):
    """A part of the work that knows its cost."""

    @property
    def cost(self) -> int:
        """Number of bytes to code."""


Item = TypeVar("Item")
Part = TypeVar("Part", bound=Costly)
Result = TypeVar("Result")
IN_FLIGHT_PER_THREAD = 4
IN_FLIGHT = 256  # tiles at a time if an executor does not say how many workers it has


def check_n_jobs(n_jobs: object, owner: str = "") -> None:
    """Refuse an invalid number of threads.

    Parameters
    ----------
    n_jobs : object
        Any value.
    owner : str, optional
        The class that has the parameter, for the message.

    Raises
    ------
    ValueError
        If it is neither None nor an int other than 0.
    """
    is_int = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and not (is_int and n_jobs != 0):
        of = f" of {owner}" if owner else ""
        raise ValueError(
            f"The 'n_jobs' parameter{of} must be None or an int other than 0. "
            f"Got {n_jobs!r} instead."
        )


def count_threads(n_jobs: int | None) -> int:
    """Return the number of threads for `n_jobs`, by joblib's rules.

    Raises
    ------
    ValueError
        If it is neither None nor an int other than 0. (With NaN, joblib would never return.)

    Examples
    --------
    >>> count_threads(3), count_threads(None)
    (3, 1)
    """
    from joblib import cpu_count, effective_n_jobs

    check_n_jobs(n_jobs)
    if in_worker():  # its other threads run other tasks
        return 1
    if active_client() is not None:  # joblib would count the threads of the cluster
        n_jobs = -1 if n_jobs is None else n_jobs
        return n_jobs if n_jobs > 0 else max(1, cpu_count() + 1 + n_jobs)
    return int(effective_n_jobs(n_jobs))


def run_tiles(
    function: Callable[..., Result],
    tiles: Sequence[Part],
    *,
    given: Callable[..., tuple[Any, ...]] | None = None,
    shared: Shared | None = None,
    n_jobs: int | None = None,
    executor: Executor | Client | None = None,
    advance: Callable[[int], None] | None = None,
) -> Iterator[tuple[Part, Result]]:
    """Yield each tile with ``function(tile)``, in the order in which they finish.

    Parameters
    ----------
    function : callable
        Called from several threads at once. For an executor of processes it must be picklable.
    tiles : sequence
        The parts of the work; progress is reported in units of their ``cost``.
    given : callable, optional
        ``given(tile, *shared.values)`` returns the arguments of `function` for a tile, such as the
        tile's documents, so that only these are sent to another process. By default, the tile.
    shared : Shared, optional
        What many tiles need. The workers of a Dask cluster get it once, and call `given`. It also
        says that `function` and `given` can be pickled and change nothing: only then are tiles run
        by joblib's Dask backend where that is active.
    n_jobs : int or None
        Number of threads; -1 is one for each processor, None is 1 (joblib's rules).
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Runs the tiles instead of threads of this process. It is not shut down.
    advance : callable, optional
        Called with the cost of each finished tile. By default, progress is reported for these tiles
        alone; give the function of `compressclf._lib.progress.track` if they are part of more work.

    Raises
    ------
    ValueError
        If `n_jobs` is neither None nor an int other than 0, or the cluster cannot be used.
    ConnectionError
        If all workers of a cluster or its scheduler are lost.

    Notes
    -----
    After an exception in a tile, an interrupt or the end of the consumer's loop, tiles that have
    not begun are cancelled, and the running ones are waited for, except those of a cluster.
    """
    if advance is None:
        with track(sum(tile.cost for tile in tiles)) as alone:
            yield from run_tiles(
                function,
                tiles,
                given=given,
                shared=shared,
                n_jobs=n_jobs,
                executor=executor,
                advance=alone,
            )
        return
    if executor is None and shared is not None:
        executor = active_client()
    shared = Shared() if shared is None else shared
    done: Iterator[tuple[int, Result]]
    if is_client(executor):
        done = run_on_cluster(executor, function, tiles, given, shared)
    else:
        arguments = None if given is None else lambda tile: given(tile, *shared.values)
        done = _as_done(function, tiles, n_jobs, arguments, cast("Executor | None", executor))
    for index, result in done:
        advance(tiles[index].cost)
        yield tiles[index], result


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int | None
) -> list[Result]:
    """Return ``function(item)`` for each item, in order, without reporting progress.

    Examples
    --------
    >>> in_threads(abs, [-1, -2, 3], 2)
    [1, 2, 3]
    """
    items = list(items)
    done = dict(_as_done(function, items, n_jobs))
    return [done[index] for index in range(len(items))]


def was_interrupted(error: BaseException | None) -> bool:
    """Return whether an exception is a KeyboardInterrupt or was caused by one.

    Compiled code can turn an interrupt into another exception: numba raises a SystemError, and an
    import raises an ImportError.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


def _as_done(
    function: Callable[..., Result],
    items: Sequence[Item],
    n_jobs: int | None,
    given: Callable[[Item], tuple[Any, ...]] | None = None,
    executor: Executor | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield the position of each item with its result, in the order in which they finish."""
    n_threads = min(count_threads(n_jobs), max(1, len(items)))
    todo = ((index, given(item) if given else (item,)) for index, item in enumerate(items))
    if executor is None and n_threads == 1:
        for index, arguments in todo:
            yield index, function(*arguments)
        return
    # A SimpleQueue is written in C; Ctrl-C while waiting for a Future can break the Future's locks.
    done: SimpleQueue[tuple[int, Result | None, BaseException | None]] = SimpleQueue()

    def run(index: int, arguments: tuple[Any, ...]) -> None:
        try:
            done.put((index, function(*arguments), None))
        except BaseException as error:
            done.put((index, None, error))

    def report(index: int, future: Future[Result]) -> None:
        error = None if future.cancelled() else future.exception()
        done.put((index, None if error or future.cancelled() else future.result(), error))

    most = IN_FLIGHT if executor else IN_FLIGHT_PER_THREAD * n_threads
    pool = executor or ThreadPoolExecutor(n_threads, thread_name_prefix="compressclf")
    running: dict[int, Future[Any]] = {}
    try:
        while True:
            for index, arguments in todo:
                if executor is None:
                    running[index] = pool.submit(run, index, arguments)
                else:
                    running[index] = pool.submit(function, *arguments)
                    running[index].add_done_callback(partial(report, index))
                if len(running) >= most:
                    break
            if not running:
                return
            index, result, error = done.get()
            del running[index]
            if error is not None:
                raise error
            yield index, cast(Result, result)
    finally:
        if pool is executor:
            for future in running.values():
                future.cancel()
            wait(running.values())
        else:
            pool.shutdown(wait=True, cancel_futures=True)
