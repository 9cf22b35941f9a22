"""The executor: run a function over parts of the work in threads.

The functions that matter release the interpreter's lock while they code, so that threads are
enough. `in_threads` returns all results in order; `run_tiles` hands them back as they are done,
with progress, and keeps a few in flight at most: what a tile returns may be large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from numbers import Integral
from typing import Protocol, TypeVar

from compressclf._progress import track

__all__ = ["check_n_jobs", "count_threads", "in_threads", "run_tiles", "was_interrupted"]


class Costly(Protocol):
    """A part of the work that knows how many bytes it is."""

    @property
    def cost(self) -> int:
        """Bytes to code."""


Item = TypeVar("Item")
Part = TypeVar("Part", bound=Costly)
Result = TypeVar("Result")
IN_FLIGHT_PER_THREAD = 4


def check_n_jobs(n_jobs: object, owner: str = "") -> None:
    """Refuse an invalid number of threads.

    Parameters
    ----------
    n_jobs : object
        What was given.
    owner : str, optional
        The class whose parameter it is, for the message.

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
    """Return the number of threads that `n_jobs` asks for by joblib's rules.

    Raises
    ------
    ValueError
        If it is neither None nor an int other than 0: joblib counts for ever towards a NaN.

    Examples
    --------
    >>> count_threads(3), count_threads(None)
    (3, 1)
    """
    from joblib import effective_n_jobs

    check_n_jobs(n_jobs)
    return int(effective_n_jobs(n_jobs))


def run_tiles(
    function: Callable[[Part], Result], tiles: Sequence[Part], *, n_jobs: int | None = None
) -> Iterator[tuple[Part, Result]]:
    """Yield each tile with ``function(tile)``, in the order in which they finish.

    Parameters
    ----------
    function : callable
        Called from several threads at once.
    tiles : sequence
        What to do; each has a ``cost``, in which progress is told.
    n_jobs : int or None
        Number of threads; -1 is one for each processor, None is 1 (joblib's rules).

    Raises
    ------
    ValueError
        If `n_jobs` is neither None nor an int other than 0.

    Notes
    -----
    An exception in a tile, an interrupt or the end of the consumer's loop drops the tiles that
    have not begun and waits for those that have.
    """
    with track(sum(tile.cost for tile in tiles)) as advance:
        for index, result in _as_done(function, tiles, n_jobs):
            advance(tiles[index].cost)
            yield tiles[index], result


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int | None
) -> list[Result]:
    """Return ``function(item)`` for each item, in their order, without telling of progress.

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

    Libraries of compiled code make another exception of an interrupt: numba a SystemError, and a
    module that is being imported an ImportError.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


def _as_done(
    function: Callable[[Item], Result], items: Sequence[Item], n_jobs: int | None
) -> Iterator[tuple[int, Result]]:
    """Yield the position of each item with its result, in the order in which they finish."""
    n_threads = min(count_threads(n_jobs), max(1, len(items)))
    if n_threads == 1:
        yield from enumerate(map(function, items))
        return
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="compressclf")
    try:
        todo = iter(enumerate(items))
        running: dict[Future[Result], int] = {}
        while True:
            for index, item in todo:
                running[pool.submit(function, item)] = index
                if len(running) >= IN_FLIGHT_PER_THREAD * n_threads:
                    break
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
