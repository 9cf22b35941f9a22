"""Where distances go while a matrix is written: a dense array, the k nearest, or pairs within D.

The matrix is computed in *strips* of rows, one after the other, and a strip in tiles. A sink turns
the distances of a tile into the bytes that the journal holds, and can take these bytes again after
a restart. At the end of a strip it writes what is finished to the disk and gives its *state*, with
which the next strip can begin; the journal then holds this state instead of the tiles.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import sync_folder, sync_tree
from compressclf._lib.optional import optional_import
from compressclf.distances.tiles import Tile
from compressclf.matrices.files import EXTRA, create_array, edge_writer

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EDGE_BYTES", "Dense", "Grid", "Nearest", "Sink", "Within"]

EDGE = np.dtype([("i", "<i8"), ("j", "<i8"), ("distance", "<f8")])
NEIGHBOR = np.dtype([("j", "<i8"), ("distance", "<f8")])
EDGE_BYTES = EDGE.itemsize
ROW_GROUP = 1 << 20  # edges that are written at a time
SHARD_CELLS = 1 << 22
CHUNK = 256  # most rows and columns of a chunk; a shard has many chunks


@dataclass(frozen=True)
class Grid:
    """The rows and columns of a matrix, and its strips.

    Parameters
    ----------
    n : int
        Number of documents.
    height : int
        Rows of a strip.
    mirrored : bool
        Whether the distance of x and y is that of y and x; pairs below the diagonal are left out.
    """

    n: int
    height: int
    mirrored: bool

    @property
    def n_strips(self) -> int:
        """Number of strips."""
        return -(-self.n // self.height)

    def rows(self, strip: int) -> slice:
        """Return the rows of a strip."""
        return slice(strip * self.height, min(self.n, (strip + 1) * self.height))

    def columns(self, strip: int) -> slice:
        """Return the columns that are computed for the rows of a strip."""
        return slice(self.rows(strip).start if self.mirrored else 0, self.n)

    def unwanted(self, tile: Tile, *, diagonal: bool) -> NDArray[np.bool_]:
        """Return which cells of a tile are below the diagonal, or on it if that is not wanted."""
        rows = np.arange(tile.rows.start, tile.rows.stop)[:, None]
        columns = np.arange(tile.columns.start, tile.columns.stop)
        below = (rows > columns) & self.mirrored
        return below if diagonal else below | (rows == columns)


class Sink(ABC):
    """What becomes of the distances.

    Parameters
    ----------
    folder : Path
        For all files; `finish` returns the one that is the result.
    grid : Grid
    dtype : str
        "float32" or "float64", of the distances in the result.
    attributes : dict
        What the result says about itself.
    labels : ndarray of int, shape (n,), or None
        Class index of each document.
    """

    def __init__(
        self,
        folder: Path,
        grid: Grid,
        dtype: str,
        attributes: dict[str, Any],
        labels: NDArray[np.int64] | None,
    ) -> None:
        self.folder = folder
        self.grid = grid
        self.dtype = np.dtype(dtype)
        self.attributes = attributes
        self.labels = labels
        self.result = folder / "result"

    def has_before(self, strip: int) -> bool:
        """Return whether what strips before this one wrote is there."""
        return True

    def begin(self, strip: int) -> None:  # noqa: B027
        """Prepare for the tiles of a strip."""

    @abstractmethod
    def take(self, tile: Tile, distances: NDArray[np.float64]) -> bytes:
        """Take the distances of a tile and return what the journal must hold of them."""

    @abstractmethod
    def replay(self, tile: Tile, payload: bytes) -> None:
        """Take again what `take` returned."""

    def end(self, strip: int) -> None:  # noqa: B027
        """Write what the strip has finished to the disk."""

    def state(self) -> bytes:
        """Return what the next strip needs of those before it."""
        return b""

    def restore(self, state: bytes) -> None:  # noqa: B027
        """Undo `state`."""

    @abstractmethod
    def finish(self) -> Path:
        """Complete the result and return its path."""


class Dense(Sink):
    """All distances, in a zarr array; NaN below the diagonal of a mirrored matrix."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.chunk = min(CHUNK, self.grid.height)
        widest = -(-self.grid.n // self.chunk) * self.chunk
        self.width = max(self.chunk, min(SHARD_CELLS // self.grid.height, widest))
        self.width -= self.width % self.chunk
        self.buffer = np.empty((0, 0), self.dtype)
        self.first = 0

    def has_before(self, strip: int) -> bool:
        """Return whether the part of the strip before is there."""
        return strip == 0 or (self.result / "distances" / "c" / str(strip - 1)).exists()

    def begin(self, strip: int) -> None:
        """Make room for a strip, from the beginning of a shard."""
        rows, columns = self.grid.rows(strip), self.grid.columns(strip)
        self.first = columns.start - columns.start % self.width  # shards are written whole
        shape = (rows.stop - rows.start, self.grid.n - self.first)
        self.buffer = np.empty((0, 0), self.dtype)  # lets go of the last one first
        self.buffer = np.full(shape, np.nan, self.dtype)

    def take(self, tile: Tile, distances: NDArray[np.float64]) -> bytes:
        """Put the distances into the strip."""
        part = distances.astype(self.dtype)
        part[self.grid.unwanted(tile, diagonal=True)] = np.nan
        self._put(tile, part)
        return part.tobytes()

    def replay(self, tile: Tile, payload: bytes) -> None:
        """Put the distances of the journal where they belong."""
        shape = (tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start)
        self._put(tile, np.frombuffer(payload, self.dtype).reshape(shape))

    def end(self, strip: int) -> None:
        """Write the strip, shard by shard."""
        array = self._array()
        rows = self.grid.rows(strip)
        for start in range(self.first, self.grid.n, self.width):
            stop = min(start + self.width, self.grid.n)
            array[rows, start:stop] = self.buffer[:, start - self.first : stop - self.first]
        sync_tree(self.result / "distances" / "c" / str(strip))
        sync_folder(self.result / "distances" / "c")

    def finish(self) -> Path:
        """Complete the result and return its path."""
        for torn in self.result.rglob("*.partial"):  # zarr was killed before it renamed them
            torn.unlink()
        sync_tree(self.result)
        return self.result

    def _put(self, tile: Tile, part: NDArray[Any]) -> None:
        top = tile.rows.start % self.grid.height
        left = tile.columns.start - self.first
        height, width = part.shape
        self.buffer[top : top + height, left : left + width] = part

    def _array(self) -> Any:
        if (self.result / "distances" / "zarr.json").exists():
            zarr = optional_import("zarr", extra=EXTRA)
            return zarr.open_array(self.result / "distances", mode="r+")
        return create_array(
            self.result,
            (self.grid.n, self.grid.n),
            self.dtype,
            chunks=(self.chunk, self.chunk),
            shards=(-(-self.grid.height // self.chunk) * self.chunk, self.width),
            attributes=self.attributes,
            labels=self.labels,
        )


class Nearest(Sink):
    """The k nearest other documents of each document, as edges.

    Parameters
    ----------
    *args
        Those of `Sink`.
    k : int
        Number of neighbours.
    limit : float
        Only neighbours at this distance or nearer.
    """

    def __init__(self, *args: Any, k: int, limit: float) -> None:
        super().__init__(*args)
        self.limit = limit
        self.distances = np.full((self.grid.n, k), np.inf)
        self.indices = np.full((self.grid.n, k), -1, dtype=np.int64)
        self.rank = np.arange(self.grid.n, dtype=np.int64)

    def take(self, tile: Tile, distances: NDArray[np.float64]) -> bytes:
        """Keep the neighbours; the journal needs only pairs that are among the k nearest so far."""
        part = np.array(distances)
        part[self.grid.unwanted(tile, diagonal=False) | ~(part <= self.limit)] = np.nan
        near = part <= self.distances[tile.rows, -1:]
        if self.grid.mirrored:
            near |= part <= self.distances[tile.columns, -1]
        part[~near] = np.nan
        self._keep(tile, part)
        return _edges(tile, part).tobytes()

    def replay(self, tile: Tile, payload: bytes) -> None:
        """Keep the neighbours again."""
        edges = np.frombuffer(payload, EDGE)
        shape = (tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start)
        part = np.full(shape, np.nan)
        part[edges["i"] - tile.rows.start, edges["j"] - tile.columns.start] = edges["distance"]
        self._keep(tile, part)

    def state(self) -> bytes:
        """Return the neighbours so far."""
        state = np.empty(self.indices.shape, NEIGHBOR)
        state["j"], state["distance"] = self.indices, self.distances
        return state.tobytes()

    def restore(self, state: bytes) -> None:
        """Take the neighbours of earlier strips."""
        found = np.frombuffer(state, NEIGHBOR).reshape(self.indices.shape)
        self.indices[:], self.distances[:] = found["j"], found["distance"]

    def finish(self) -> Path:
        """Complete the result and return its path."""
        k = self.indices.shape[1]
        step = max(1, ROW_GROUP // k)
        with edge_writer(self.result, self.dtype, self.attributes, self.labels) as write:
            for start in range(0, self.grid.n, step):
                indices = self.indices[start : start + step]
                is_there = indices >= 0
                i = np.repeat(np.arange(start, start + len(indices)), k).reshape(indices.shape)
                distances = self.distances[start : start + step]
                write(i[is_there], indices[is_there], distances[is_there])
        sync_tree(self.result)
        return self.result

    def _keep(self, tile: Tile, part: NDArray[np.float64]) -> None:
        from compressclf._lib.jit import read_only  # here, since importing numba takes a while
        from compressclf.neighbors.topk import keep_nearest

        columns = np.arange(tile.columns.start, tile.columns.stop, dtype=np.int64)
        rows = np.arange(tile.rows.start, tile.rows.stop, dtype=np.int64)
        sides = [(tile.rows, part, columns)]
        if self.grid.mirrored:
            sides.append((tile.columns, np.ascontiguousarray(part.T), rows))
        for side, distances, others in sides:
            best = self.distances[side], self.indices[side]  # views, changed in place
            keep_nearest(*best, distances, others[None, :], read_only(self.rank))


class Within(Sink):
    """All pairs at a distance of at most `limit`, as edges; i < j if the matrix is mirrored.

    Parameters
    ----------
    *args
        Those of `Sink`.
    limit : float
        The largest distance.
    """

    def __init__(self, *args: Any, limit: float) -> None:
        super().__init__(*args)
        self.limit = limit
        self.found: list[NDArray[Any]] = []

    def has_before(self, strip: int) -> bool:
        """Return whether the part of the strip before is there."""
        return strip == 0 or self._part(strip - 1).exists()

    def begin(self, strip: int) -> None:
        """Forget the pairs of the last strip."""
        self.found = []

    def take(self, tile: Tile, distances: NDArray[np.float64]) -> bytes:
        """Keep the near pairs."""
        part = np.array(distances)
        part[self.grid.unwanted(tile, diagonal=False) | ~(part <= self.limit)] = np.nan
        edges = _edges(tile, part)
        self.found.append(edges)
        return edges.tobytes()

    def replay(self, tile: Tile, payload: bytes) -> None:
        """Keep the near pairs again."""
        self.found.append(np.frombuffer(payload, EDGE))

    def end(self, strip: int) -> None:
        """Write the pairs of the strip, in order."""
        edges = np.concatenate([np.empty(0, EDGE), *self.found])
        self.found = []
        edges = edges[np.lexsort((edges["j"], edges["i"]))]
        place = self._part(strip)
        np.save(place, edges)
        sync_tree(place)
        sync_folder(self.folder)

    def finish(self) -> Path:
        """Complete the result and return its path."""
        with edge_writer(self.result, self.dtype, self.attributes, self.labels) as write:
            for strip in range(self.grid.n_strips):
                edges = np.load(self._part(strip), mmap_mode="r")
                for start in range(0, len(edges), ROW_GROUP):
                    part = edges[start : start + ROW_GROUP]
                    write(part["i"], part["j"], part["distance"])
        sync_tree(self.result)
        return self.result

    def _part(self, strip: int) -> Path:
        return self.folder / f"edges-{strip:06d}.npy"


def _edges(tile: Tile, part: NDArray[np.float64]) -> NDArray[Any]:
    """Return the cells of a tile that are not NaN."""
    rows, columns = np.nonzero(~np.isnan(part))
    edges = np.empty(len(rows), EDGE)
    edges["i"], edges["j"] = rows + tile.rows.start, columns + tile.columns.start
    edges["distance"] = part[rows, columns]
    return edges
