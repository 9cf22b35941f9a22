"""The chosen settings, and the time it took to choose them."""

from __future__ import annotations

from ..records import Record
from ..view import View
from ._markdown import pivot, short

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table."""
    cells = {(record["method"], record["dataset"]): _settings(record) for record in view.records}
    caption = "Settings chosen on training data (processor seconds spent on choosing)."
    return f"{caption}\n\n{pivot('method', view.methods, view.datasets, cells)}"


def _settings(record: Record) -> str:
    numbers = record["settings"].items()
    chosen = [f"{key}={value:g}" for key, value in numbers if isinstance(value, (int, float))]
    chosen += map(str, record.get("learned", {}).values())
    spent = record["cpu_seconds"].get("tune")
    return f"{', '.join(chosen) or '–'} ({'–' if spent is None else short(spent)} s)"
