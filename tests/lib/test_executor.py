import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from compressclf._lib.executor import in_threads, run_tiles
from compressclf._lib.progress import listen
from compressclf.distances.tiles import Tile
from compressclf.documents.preprocessing import Deskew

TILES = [Tile(slice(i, i + 1), slice(0, 1), cost=10) for i in range(50)]


@pytest.mark.parametrize("n_jobs", [1, 2, 5, -1, None])
def test_every_tile_is_run_once(n_jobs):
    results = {
        tile.rows.start: value
        for tile, value in run_tiles(lambda tile: tile.rows.start**2, TILES, n_jobs=n_jobs)
    }
    assert results == {i: i**2 for i in range(50)}


def test_no_tiles():
    assert list(run_tiles(lambda tile: 1, [], n_jobs=2)) == []


@pytest.mark.parametrize("n_jobs", [0, "2", 1.5, float("nan"), True])
def test_a_number_of_threads_that_is_none_is_refused(n_jobs):
    sentence = "The 'n_jobs' parameter must be None or an int other than 0. Got"
    with pytest.raises(ValueError, match=sentence):
        list(run_tiles(lambda tile: 1, TILES, n_jobs=n_jobs))
    with pytest.raises(ValueError, match=sentence):  # NaN: for ever, before
        Deskew(n_jobs=n_jobs).fit_transform(np.zeros((2, 8, 8), np.uint8))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_is_told_in_bytes(n_jobs):
    seen = []
    with listen(lambda done, total: seen.append((done, total))):
        list(run_tiles(lambda tile: None, TILES, n_jobs=n_jobs))
    assert seen == [(10 * i, 500) for i in range(51)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_stops_the_work(n_jobs):
    begun = []

    def fail(tile):
        begun.append(tile)
        time.sleep(0.001)
        raise ValueError("broken tile")

    with pytest.raises(ValueError, match="broken tile"):
        list(run_tiles(fail, TILES, n_jobs=n_jobs))
    assert len(begun) < 20


def test_an_interrupt_leaves_no_thread_behind():
    results = run_tiles(lambda tile: time.sleep(0.001), TILES, n_jobs=2)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert not [t for t in threading.enumerate() if t.name.startswith("compressclf")]


def test_few_tiles_are_in_flight():
    begun = []
    results = run_tiles(begun.append, TILES, n_jobs=2)
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 10
    results.close()


def test_in_threads_keeps_the_order():
    seen = in_threads(lambda item: (item, threading.current_thread().name), range(8), 2)
    assert [item for item, _ in seen] == list(range(8))
    assert all(name.startswith("compressclf") for _, name in seen)
    assert in_threads(str, range(3), 1) == ["0", "1", "2"]
    assert in_threads(str, [], 2) == []
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda item: 1 / item, [1, 0], 2)


def test_an_executor_runs_the_tiles_and_stays_open():
    with ThreadPoolExecutor(2, thread_name_prefix="theirs") as pool:
        seen = {
            tile.rows.start: found
            for tile, found in run_tiles(
                lambda start, factor: (start * factor, threading.current_thread().name),
                TILES,
                given=lambda tile: (tile.rows.start, 3),
                executor=pool,
            )
        }
        assert {i: value for i, (value, _) in seen.items()} == {i: 3 * i for i in range(50)}
        assert all(name.startswith("theirs") for _, name in seen.values())
        assert pool.submit(int, "7").result() == 7
