"""Compute one tile of distances; every matrix and every search is made of tiles."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf._lib.executor import Shared, run_tiles
from compressclf._lib.registry import check_choice
from compressclf.compressors import build_compressor
from compressclf.compressors.base import Compressor
from compressclf.compressors.images.base import ImageCompressor
from compressclf.distances.formulas import FORMULAS
from compressclf.distances.layouts import Joint, Layout, Pixels, Raster, build_layout
from compressclf.distances.tiles import Batch, Tile, batches_of, plan_tiles
from compressclf.documents import Corpus, document_bytes
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client
    from numpy.typing import NDArray

__all__ = ["ORDERS", "SYMMETRIZATIONS", "Coded", "Measure", "tile_parts"]

ORDERS = ("auto", "xy", "yx")
SYMMETRIZATIONS = ("none", "min", "mean")
LONGEST_SEPARATOR = 4096  # bytes; the separator is coded once per pair


class Coded(NamedTuple):
    """Documents prepared for comparison, and their codelengths."""

    docs: Corpus
    bits: NDArray[np.float64]

    def part(self, rows: slice) -> Coded:
        """Return a slice of the documents, with their codelengths.

        Parameters
        ----------
        rows : slice
            The documents to return.

        Returns
        -------
        Coded
        """
        return Coded(self.docs[rows], self.bits[rows])


def tile_parts(tile: Tile, measure: Measure, x: Coded, y: Coded) -> tuple[Measure, Coded, Coded]:
    """Return the arguments of `Measure.distances` for a tile."""
    return measure, x.part(tile.rows), y.part(tile.columns)


def _batch(batch: Batch, compressor: Compressor) -> tuple[Compressor, Corpus]:
    return compressor, batch.docs


def _codelengths(compressor: Compressor, docs: Corpus) -> NDArray[np.float64]:
    return compressor.codelengths(docs)


@dataclass(frozen=True)
class Measure:
    """How the distance between two documents is computed.

    Build it with `Measure.of`, which checks the parameters and resolves specs.

    Parameters
    ----------
    metric : str
        Name of a formula in `compressclf.distances.formulas`.
    compressor : Compressor
        The compressor that gives the codelengths.
    order : {"xy", "yx"}
        Which document is coded first: that of the row (x) or that of the column (y).
    separator : bytes
        Bytes between the two documents.
    symmetrize : {"none", "min", "mean"}
        Use C(xy), or the smaller or the mean of C(xy) and C(yx).
    subtract_overhead : bool
        Subtract the bits of the empty document from every codelength.
    layout : Layout, "auto" or None
        How two images become one document; None treats them as bytes. `fitted` resolves "auto".

    Examples
    --------
    >>> from compressclf import Corpus
    >>> measure = Measure.of(metric="ncd", compressor="gzip")
    >>> docs = measure.code(Corpus.from_documents(["to be or not to be", "to be or not"]))
    >>> docs.bits.tolist()
    [280.0, 256.0]
    """

    metric: str
    compressor: Compressor
    order: str
    separator: bytes
    symmetrize: str
    subtract_overhead: bool
    layout: Layout | str | None = None

    @classmethod
    def of(
        cls,
        *,
        metric: str = "ncd",
        compressor: str | Compressor = "gzip",
        order: str = "auto",
        separator: str | bytes = " ",
        symmetrize: str = "none",
        subtract_overhead: bool = False,
        layout: str | Layout | None = "auto",
    ) -> Measure:
        """Check the parameters and resolve specs and ``order="auto"``.

        Parameters
        ----------
        metric, compressor, order, separator, symmetrize, subtract_overhead, layout : object
            As in `pairwise_distances`.

        Returns
        -------
        Measure

        Raises
        ------
        ValueError
            If a name is unknown, if the separator has more than 4,096 bytes, or if the metric is
            ``conditional`` with another order than "yx" or with symmetrization.
        TypeError
            If the compressor, the separator or `subtract_overhead` has the wrong type.
        """
        for kind, given, known in (
            ("metric", metric, tuple(FORMULAS)),
            ("order", order, ORDERS),
            ("symmetrize", symmetrize, SYMMETRIZATIONS),
        ):
            check_choice(kind, given, known)
        if not isinstance(separator, (str, bytes, bytearray)):
            raise TypeError(f"The separator must be str or bytes. Got {separator!r} instead.")
        if not isinstance(subtract_overhead, (bool, np.bool_)):
            raise TypeError(f"subtract_overhead must be True or False. Got {subtract_overhead!r}.")
        if metric == "conditional":
            if symmetrize != "none" or order == "xy":
                raise ValueError(
                    "The metric 'conditional' is C(yx) − C(y): it needs order 'yx' or 'auto' "
                    "and symmetrize 'none'."
                )
            order = "yx"
        separator = document_bytes(separator)
        if len(separator) > LONGEST_SEPARATOR:
            raise ValueError(
                f"The separator must have at most {LONGEST_SEPARATOR:,} bytes, since it is coded "
                f"once for each pair of documents. Got {len(separator):,} bytes."
            )
        return cls(
            metric=metric,
            compressor=build_compressor(compressor),
            order="xy" if order == "auto" else order,
            separator=separator,
            symmetrize=symmetrize,
            subtract_overhead=bool(subtract_overhead),
            layout="auto" if isinstance(layout, str) and layout == "auto" else build_layout(layout),
        )

    def fitted(self, *docs: Corpus) -> Measure:
        """Return the measure with the layout for these documents.

        Parameters
        ----------
        *docs : Corpus
            All documents to compare, or the training documents.

        Returns
        -------
        Measure
            The same measure, with a layout other than "auto".

        Raises
        ------
        ValueError
            If a layout was given and a document is not an image.
        """
        layout, images = self.layout, [one for one in docs if isinstance(one, ImageCorpus)]
        if isinstance(layout, Layout) and len(images) < len(docs):
            raise ValueError(
                f"The layout {layout.name!r} is for images, and these documents are texts: leave "
                f"it out."
            )
        if layout == "auto":
            layout = _default_layout(self.compressor, images) if len(images) == len(docs) else None
        if isinstance(layout, Layout):
            layout = layout.fitted(*images)
        return replace(self, layout=layout)

    @property
    def symmetric(self) -> bool:
        """Whether the distance of x and y equals that of y and x."""
        return self.symmetrize != "none"

    @property
    def column_first(self) -> bool:
        """Whether the document of the column is coded first."""
        return self.order == "yx"

    def code(
        self, docs: Corpus, *, n_jobs: int | None = None, executor: Executor | Client | None = None
    ) -> Coded:
        """Return the documents prepared for comparison, with their bits.

        Parameters
        ----------
        docs : Corpus
            The documents.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.
        executor : concurrent.futures.Executor or dask.distributed.Client, optional
            Codes the documents instead of threads.

        Returns
        -------
        Coded

        Raises
        ------
        ValueError
            If there is a layout and the documents are not images.
        """
        if isinstance(self.layout, Layout):
            if not isinstance(docs, ImageCorpus):
                raise ValueError(
                    "The training documents are images: give arrays of uint8 with rows and "
                    "columns, or Pillow images."
                )
            docs = self.layout.single(docs)
        if not isinstance(self.layout, Layout) or isinstance(self.layout, Raster):
            docs = self.compressor.prepare(docs)
        bits = np.empty(len(docs), dtype=np.float64)
        for batch, part in run_tiles(
            _codelengths,
            batches_of(docs),
            given=_batch,
            shared=Shared(self.compressor),
            n_jobs=n_jobs,
            executor=executor,
        ):
            bits[batch.rows] = part
        return Coded(docs, bits - self._overhead)

    def plan(self, x: Coded, y: Coded, *, upper: bool = False) -> list[Tile]:
        """Return the tiles of the distances between all of x and all of y.

        Parameters
        ----------
        x, y : Coded
            The documents of the rows and of the columns.
        upper : bool
            Leave out columns left of a tile's first row.

        Returns
        -------
        list of Tile
            The tiles; each is computed by one call of `distances`.
        """
        return plan_tiles(
            x.docs.lengths,
            y.docs.lengths,
            tall=self.column_first,
            upper=upper,
            shared=self.compressor.shares_prefixes and self.layout is None,
            square=self.symmetric,
        )

    def distances(self, x: Coded, y: Coded) -> NDArray[np.float64]:
        """Return the distances between all x and all y, the documents of one tile.

        Parameters
        ----------
        x, y : Coded
            The documents of the rows and of the columns: parts of results of `code`.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)

        Raises
        ------
        MemoryError
            If memory is not enough for one pair; a tile that takes too much is halved.
        """
        with suppress(MemoryError):
            distances: NDArray[np.float64] = FORMULAS[self.metric](
                x.bits[:, None], y.bits[None, :], self.joint(x.docs, y.docs)
            )
            return distances
        n_rows, n_columns = len(x.docs), len(y.docs)
        if n_rows > 1:
            halves = (slice(n_rows // 2), slice(n_rows // 2, n_rows))
            return np.concatenate([self.distances(x.part(half), y) for half in halves])
        if n_columns > 1:
            halves = (slice(n_columns // 2), slice(n_columns // 2, n_columns))
            return np.concatenate([self.distances(x, y.part(half)) for half in halves], axis=1)
        raise MemoryError(
            f"There is not enough memory to compare two documents of {x.docs.nbytes:,} and "
            f"{y.docs.nbytes:,} bytes by {self.compressor.name}: leave out long documents, or use "
            f"fewer threads or another compressor."
        )

    def joint(self, rows: Corpus, columns: Corpus) -> NDArray[np.float64]:
        """Return C(xy) of all x and all y, with the order and symmetrization of the measure.

        Parameters
        ----------
        rows, columns : Corpus
            The documents x and y: parts of results of `code`.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)
            Bits.
        """
        if self.symmetrize == "none":
            joint = (
                self._columns_first(rows, columns)
                if self.column_first
                else (self._rows_first(rows, columns))
            )
        else:
            there, back = self._rows_first(rows, columns), self._columns_first(rows, columns)
            joint = np.minimum(there, back) if self.symmetrize == "min" else (there + back) / 2
        return joint - self._overhead

    @property
    def _overhead(self) -> float:
        return self.compressor.overhead_bits if self.subtract_overhead else 0.0

    def _rows_first(self, rows: Corpus, columns: Corpus) -> NDArray[np.float64]:
        return self._joint(rows, columns)

    def _columns_first(self, rows: Corpus, columns: Corpus) -> NDArray[np.float64]:
        return self._joint(columns, rows).T

    def _joint(self, firsts: Corpus, seconds: Corpus) -> NDArray[np.float64]:
        if isinstance(self.layout, Layout):
            return self.layout.joint_codelengths(self.compressor, firsts, seconds)
        return self.compressor.joint_codelengths(firsts, seconds, separator=self.separator)


def _default_layout(compressor: Compressor, images: list[ImageCorpus]) -> Layout:
    shapes = np.concatenate([one.shapes for one in images])
    if len(np.unique(shapes, axis=0)) != 1:
        return Raster()
    return Pixels() if isinstance(compressor, ImageCompressor) else Joint()
