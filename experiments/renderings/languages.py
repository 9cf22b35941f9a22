"""Accuracy by language, without leaked test rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..records import Record
from ..view import View
from ._markdown import table

__all__ = ["render"]


def render(view: View, *, languages: Mapping[str, str], groups: Mapping[str, list[str]]) -> str:
    """Return the table: one row per method, one column per language and group of languages.

    Parameters
    ----------
    view : View
        Records with the metric accuracy.
    languages : mapping
        The language of each data set; several sets of one language are averaged.
    groups : mapping
        The languages of each group, which count equally.
    """
    means: dict[tuple[str, str], list[float]] = {}
    for (method, dataset), records in view.groups("method", "dataset").items():
        value = float(np.mean([_clean(view, record) for record in records]))
        means.setdefault((method, languages[dataset]), []).append(value)
    columns = [one for one in dict.fromkeys(languages.values()) if one in {key[1] for key in means}]
    found = {
        (method, language): float(np.mean(values))
        for (method, language), values in means.items()
        if len(values) == _most(means, language)
    }
    best = {
        language: max(value for (_, one), value in found.items() if one == language)
        for language in columns
    }
    rows: list[list[str | None]] = []
    for method in view.methods:
        row: list[str | None] = [method]
        row += [_write(found.get((method, one)), best[one]) for one in columns]
        for members in groups.values():
            values = [found.get((method, one)) for one in members if one in columns]
            known = [value for value in values if value is not None]
            row.append(f"{np.mean(known):.3f}" if known and len(known) == len(values) else None)
        rows.append(row)
    sets = "; ".join(
        f"{language}: {', '.join(name for name, one in languages.items() if one == language)}"
        for language in columns
    )
    caption = (
        "Test accuracy without the test rows that also occur in the training data. Several sets of "
        "a language have equal weight, and so do the languages of a group. Bold: the highest. "
        f"{sets}."
    )
    return f"{caption}\n\n{table(['method', *columns, *groups], rows)}"


def _clean(view: View, record: Record) -> float:
    clean = view.without_leaks(record)
    return float(record["value"] if clean is None else clean)


def _most(means: Mapping[tuple[str, str], list[float]], language: str) -> int:
    return max(len(values) for (_, one), values in means.items() if one == language)


def _write(value: float | None, best: float) -> str | None:
    if value is None:
        return None
    return f"**{value:.3f}**" if value == best else f"{value:.3f}"
