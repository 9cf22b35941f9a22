"""The best rival on each data set, and the methods that differ from it significantly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..records import Record
from ..statistics import holm, mcnemar
from ..view import View, paired

__all__ = ["LEVEL", "Comparison", "adjusted", "best_rivals", "compare", "compare_all"]

LEVEL = 0.05


class Comparison(NamedTuple):
    """Two methods on the same documents."""

    gained: int
    """Number of documents that only the first gets right."""
    lost: int
    """Number of documents that only the second gets right."""
    pvalue: float

    @property
    def mark(self) -> str:
        """Return ▲ if the first is significantly better, ▼ if worse, else an empty string."""
        if self.pvalue >= LEVEL:
            return ""
        return " ▲" if self.gained > self.lost else " ▼"


def best_rivals(view: View, against: Sequence[str]) -> dict[str, Record]:
    """Return, for each data set, the record of the best of these methods."""
    best: dict[str, Record] = {}
    for record in view.records:
        rival = best.get(record["dataset"])
        if record["method"] in against and (rival is None or record["value"] > rival["value"]):
            best[record["dataset"]] = record
    return best


def compare(record: Record, other: Record) -> Comparison:
    """Return McNemar's exact test of two records on the documents that both have predicted."""
    right, rival = paired(record, other)
    gained, lost = int((right & ~rival).sum()), int((rival & ~right).sum())
    return Comparison(gained, lost, mcnemar(gained, lost))


def compare_all(view: View, against: Sequence[str]) -> dict[tuple[str, str], Comparison]:
    """Return the comparison of each (method, data set) with the best of `against` there."""
    best = best_rivals(view, against)
    return {
        (method, dataset): compare(records[0], best[dataset])
        for (method, dataset), records in view.groups("method", "dataset").items()
        # Records of several seeds are not paired by document.
        if dataset in best
        and records[0] is not best[dataset]
        and len(records) == 1
        and records[0].get("right") is not None
    }


def adjusted(compared: dict[tuple[str, str], Comparison]) -> dict[tuple[str, str], Comparison]:
    """Return the comparisons with p-values adjusted for their number (Holm)."""
    pvalues = holm([one.pvalue for one in compared.values()])
    return {
        key: one._replace(pvalue=float(pvalue))
        for (key, one), pvalue in zip(compared.items(), pvalues, strict=True)
    }
