"""The input of a rendering: the records of a study's cells, and the audits of their data sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .cells import Cell
from .data import rows_drawn
from .protocols import LIMITS
from .records import Record, unpack_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["View", "audits_of", "paired", "provenance", "right_of"]


@dataclass(frozen=True)
class View:
    """Records of one protocol, in the order of the study's cells."""

    records: Sequence[Record]
    audits: Mapping[str, Record]
    """Audits by data set and limits: see `leaked`."""
    cells: Sequence[Cell]
    """All cells of the study under this protocol, with or without a record."""
    elsewhere: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    """All other records of the study, by protocol."""

    @property
    def methods(self) -> list[str]:
        """Return the methods that have records, in the study's order."""
        known = {record["method"] for record in self.records}
        return [one for one in dict.fromkeys(cell.method for cell in self.cells) if one in known]

    @property
    def datasets(self) -> list[str]:
        """Return the data sets that have records, in the study's order."""
        known = {record["dataset"] for record in self.records}
        return [one for one in dict.fromkeys(cell.dataset for cell in self.cells) if one in known]

    def only(self, test: Callable[[Record], bool]) -> View:
        """Return a view of some of the records."""
        chosen = [one for one in self.records if test(one)]
        return View(chosen, self.audits, self.cells, self.elsewhere)

    def groups(self, *names: str) -> dict[tuple[Any, ...], list[Record]]:
        """Return the records with these values of fields or parameters, over all seeds."""
        found: dict[tuple[Any, ...], list[Record]] = {}
        for record in self.records:
            place = {**record["parameters"], **record}
            found.setdefault(tuple(place[name] for name in names), []).append(record)
        return found

    def leaked(self, record: Record) -> NDArray[np.bool_] | None:
        """Return which test rows also occur in the training data; None if not audited."""
        audit = self.audits.get(_audit_key(record))
        if audit is None or audit["n_test_all"] != record["n_test_all"]:
            return None
        rows = rows_drawn(record["n_test_all"], record["n_test"])
        return unpack_bits(audit["leaked"], audit["n_test"])[rows]

    def without_leaks(self, record: Record) -> float | None:
        """Return accuracy on the test rows that do not occur in the training data.

        None if it is not known, or if there are no leaked rows, so that it equals the accuracy.
        """
        leaked = self.leaked(record)
        if leaked is None or not leaked.any() or leaked.all() or record.get("right") is None:
            return None
        return float(right_of(record)[~leaked].mean())


def right_of(record: Record) -> NDArray[np.bool_]:
    """Return which test documents of the record were classified correctly."""
    return unpack_bits(record["right"], record["n_test"])


def paired(one: Record, other: Record) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return right-or-wrong on the test documents that both records have."""
    rows = [rows_drawn(record["n_test_all"], record["n_test"]) for record in (one, other)]
    return (
        right_of(one)[np.isin(rows[0], rows[1])],
        right_of(other)[np.isin(rows[1], rows[0])],
    )


def audits_of(records: Iterable[Record]) -> dict[str, Record]:
    """Return the records of the protocol audit by data set and limits."""
    return {_audit_key(record): record for record in records}


def provenance(view: View) -> str:
    """Return a sentence: dates, commits and processors of the records, and missing cells."""
    dates = sorted({record["date"] for record in view.records})
    parts = [f"Records of {_range(dates)}"]
    by_date = sorted(view.records, key=lambda record: record["date"])
    parts.append(f"commits {_range(list(dict.fromkeys(one['commit'] for one in by_date)))}")
    parts.append(" and ".join(sorted({record["cpu"] for record in view.records})))
    text = "; ".join(parts)
    missing = len(view.cells) - len(view.records)
    if missing:
        text += f"; {missing:,} of {len(view.cells):,} cells are not filled"
    return f"{text}.{_other_rows(view)}"


def _other_rows(view: View) -> str:
    """Return a warning that names the data sets whose records were measured on different rows."""
    hashes: dict[str, set[str]] = {}
    for one in view.records:
        if one.get("data") is not None:
            hashes.setdefault(_audit_key(one), set()).add(one["data"])
    mixed = {json.loads(key)[0] for key, found in hashes.items() if len(found) > 1}
    if not mixed:
        return ""
    return f" **Records of different data under one name: {', '.join(sorted(mixed))}.**"


def _range(values: Sequence[str]) -> str:
    """Return few values in full, many as a range.

    Examples
    --------
    >>> _range(["a"]), _range(["a", "b"]), _range(["a", "b", "c", "d"])
    ('a', 'a, b', 'a … d (4)')
    """
    if len(values) <= 3:
        return ", ".join(values)
    return f"{values[0]} … {values[-1]} ({len(values)})"


def _audit_key(record: Record) -> str:
    limits = {name: record["parameters"].get(name) for name in LIMITS}
    return json.dumps([record["dataset"], limits])
