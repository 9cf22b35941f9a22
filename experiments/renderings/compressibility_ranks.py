"""Rank correlations, over data sets, of a compressor's measurements with accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from ..correlation import spearman_interval
from ..view import View
from ._laws import write_interval
from ._learnability import BEST, CONFOUNDERS, PREDICTORS, SetFacts, facts_of
from ._markdown import table

__all__ = ["render"]

GIVEN = "bytes per document"
LEAST = 4
"""Smallest number of data sets."""


def render(view: View, *, against: Sequence[str] = (BEST,), given: str = GIVEN) -> str:
    """Return the table: one row per compressor and measurement, one column per method.

    Parameters
    ----------
    view : View
        Records of the protocol compressibility, and of full elsewhere.
    against : sequence of str
        Methods whose accuracy above chance is correlated; "best": the highest on the test data.
    given : str
        One of `CONFOUNDERS`; the last column is the partial correlation of the first method
        given it.
    """
    rows = []
    for compressor in view.methods:
        facts = facts_of(view, compressor)
        for name in PREDICTORS:
            freed = _correlate(facts, name, against[:1], given)
            rows.append([f"{compressor}: {name}", *_correlate(facts, name, against), *freed])
    facts = facts_of(view, view.methods[0])
    for name in CONFOUNDERS:
        freed = [None] if name == given else _correlate(facts, name, against[:1], given)
        rows.append([f"*{name}*", *_correlate(facts, name, against), *freed])
    caption = (
        f"Spearman's rank correlation over data sets ({len(facts)}) with the accuracy above "
        "chance, with 95% bootstrap intervals over the data sets. Last column: partial "
        f"correlation given {given}. Last rows, in italics: other possible explanations of "
        "accuracy. The sets are few and were not drawn at random, and the intervals are not "
        "corrected for the number of rows."
    )
    return f"{caption}\n\n{table(['', *against, f'{against[0]}, given {given}'], rows)}"


def _correlate(
    facts: Sequence[SetFacts], name: str, against: Sequence[str], given: str | None = None
) -> list[str | None]:
    cells: list[str | None] = []
    for method in against:
        known = [one for one in facts if method in one.accuracies]
        if len(known) < LEAST:
            cells.append(None)
            continue
        try:
            found = spearman_interval(
                [one.numbers[name] for one in known],
                [one.above_chance(method) for one in known],
                given=[one.numbers[given] for one in known] if given else None,
            )
        except ValueError:  # all equal, or completely explained
            cells.append(None)
            continue
        cells.append(write_interval(found, 2))
    return cells
