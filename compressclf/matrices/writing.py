"""Compute the distances of all pairs of documents to disk, so that a killed run can continue."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.executor import Shared, count_threads, run_tiles
from compressclf._lib.files import check_folder, naming, sync_folder
from compressclf._lib.journal import Journal, differences
from compressclf._lib.optional import optional_import
from compressclf._lib.progress import track
from compressclf._lib.registry import check_choice
from compressclf._version import __version__
from compressclf.compressors.base import Compressor
from compressclf.distances import Coded, Measure
from compressclf.distances.measure import tile_parts
from compressclf.distances.tiles import Tile
from compressclf.documents import Corpus
from compressclf.matrices.files import ATTRIBUTES, EXTRA, SCHEMA, read_about
from compressclf.matrices.opening import Matrix
from compressclf.matrices.planning import plan_memory
from compressclf.matrices.sinks import Dense, Grid, Nearest, Sink, Within

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from distributed import Client
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DTYPES", "write_matrix"]

DTYPES = ("float64", "float32")


def write_matrix(
    X: object,
    path: str | Path,
    *,
    top_k: int | None = None,
    threshold: float | None = None,
    y: ArrayLike | None = None,
    metric: str = "ncd",
    compressor: str | Compressor = "gzip",
    order: str = "auto",
    separator: str | bytes = " ",
    symmetrize: str = "min",
    subtract_overhead: bool = False,
    layout: str | None = "auto",
    dtype: str = "float64",
    memory: int = 1_000_000_000,
    n_jobs: int | None = -1,
    executor: Executor | Client | None = None,
) -> Matrix:
    """Write the distances between all pairs of documents to disk.

    Without `top_k` and `threshold` the result is a dense matrix, a zarr group of format 3. With
    them it is a Parquet file of edges (i, j, distance).

    While it is computed, everything is in the folder ``PATH.partial``. If the process is killed,
    call the function again with the same arguments: it continues, and loses at most one tile per
    thread, and tiles that another thread had just finished. If `path` holds the finished result of
    these arguments, nothing is computed.

    Parameters
    ----------
    X : sequence of documents
        Anything that `Corpus.from_documents` takes.
    path : str or Path
        Where the result appears when it is complete.
    top_k : int, optional
        Write the nearest `top_k` other documents of each document. Of equal distances, the document
        that comes first in X is nearer.
    threshold : float, optional
        Write only pairs at this distance or nearer. Both options can be combined.
    y : array-like, shape (n_documents,), optional
        Labels, stored beside the distances for the scores of `cluster`.
    metric, compressor, order, separator : object
        As in `compressclf.pairwise_distances`.
    symmetrize : {"min", "mean", "none"}, default="min"
        Replace C(xy) by the smaller or the mean of C(xy) and C(yx). Only half of the matrix is then
        computed and stored. "none" computes all of it.
    subtract_overhead, layout : object
        As in `compressclf.pairwise_distances`.
    dtype : {"float64", "float32"}, default="float64"
        Type of the distances in the result.
    memory : int, default=1_000_000_000
        Bytes that the process may use. The smaller it is, the fewer rows are computed at a time.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one for each processor.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Computes the distances instead of threads. The result is the same.

    Returns
    -------
    Matrix
        The result, opened.

    Raises
    ------
    ValueError
        If a parameter is invalid, if `memory` is too small, or if `path` or ``PATH.partial``
        belongs to other documents or settings; the message says which.
    MissingExtraError
        If zarr (dense) or pyarrow (edges) is not installed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> texts = ["to be or not to be", "to be or not", "xyz"]
    >>> matrix = write_matrix(texts, folder / "near.parquet", top_k=1, n_jobs=1)
    >>> i, j, distances = matrix.edges
    >>> i.tolist(), j.tolist(), distances.round(2).tolist()
    ([0, 1, 2], [1, 0, 0], [0.11, 0.11, 0.4])
    """
    path = Path(path)
    check_choice("dtype", dtype, DTYPES)
    _check_kind(top_k, threshold)
    count_threads(n_jobs)
    check_folder(path.absolute().parent)
    for package in ("zarr",) if top_k is threshold is None else ("pyarrow",):
        optional_import(package, extra=EXTRA)
    docs = Corpus.from_documents(X)
    measure = Measure.of(
        metric=metric,
        compressor=compressor,
        order=order,
        separator=separator,
        symmetrize=symmetrize,
        subtract_overhead=subtract_overhead,
        layout=layout,
    ).fitted(docs)
    classes, codes = _classes(y, len(docs))
    about = _about(measure, docs, codes, classes)
    about["dtype"] = dtype
    about["top_k"] = None if top_k is None else int(top_k)
    about["threshold"] = None if threshold is None else float(threshold)
    about["format"] = "dense" if top_k is threshold is None else "edges"
    settings = {name: about[name] for name in ATTRIBUTES}
    attributes = settings if classes is None else {**settings, "classes": classes}
    partial = path.absolute().with_name(f"{path.name}.partial")
    if os.path.lexists(path):
        known = read_about(path)
        changed = differences({name: known[name] for name in settings}, settings)
        if changed:
            raise ValueError(
                f"{path} exists, and is the result of other arguments: {changed}. Choose another "
                f"place, or delete it."
            )
        shutil.rmtree(partial, ignore_errors=True)  # killed between the last two steps
        return Matrix(path)
    height, _ = plan_memory(docs, memory, dtype=dtype, top_k=top_k, threshold=threshold)
    with naming(partial):
        partial.mkdir(exist_ok=True)
    with Journal(partial / "journal", "matrix", settings) as journal:
        if journal.is_empty:
            _clear(partial)
            journal.append({"strip": 0, "height": height})
        begun = next(journal.replay())
        grid = Grid(len(docs), int(begun.entry["height"]), measure.symmetric)
        run = _Run(journal, _sink(about, partial, grid, attributes, codes), measure)
        run.compute(docs, n_jobs, executor)
        with naming(path):
            os.replace(run.sink.finish(), path)
            sync_folder(path.absolute().parent)
    shutil.rmtree(partial, ignore_errors=True)
    return Matrix(path)


class _Run:
    """The strips that are left, with the journal of the one in work."""

    def __init__(self, journal: Journal, sink: Sink, measure: Measure) -> None:
        self.journal = journal
        self.sink = sink
        self.measure = measure

    def compute(self, docs: Corpus, n_jobs: int | None, executor: Executor | Client | None) -> None:
        """Compute and journal all tiles that are not in the journal."""
        grid, sink = self.sink.grid, self.sink
        records = self.journal.replay()
        begun = next(records)
        first = int(begun.entry["strip"])
        if not sink.has_before(first):
            self.journal.restart({"strip": 0, "height": grid.height})
            return self.compute(docs, n_jobs, executor)
        if begun.payload:
            sink.restore(begun.payload)
        if first == grid.n_strips:
            return None
        coded = self.measure.code(docs, n_jobs=n_jobs, executor=executor)
        tiles = self._tiles(coded, first)
        sink.begin(first)
        todo = {_bounds(tile): tile for tile in tiles}
        for record in records:
            tile = todo.pop(tuple(record.entry["tile"]), None)
            if tile is not None:  # it is, unless tiles are planned in another way by now
                sink.replay(tile, record.payload)
        shared = Shared(self.measure, coded, coded)
        costs = _strip_costs(coded.docs.lengths, grid)
        n_bytes = sum(tile.cost for tile in todo.values()) + int(costs[first + 1 :].sum())
        with track(n_bytes) as advance:
            for strip in range(first, grid.n_strips):
                if strip > first:
                    tiles = self._tiles(coded, strip)
                    todo = {_bounds(tile): tile for tile in tiles}
                    sink.begin(strip)
                self._compute_tiles(shared, list(todo.values()), advance, n_jobs, executor)
                with naming(sink.result):
                    sink.end(strip)
                self.journal.restart({"strip": strip + 1, "height": grid.height}, sink.state())
                if strip > first:
                    advance(int(costs[strip]) - sum(tile.cost for tile in tiles))
        return None

    def _compute_tiles(
        self,
        shared: Shared,
        tiles: list[Tile],
        advance: Callable[[int], None],
        n_jobs: int | None,
        executor: Executor | Client | None,
    ) -> None:
        for tile, distances in run_tiles(
            Measure.distances,
            tiles,
            given=tile_parts,
            shared=shared,
            n_jobs=n_jobs,
            executor=executor,
            advance=advance,
        ):
            self.journal.append({"tile": _bounds(tile)}, self.sink.take(tile, distances))

    def _tiles(self, coded: Coded, strip: int) -> list[Tile]:
        """Return the tiles of a strip, in rows and columns of the whole matrix."""
        rows, columns = self.sink.grid.rows(strip), self.sink.grid.columns(strip)
        planned = self.measure.plan(
            coded.part(rows), coded.part(columns), upper=self.sink.grid.mirrored
        )
        return [
            replace(
                tile,
                rows=slice(tile.rows.start + rows.start, tile.rows.stop + rows.start),
                columns=slice(
                    tile.columns.start + columns.start, tile.columns.stop + columns.start
                ),
            )
            for tile in planned
        ]


def _bounds(tile: Tile) -> tuple[int, int, int, int]:
    """Return the rows and columns of a tile."""
    return tile.rows.start, tile.rows.stop, tile.columns.start, tile.columns.stop


def _sink(
    about: dict[str, Any],
    folder: Path,
    grid: Grid,
    attributes: dict[str, Any],
    codes: NDArray[np.int64] | None,
) -> Sink:
    common = (folder, grid, about["dtype"], attributes, codes)
    k, threshold = about["top_k"], about["threshold"]
    if k is None and threshold is None:
        return Dense(*common)
    limit = np.inf if threshold is None else float(threshold)
    if k is None:
        return Within(*common, limit=limit)
    return Nearest(*common, k=min(k, max(1, grid.n - 1)), limit=limit)


def _strip_costs(lengths: NDArray[np.int64], grid: Grid) -> NDArray[np.int64]:
    """Return the approximate cost of each strip: bytes to code, as in tiles."""
    fixed = 64  # of each pair, as in the plan of tiles
    totals = []
    for strip in range(grid.n_strips):
        rows, columns = lengths[grid.rows(strip)], lengths[grid.columns(strip)]
        totals.append(
            len(columns) * int(rows.sum() + fixed * len(rows)) + len(rows) * columns.sum()
        )
    return np.array(totals, dtype=np.int64)


def _about(
    measure: Measure, docs: Corpus, codes: NDArray[np.int64] | None, classes: list[Any] | None
) -> dict[str, Any]:
    """Return what decides the distances, as JSON can hold it."""
    about: dict[str, Any] = {
        "schema": SCHEMA,
        "n_documents": len(docs),
        "documents": docs.digest(),
        "metric": measure.metric,
        "compressor": measure.compressor.spec,
        "compressor_version": measure.compressor.version,
        "version": __version__,
        "order": measure.order,
        "separator": measure.separator.decode("utf-8", "backslashreplace"),
        "symmetrize": measure.symmetrize,
        "subtract_overhead": measure.subtract_overhead,
        "layout": getattr(measure.layout, "spec", None),
        "labels": None,
    }
    if codes is not None:
        labels = hashlib.sha256(codes.astype("<i8").tobytes())
        labels.update(json.dumps(classes).encode())
        about["labels"] = labels.hexdigest()
    return about


def _classes(y: ArrayLike | None, n: int) -> tuple[list[Any] | None, NDArray[np.int64] | None]:
    if n == 0:
        raise ValueError("There are no documents: a matrix needs at least one.")
    if y is None:
        return None, None
    labels = np.asarray(y)
    if labels.shape != (n,):
        raise ValueError(
            f"`y` must have one label for each of the {n:,} documents. Got the shape "
            f"{labels.shape}."
        )
    classes, codes = np.unique(labels, return_inverse=True)
    return classes.tolist(), codes.astype(np.int64)


def _check_kind(top_k: object, threshold: object) -> None:
    if top_k is not None and (
        isinstance(top_k, bool) or not isinstance(top_k, Integral) or top_k < 1
    ):
        raise ValueError(f"`top_k` must be an int >= 1. Got {top_k!r} instead.")
    if threshold is not None and (
        isinstance(threshold, bool) or not isinstance(threshold, Real) or np.isnan(float(threshold))
    ):
        raise ValueError(f"`threshold` must be a number. Got {threshold!r} instead.")


def _clear(partial: Path) -> None:
    """Remove what an earlier run left beside a journal that was deleted."""
    for old in partial.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
        elif old.name != "journal":
            old.unlink()
