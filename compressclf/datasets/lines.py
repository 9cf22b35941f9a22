"""One document a line."""

from __future__ import annotations

from compressclf.datasets._dataset import Split
from compressclf.datasets._reading import Reading
from compressclf.documents import Corpus

__all__ = ["read_lines"]


def read_lines(name: str, text: str, reading: Reading) -> Split:
    """Return a document for each line."""
    if reading.labelled:
        raise ValueError(
            f"{name}: plain lines have no labels; give JSON lines or a table with the columns "
            f"{reading.text[0]!r} and {reading.label!r}."
        )
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return Split(Corpus.from_documents([line.removesuffix("\r") for line in lines]))
