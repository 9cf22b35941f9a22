"""The files of a matrix: a zarr group of format 3, or a Parquet file of edges.

Both say about themselves, under the key ``compressclf``, what they are: the fields of `ATTRIBUTES`
and the names of the classes, if the documents have labels. The class index of each document is the
array ``labels`` of the group, and the entry ``compressclf.labels`` of the Parquet file: 4 bytes per
document, little-endian, in base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ATTRIBUTES",
    "EXTRA",
    "SCHEMA",
    "create_array",
    "edge_writer",
    "read_about",
    "read_labels",
]

EXTRA = "matrix"
KEY = "compressclf"
LABELS = "compressclf.labels"
SCHEMA = 1
MOST_DOCUMENTS = 1 << 32
ATTRIBUTES = (
    "schema",
    "format",
    "n_documents",
    "documents",
    "labels",
    "metric",
    "compressor",
    "compressor_version",
    "version",
    "order",
    "separator",
    "symmetrize",
    "subtract_overhead",
    "layout",
    "dtype",
    "top_k",
    "threshold",
)
"""What every result says about itself; ``documents`` and ``labels`` are SHA-256."""


def create_array(
    place: Path,
    shape: tuple[int, int],
    dtype: np.dtype[Any],
    *,
    chunks: tuple[int, int],
    shards: tuple[int, int],
    attributes: dict[str, Any],
    labels: NDArray[np.int64] | None,
) -> Any:
    """Make a zarr group with the array ``distances``, filled with NaN, and ``labels``."""
    zarr = optional_import("zarr", extra=EXTRA)
    group = zarr.create_group(place, overwrite=True, zarr_format=3, attributes={KEY: attributes})
    if labels is not None:
        group.create_array(
            "labels", data=labels.astype(np.int32), dimension_names=("i",), chunks=labels.shape
        )
    return group.create_array(
        "distances",
        shape=shape,
        dtype=dtype,
        chunks=chunks,
        shards=shards,
        fill_value=np.nan,
        dimension_names=("i", "j"),
    )


@contextmanager
def edge_writer(
    place: Path, dtype: np.dtype[Any], attributes: dict[str, Any], labels: NDArray[np.int64] | None
) -> Iterator[Callable[..., None]]:
    """Open a Parquet file of edges; the block calls ``write(i, j, distances)``."""
    pyarrow = optional_import("pyarrow", extra=EXTRA)
    parquet = optional_import("pyarrow.parquet", extra=EXTRA)
    about = {KEY: json.dumps(attributes)}
    if labels is not None:
        about[LABELS] = base64.b64encode(labels.astype("<i4").tobytes()).decode()
    schema = pyarrow.schema(
        [
            pyarrow.field("i", pyarrow.int64(), nullable=False),
            pyarrow.field("j", pyarrow.int64(), nullable=False),
            pyarrow.field("distance", pyarrow.from_numpy_dtype(dtype), nullable=False),
        ],
        metadata=about,
    )
    with parquet.ParquetWriter(place, schema, compression="zstd") as writer:

        def write(i: Any, j: Any, distances: Any) -> None:
            columns = [np.asarray(i), np.asarray(j), np.asarray(distances, dtype=dtype)]
            arrays = [pyarrow.array(np.ascontiguousarray(column)) for column in columns]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))

        yield write


def read_about(path: Path) -> dict[str, Any]:
    """Return what a matrix says about itself.

    Raises
    ------
    ValueError
        If it is not a matrix that `write_matrix` wrote, or one of a newer version.
    """
    try:
        if path.is_dir():
            held = json.loads((path / "zarr.json").read_bytes())["attributes"][KEY]
        else:
            held = json.loads(_metadata(path)[KEY.encode()])
        about = dict(held)
        schema = about["schema"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, FileNotFoundError) and not path.exists():
            raise
        raise ValueError(
            f"{path} is not a matrix that `write_matrix` or compressclf matrix wrote."
        ) from None
    if not isinstance(schema, int) or schema > SCHEMA:
        raise ValueError(f"{path} was written by a newer version of compressclf: update it.")
    n, classes = about.get("n_documents"), about.get("classes", [])
    is_whole = set(ATTRIBUTES) <= set(about) and isinstance(classes, list)
    if not (is_whole and isinstance(n, int) and 1 <= n <= MOST_DOCUMENTS):
        raise ValueError(f"{path}: what the matrix says about itself is not complete.")
    return about


def read_labels(path: Path, about: dict[str, Any]) -> NDArray[Any] | None:
    """Return the label of each document, or None."""
    classes = about.get("classes")
    if classes is None:
        return None
    shape = (about["n_documents"],)
    codes: NDArray[Any] = np.empty(0, np.int32)
    if path.is_dir():
        array = optional_import("zarr", extra=EXTRA).open_array(path / "labels", mode="r")
        if array.shape == shape and array.dtype == np.int32:
            codes = np.asarray(array[:])
    else:
        stored = base64.b64decode(_metadata(path).get(LABELS.encode(), b""))
        if len(stored) == 4 * shape[0]:
            codes = np.frombuffer(stored, "<i4")
    if codes.shape != shape or not ((codes >= 0) & (codes < len(classes))).all():
        raise ValueError(f"{path}: the labels do not belong to these documents.")
    labels: NDArray[Any] = np.asarray(classes)[codes]
    return labels


def _metadata(path: Path) -> dict[bytes, bytes]:
    parquet = optional_import("pyarrow.parquet", extra=EXTRA)
    return dict(parquet.read_schema(path).metadata or {})
