"""The output of commands: tables in five styles, and files that are written atomically."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from compressclf._lib.files import naming, write_whole
from compressclf._lib.markdown import plain, table
from compressclf._lib.printable import printable

__all__ = ["emit", "render_table", "say"]


def say(sentence: str) -> None:
    """Print a sentence on standard error, with control characters escaped."""
    click.echo(printable(sentence), err=True)


def emit(text: str, output: Path | None, *, draft: Path | None = None) -> None:
    """Print `text`, or write it atomically to the file `output`; for `draft` see `write_whole`."""
    if text and not text.endswith("\n"):
        text += "\n"
    data = text.encode(errors="backslashreplace")
    if output is None:
        with naming("standard output"):
            click.echo(data, nl=False)
        return
    write_whole(output, data, draft=draft)


def render_table(rows: Sequence[dict[str, Any]], style: str) -> str:
    """Render rows with the same keys.

    Parameters
    ----------
    rows : sequence of dict
        Values are str, int, float (three decimal places in text and md) or None.
    style : {"text", "md", "csv", "json", "jsonl"}

    Examples
    --------
    >>> print(render_table([{"name": "gzip", "bits": 2.94041}], "md"))
    | name | bits |
    |---|--:|
    | gzip | 2.940 |
    """
    if style == "json":
        return json.dumps(rows, ensure_ascii=False, indent=2)
    if style == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    header = list(rows[0]) if rows else []
    if style == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([row[key] for key in header] for row in rows)
        return text.getvalue()
    names = list(map(printable, header))
    if style == "md":
        return table(names, [list(row.values()) for row in rows])
    cells = [[plain(row[key]) for key in header] for row in rows]
    right = [all(isinstance(row[key], (int, float, type(None))) for row in rows) for key in header]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = []
    for row in [names, *cells]:
        padded = [
            cell.rjust(width) if r else cell.ljust(width)
            for cell, width, r in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)
