"""Read one document per line: plain, or with fastText's label before it (``__label__x a text``).

Lines end with a line feed, or with a carriage return and a line feed.
"""

from __future__ import annotations

import re

from compressclf.datasets.dataset import Split
from compressclf.datasets.reading import Reading
from compressclf.datasets.tables.rows import Places, split_of_columns
from compressclf.documents import Corpus

__all__ = ["has_label_prefix", "read_lines"]

PREFIX = "__label__"
LABELLED_LINE = re.compile(rf"{PREFIX}([^ \t\v\f\0]*)[ \t]*(.*)", re.DOTALL)
LABEL_WITHIN = re.compile(rf"(?:^|[\s,]){PREFIX}\S")
ANY_LABEL = re.compile(rf"{PREFIX}([^\s,]*)")


def read_lines(name: str, text: str, reading: Reading, *, first: int = 1) -> Split:
    """Return a document for each line; lines are counted from `first`.

    Raises
    ------
    ValueError
        If labels are needed and missing, if a line has several, or if only some lines have one.
    """
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    rows = [(line.removesuffix("\r"), f"{name}:{n}") for n, line in enumerate(lines, start=first)]
    labels: list[str | None] = [None] * len(rows)
    if _hold_labels(rows):
        rows, labels = _without_labels(name, rows, reading)
    else:
        reading.notes.fact("format", "one document per line")
    if reading.labelled and labels[:1] == [None]:
        raise ValueError(
            f"{name}: plain lines have no labels; give JSON lines or a table with the columns "
            f"{reading.text[0]!r} and {reading.label!r}."
        )
    docs = Corpus.from_documents([text for text, _ in rows])
    where = [place for _, place in rows]
    places = Places((), None, None)  # there are no columns
    return split_of_columns(name, docs, labels, [], where, reading, places, typed=True)


def has_label_prefix(text: str) -> bool:
    """Return whether the first line begins with fastText's prefix of a label.

    Examples
    --------
    >>> has_label_prefix("__label__a some text"), has_label_prefix("some text")
    (True, False)
    """
    return text.lstrip().startswith(PREFIX)


def _hold_labels(rows: list[tuple[str, str]]) -> bool:
    """Return whether every line that is not blank begins with a label; refuse mixed lines."""
    filled = [(line.lstrip(), place) for line, place in rows if line.strip()]
    without = [place for line, place in filled if not line.startswith(PREFIX)]
    if len(without) < len(filled) and without:
        raise ValueError(
            f"{without[0]}: the line does not begin with {PREFIX!r}, as other lines do; give every "
            f"line one label, or none."
        )
    if without and all(LABEL_WITHIN.search(line) for line, _ in filled):
        raise ValueError(
            f"{without[0]}: the label of the line comes after the text; write it before the text."
        )
    return bool(filled) and not without


def _without_labels(
    name: str, rows: list[tuple[str, str]], reading: Reading
) -> tuple[list[tuple[str, str]], list[str | None]]:
    """Return the texts and the labels of fastText lines."""
    filled = [(line.lstrip(), place) for line, place in rows if line.strip()]
    texts: list[tuple[str, str]] = []
    labels: list[str | None] = []
    for line, place in filled:
        label, text = LABELLED_LINE.fullmatch(line).groups()  # type: ignore[union-attr]
        if PREFIX in label or LABEL_WITHIN.search(text):
            found = ", ".join(map(repr, ANY_LABEL.findall(line)))
            raise ValueError(
                f"{place}: the line has several labels ({found}); give one label for each document."
            )
        texts.append((text, place))
        labels.append(label)
    reading.notes.fact("format", "fastText lines")
    blank = [place for line, place in rows if not line.strip()]
    if blank:
        were = "line was" if len(blank) == 1 else "lines were"
        reading.notes.remark(
            f"{name}: {len(blank):,} blank {were} skipped (the first: {blank[0]})."
        )
    return texts, labels
