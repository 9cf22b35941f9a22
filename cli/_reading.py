"""How the sources of a run were read, and what is remarkable about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from compressclf.datasets import Dataset, Split

from ._words import in_options

__all__ = ["Reading", "remark_on_unknown"]


@dataclass
class Reading:
    """How all sources of a run were read."""

    strict: bool
    facts: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    longest_side: int | None = None
    n_reduced: int = 0

    def add(self, data: Dataset) -> None:
        """Add the facts and remarks of a data set."""
        for name, value in data.facts.items():
            known = self.facts.setdefault(name, value)
            if value != known:
                self.facts[name] = f"{known}; {data.name}: {value}"
        self.n_reduced += data.n_reduced
        sentences = map(in_options, data.remarks)
        self.remarks += [sentence for sentence in sentences if sentence not in self.remarks]

    def remark(self, sentence: str) -> None:
        """Add a remark; with --strict it is an error."""
        if self.strict:
            raise ValueError(f"{sentence.rstrip('.')} (refused, since --strict is set).")
        self.remarks.append(sentence)


def remark_on_unknown(reading: Reading, place: str, test: Split, classes: set[str]) -> None:
    """Add a remark on test labels that no training document has: they cannot be predicted."""
    if test.labels is None:
        return
    labels, counts = np.unique(test.labels, return_counts=True)
    unknown = {str(a): int(n) for a, n in zip(labels, counts, strict=True) if a not in classes}
    if not unknown:
        return
    named = ", ".join(f"{label!r} ({n:,})" for label, n in list(unknown.items())[:5])
    more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
    reading.remark(
        f"{place}: {sum(unknown.values()):,} of {len(test.docs):,} test documents have a label "
        f"that no training document has, so they count as errors: {named}{more}."
    )
