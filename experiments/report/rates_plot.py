"""Bits per byte of every compressor, drawn: as a whole against in pieces."""

from __future__ import annotations

from typing import Any

from ..cells import Cell
from ..corpora import FOLDER
from ..priors import label_of
from .rates import labels_of, mean_rate, of_unit
from .view import View

__all__ = ["draw"]


def draw(view: View, figure: Any) -> str:
    """Draw a row a compressor and a mark a unit; texts that all compressors have coded so."""
    axes = figure.subplots()
    labels = [label for label in labels_of(view) if " after " not in label]
    units = list(dict.fromkeys(one["parameters"]["unit"] for one in view.records))
    figure.set_size_inches(7.5, 1.5 + 0.3 * len(labels))
    told = []
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
        told.append(f"{word}: {', '.join(name.removeprefix(FOLDER) for name in texts)}")
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set(xlabel="bits per byte", xlim=(0, None))
    axes.grid(axis="x", linewidth=0.3)
    axes.legend(fontsize=8)
    return f"Bits of all over bytes of all. {'; '.join(told)}."
