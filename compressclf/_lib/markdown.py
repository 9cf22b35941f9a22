"""Write tables and front matter of Markdown files; names in them may hold any characters."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence

from compressclf._lib.printable import printable

__all__ = ["bullets", "cell", "grid", "is_as_written", "plain", "quoted", "sealed", "table"]

END = re.compile(rb"<!-- Written by compressclf; SHA-256 of all above: ([0-9a-f]{64}) -->\n\Z")
ESCAPES = str.maketrans(
    {"|": r"\|", "<": "&lt;", ">": "&gt;", "`": r"\`", "*": r"\*", "_": r"\_", "\\": r"\\"}
)


def plain(value: object) -> str:
    """Return a value as readable text; control characters are escaped.

    Examples
    --------
    >>> plain(12345), plain(0.5), plain(True), plain(None)
    ('12,345', '0.500', 'yes', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value))


def cell(value: object) -> str:
    r"""Return a value as Markdown for a table or a sentence, on one line.

    Examples
    --------
    >>> cell(12345), cell("a|b")
    ('12,345', 'a\\|b')
    """
    if isinstance(value, (int, float, type(None))):
        return plain(value)
    return printable(" ".join(str(value).translate(ESCAPES).split()))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table of values; columns of numbers are right-aligned.

    Examples
    --------
    >>> print(table(["class", "documents"], [["sport", 1200]]))
    | class | documents |
    |---|--:|
    | sport | 1,200 |
    """
    content = [list(row) for row in rows]
    columns = list(zip(*content, strict=True)) or [()] * len(header)
    right = [
        bool(column) and all(isinstance(v, (int, float, type(None))) for v in column)
        for column in columns
    ]
    return grid(header, [list(map(cell, row)) for row in content], right)


def grid(header: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    """Return a table whose cells are Markdown; `right` says which columns are right-aligned."""
    rule = "|".join("--:" if is_right else "---" for is_right in right)
    lines = [f"| {' | '.join(header)} |", f"|{rule}|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def bullets(sentences: Iterable[str]) -> str:
    """Return a list with one sentence per item."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def quoted(text: str) -> str:
    """Return text as a YAML scalar (a JSON string, which is valid YAML)."""
    return json.dumps(text)


def sealed(parts: Sequence[str]) -> str:
    """Return the parts of a file as one text with its digest, which `is_as_written` checks.

    Parameters
    ----------
    parts : sequence of str
        Markdown; an empty line is put between the parts.

    Returns
    -------
    str
    """
    text = "\n\n".join(parts) + "\n\n"
    digest = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"{text}<!-- Written by compressclf; SHA-256 of all above: {digest} -->\n"


def is_as_written(card: bytes) -> bool:
    """Return whether a card is unchanged since `model_card` wrote it.

    Parameters
    ----------
    card : bytes
        Content of the card's file.

    Returns
    -------
    bool
    """
    end = END.search(card)
    return end is not None and hashlib.sha256(card[: end.start()]).hexdigest().encode() == end[1]
