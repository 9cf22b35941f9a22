"""A few methods in one short table: accuracy and costs, for choosing one of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..records import Record
from ..view import View
from ._markdown import short, table

__all__ = ["render"]


def render(
    view: View, *, names: Mapping[str, str], columns: Mapping[str, str] | None = None
) -> str:
    """Return the table: one row per method.

    Parameters
    ----------
    view : View
        Records of the protocol full.
    names : mapping
        What is written for each method, in the order of the rows.
    columns : mapping, optional
        Data sets whose accuracies are columns, with their headings, and after them the seconds
        to fit to the last of them; by default means over all data sets, and three costs.
    """
    records = {(one["method"], one["dataset"]): one for one in view.records}
    rows: list[list[str | None]] = []
    for method, name in names.items():
        of_method = [one for (its, _), one in records.items() if its == method]
        if not of_method:
            continue
        if columns is None:
            rows.append([name, *_means(of_method)])
        else:
            here = [records.get((method, dataset)) for dataset in columns]
            last = here[-1]
            rows.append([
                name,
                *(None if one is None else f"{one['value']:.3f}" for one in here),
                None if last is None else short(last["cpu_seconds"]["fit"]),
            ])  # fmt: skip
    if columns is None:
        header = ["method", "accuracy", "s to fit", "s per 1,000", "MB"]
        sets = len(view.datasets)
        caption = (
            f"Means over {sets} data sets: test accuracy, processor seconds to fit and to predict "
            "1,000 documents, and peak memory of the process."
        )
    else:
        header = ["method", *columns.values(), "s to fit"]
        caption = f"Test accuracy, and processor seconds to fit to {list(columns.values())[-1]}."
    return f"{caption}\n\n{table(header, rows)}"


def _means(records: list[Record]) -> list[str]:
    """Return accuracy, seconds to fit and to predict 1,000 documents, and megabytes."""
    seconds = [one["cpu_seconds"] for one in records]
    predict = [
        1000 * cpu["predict"] / one["n_test"] for cpu, one in zip(seconds, records, strict=True)
    ]
    memory = [one["peak_memory_mb"] for one in records]
    return [
        f"{np.mean([one['value'] for one in records]):.3f}",
        short(float(np.mean([cpu["fit"] for cpu in seconds]))),
        short(float(np.mean(predict))),
        f"{np.mean([one for one in memory if one is not None]):,.0f}",
    ]
