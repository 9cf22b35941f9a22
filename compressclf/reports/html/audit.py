"""An audit as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from compressclf._lib.pages import fill
from compressclf._lib.printable import printable
from compressclf._version import __version__
from compressclf.reports.audit.listing import listed

if TYPE_CHECKING:
    from compressclf.datasets import Dataset
    from compressclf.reports.audit import Audit

__all__ = ["render_audit"]

MOST_DOCUMENTS = 100  # of a check


def render_audit(found: Audit, dataset: Dataset) -> str:
    """Return an audit as a page that needs no other file and no network.

    Parameters
    ----------
    found : Audit
        What `compressclf.reports.audit.audit` found.
    dataset : Dataset
        The data set that was checked; the page shows how documents begin.

    Returns
    -------
    str
        HTML. Names and texts from the data are escaped.

    Examples
    --------
    >>> import numpy as np
    >>> from compressclf import Corpus
    >>> from compressclf.datasets import Dataset, Split
    >>> from compressclf.reports.audit import audit
    >>> docs = Corpus.from_documents(["the goal", "a goal", "shares fell", "shares fell"])
    >>> dataset = Dataset("texts", Split(docs, np.array(["sport", "sport", "bank", "sport"])), None)
    >>> render_audit(audit(dataset, n_jobs=1), dataset)[:15]
    '<!DOCTYPE html>'
    """
    tests = f" and {found.n_test:,} test" if found.n_test else ""
    checks = []
    for finding in found.findings:
        rows = listed(finding, dataset, MOST_DOCUMENTS)
        names = list(dict.fromkeys(name for row in rows for name in row))
        checks.append(
            {
                "name": finding.check,
                "sentence": printable(finding.sentence),
                "columns": [(name, _is_number(name, rows)) for name in names],
                "rows": [[_shown(row.get(name, "")) for name in names] for row in rows],
                "more": len(finding.documents) - len(rows),
            }
        )
    return fill(
        Path(__file__).parent / "audit.html",
        title=f"Audit of {printable(found.name)}",
        size=f"{found.n_train:,} training{tests} documents",
        checks=checks,
        footer=f"compressclf {__version__}",
    )


def _is_number(name: str, rows: list[dict[str, object]]) -> bool:
    return all(isinstance(row.get(name, 0), int | float) for row in rows)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else printable(str(value))
