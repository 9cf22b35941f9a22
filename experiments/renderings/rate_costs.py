"""The cost of compressors: prior and time, and whether decoding restores the texts."""

from __future__ import annotations

from ..cells import Cell
from ..priors import label_of
from ..records import Record
from ..view import View
from ._markdown import short, table
from .rates import labels_of

__all__ = ["render", "speed"]

STEPS = ("code", "encode", "decode")


def render(view: View) -> str:
    """Return the table."""
    rows = []
    for label in labels_of(view):
        records = [one for one in view.records if label_of(Cell.of(one)) == label]
        speeds = [speed(records, step) for step in STEPS]
        known = [one["restored"] for one in records if one["restored"] is not None]
        rows.append(
            [
                label,
                f"{max(one['model_bytes'] for one in records):,}",
                f"{records[0]['overhead_bits']:g}",
                f"{sum(one['bytes'] for one in records) / 1e6:.1f}",
                f"{sum(one['seconds']['code'] for one in records):.1f}",
                *(None if one is None else short(one) for one in speeds),
                f"{sum(known)} of {len(known)}" if known else None,
            ]
        )
    header = [
        "compressor", "prior, bytes", "bits of nothing", "MB read", "seconds",
        "MB/s count", "MB/s write", "MB/s read back", "came back",
    ]  # fmt: skip
    caption = (
        "Prior: bytes that a decoder needs besides the program. Over all texts and units: bytes, "
        "wall seconds, and MB per processor second to count the bits, to write the stream and to "
        "read it back (“–”: not measured, or no stream); texts that decoding restored."
    )
    return f"{caption}\n\n{table(header, rows)}"


def speed(records: list[Record], step: str) -> float | None:
    """Return megabytes per processor second; None if no time was measured.

    Examples
    --------
    >>> speed([{"bytes": 3_000_000, "cpu_seconds": {"code": 1.5}}], "code")
    2.0
    """
    known = [one for one in records if step in one["cpu_seconds"]]
    spent = sum(one["cpu_seconds"][step] for one in known)
    return sum(one["bytes"] for one in known) / 1e6 / spent if spent else None
