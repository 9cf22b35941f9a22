"""The documents that a check concerns, as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compressclf.datasets import Dataset
    from compressclf.reports.audit.finding import Finding

__all__ = ["listed"]

BEGINNING = 60  # characters of a document


def listed(finding: Finding, dataset: Dataset, most: int) -> list[dict[str, Any]]:
    """Return a row for each of the first documents: where it is, what was found, how it begins.

    Parameters
    ----------
    finding : Finding
        The result of a check.
    dataset : Dataset
        The data set that was checked.
    most : int
        Number of rows, at most.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> import numpy as np
    >>> from compressclf import Corpus
    >>> from compressclf.datasets import Dataset, Split
    >>> from compressclf.reports.audit import audit
    >>> docs = Corpus.from_documents(["the goal", "a goal", "shares fell", "shares fell"])
    >>> dataset = Dataset("texts", Split(docs, np.array(["sport", "sport", "bank", "sport"])), None)
    >>> found = audit(dataset, n_jobs=1)
    >>> [one.check for one in found.findings if listed(one, dataset, 1)]
    ['copies', 'conflicts']
    """
    return [_row(one, dataset) for one in finding.documents[:most]]


def _row(one: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in one.items():
        if name == "copy":
            row["copy"] = f"{value['part']} {value['document']:,}"
            if "label" in value:
                row["its label"] = value["label"]
        elif name not in ("bits", "better_bits"):
            row[name] = value
    part = dataset.test if one["part"] == "test" else dataset.train
    assert part is not None
    text = part.docs[one["document"] - 1][: 4 * BEGINNING].decode(errors="replace")
    row["begins"] = " ".join(text.split())[:BEGINNING]
    return row
