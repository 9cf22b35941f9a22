"""Accuracy of every compressor under each condition, and how often the least distance is tied."""

from __future__ import annotations

from typing import Any

from ..cells import Cell
from ..priors import label_of
from ..records import Record
from ..view import View
from ._codes import WAYS, condition_of, conditions
from ._markdown import pivot

__all__ = ["draw", "render"]

MARKS = {"neighbors": "o", "texts": "s", "model": "D"}


def render(view: View) -> str:
    """Return the table: one row per compressor, one column per condition."""
    found = {(label_of(Cell.of(one)), condition_of(one)): one for one in view.records}
    labels = list(dict.fromkeys(label for label, _ in found))
    columns = [str(one) for one in conditions(view)]
    cells = {(label, str(condition)): _write(one) for (label, condition), one in found.items()}
    sizes = sorted({f"{one['n_train']:,} and {one['n_test']:,}" for one in view.records})
    caption = (
        "Test accuracy ± standard error on the same rows for all; training and test documents: "
        f"{'; '.join(sizes)}. In brackets for kNN: k, chosen on training data, and the share of "
        "test documents with several nearest training documents. Class texts: C(text·x) − C(text), "
        "where text is all documents of a class; class models: those of this package."
    )
    return f"{caption}\n\n{pivot('compressor', labels, columns, cells)}"


def _write(record: Record) -> str:
    text = f"{record['value']:.3f} ± {record['stderr']:.3f}"
    if record["parameters"]["by"] == "neighbors":
        text += f" (k={record['settings']['k']}, {record['metrics']['tied']:.0%} tied)"
    return text


def draw(view: View, figure: Any) -> str:
    """Draw accuracies with their standard errors; hollow marks are for shortened documents."""
    labels = list(dict.fromkeys(label_of(Cell.of(one)) for one in view.records))
    figure.set_size_inches(4.2 * len(view.datasets) + 1.5, 1.6 + 0.28 * len(labels))
    panels = figure.subplots(1, len(view.datasets), squeeze=False, sharey=True)[0]
    for dataset, panel in zip(view.datasets, panels, strict=True):
        for condition in (one for one in conditions(view) if one.dataset == dataset):
            points = [one for one in view.records if condition_of(one) == condition]
            panel.errorbar(
                [one["value"] for one in points],
                [labels.index(label_of(Cell.of(one))) for one in points],
                xerr=[one["stderr"] for one in points],
                fmt=MARKS[condition.by],
                color=f"C{list(WAYS).index(condition.by)}",
                markerfacecolor="white" if condition.cut else None,
                markersize=4,
                elinewidth=0.6,
                label=str(condition).removeprefix(dataset).lstrip(", "),
            )
        panel.set(title=dataset, xlabel="accuracy")
        panel.grid(axis="x", linewidth=0.3)
        panel.legend(fontsize=7)
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].invert_yaxis()
    return "Test accuracy of every compressor on the same rows; bars: standard error."
