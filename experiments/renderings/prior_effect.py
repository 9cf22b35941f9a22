"""The effect of a prior on bits and accuracy: each mixer against the one without a prior."""

from __future__ import annotations

from ..cells import Cell
from ..priors import label_of
from ..view import View
from ._codes import condition_of, conditions
from ._markdown import table
from ._rivals import compare

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table."""
    rows = []
    for condition in conditions(view):
        here = [one for one in view.records if condition_of(one) == condition]
        unread = {one["method"]: one for one in here if "prior" not in one["parameters"]}
        for primed in (one for one in here if "prior" in one["parameters"]):
            if primed["method"] not in unread:
                continue
            bare = unread[primed["method"]]
            test = compare(primed, bare)
            rows.append(
                [
                    str(condition),
                    label_of(Cell.of(primed)),
                    *(f"{one['metrics']['bits_per_byte']:.3f}" for one in (bare, primed)),
                    *(f"{one['value']:.3f} ± {one['stderr']:.3f}" for one in (bare, primed)),
                    f"+{test.gained} −{test.lost}, p = {test.pvalue:.3f}",
                ]
            )
    header = [
        "documents, decision", "compressor", "bits per byte without", "with", "accuracy without",
        "with", "labels",
    ]  # fmt: skip
    caption = (
        "Bits per byte and accuracy without and with the prior; test documents that only the "
        "mixer with it (+) or only the one without (−) gets right, and McNemar's exact p."
    )
    return f"{caption}\n\n{table(header, rows, numbers=False)}"
