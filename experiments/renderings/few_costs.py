"""Seconds of methods on few documents, with those of encoding their vectors beside."""

from __future__ import annotations

import numpy as np

from ..records import Record
from ..view import View
from ._markdown import short, table

__all__ = ["render"]


def render(view: View, *, shots: int) -> str:
    """Return the table: one row per method.

    Parameters
    ----------
    view : View
        Records of the protocol few-shot; those of the protocol encoding have the encoders' costs.
    shots : int
        Number of training documents per class.
    """
    encoding = {
        (one["dataset"], one["method"]): one["cpu_seconds"]["encode"] / one["n_timed"]
        for one in view.elsewhere.get("encoding", ())
        if "encode" in one["cpu_seconds"]
    }
    rows: list[list[str | None]] = []
    for method in view.methods:
        records = [
            one
            for one in view.records
            if one["method"] == method
            and one["parameters"]["shots"] == shots
            and "fit" in (one["cpu_seconds"] or {})
        ]
        if not records:
            continue
        sets = dict.fromkeys(one["dataset"] for one in records)
        encoders = {one["learned"].get("encoder") for one in records} - {None}
        row: list[str | None] = [method]
        row.append(_mean([_training(one) for one in records]))
        row.append(_mean([1000 * _predicting(one) for one in records]))
        costs = [
            encoding[name, one] for one in encoders for name in sets if (name, one) in encoding
        ]
        row.append(_mean([1000 * cost for cost in costs]))
        row.append(str(len(sets)))
        rows.append(row)
    header = ["method", "tune and fit", "predict 1,000", "encode 1,000", "sets"]
    caption = (
        f"Processor seconds with {shots} training documents per class, means over the data sets "
        "and draws: tuning and fitting, predicting 1,000 documents, and the vectors of 1,000 "
        "documents, training documents included, where the method needs them."
    )
    return f"{caption}\n\n{table(header, rows)}"


def _training(record: Record) -> float:
    seconds = record["cpu_seconds"]
    return float(seconds.get("tune", 0.0) + seconds["fit"])


def _predicting(record: Record) -> float:
    return float(record["cpu_seconds"]["predict"] / record["n_test"])


def _mean(values: list[float]) -> str | None:
    return short(float(np.mean(values))) if values else None
