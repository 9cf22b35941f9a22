"""Mean accuracy by documents per class, for groups of data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..view import View
from ._few import columns_of, few_of, mean_over, write_all
from ._markdown import table

__all__ = ["render"]


def render(view: View, *, groups: Mapping[str, Sequence[str]]) -> str:
    """Return one table per group: one row per method, one column per number of documents.

    Parameters
    ----------
    view : View
        Records of the protocol few-shot; those of the protocol full fill the column "all".
    groups : mapping
        The data sets of each group.
    """
    found = few_of(view)
    columns = columns_of(found)
    seeds = {record["seed"] for record in view.records}
    several = write_all(groups)
    over = " and over the sets of a group, which count equally" if several else ""
    dash = " on all sets of the group" if several else ""
    parts = [
        f"Test accuracy by training documents per class: means over {len(seeds)} draws (“all”: one "
        f"fit){over}. Bold: the highest of a column. A dash: not measured{dash}.{several}"
    ]
    for name, datasets in groups.items():
        means = {
            (method, column): mean_over(found, datasets, method, column)
            for method in view.methods
            for column in columns
        }
        best = {
            column: max((means[one, column] or 0.0 for one in view.methods), default=0.0)
            for column in columns
        }
        rows = [
            [method, *(_write(means[method, column], best[column]) for column in columns)]
            for method in view.methods
            if any(means[method, column] is not None for column in columns)
        ]
        parts.append(table([name, *columns], rows))
    return "\n\n".join(parts)


def _write(value: float | None, best: float) -> str | None:
    if value is None:
        return None
    return f"**{value:.3f}**" if value == best else f"{value:.3f}"
