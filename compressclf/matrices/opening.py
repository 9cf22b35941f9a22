"""Read what `write_matrix` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.optional import optional_import
from compressclf.matrices.files import EXTRA, read_about, read_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

__all__ = ["Edges", "Matrix", "open_matrix"]

BLOCK = 256  # rows that are mirrored at a time
MOST_SQUARE = 20_000  # documents of a matrix that is held in memory as a whole


class Edges(NamedTuple):
    """Pairs of documents and their distances, each of shape (n_edges,)."""

    i: NDArray[np.int64]
    """Row of the pair."""
    j: NDArray[np.int64]
    """Column of the pair."""
    distances: NDArray[np.float64]
    """Distance of the pair."""


class Matrix:
    """Distances on disk; `open_matrix` and `write_matrix` return it.

    Parameters
    ----------
    path : str or Path
        A zarr group or a Parquet file.

    Attributes
    ----------
    attributes : dict
        What the matrix says about itself: ``metric``, ``compressor``, ``version``, ``documents`` (a
        SHA-256) and others, see docs/how-to/matrices.md.
    labels : ndarray of shape (n_documents,), or None
        The label of each document, if labels were stored.

    Raises
    ------
    ValueError
        If `path` is something else.
    OSError
        If it cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.attributes = read_about(self.path)
        self.labels = read_labels(self.path, self.attributes)

    def __len__(self) -> int:
        return int(self.attributes["n_documents"])

    def __repr__(self) -> str:
        kind = "dense matrix" if self.is_dense else "edges"
        return f"Matrix({str(self.path)!r}): {kind} of {len(self):,} documents"

    @property
    def is_dense(self) -> bool:
        """Whether all distances are stored, not only those of near pairs."""
        return bool(self.attributes["format"] == "dense")

    @property
    def is_mirrored(self) -> bool:
        """Whether the distance of x and y is that of y and x, and is stored once."""
        return bool(self.attributes["symmetrize"] != "none")

    @property
    def array(self) -> Any:
        """The zarr array of a dense matrix, shape (n_documents, n_documents).

        Slices are read from the disk. Below the diagonal of a mirrored matrix it is NaN; `rows` and
        `square` fill that in.
        """
        if not self.is_dense:
            raise ValueError(
                f"{self.path} holds edges, not a dense matrix: use `edges`, or write the matrix "
                f"without `top_k` and `threshold`."
            )
        zarr = optional_import("zarr", extra=EXTRA)
        array = zarr.open_array(self.path / "distances", mode="r")
        if array.shape != (len(self), len(self)) or array.dtype.kind != "f":
            raise ValueError(f"{self.path}: the array `distances` does not belong to this matrix.")
        return array

    @property
    def edges(self) -> Edges:
        """The pairs that are stored, in memory, ordered by i.

        With ``top_k``, the neighbours of i are ordered by distance. With ``threshold`` alone, a
        mirrored matrix lists each pair once, with i < j.
        """
        if self.is_dense:
            raise ValueError(
                f"{self.path} holds a dense matrix, not edges: use `array` or `square`, or write "
                f"the matrix with `top_k` or `threshold`."
            )
        parquet = optional_import("pyarrow.parquet", extra=EXTRA)
        table = parquet.read_table(self.path)
        i, j, distances = (table[name].to_numpy() for name in ("i", "j", "distance"))
        n = len(self)
        if len(i) and not (min(i.min(), j.min()) >= 0 and max(i.max(), j.max()) < n):
            raise ValueError(f"{self.path}: an edge leads to a document that does not exist.")
        return Edges(i, j, distances.astype(np.float64))

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows of a dense matrix with all columns.

        Parameters
        ----------
        start, stop : int
            The first row, and the row after the last.

        Returns
        -------
        ndarray of float64 or float32, shape (stop - start, n_documents)
        """
        array = self.array
        start, stop, _ = slice(start, stop).indices(len(self))
        rows = np.asarray(array[start:stop])
        if self.is_mirrored:
            _mirror(rows, np.asarray(array[:stop, start:stop]), start)
        return rows

    def square(self, most: int = MOST_SQUARE) -> NDArray[Any]:
        """Return a dense matrix as an array in memory.

        Parameters
        ----------
        most : int, default=20_000
            The largest number of documents.

        Returns
        -------
        ndarray of float64 or float32, shape (n_documents, n_documents)

        Raises
        ------
        ValueError
            If the matrix has more documents than `most`, or is not dense.
        """
        n, array = len(self), self.array
        if n > most:
            raise ValueError(
                f"{self.path} has {n:,} documents, and a square matrix in memory at most {most:,}: "
                f"use edges (`top_k`, `threshold`), or fewer documents."
            )
        whole = np.asarray(array[:])
        if self.is_mirrored:
            for start in range(0, n, BLOCK):
                _mirror(whole[start : start + BLOCK], whole[:, start : start + BLOCK], start)
        return whole

    def graph(self) -> csr_array:
        """Return edges as a sparse matrix for scikit-learn and SciPy.

        Returns
        -------
        csr_array of float64, shape (n_documents, n_documents)
            Pairs that are not stored have no entry. A distance of 0 is stored as an entry.
        """
        from scipy.sparse import csr_array

        i, j, distances = self.edges
        return csr_array((distances, (i, j)), shape=(len(self), len(self)))


def _mirror(rows: NDArray[Any], columns: NDArray[Any], start: int) -> None:
    """Fill in what is below the diagonal of rows from `start` on, from the columns of these."""
    stop = start + len(rows)
    missing = np.arange(stop) < np.arange(start, stop)[:, None]
    rows[:, :stop][missing] = columns[:stop].T[missing]


def open_matrix(path: str | Path) -> Matrix:
    """Open a matrix that `write_matrix` or ``compressclf matrix`` wrote.

    Parameters
    ----------
    path : str or Path
        A zarr group or a Parquet file.

    Returns
    -------
    Matrix

    Raises
    ------
    ValueError
        If it is something else, or was written by a newer version.
    OSError
        If it cannot be read.
    MissingExtraError
        If zarr or pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from compressclf import write_matrix
    >>> place = Path(tempfile.mkdtemp()) / "near.parquet"
    >>> _ = write_matrix(["to be", "to be", "xyz"], place, threshold=0.15, n_jobs=1)
    >>> open_matrix(place).edges.j.tolist(), open_matrix(place).attributes["compressor"]
    ([1], 'gzip:level=9')
    """
    return Matrix(path)
