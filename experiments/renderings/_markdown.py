"""Markdown of numbers and tables."""

from __future__ import annotations

from collections.abc import Sequence

from compressclf._lib.markdown import grid

__all__ = ["pivot", "short", "table"]


def table(header: Sequence[str], rows: Sequence[Sequence[str | None]], numbers: bool = True) -> str:
    """Return a table; None becomes a dash, columns after the first are right-aligned.

    Examples
    --------
    >>> print(table(["method", "r8"], [["blocks", "0.97"], ["majority", None]]))
    | method | r8 |
    |---|--:|
    | blocks | 0.97 |
    | majority | – |
    """
    cells = [["–" if cell is None else cell for cell in row] for row in rows]
    return grid(header, cells, [False, *[numbers] * (len(header) - 1)])


def pivot(
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: dict[tuple[str, str], str],
) -> str:
    """Return a table of the cells, which are given by (row, column)."""
    body = [[row, *(cells.get((row, column)) for column in columns)] for row in rows]
    return table([corner, *columns], body)


def short(value: float) -> str:
    """Return a number as text with about two digits.

    Examples
    --------
    >>> short(1234.4), short(0.0123), short(3.14159), short(0.0)
    ('1,234', '0.012', '3.1', '0')
    """
    if abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value else "0"
