"""The data sets: bits of a sample by one compressor beside the accuracy attained."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..view import View
from ._learnability import BEST, facts_of
from ._markdown import table
from ._panels import plain_logarithm

__all__ = ["draw", "render"]

SHOWN = ("bits per byte", "share saved by classes", "bits per document saved by classes")


def render(view: View, *, compressor: str) -> str:
    """Return the table: one row per data set.

    Parameters
    ----------
    view : View
        Records of the protocol compressibility, and of full elsewhere.
    compressor : str
        The compressor that is shown.
    """
    rows = []
    for one in facts_of(view, compressor):
        chosen = [
            record
            for record in view.records
            if (record["dataset"], record["method"]) == (one.name, compressor)
        ]
        label = np.mean([record["label_bits"] / record["n_documents"] for record in chosen])
        split = np.mean([record["split_bits"] / record["bits"] for record in chosen]) - 1
        numbers = one.numbers
        rows.append(
            [
                one.name,
                f"{numbers['number of classes']:.0f}",
                f"{numbers['bytes per document']:,.0f}",
                f"{numbers['bits per byte']:.3f}",
                f"{numbers['bits per character']:.3f}",
                f"{numbers['bits per document']:,.0f}",
                f"{numbers['share saved by classes']:.2%}",
                f"{numbers['bits per document saved by classes']:.1f}",
                f"{label:.2f}",
                f"{split:+.1%}",
                f"{one.accuracies[BEST]:.3f} ({one.best})",
                f"{one.above_chance(BEST):.3f}",
            ]
        )
    header = ["data set", "classes", "bytes per document", "bits per byte", "per character"]
    header += ["per document", "saved by classes", "bits per document", "label's bits"]
    header += ["one stream per class", "best accuracy", "above chance"]
    limit = max(record["parameters"]["bytes"] for record in view.records)
    samples = len({record["seed"] for record in view.records})
    caption = (
        f"Bits by {compressor} of at most {limit:,} bytes of training documents (samples: "
        f"{samples}). Saved by classes: bits saved when the documents are sorted by class, as a "
        "share and per document; beside it the entropy of the label, the bits that name the class. "
        "One stream per class: bits added when each class is compressed alone and the compressor "
        "learns the language anew. Best accuracy: the highest of any method on the test data, "
        "without leaked rows; above chance: (accuracy − majority) / (1 − majority)."
    )
    return f"{caption}\n\n{table(header, rows)}"


def draw(view: View, figure: Any, *, compressor: str) -> str:
    """Draw one point per data set."""
    facts = facts_of(view, compressor)
    figure.set_size_inches(11, 4)
    for name, panel in zip(SHOWN, figure.subplots(1, len(SHOWN), sharey=True), strict=True):
        for index, one in enumerate(sorted(facts, key=lambda one: one.above_chance(BEST))):
            x, y = one.numbers[name], one.above_chance(BEST)
            panel.plot(x, y, "o", color="C0", markersize=4)
            where = (4, 3 if index % 2 else -8)  # names of neighbouring points do not overlap
            panel.annotate(one.name, (x, y), where, textcoords="offset points", fontsize=6)
        panel.set(xlabel=name, xscale="log")
        plain_logarithm(panel.xaxis)
        panel.margins(x=0.25)
    figure.axes[0].set_ylabel("best accuracy above chance")
    return (
        f"Best accuracy above chance against measurements of {compressor} on a sample of the "
        "training documents; one point per data set."
    )
