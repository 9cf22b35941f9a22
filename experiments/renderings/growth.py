"""Compressed size as a corpus grows, with power laws that are checked on the largest size."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..records import Record
from ..statistics import Interval
from ..view import View
from ._laws import Foretold, foretell, write_interval
from ._markdown import table
from ._panels import legend, panels_of, plain_logarithm

__all__ = ["draw", "law_of", "points_of", "render"]

FROM_BYTES = 8000
"""Shorter prefixes are not fitted: headers and tables are a large part of them."""


def points_of(records: list[Record]) -> list[tuple[int, float]]:
    """Return (bytes, bits per byte) of every prefix in these records."""
    return [
        (size, bits / size)
        for record in records
        for size, bits in zip(record["sizes"], record["bits"], strict=True)
    ]


def law_of(records: list[Record]) -> Foretold | None:
    """Return the law of one compressor on one data set: bits per byte = a · bytes^−b."""
    points = [point for point in points_of(records) if point[0] >= FROM_BYTES]
    sizes = [size for size, _ in points]
    return foretell(sizes, [rate for _, rate in points], sizes, None)


def render(view: View) -> str:
    """Return the table of records of growth: one row per data set and compressor."""
    rows, inside = [], 0
    for (dataset, method), records in view.groups("dataset", "method").items():
        found = law_of(records)
        if found is None:
            continue
        inside += found.inside
        first = min(size for size, _ in points_of(records) if size >= FROM_BYTES)
        start = np.mean([rate for size, rate in points_of(records) if size == first])
        last = [(one["bits"][-1] - one["bits"][-2]) / np.diff(one["sizes"])[-1] for one in records]
        b = found.law.b
        rows.append(
            [
                f"{dataset} {method}",
                f"{found.size / 1000:,.0f}",
                f"{start:.3f}",
                f"{found.measured:.3f}",
                f"{np.mean(last):.3f}",
                write_interval(Interval(1 - b.value, 1 - b.high, 1 - b.low, b.stderr)),
                write_interval(found.expected),
                "yes" if found.inside else "**no**",
            ]
        )
    if not rows:
        return "Too few sizes for a law."
    header = ["data set, compressor", "kB", "at 8 to 16 kB", "at the largest"]
    header += ["of its second half", "growth exponent", "predicted at the largest", "inside"]
    seeds = len({record["seed"] for record in view.records})
    caption = (
        f"Bits per byte of the training documents in random order (means over {seeds} orders): of "
        "the shortest fitted prefix, of the whole, and of its second half after the first. "
        "Growth exponent: β of C(n) ∝ n^β, fitted to all prefixes but the largest; 1 would be "
        "a constant rate. It describes these compressors in this range of sizes, and does not show "
        "that β stays below 1 beyond it (Hilberg's conjecture is about C(n) without its linear "
        "part). 95% intervals from a bootstrap over the points."
    )
    summary = f"Inside the interval: {inside} of {len(rows)}."
    return f"{caption}\n\n{table(header, rows)}\n\n{summary}"


def draw(view: View, figure: Any) -> str:
    """Draw one line per compressor: means over the orders of the documents."""
    for dataset, panel in panels_of(view.datasets, figure).items():
        for index, method in enumerate(view.methods):
            key = (dataset, method)
            same = [one for one in view.records if (one["dataset"], one["method"]) == key]
            points = points_of(same)
            sizes = sorted({size for size, _ in points})
            rates = [np.mean([rate for size, rate in points if size == one]) for one in sizes]
            panel.plot(sizes, rates, "o-", color=f"C{index % 10}", markersize=2, label=method)
        panel.set(title=dataset, xscale="log", yscale="log", xlabel="bytes")
        panel.set_ylabel("bits per byte")
        plain_logarithm(panel.yaxis)
    legend(figure)
    return "Bits per byte by bytes compressed in one stream, headers included; both logarithmic."
