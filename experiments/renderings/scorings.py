"""The same neighbours, scored with and without the published leak, beside published numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..protocols.paper import LEAKY, TIES, TUNED
from ..records import Record
from ..view import View
from ._markdown import table

__all__ = ["NEAREST", "render"]

NEAREST = "k=1"
TOLERANCE = 0.01


def render(view: View, *, published: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Return the table: one row per data set and method.

    Parameters
    ----------
    view : View
        Records of the protocol paper.
    published : mapping, optional
        By name of a column: its ``source``, the ``scoring`` to its left, and ``values`` by
        data set.
    """
    published = published or {}
    columns = [(LEAKY, _beside(published, LEAKY)), (NEAREST, _beside(published, NEAREST))]
    header = ["data set", "method", "n"]
    for scoring, beside in columns:
        header += [scoring, *beside]
    header += ["the leak's gain", TIES, TUNED]
    rows = []
    for record in view.records:
        row = [record["dataset"], record["method"], _size(record)]
        for scoring, beside in columns:
            row.append(_write(record, scoring))
            row += [_published(published[name], record) for name in beside]
        leak = _value(record, LEAKY) - _value(record, NEAREST)
        row += [f"{leak:+.3f}", _write(record, TIES), _tuned(view, record)]
        rows.append(row)
    return f"{_caption(view, published)}\n\n{table(header, rows)}"


def _beside(published: Mapping[str, Mapping[str, Any]], scoring: str) -> list[str]:
    return [name for name, column in published.items() if column["scoring"] == scoring]


def _value(record: Record, scoring: str) -> float:
    return float(record["value"] if scoring == NEAREST else record["metrics"][scoring])


def _write(record: Record, scoring: str) -> str:
    value = _value(record, scoring)
    return f"{value:.3f} ± {np.sqrt(value * (1 - value) / record['n_test']):.3f}"


def _size(record: Record) -> str:
    return f"{record['n_test']:,}{' drawn' if _is_drawn(record) else ''}"


def _is_drawn(record: Record) -> bool:
    return bool(record["parameters"].get("limit_test") == record["n_test"])


def _published(column: Mapping[str, Any], record: Record) -> str | None:
    """Return the published accuracy as text, marked where ours is near it."""
    value = column["values"].get(record["dataset"])
    if value is None:
        return None
    near = abs(_value(record, column["scoring"]) - value) <= TOLERANCE
    return f"{value:.3f}{' ✓' if near else ''}"


def _tuned(view: View, record: Record) -> str:
    clean = view.without_leaks(record)
    text = f"{_write(record, TUNED)} (k={record['settings']['k']})"
    return text if clean is None else f"{text}; k=1 without leaked rows {clean:.3f}"


def _caption(view: View, published: Mapping[str, Mapping[str, Any]]) -> str:
    text = (
        f"Test accuracy ± standard error of one search, scored in several ways. “{LEAKY}” is the "
        "published protocol, reproduced deliberately: where two neighbours disagree, the one that "
        "agrees with the test label is taken. A classifier cannot do that, since it does not know "
        "the test label. The other columns are fair; k from training: the best on training data."
    )
    if any(map(_is_drawn, view.records)):
        text += " Drawn: a sample of the test rows."
    for name, column in published.items():
        text += f" “{name}”: {column['source']}."
    if published:
        text += f" ✓: within ± {TOLERANCE:g} of ours, for sets with all their training rows."
    return text
