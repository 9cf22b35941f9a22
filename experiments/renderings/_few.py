"""Accuracies by documents per class: draws of the protocol few-shot, and all documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..data import rows_drawn
from ..records import Record
from ..view import View, right_of

__all__ = ["ALL", "Few", "columns_of", "few_of", "mean_over", "write_all"]

ALL = "all"
MANY = 1_000_000
"""From this number of documents per class on, these are all documents."""

Few = dict[tuple[str, str, str], list[float]]
"""Accuracies of the draws, by data set, method and number of documents per class (or `ALL`)."""


def few_of(view: View) -> Few:
    """Return the accuracies of the draws, those on the most test documents if there are several.

    Records of the protocol full have all test documents. Their accuracy is that on the test
    documents of the protocol few-shot, with the same method and data set.
    """
    chosen: dict[tuple[str, str, str], list[Record]] = {}
    for record in view.records:
        shots = record["parameters"]["shots"]
        place = record["dataset"], record["method"], ALL if shots >= MANY else str(shots)
        same = chosen.setdefault(place, [])
        if same and _limit(record) > _limit(same[0]):
            same.clear()
        if not same or _limit(record) == _limit(same[0]):
            same.append(record)
    found = {place: [one["value"] for one in same] for place, same in chosen.items()}
    limits: dict[str, int] = {}
    for record in view.records:
        limits[record["dataset"]] = max(_limit(record), limits.get(record["dataset"], 0))
    methods = {cell.method for cell in view.cells}
    for record in view.elsewhere.get("full", ()):
        dataset, method = record["dataset"], record["method"]
        if dataset in limits and method in methods:
            value = _on_rows(record, limits[dataset])
            found.setdefault((dataset, method, ALL), []).append(value)
    return found


def _limit(record: Record) -> int:
    return int(record["parameters"].get("limit_test") or MANY)


def _on_rows(record: Record, limit: int) -> float:
    there = rows_drawn(record["n_test_all"], record["n_test"])
    wanted = rows_drawn(record["n_test_all"], limit)
    return float(right_of(record)[np.isin(there, wanted)].mean())


def columns_of(found: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return the numbers of documents, in order, `ALL` last.

    Examples
    --------
    >>> columns_of([("r8", "blocks", "all"), ("r8", "blocks", "10"), ("r8", "blocks", "5")])
    ['5', '10', 'all']
    """
    columns = {column for *_, column in found}
    return sorted(columns - {ALL}, key=int) + [ALL] * (ALL in columns)


def mean_over(found: Few, datasets: Sequence[str], method: str, column: str) -> float | None:
    """Return the mean over data sets, which count equally; None if one of them has no record."""
    values = [found.get((dataset, method, column)) for dataset in datasets]
    known = [np.mean(draws) for draws in values if draws]
    return float(np.mean(known)) if len(known) == len(datasets) else None


def write_all(groups: Mapping[str, Sequence[str]]) -> str:
    """Return the data sets of each group as a sentence; nothing for groups of one set.

    Examples
    --------
    >>> write_all({"Chinese": ["toutiao_zh"], "English": ["r8", "ag_news"]})
    ' English: r8, ag_news.'
    """
    several = {name: sets for name, sets in groups.items() if len(sets) > 1}
    text = "; ".join(f"{name}: {', '.join(sets)}" for name, sets in several.items())
    return f" {text}." if text else ""
