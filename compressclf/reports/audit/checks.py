"""All checks of an audit, and their order."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents.images import ImageCorpus
from compressclf.reports.audit._distances import (
    check_asymmetry,
    check_neighbours,
    check_self,
    check_window,
)
from compressclf.reports.audit._documents import Documents, share
from compressclf.reports.audit._labels import (
    check_classes,
    check_conflicts,
    check_length,
    check_models,
    check_names,
)
from compressclf.reports.audit.finding import Finding
from compressclf.reports.leaks import found_in

if TYPE_CHECKING:
    from compressclf.datasets import Dataset

__all__ = ["Audit", "audit"]

SELVES, PAIRED = 100, 40  # documents for NCD(x, x), and for NCD(x, y) against NCD(y, x)
FEWEST = 10  # training documents per check of class models


@dataclass(frozen=True)
class Audit:
    """The findings on a data set.

    Attributes
    ----------
    name : str
        The data set.
    n_train, n_test : int
        Numbers of documents.
    findings : list of Finding
        One for each check that can be made.
    """

    name: str
    n_train: int
    n_test: int
    findings: list[Finding]

    def __getitem__(self, check: str) -> Finding:
        """Return the finding of a check; KeyError if it was not made."""
        for finding in self.findings:
            if finding.check == check:
                return finding
        raise KeyError(check)

    def as_dict(self) -> dict[str, Any]:
        """Return the audit as plain values.

        Returns
        -------
        dict
        """
        return asdict(self)


def audit(
    dataset: Dataset, *, limit: int = 5000, random_state: int = 0, n_jobs: int | None = None
) -> Audit:
    """Check a data set of texts.

    Parameters
    ----------
    dataset : Dataset
        From `compressclf.datasets.load_dataset`. Without labels, only documents are checked.
    limit : int, default=5000
        The largest number of documents of each part for near-copies, ties and wrong labels. If
        there are more, so many are drawn.
    random_state : int, default=0
        Seed of the documents that are drawn.
    n_jobs : int or None, default=None
        Number of threads.

    Returns
    -------
    Audit

    Raises
    ------
    ValueError
        If the documents are images, or there are fewer than three.

    Examples
    --------
    >>> from compressclf import Corpus
    >>> from compressclf.datasets import Dataset, Split
    >>> texts = ["one and two", "two and one", "three", "one and two"]
    >>> rows = Split(Corpus.from_documents(texts), np.array(["x", "x", "y", "y"]))
    >>> found = audit(Dataset("numbers", rows))
    >>> found["conflicts"].sentence
    '1 text occurs with two or more labels (2 documents): no classifier can be right about all of
    them.'
    """
    if isinstance(dataset.train.docs, ImageCorpus):
        raise ValueError(
            f"{dataset.name}: an audit reads texts, and these documents are images; "
            f"`compressclf datasets` describes images."
        )
    documents = Documents.of(dataset)
    train = dataset.train
    distinct = documents.first_rows()
    if len(distinct) < 3:
        raise ValueError(
            f"{dataset.name}: an audit needs at least three documents that differ. Got "
            f"{len(distinct)}."
        )
    findings = [_copies(documents)]
    if dataset.test is not None:
        findings.append(_leaks(dataset))
    rng = np.random.default_rng(random_state)
    rows = np.array(distinct)
    if len(rows) > 2 * limit:
        rows = np.sort(rng.permutation(rows)[: 2 * limit])
    findings += check_neighbours(documents, rows.tolist(), n_jobs=n_jobs)
    if train.labels is not None:
        findings += [check_classes(train), check_names(documents), check_conflicts(documents)]
        sizes = np.unique(train.labels, return_counts=True)[1]
        if len(sizes) > 1 and len(train.docs) >= FEWEST:
            drawn = np.sort(rng.permutation(len(train.docs))[:limit])
            findings += _renumbered(check_models(train.take(drawn), n_jobs=n_jobs), drawn.tolist())
            findings.append(check_length(train))
    by_length = rows[np.argsort(documents.docs.lengths[rows], kind="stable")]
    steps = np.linspace(0, len(by_length) - 1, min(SELVES, len(by_length))).round().astype(int)
    findings.append(check_self(documents.docs.take(by_length[steps])))
    findings.append(check_window(documents.docs))
    paired = rng.permutation(rows)[:PAIRED]
    findings.append(check_asymmetry(documents.docs.take(np.sort(paired)), n_jobs=n_jobs))
    n_test = 0 if dataset.test is None else len(dataset.test.docs)
    return Audit(dataset.name, len(train.docs), n_test, findings)


def _copies(documents: Documents) -> Finding:
    groups = [[row for row in rows if row < documents.n_train] for rows in documents.copies()]
    groups = [rows for rows in groups if len(rows) > 1]
    n = sum(len(rows) - 1 for rows in groups)
    if n:
        sentence = (
            f"{n:,} of {documents.n_train:,} training documents ({share(n, documents.n_train)}) "
            f"repeat another one: in cross-validation a copy tells the label of the other, so "
            f"remove copies first."
        )
    else:
        sentence = "No training document occurs twice."
    listed = [documents.place(row) for rows in groups for row in rows]
    return Finding("copies", sentence, {"repeated": n, "texts": len(groups)}, listed)


def _leaks(dataset: Dataset) -> Finding:
    assert dataset.test is not None
    leaked = found_in(dataset.test.docs, dataset.train.docs)
    n = int(leaked.sum())
    if n:
        sentence = (
            f"{n:,} of {len(leaked):,} test documents ({share(n, len(leaked))}) also occur in the "
            f"training part: report accuracy without them, too."
        )
    else:
        sentence = "No test document occurs in the training part."
    listed = [{"part": "test", "document": int(row) + 1} for row in np.flatnonzero(leaked)]
    return Finding("leaks", sentence, {"leaked": n, "of": len(leaked)}, listed)


def _renumbered(findings: list[Finding], rows: list[int]) -> list[Finding]:
    """Return findings on drawn documents with the numbers of these documents in the source."""
    return [
        Finding(
            finding.check,
            finding.sentence,
            finding.values,
            [{**one, "document": rows[one["document"] - 1] + 1} for one in finding.documents],
        )
        for finding in findings
    ]
