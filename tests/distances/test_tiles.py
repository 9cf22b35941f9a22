import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.distances.tiles import PAIR_BYTES, Tile, plan_tiles

lengths = st.lists(st.integers(0, 5000), max_size=30).map(lambda n: np.array(n, dtype=np.int64))


def pairs_of(tiles, shape):
    covered = np.zeros(shape, dtype=int)
    for tile in tiles:
        covered[tile.rows, tile.columns] += 1
    return covered


def pair_costs(rows, columns):
    return rows[:, None] + columns[None, :] + PAIR_BYTES


@given(
    rows=lengths,
    columns=lengths,
    tall=st.booleans(),
    square=st.booleans(),
    budget=st.integers(1, 10**6),
)
def test_tiles_hold_every_pair_once_at_its_cost(rows, columns, tall, square, budget):
    tiles = plan_tiles(rows, columns, tall=tall, square=square, tile_bytes=budget)
    assert (pairs_of(tiles, (len(rows), len(columns))) == 1).all()
    costs = pair_costs(rows, columns)
    for tile in tiles:
        assert tile.cost == costs[tile.rows, tile.columns].sum()


@given(rows=lengths, square=st.booleans(), budget=st.integers(1, 10**6))
def test_upper_tiles_hold_the_upper_half(rows, square, budget):
    tiles = plan_tiles(rows, rows, upper=True, square=square, tile_bytes=budget)
    covered = pairs_of(tiles, (len(rows), len(rows)))
    assert (covered[np.triu_indices(len(rows))] == 1).all()
    costs = pair_costs(rows, rows)
    for tile in tiles:
        assert tile.cost == costs[tile.rows, tile.columns].sum()


@pytest.mark.parametrize("tall", [False, True])
def test_tiles_are_balanced_by_bytes(tall):
    rng = np.random.default_rng(0)
    sizes = rng.lognormal(5, 1.5, 400).astype(np.int64)
    costs = np.array([tile.cost for tile in plan_tiles(sizes, sizes, tall=tall, tile_bytes=50_000)])
    assert costs.max() <= 50_000  # the longest pair is shorter than that
    assert np.median(costs) > 0.3 * 50_000


def test_shape_follows_what_is_coded_first():
    sizes = np.full(100, 100)
    wide, tall = (plan_tiles(sizes, sizes, tall=tall, tile_bytes=10_000)[0] for tall in (0, 1))
    assert (wide.rows, tall.columns) == (slice(0, 1), slice(0, 1))
    assert wide.columns.stop > 30
    assert tall.rows.stop > 30
    both = plan_tiles(sizes, sizes, square=True, tile_bytes=10_000)[0]
    assert (both.rows.stop, both.columns.stop) == (6, 6)


def test_upper_halves_the_work():
    sizes = np.full(500, 100)
    whole = sum(tile.cost for tile in plan_tiles(sizes, sizes))
    half = sum(tile.cost for tile in plan_tiles(sizes, sizes, upper=True, tile_bytes=100_000))
    assert half < 0.51 * whole


@given(rows=lengths, columns=lengths, tall=st.booleans(), upper=st.booleans())
def test_tiles_of_first_documents_that_are_shared_hold_every_pair_once(rows, columns, tall, upper):
    columns = rows if upper else columns
    tiles = plan_tiles(rows, columns, tall=tall, upper=upper, shared=True, tile_bytes=1000)
    covered = pairs_of(tiles, (len(rows), len(columns)))
    assert ((covered if not upper else covered[np.triu_indices(len(rows))]) == 1).all()


@pytest.mark.parametrize("tall", [False, True])
def test_a_long_first_document_is_read_once(tall):
    long, short = np.array([10, 50_000_000, 20]), np.full(1000, 500)
    tiles = plan_tiles(*((short, long) if tall else (long, short)), tall=tall, shared=True)
    pairs = np.zeros((1000, 3), int) if tall else np.zeros((3, 1000), int)
    place = (slice(0, 1000), slice(1, 2)) if tall else (slice(1, 2), slice(0, 1000))
    assert [tile for tile in tiles if tile.cost > 50_000_000] == [Tile(*place, 50_564_000)]
    assert (pairs_of(tiles, pairs.shape) == 1).all()
