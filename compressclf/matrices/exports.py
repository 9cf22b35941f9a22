"""Dense matrices in the formats of other programs.

========== =============================================================================
PHYLIP     a square matrix, relaxed: names of any length, without blanks (Felsenstein 1993)
Nexus      the blocks TAXA and DISTANCES (Maddison, Swofford & Maddison 1997)
CSV        a square table whose first row and column are the names
scikit-bio `skbio.DistanceMatrix`, in memory
========== =============================================================================

These formats expect a symmetric matrix with zeros on the diagonal. A matrix that is not symmetric
is refused, and the diagonal, which is above 0 for real compressors, is written as 0. CSV takes any
matrix and keeps the diagonal.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.files import write_whole
from compressclf._lib.optional import optional_import
from compressclf._lib.registry import choose_from
from compressclf.matrices.opening import Matrix

if TYPE_CHECKING:
    pass

__all__ = ["FORMATS", "export_matrix", "to_skbio"]

MOST_TEXT = 4_000  # documents; such a file has about 320 MB
ROWS = 256


def export_matrix(
    matrix: Matrix,
    path: str | Path,
    *,
    format: str | None = None,
    names: Sequence[str] | None = None,
) -> None:
    """Write a dense matrix as text, atomically.

    Parameters
    ----------
    matrix : Matrix
        From `open_matrix`.
    path : str or Path
        The file.
    format : {"csv", "nexus", "phylip"}, optional
        By default by the suffix: .csv, .nex or .nexus, .phy or .phylip.
    names : sequence of str, optional
        Name of each document; by default its number from 0.

    Raises
    ------
    ValueError
        If the format is unknown, the matrix is not dense, has more than 4,000 documents or, except
        in CSV, is not symmetric, or if the names do not fit.

    Examples
    --------
    >>> import tempfile
    >>> from compressclf import write_matrix
    >>> folder = Path(tempfile.mkdtemp())
    >>> matrix = write_matrix(["to be", "to be", "xyz"], folder / "m.zarr", n_jobs=1)
    >>> export_matrix(matrix, folder / "m.phy")
    >>> print((folder / "m.phy").read_text())
    3
    0 0 0.12 0.24
    1 0.12 0 0.24
    2 0.24 0.24 0
    """
    path = Path(path)
    if format is None:
        format = _SUFFIXES.get(path.suffix.lower())
        if format is None:
            raise ValueError(
                f"{path}: {choose_from('suffix', path.suffix, list(_SUFFIXES))}, or give `format`."
            )
    elif format not in FORMATS:
        raise ValueError(choose_from("format", format, list(FORMATS)))
    n = len(matrix)
    _ = matrix.array  # refuses edges
    if n > MOST_TEXT:
        raise ValueError(
            f"{matrix.path} has {n:,} documents, and a text file at most {MOST_TEXT:,}: read the "
            f"zarr array, or write edges (`top_k`, `threshold`)."
        )
    titles = [str(number) for number in range(n)] if names is None else list(names)
    if len(titles) != n or len(set(titles)) != n:
        raise ValueError(f"The names must be {n:,} different ones, one for each document.")
    if format != "csv":
        _check_symmetric(matrix, format)
    write_whole(path, "".join(FORMATS[format](matrix, titles)).encode())


def to_skbio(matrix: Matrix, names: Sequence[str] | None = None) -> Any:
    """Return a dense matrix as `skbio.DistanceMatrix`, with zeros on the diagonal.

    Parameters
    ----------
    matrix : Matrix
        From `open_matrix`.
    names : sequence of str, optional
        Name of each document; by default its number from 0.

    Returns
    -------
    skbio.DistanceMatrix

    Raises
    ------
    ValueError
        If the matrix is not dense, is too large or is not symmetric.
    MissingExtraError
        If scikit-bio is not installed.
    """
    _check_symmetric(matrix, "DistanceMatrix")
    square = matrix.square()
    np.fill_diagonal(square, 0.0)
    skbio = optional_import("skbio", extra="skbio")
    titles = [str(number) for number in range(len(matrix))] if names is None else list(names)
    return skbio.DistanceMatrix(square, titles)


def _check_symmetric(matrix: Matrix, format: str) -> None:
    if not matrix.is_mirrored:
        raise ValueError(
            f"{matrix.path} is not symmetric, and {format} needs a symmetric matrix: write it with "
            f"`symmetrize='min'`."
        )


def _numbers(matrix: Matrix, *, diagonal: bool) -> Iterator[list[str]]:
    """Yield the rows as numbers that read back as the same float."""
    for start in range(0, len(matrix), ROWS):
        rows = matrix.rows(start, min(start + ROWS, len(matrix)))
        for number, row in enumerate(rows, start=start):
            if not diagonal:
                row[number] = 0
            yield [_written(value) for value in row]


def _written(value: Any) -> str:
    text = str(value)
    return text.removesuffix(".0")


def _csv(matrix: Matrix, names: list[str]) -> Iterator[str]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["", *names])
    for name, row in zip(names, _numbers(matrix, diagonal=True), strict=True):
        writer.writerow([name, *row])
    yield text.getvalue()


def _phylip(matrix: Matrix, names: list[str]) -> Iterator[str]:
    spaced = [name for name in names if not name or re.search(r"\s", name)]
    if spaced:
        raise ValueError(
            f"A name in PHYLIP has no blanks and is not empty. Got {spaced[0]!r}: rename it."
        )
    yield f"{len(names)}\n"
    for name, row in zip(names, _numbers(matrix, diagonal=False), strict=True):
        yield f"{name} {' '.join(row)}\n"


def _nexus(matrix: Matrix, names: list[str]) -> Iterator[str]:
    quoted = ["'" + name.replace("'", "''") + "'" for name in names]
    yield "#NEXUS\n\nBEGIN TAXA;\n"
    yield f"  DIMENSIONS NTAX={len(names)};\n  TAXLABELS {' '.join(quoted)};\nEND;\n\n"
    yield "BEGIN DISTANCES;\n  FORMAT TRIANGLE=BOTH DIAGONAL LABELS=LEFT;\n  MATRIX\n"
    for name, row in zip(quoted, _numbers(matrix, diagonal=False), strict=True):
        yield f"    {name} {' '.join(row)}\n"
    yield "  ;\nEND;\n"


FORMATS: dict[str, Callable[[Matrix, list[str]], Iterator[str]]] = {
    "csv": _csv,
    "nexus": _nexus,
    "phylip": _phylip,
}
"""How each format is written: functions of a matrix and the names of the documents."""
_SUFFIXES = {
    ".csv": "csv",
    ".nex": "nexus",
    ".nexus": "nexus",
    ".phy": "phylip",
    ".phylip": "phylip",
}
