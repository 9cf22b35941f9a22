"""The executor: run a function over tiles in threads, hand back results as they are done.

The functions that matter release the interpreter's lock while they code, so that threads are
enough. At most a few tiles are in flight: what a tile returns may be large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from compressclf._progress import track
from compressclf.distances.tiles import Tile

__all__ = ["run_tiles"]

Result = TypeVar("Result")
IN_FLIGHT_PER_THREAD = 4


def run_tiles(
    function: Callable[[Tile], Result], tiles: Sequence[Tile], *, n_jobs: int | None = None
) -> Iterator[tuple[Tile, Result]]:
    """Yield each tile with ``function(tile)``, in the order in which they finish.

    Parameters
    ----------
    function : callable
        Called from several threads at once.
    tiles : sequence of Tile
        What to do.
    n_jobs : int or None
        Number of threads; -1 is one for each processor, None is 1 (joblib's rules).

    Raises
    ------
    ValueError
        If `n_jobs` is 0.

    Notes
    -----
    An exception in a tile, an interrupt or the end of the consumer's loop drops the tiles that
    have not begun and waits for those that have.
    """
    from joblib import effective_n_jobs

    n_threads = min(effective_n_jobs(n_jobs), max(1, len(tiles)))
    with track(sum(tile.cost for tile in tiles)) as advance:
        if n_threads == 1:
            for tile in tiles:
                result = function(tile)
                advance(tile.cost)
                yield tile, result
            return
        pool = ThreadPoolExecutor(n_threads, thread_name_prefix="compressclf")
        try:
            todo = iter(tiles)
            running: dict[Future[Result], Tile] = {}
            while True:
                for tile in todo:
                    running[pool.submit(function, tile)] = tile
                    if len(running) >= IN_FLIGHT_PER_THREAD * n_threads:
                        break
                if not running:
                    return
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    tile = running.pop(done)
                    result = done.result()
                    advance(tile.cost)
                    yield tile, result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
