"""Shared by the tables and plots of the protocol codes: conditions and labels."""

from __future__ import annotations

from typing import NamedTuple

from compressclf._lib.registry import parse_spec

from ..cells import Cell
from ..priors import label_of
from ..records import Record
from ..view import View

__all__ = ["Condition", "Point", "condition_of", "conditions", "points_of"]

FAMILIES = {"gzip": "deflate", "zlib": "deflate", "xz": "lzma"}
"""One format in several wrappers; these compressors count as one family."""
WAYS = {"neighbors": "kNN", "texts": "class texts", "model": "class models"}


class Condition(NamedTuple):
    """A condition of comparison: rows, their length and the way to classify."""

    dataset: str
    cut: int | None
    by: str

    def __str__(self) -> str:
        """Return it in words."""
        cut = f" first {self.cut} bytes" if self.cut else ""
        return f"{self.dataset}{cut}, {WAYS[self.by]}"


class Point(NamedTuple):
    """A compressor under a condition."""

    label: str
    family: str
    rate: float
    """Bits per byte."""
    accuracy: float
    overhead_rate: float
    """Bits per byte of the header."""
    corrected: float | None
    """Accuracy of kNN when the header is subtracted from all codelengths."""
    level: str
    """Whether it is the default, another level or a prior."""


def condition_of(record: Record) -> Condition:
    """Return the condition of a record."""
    parameters = record["parameters"]
    return Condition(record["dataset"], parameters.get("cut"), parameters["by"])


def conditions(view: View) -> list[Condition]:
    """Return the conditions in the order of the records."""
    return list(dict.fromkeys(map(condition_of, view.records)))


def points_of(view: View, condition: Condition) -> list[Point]:
    """Return the compressors under a condition whose bits per byte are known."""
    return [
        _point(one)
        for one in view.records
        if condition_of(one) == condition and "bits_per_byte" in one["metrics"]
    ]


def _point(record: Record) -> Point:
    name, settings = parse_spec(record["method"])
    metrics = record["metrics"]
    # The bits of an empty text are paid once per document.
    n_bytes = record["test_bytes"]
    return Point(
        label_of(Cell.of(record)),
        FAMILIES.get(name, name),
        metrics["bits_per_byte"],
        record["value"],
        metrics.get("overhead_bits", 0.0) * record["n_test"] / n_bytes,
        metrics.get("accuracy_less_overhead"),
        "prior" if "prior" in record["parameters"] else "level" if settings else "default",
    )
