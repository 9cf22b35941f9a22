"""Take the documents out of a table that has a single column.

scikit-learn's meta-estimators need rows and columns: they select rows of a data frame, or convert
their input to an array of shape (n_docs, 1). `single_column` takes the documents out again. A table
with several columns is refused, because only the user knows which column holds the documents.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np

__all__ = ["single_column"]

MOST_NAMES = 6
"""Number of columns that a message names."""
MOST_MISSING = 1000
"""Number of values that are inspected to find what a column holds."""
TEXT, NUMBERS, OTHER = "text", "numbers", "other"


def single_column(documents: Any) -> Any:
    """Return the only column of a table of documents, and anything else unchanged.

    Parameters
    ----------
    documents : object
        A data frame of pandas, polars or another library that narwhals knows, an Arrow table, an
        array of shape (n_docs, 1), or a list of lists of one str or bytes each. Tables of numbers
        are returned unchanged.

    Raises
    ------
    TypeError
        If there are several columns and at least one of them holds text, or if `documents` is a
        dict, a Hugging Face data set or a lazy frame. The message names the columns.

    Examples
    --------
    >>> single_column([["to be"], ["or not"]])
    ['to be', 'or not']
    >>> single_column(np.array([["to be"], ["or not"]])).tolist()
    ['to be', 'or not']
    >>> single_column([["to be", "or not"]])
    Traceback (most recent call last):
        ...
    TypeError: Expected one document per row, got rows of 2 values: select the column with the
    documents, as in [row[0] for row in X].
    """
    is_sparse = hasattr(documents, "toarray")  # one kind of sparse matrix is a dict
    if isinstance(documents, Mapping) and not is_sparse:
        raise _of_entries(documents)
    if hasattr(documents, "column_names") and hasattr(documents, "features"):
        raise _several(type(documents).__name__, "columns", *_of_hub(documents))
    if hasattr(type(documents), "columns"):  # reading .columns of a lazy frame would run its query
        return _of_frame(documents)
    if isinstance(documents, np.ndarray) and documents.ndim == 2 and documents.dtype.kind in "OUST":
        return _of_array(documents)
    if isinstance(documents, (list, tuple)) and documents:
        return _of_rows(documents)
    return documents


def _of_entries(entries: Mapping[Any, Any]) -> TypeError:
    texts = [name for name, column in entries.items() if _content(column) == TEXT]
    first = next(iter(entries.values()), None)
    inner = ""
    if hasattr(first, "column_names") and hasattr(first, "features"):  # parts of a hub data set
        names, texts_in = _of_hub(first)
        inner = f"[{_likely(texts_in or names)!r}]"
    return _several(type(entries).__name__, "entries", list(entries), texts, inner)


def _of_hub(dataset: Any) -> tuple[list[Any], list[Any]]:
    """Return the columns of a Hugging Face data set, and those of text."""
    features = dataset.features or {}
    texts = [name for name in features if getattr(features[name], "dtype", "") == "string"]
    return list(dataset.column_names or features), texts


def _of_frame(table: Any) -> Any:
    import narwhals.stable.v2 as nw  # here, since the import takes a while

    name = type(table).__name__
    if name == "RecordBatch":  # a part of an Arrow table, unknown to narwhals
        import pyarrow

        return _of_frame(pyarrow.Table.from_batches([table]))
    try:
        frame = nw.from_native(table, pass_through=True)
    except nw.exceptions.DuplicateError:
        names, kinds = list(table.columns), [kind.kind for kind in table.dtypes]
        texts = [name for name, kind in zip(names, kinds, strict=True) if kind not in "uifbc"]
        if texts:
            raise _several(name, "columns", names, texts) from None
        return table
    if isinstance(frame, nw.LazyFrame):
        raise TypeError(f"Expected documents, got a {name}, which is a query: call .collect().")
    if not isinstance(frame, nw.DataFrame):
        return table
    columns = {name: frame.get_column(name) for name in frame.columns}
    contents = {
        name: _of_type(column.dtype) or _content(column) for name, column in columns.items()
    }
    if len(columns) == 1 and NUMBERS not in contents.values():
        return next(iter(columns.values())).to_native()
    texts = [name for name, content in contents.items() if content == TEXT]
    if texts:
        raise _several(name, "columns", frame.columns, texts)
    return table


def _of_type(dtype: Any) -> str | None:
    """Return what a column of a data frame holds; None if it depends on the values."""
    import narwhals.stable.v2 as nw

    if dtype.is_numeric() or dtype == nw.Boolean:
        return NUMBERS
    return TEXT if dtype in (nw.String, nw.Binary) else None


def _of_array(array: Any) -> Any:
    if array.shape[1] == 1 and _content(array[:, 0]) != NUMBERS:
        return array[:, 0]
    if array.shape[1] > 1 and len(array) and _holds_text(array[0].tolist()):
        raise _rows_of(array.shape[1], "X[:, 0]")
    return array


def _of_rows(rows: Sequence[Any]) -> Any:
    first = rows[0]
    if not isinstance(first, (list, tuple)) or not _holds_text(first):
        return rows
    for row in rows:
        if not isinstance(row, (list, tuple)) or len(row) != 1:
            n = len(row) if isinstance(row, (list, tuple)) else 1
            raise _rows_of(max(n, len(first)), "[row[0] for row in X]")
    return [row[0] for row in rows]


def _content(column: Any) -> str:
    """Return what a column holds, by its type or else by its first value that is not missing."""
    kind = getattr(getattr(column, "dtype", None), "kind", None)
    if kind is not None and kind in "uifbc":
        return NUMBERS
    if isinstance(column, (str, bytes)) or not isinstance(column, Iterable):
        return OTHER
    for value in itertools.islice(column, MOST_MISSING):
        if _is_text(value):
            return TEXT
        if value is None or type(value).__name__ == "NAType" or value is np.nan:
            continue
        is_number = isinstance(value, (Number, np.generic))
        if not is_number or bool(value == value):
            return NUMBERS if is_number else OTHER
    return OTHER


def _is_text(value: object) -> bool:
    return isinstance(value, (str, bytes, bytearray))


def _holds_text(row: Iterable[object]) -> bool:
    return any(_is_text(value) for value in row)


def _several(
    kind: str, what: str, names: list[Any], texts: list[Any], inner: str = ""
) -> TypeError:
    """Return the error for a table: which columns it has, and how to select one."""
    listed = ", ".join(repr(one) for one in names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        listed += f" and {len(names) - MOST_NAMES} more"
    has = f"the {what} {listed}" if names else f"no {what}"
    return TypeError(
        f"Expected one column of documents, got a {kind} with {has}: select the column with the "
        f"documents, as in X[{_likely(texts or names)!r}]{inner}."
    )


def _likely(names: Sequence[Any]) -> Any:
    return "text" if "text" in names or not names else names[0]


def _rows_of(n: int, way: str) -> TypeError:
    return TypeError(
        f"Expected one document per row, got rows of {n} values: select the column with the "
        f"documents, as in {way}."
    )
