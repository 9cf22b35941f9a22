"""Bits per byte: one row per text, one column per compressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..cells import Cell
from ..corpora import DOCUMENTS, FOLDER, WHOLE
from ..priors import label_of
from ..records import Record
from ..view import View
from ._markdown import pivot

__all__ = ["draw", "labels_of", "mean_rate", "of_unit", "render"]

TOGETHER = "*all of these*"


def render(view: View, *, unit: str | int = WHOLE) -> str:
    """Return the table; `unit` says what was coded independently."""
    view = of_unit(view, unit)
    if not view.records:
        return "No records yet."
    place = {(label_of(Cell.of(one)), one["dataset"]): one for one in view.records}
    labels = labels_of(view)
    best = {
        name: min(place[label, name]["value"] for label in labels if (label, name) in place)
        for name in view.datasets
    }
    cells = {}
    for (label, name), one in place.items():
        text = f"{one['value']:.3f}"
        cells[_row(one), label] = f"**{text}**" if one["value"] == best[name] else text
    for label in labels:
        rate = mean_rate([place.get((label, name)) for name in view.datasets])
        if rate is not None:
            cells[TOGETHER, label] = f"{rate:.3f}"
    first = {one["dataset"]: one for one in reversed(view.records)}
    rows = [_row(first[name]) for name in view.datasets]
    return f"{_caption(unit)}\n\n{pivot('text', [*rows, TOGETHER], labels, cells)}"


def of_unit(view: View, unit: str | int) -> View:
    """Return the records with this unit."""
    return view.only(lambda one: one["parameters"]["unit"] == unit)


def labels_of(view: View) -> list[str]:
    """Return compressors with their priors, in the study's order; those with priors last."""
    found = dict.fromkeys(label_of(Cell.of(one)) for one in view.records)
    return sorted(found, key=lambda label: " after " in label)


def mean_rate(records: Sequence[Record | None]) -> float | None:
    """Return the sum of bits over the sum of bytes; None if one is missing.

    Examples
    --------
    >>> mean_rate([{"bits": 10.0, "bytes": 2}, {"bits": 6.0, "bytes": 6}])
    2.0
    """
    bits = n_bytes = 0.0
    for one in records:
        if one is None:
            return None
        bits, n_bytes = bits + one["bits"], n_bytes + one["bytes"]
    return bits / n_bytes if n_bytes else None


def _row(record: Record) -> str:
    name = record["dataset"].removeprefix(FOLDER)
    return f"{name} ({record['bytes']:,} bytes in {record['units']:,})"


def _caption(unit: str | int) -> str:
    if isinstance(unit, int):
        what = f"chunks of {unit:,} bytes, each independently"
    else:
        what = {WHOLE: "the text as a whole", DOCUMENTS: "every document independently"}[unit]
    return (
        f"Bits per byte of {what}, with headers; bold: the fewest. In brackets: bytes and number "
        "of pieces. identity writes bytes as they are; lz77 is an entropy, not a stream."
    )


def draw(view: View, figure: Any) -> str:
    """Draw one row per compressor and one mark per unit, over texts that all compressors coded."""
    axes = figure.subplots()
    labels = [label for label in labels_of(view) if " after " not in label]
    units = list(dict.fromkeys(one["parameters"]["unit"] for one in view.records))
    figure.set_size_inches(7.5, 1.5 + 0.3 * len(labels))
    parts = []
    for index, unit in enumerate(units):
        place = {
            (label_of(Cell.of(one)), one["dataset"]): one for one in of_unit(view, unit).records
        }
        texts = [name for name in view.datasets if all((label, name) in place for label in labels)]
        rates = [mean_rate([place[label, name] for name in texts]) for label in labels]
        if not texts:
            continue
        word = f"chunks of {unit:,} bytes" if isinstance(unit, int) else str(unit)
        axes.plot(rates, range(len(labels)), "o", color=f"C{index}", label=word)
        parts.append(f"{word}: {', '.join(name.removeprefix(FOLDER) for name in texts)}")
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set(xlabel="bits per byte", xlim=(0, None))
    axes.grid(axis="x", linewidth=0.3)
    axes.legend(fontsize=8)
    return f"Sum of bits over sum of bytes. {'; '.join(parts)}."
