"""What a method costs on each data set."""

from __future__ import annotations

from ..records import Record
from .markdown import pivot, short
from .view import View

__all__ = ["render"]


def render(view: View) -> str:
    """Return the table of seconds, memory, model size and energy."""
    cells = {(record["method"], record["dataset"]): _cost(record) for record in view.records}
    caption = (
        "Processor seconds of the final fit + of labelling 1,000 test documents · peak memory of "
        "the process in MB, Python and data included · size of the saved model in MB · joules of "
        "both, all that the processor used (“–”: not measured). Choosing the settings is not in it."
    )
    return f"{caption}\n\n{pivot('method', view.methods, view.datasets, cells)}"


def _cost(record: Record) -> str:
    seconds = record["cpu_seconds"]
    memory, size = record["peak_memory_mb"], record["model_bytes"]
    spent = record["energy_joules"]
    parts = [
        f"{_known(seconds.get('fit'))} + {_known(seconds.get('predict'), 1000 / record['n_test'])}",
        "–" if memory is None else f"{memory:,.0f}",
        "–" if size is None else short(size / 1e6),
        "–" if isinstance(spent, str) else short(spent["fit"] + spent["predict"]),
    ]
    return " · ".join(parts)


def _known(value: float | None, scale: float = 1.0) -> str:
    return "–" if value is None else short(value * scale)
