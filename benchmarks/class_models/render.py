"""Markdown tables from the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.class_models.data import rows_drawn
from benchmarks.class_models.records import unpack_bits
from cli._output import render_table
from experiments.statistics import mcnemar

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["render_cells", "render_few_shot"]

OPPONENTS = ("word SVM", "char SVM", "char 1-3 SVM")
LEVEL = 0.05
ORDER = (  # of the sets; the first five are those on which the methods were developed
    *("r8", "r52", "ohsumed", "ag_news", "20news"),
    *("masakhanews_run", "masakhanews_ibo", "masakhanews_swa", "rw_news"),
    *("dbpedia_small", "thucnews_titles", "toutiao_zh", "clinc150"),
)
Record = dict[str, Any]


def render_cells(records: Iterable[Record]) -> str:
    """Return the tables of accuracies, of costs, of settings and the summary."""
    cells = {(record["method"], record["set"]): record for record in records}
    best = _best_opponents(cells.values())
    paired = {
        key: compare(record, best[record["set"]])
        for key, record in cells.items()
        if record["set"] in best
    }

    def accuracy(record: Record) -> str:
        gain = paired.get((record["method"], record["set"]))
        text = f"{record['accuracy']:.3f} ± {record['stderr']:.3f}"
        if record["n_test"] < record["n_test_all"]:
            text += f" (n={record['n_test']:,})"
        if record is best.get(record["set"]):
            return f"**{text}**"
        return text + _mark(gain)

    return "\n\n".join(
        [
            "Test accuracy ± standard error. Bold: the best of the tuned SVMs, as the test data "
            "have it. ▲ better, ▼ worse than it on the same documents (McNemar's exact test, "
            "p < .05). n: test documents drawn, if not all.",
            _pivot(cells, accuracy),
            "Against the best tuned SVM: on how many sets significantly worse, better, and "
            "neither.",
            _summary(cells, paired),
            "Seconds of the final fit + of predicting the test documents · peak memory of the "
            "process in MB, Python and data included. Choosing the settings is not in it.",
            _pivot(cells, _cost),
            "Settings chosen, and the seconds that choosing took.",
            _pivot(cells, _settings),
        ]
    )


def render_few_shot(records: Iterable[Record]) -> str:
    """Return the table of accuracies for few training documents."""
    cells = {(record["method"], f"{record['set']} {record['shots']}"): record for record in records}
    if not cells:
        return "No few-shot records."
    first = next(iter(cells.values()))
    title = (
        f"Mean test accuracy ± standard deviation over {len(first['accuracies'])} draws of 5, 10, "
        "50 or 100 training documents a class (all it has, where it has fewer)."
    )
    table = _pivot(cells, lambda record: f"{record['accuracy']:.3f} ± {record['sd']:.3f}")
    return f"{title}\n\n{table}"


def compare(record: Record, other: Record) -> tuple[int, int, float]:
    """Return how many documents only `record` has right, only `other` has, and McNemar's p."""
    rows = _rows_both_have(record, other)
    right, rival = (_right(one)[where] for one, where in zip((record, other), rows, strict=True))
    gained, lost = int((right & ~rival).sum()), int((rival & ~right).sum())
    return gained, lost, mcnemar(gained, lost)


def _rows_both_have(record: Record, other: Record) -> list[NDArray[np.bool_]]:
    used = [rows_drawn(one["n_test_all"], one["n_test"]) for one in (record, other)]
    return [np.isin(used[0], used[1]), np.isin(used[1], used[0])]


def _right(record: Record) -> NDArray[np.bool_]:
    return unpack_bits(record["right"], record["n_test"])


def _best_opponents(records: Iterable[Record]) -> dict[str, Record]:
    best: dict[str, Record] = {}
    for record in records:
        if record["method"] in OPPONENTS:
            rival = best.get(record["set"])
            if rival is None or record["accuracy"] > rival["accuracy"]:
                best[record["set"]] = record
    return best


def _mark(gain: tuple[int, int, float] | None) -> str:
    if gain is None or gain[2] >= LEVEL:
        return ""
    return " ▲" if gain[0] > gain[1] else " ▼"


def _summary(
    cells: dict[tuple[str, str], Record], paired: dict[tuple[str, str], tuple[int, int, float]]
) -> str:
    rows = []
    for method in dict.fromkeys(method for method, _ in cells):
        marks = [_mark(gain) for (name, _), gain in paired.items() if name == method]
        if method not in OPPONENTS:
            row = {"method": method, "worse": marks.count(" ▼"), "better": marks.count(" ▲")}
            rows.append({**row, "neither": marks.count("")})
    return render_table(rows, "md")


def _cost(record: Record) -> str:
    seconds = f"{_short(record['fit_seconds'])} + {_short(record['predict_seconds'])}"
    return f"{seconds} · {record['peak_memory_mb']:,}"


def _settings(record: Record) -> str:
    chosen = [f"{key}={value:g}" for key, value in record["settings"].items() if _is_number(value)]
    chosen += record.get("learned", {}).values()
    return f"{', '.join(chosen) or '–'} ({_short(record['tune_seconds'])} s)"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _short(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.2g}"


def _place(column: str) -> int:
    """Return where the column of a set, or of a set and a number of shots, belongs."""
    name = column.split()[0]
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _pivot(cells: dict[tuple[str, str], Record], show: Callable[[Record], str]) -> str:
    """Return a table with a row for each method and a column for each set."""
    methods = list(dict.fromkeys(method for method, _ in cells))
    sets = sorted(dict.fromkeys(name for _, name in cells), key=_place)
    rows = [
        {
            "method": method,
            **{
                name: show(cells[method, name]) if (method, name) in cells else None
                for name in sets
            },
        }
        for method in methods
    ]
    return render_table(rows, "md")
