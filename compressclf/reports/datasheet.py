"""Datasheets: measure a data set, and report it under the headings of Gebru et al. 2018.

Many questions of *Datasheets for Datasets* can be answered only by the makers of a data set. Places
for these answers are marked. The datasheet reports what can be measured on the documents, above all
what distorts results: repeated documents, test documents that also occur in the training part, and
equal documents with different labels.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.markdown import bullets, cell, table
from compressclf.compressors import build_compressor
from compressclf.documents import Corpus
from compressclf.reports.leaks import found_in
from compressclf.reports.model_card import count_not_text

if TYPE_CHECKING:
    from compressclf.datasets import Dataset, Split

__all__ = ["conflicting", "datasheet"]

OPEN = "*To be written by the makers of the data set.*"
COMPRESSOR = "xz"  # has the largest window of the compressors that every installation has

# Gebru's questions that cannot be answered from the documents, shortened.
QUESTIONS = {
    "Motivation": [
        "For what purpose was the set made?",
        "Who made it, and who paid for it?",
    ],
    "Collection process": [
        "How were the documents obtained, and is the set a sample of something larger?",
        "Who collected them, when, and were they paid?",
        "Do the documents concern people, and did these people consent?",
    ],
    "Preprocessing, cleaning, labelling": [
        "What was done to the documents, and is the raw form kept?",
        "Who labelled them, by what rule, and how often do two labellers agree?",
    ],
    "Uses": [
        "What has the set been used for, and what else could it be used for?",
        "What should it not be used for?",
    ],
    "Distribution": [
        "How is it distributed, and under which licence?",
        "Do others hold rights in the documents?",
    ],
    "Maintenance": [
        "Who maintains it, and how can they be reached?",
        "Will it be corrected or extended, and how are older versions kept?",
    ],
}


def datasheet(dataset: Dataset, *, motivation: str | None = None) -> str:
    """Write the datasheet of a data set.

    Parameters
    ----------
    dataset : Dataset
        A data set from `compressclf.datasets.load_dataset`; labels may be missing.
    motivation : str, optional
        What the data set was made for, in the words of its makers.

    Returns
    -------
    str
        Markdown; equal data sets give equal datasheets.

    Examples
    --------
    >>> from compressclf.datasets import Dataset, Split
    >>> rows = Split(Corpus.from_documents(["ja", "ja", "no"]), np.array(["y", "n", "n"]))
    >>> sheet = datasheet(Dataset("answers", rows))
    >>> print(sheet.splitlines()[0])
    # Datasheet: answers
    >>> "- Documents that occur with two or more labels: 1 (2 rows)." in sheet
    True
    """
    parts = {"train": dataset.train, "test": dataset.test}
    splits = {name: split for name, split in parts.items() if split is not None}
    sections = {
        "Motivation": motivation or _questions("Motivation"),
        "Composition": _composition(splits),
        **{heading: _questions(heading) for heading in list(QUESTIONS)[1:]},
    }
    text = "\n\n".join(f"## {heading}\n\n{content}" for heading, content in sections.items())
    return f"# Datasheet: {cell(dataset.name)}\n\n{text}\n"


def conflicting(splits: list[Split]) -> tuple[int, int]:
    """Count equal documents that have different labels.

    Parameters
    ----------
    splits : list of Split
        Parts of the data set; parts without labels are ignored.

    Returns
    -------
    tuple of int
        Number of distinct documents with two or more labels, and number of rows that hold them.

    Examples
    --------
    >>> from compressclf.datasets import load_dataset
    >>> conflicting([load_dataset("sample:bbc-news").train])
    (0, 0)
    """
    labels: dict[bytes, set[str]] = defaultdict(set)
    rows: dict[bytes, int] = defaultdict(int)
    for split in splits:
        if split.labels is not None:
            for doc, label in zip(split.docs, split.labels.tolist(), strict=True):
                labels[doc].add(label)
                rows[doc] += 1
    odd = [doc for doc, names in labels.items() if len(names) > 1]
    return len(odd), sum(rows[doc] for doc in odd)


def _questions(heading: str) -> str:
    return bullets(f"{question} {OPEN}" for question in QUESTIONS[heading])


def _composition(splits: dict[str, Split]) -> str:
    sizes = [_sizes(name, split.docs) for name, split in splits.items()]
    header = ["part", "documents", "bytes", "shortest", "median", "mean", "longest"]
    header += ["empty", "not UTF-8 text", "repeated"]
    facts = [
        "Each instance is a document, a string of bytes, with one label."
        if all(split.labels is not None for split in splits.values())
        else "Each instance is a document, a string of bytes; some or all have no label.",
        "It comes with a test part."
        if "test" in splits
        else "It comes without a test part: results depend on which documents are held out.",
    ]
    if "test" in splits:
        known = found_in(splits["test"].docs, splits["train"].docs)
        facts.append(
            f"Test documents that also occur in the training part: {known.sum():,} of "
            f"{len(known):,} ({known.mean():.1%})."
        )
    n_odd, n_rows = conflicting(list(splits.values()))
    facts.append(f"Documents that occur with two or more labels: {n_odd:,} ({n_rows:,} rows).")
    people = [
        "Is anything missing, confidential, offensive, or about identifiable people?",
        "Which languages, dialects and groups of people does it represent?",
    ]
    return "\n\n".join(
        [
            bullets(facts),
            table(header, sizes),
            *_classes(splits),
            _compressed(splits),
            bullets(f"{question} {OPEN}" for question in people),
        ]
    )


def _sizes(name: str, docs: Corpus) -> list[object]:
    lengths = docs.lengths
    return [
        name,
        len(docs),
        docs.nbytes,
        int(lengths.min()),
        round(float(np.median(lengths))),
        round(float(lengths.mean())),
        int(lengths.max()),
        int((lengths == 0).sum()),
        count_not_text(docs),
        len(docs) - len(set(docs)),
    ]


def _classes(splits: dict[str, Split]) -> list[str]:
    """Return the table of classes; bits are of each class's training documents, concatenated."""
    labels = {name: split.labels for name, split in splits.items() if split.labels is not None}
    if "train" not in labels:
        return []
    docs = splits["train"].docs
    rows = []
    for label in sorted(set().union(*(column.tolist() for column in labels.values()))):
        own = docs.take(np.flatnonzero(labels["train"] == label))
        counts = [int((column == label).sum()) for column in labels.values()]
        mean = round(own.nbytes / len(own)) if len(own) else None
        rows.append([label, *counts, own.nbytes, mean, _bits_per_byte(own)])
    parts = [f"{name} documents" for name in labels]
    return [table(["class", *parts, "training bytes", "mean", "bits per byte"], rows)]


def _compressed(splits: dict[str, Split]) -> str:
    version = build_compressor(COMPRESSOR).version
    rows = []
    for name, split in splits.items():
        bits, size = _bits(split.docs), split.docs.nbytes
        rows.append([name, size, round(bits / 8), bits / size if size else None])
    header = ["part", "bytes", "compressed bytes", "bits per byte"]
    return (
        f"Compressed in one piece by {COMPRESSOR} ({version}), a measure of how much it repeats "
        f"itself:\n\n{table(header, rows)}"
    )


def _bits(docs: Corpus) -> float:
    whole = Corpus(docs.buffer, docs.offsets[[0, -1]])
    return float(build_compressor(COMPRESSOR).codelengths(whole)[0])


def _bits_per_byte(docs: Corpus) -> float | None:
    return _bits(docs) / docs.nbytes if docs.nbytes else None
